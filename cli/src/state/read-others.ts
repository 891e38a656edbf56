import type { Client } from 'oidc-config-client';
import { isSuccess } from 'oidc-config-client';
import type { SignInFile } from '../file/schema.ts';
import { ask } from '../gateway/ask.ts';
import { errorOf } from '../gateway/failure.ts';
import type { Limit } from './concurrency.ts';
import { listOpenIdConnects } from './list-open-id-connects.ts';
import { ReadFailure } from './read-object.ts';
import type { Reader } from './read-object.ts';
import { defaultMappingId } from '../plan/plan-oidc-config.ts';
import type { OtherObjects } from '../plan/stored.ts';

/**
 * Reads what the platforms have besides the entries of the file. A platform of which the file has no entry is not asked.
 * @param mappings null if mappings are not read, which takes the protocols of all identity providers; otherwise those that
 *   an earlier run was to delete, which nothing leads to if it was killed after it had deleted what used them
 * @throws ReadFailure, GatewayRequestError
 */
export async function readOthers(
  client: Client,
  reader: Reader,
  limit: Limit,
  file: SignInFile,
  mappings: readonly string[] | null,
): Promise<OtherObjects> {
  const { openIdConnects, oidcConfigs } = file;
  const [configurations, ofHuawei] = await Promise.all([
    openIdConnects.length === 0 ? [] : limit(() => listOpenIdConnects(client)),
    oidcConfigs.length === 0
      ? { identityProviders: [], leftMappings: [] }
      : readIdentityProviders(client, reader, limit, file, mappings),
  ]);
  const ids = new Set(openIdConnects.map(({ id }) => id));
  return {
    openIdConnects: configurations.filter(({ id }) => !ids.has(id)),
    ...ofHuawei,
  };
}

async function readIdentityProviders(
  client: Client,
  reader: Reader,
  limit: Limit,
  { oidcConfigs }: SignInFile,
  ofRun: readonly string[] | null,
): Promise<Pick<OtherObjects, 'identityProviders' | 'leftMappings'>> {
  const result = await limit(() => ask(() => client.huaweiIdentityProviders()));
  if (!isSuccess(result)) throw new ReadFailure('The list of identity providers', errorOf(result));
  const all = result.huaweiIdentityProviders;
  const own = new Set(oidcConfigs.map(({ idpId }) => idpId));
  const others = await Promise.all(
    all
      .filter(({ id }) => !own.has(id))
      .map(async ({ id, fingerprint }) => {
        const config = await limit(() => reader.oidcConfig(id));
        return config === null ? [] : [{ id, fingerprint }];
      }),
  );
  const found = others.flat();
  if (ofRun === null || found.length + ofRun.length === 0)
    return {
      identityProviders: found.map((provider) => ({
        ...provider,
        mapping: null,
        keepMapping: null,
      })),
      leftMappings: [],
    };
  const protocols = await Promise.all(
    all.map(async ({ id }) => ({ id, protocol: await limit(() => reader.protocol(id)) })),
  );
  const leaving = new Set(found.map(({ id }) => id));
  const staying = protocols.filter(({ id }) => !leaving.has(id));
  const mappings = new Map(protocols.map(({ id, protocol }) => [id, protocol?.mappingId ?? null]));
  const read = async (id: string) => {
    const mapping = await limit(() => reader.mapping(id));
    return mapping && { id: mapping.id, fingerprint: mapping.fingerprint };
  };
  const used = new Set(mappings.values());
  const [identityProviders, left] = await Promise.all([
    Promise.all(
      found.map(async (provider) => {
        const mappingId = mappings.get(provider.id) ?? null;
        return {
          ...provider,
          mapping: mappingId === null ? null : await read(mappingId),
          keepMapping: mappingId === null ? null : whyKept(provider.id, mappingId, staying),
        };
      }),
    ),
    Promise.all(ofRun.filter((id) => !used.has(id)).map(read)),
  ]);
  return { identityProviders, leftMappings: left.filter((mapping) => mapping !== null) };
}

type Staying = readonly {
  readonly id: string;
  readonly protocol: { readonly mappingId: string | null } | null;
}[];

function whyKept(idpId: string, mappingId: string, staying: Staying): string | null {
  const user = staying.find(({ protocol }) => protocol?.mappingId === mappingId);
  if (user !== undefined) return `the protocol of "${user.id}" refers to it`;
  // By its name, it is of this identity provider alone.
  if (mappingId === defaultMappingId(idpId)) return null;
  // The gateway shows only the protocol `oidc`.
  const other = staying.find(({ protocol }) => protocol === null);
  return other === undefined
    ? null
    : `"${other.id}" may use it with another protocol, such as SAML`;
}
