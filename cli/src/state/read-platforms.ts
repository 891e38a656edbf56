import type { Client, OpenIdConnect } from 'oidc-config-client';
import { isSuccess } from 'oidc-config-client';
import { CommandError } from '../command-error.ts';
import { ask } from '../gateway/ask.ts';
import { errorOf } from '../gateway/failure.ts';
import type {
  IssuerValues,
  StoredIdentityProvider,
  StoredMapping,
  StoredOidcConfig,
} from '../plan/stored.ts';
import { createLimit } from './concurrency.ts';
import type { Limit } from './concurrency.ts';
import { listOpenIdConnects } from './list-open-id-connects.ts';
import { readIssuer } from './read-issuer.ts';
import { createReader, ReadFailure } from './read-object.ts';

const MAX_REQUESTS = 4;

/** The platforms by the names that options have. */
export const PLATFORMS = { ordercloud: 'OrderCloud', huawei: 'Huawei Cloud IAM' } as const;
export type Platform = keyof typeof PLATFORMS;

/** An identity provider with what belongs to it. */
export interface StoredSignIn {
  readonly provider: StoredIdentityProvider;
  /** Of its protocol; null if it has none. */
  readonly mapping: StoredMapping | null;
  /** Whether the rules have nothing that the gateway does not show. */
  readonly hasWholeRules: boolean;
  /** Null if it has no OpenID Connect configuration. */
  readonly config: StoredOidcConfig | null;
}

/** What an issuer publishes, or why that is not known. */
export type ReadIssuer = IssuerValues | ReadFailure;

/** What is stored on the platforms. Null: the platform was not asked, or is not configured at the gateway. */
export interface StoredPlatforms {
  readonly openIdConnects: readonly OpenIdConnect[] | null;
  readonly signIns: readonly StoredSignIn[] | null;
  /** The issuers that Huawei Cloud IAM has stored, by URL. */
  readonly issuers: ReadonlyMap<string, ReadIssuer>;
  readonly notConfigured: readonly Platform[];
}

/**
 * Reads everything that is stored on the platforms.
 * @throws CommandError that says for each platform what cannot be read, and GatewayRequestError
 */
export async function readPlatforms(
  client: Client,
  platforms: readonly Platform[],
): Promise<StoredPlatforms> {
  const limit = createLimit(MAX_REQUESTS);
  const notConfigured: Platform[] = [];
  const failures: string[] = [];
  const attempt = async <Result>(
    platform: Platform,
    read: () => Promise<Result>,
  ): Promise<Result | null> => {
    if (!platforms.includes(platform)) return null;
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ReadFailure)) throw error;
      if (isNotConfigured(error)) notConfigured.push(platform);
      else failures.push(error.message);
      return null;
    }
  };
  const [openIdConnects, signIns] = await Promise.all([
    attempt('ordercloud', () => listOpenIdConnects(client)),
    attempt('huawei', () => readSignIns(client, limit)),
  ]);
  if (failures.length > 0) throw new CommandError(failures);
  if (notConfigured.length === platforms.length)
    throw new CommandError(
      `${notConfigured.map((name) => PLATFORMS[name]).join(' and ')} ${notConfigured.length > 1 ? 'are' : 'is'} not configured at this gateway.`,
    );
  return {
    openIdConnects,
    signIns,
    issuers: await readIssuers(client, limit, signIns ?? []),
    notConfigured,
  };
}

/**
 * Whether the gateway does not have the platform. Other errors have the same code, and only the message tells them apart. If it
 * changes, the command fails, and does not leave out what is stored.
 */
function isNotConfigured({ error }: ReadFailure): boolean {
  return (
    error.code === 'UPSTREAM_UNAVAILABLE' &&
    error.upstream === null &&
    error.message.includes(' is not configured here: ')
  );
}

async function readSignIns(client: Client, limit: Limit): Promise<readonly StoredSignIn[]> {
  const result = await ask(() => client.huaweiIdentityProviders());
  if (!isSuccess(result)) throw new ReadFailure('The list of identity providers', errorOf(result));
  return Promise.all(
    result.huaweiIdentityProviders.map((provider) => limit(() => readSignIn(client, provider))),
  );
}

/** Reads what belongs to an identity provider, one after the other. @throws ReadFailure, GatewayRequestError */
export async function readSignIn(
  client: Client,
  provider: StoredIdentityProvider,
): Promise<StoredSignIn> {
  const reader = createReader(client);
  const config = await reader.oidcConfig(provider.id);
  if (config === null) return { provider, mapping: null, hasWholeRules: true, config };
  const protocol = await reader.protocol(provider.id);
  return { provider, config, ...(await readMapping(client, protocol?.mappingId)) };
}

async function readMapping(client: Client, id: string | null | undefined) {
  let hasWholeRules = true;
  const reader = createReader(client, (warnings) => {
    hasWholeRules = warnings.every(({ code }) => code !== 'RULE_NOT_SHOWN_WHOLE');
  });
  const mapping = id === null || id === undefined ? null : await reader.mapping(id);
  return { mapping, hasWholeRules };
}

async function readIssuers(
  client: Client,
  limit: Limit,
  signIns: readonly StoredSignIn[],
): Promise<ReadonlyMap<string, ReadIssuer>> {
  const urls = new Set(signIns.flatMap(({ config }) => (config === null ? [] : [config.idpUrl])));
  return new Map(
    await Promise.all(
      [...urls].map(async (url) => [url, await limit(() => tryIssuer(client, url))] as const),
    ),
  );
}

/** What an issuer publishes, or why that is not known. @throws GatewayRequestError */
export async function tryIssuer(client: Client, url: string): Promise<ReadIssuer> {
  try {
    return await readIssuer(client, url, () => undefined);
  } catch (error) {
    if (error instanceof ReadFailure) return error;
    throw error;
  }
}
