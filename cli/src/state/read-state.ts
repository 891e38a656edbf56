import type { Client, OidcWarning } from 'oidc-config-client';
import type {
  OidcConfigEntry,
  OpenIdConnectEntry,
  SecretReference,
  SignInFile,
} from '../file/schema.ts';
import type { Secret } from '../file/secrets.ts';
import { defaultMappingId } from '../plan/plan-oidc-config.ts';
import type { Path, Problem } from '../plan/step.ts';
import { createLimit } from './concurrency.ts';
import { configTakesFromIssuer, readIssuer, takesFromIssuer } from './read-issuer.ts';
import { createReader, ReadFailure } from './read-object.ts';
import { readOthers } from './read-others.ts';
import { compareSecret } from './read-secret.ts';
import type {
  IssuerValues,
  OidcConfigState,
  OpenIdConnectState,
  State,
  StoredMapping,
} from '../plan/stored.ts';

/** How many requests are under way at a time. */
const MAX_REQUESTS = 4;

/** Maximum length of an id of Huawei Cloud IAM. */
const MAX_ID_LENGTH = 64;

/** A warning of the gateway, with the entry that it is about. */
export interface EntryWarning {
  readonly path: Path;
  readonly warning: OidcWarning;
}

export interface ReadOptions {
  /** The secret of a reference; null if its source has none here. */
  readonly secretOf: (reference: SecretReference) => Secret | null;
  readonly prune: boolean;
  /** Mappings that an earlier run was to delete. */
  readonly mappingsOfRun: readonly string[];
  /** Called after each entry. */
  readonly onProgress: (done: number, all: number) => void;
}

/** What is stored. If something cannot be read, the problems are not empty. */
export interface ReadState {
  readonly state: State | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly EntryWarning[];
}

/** Reads what is stored for the entries of a file, and what the issuers publish that entries take values from. @throws GatewayRequestError */
export async function readState(
  client: Client,
  file: SignInFile,
  { secretOf, prune, mappingsOfRun, onProgress }: ReadOptions,
): Promise<ReadState> {
  const limit = createLimit(MAX_REQUESTS);
  const problems: Problem[] = [];
  const warnings: EntryWarning[] = [];
  const issuers = new Map<string, Promise<IssuerValues | null>>();
  const mappings = new Map<string, Promise<StoredMapping | null>>();
  const all = file.openIdConnects.length + file.oidcConfigs.length;
  let done = 0;

  const readerOf = (path: Path) =>
    createReader(client, (found) => {
      warnings.push(...found.map((warning) => ({ path, warning })));
    });
  /** What fails is reported, so that one run shows everything. */
  const attempt = async <Result>(
    path: Path,
    run: () => Promise<Result>,
  ): Promise<Result | null> => {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ReadFailure)) throw error;
      problems.push({ path, message: error.message });
      return null;
    }
  };
  const issuerOf = (name: string): Promise<IssuerValues | null> => {
    const path = ['issuers', name];
    const url = file.issuers[name]?.url ?? '';
    const reading =
      issuers.get(name) ??
      attempt(path, () =>
        limit(() =>
          readIssuer(client, url, (found) => {
            warnings.push(...found.map((warning) => ({ path, warning })));
          }),
        ),
      );
    issuers.set(name, reading);
    return reading;
  };

  const readOpenIdConnect = async (
    entry: OpenIdConnectEntry,
    path: Path,
  ): Promise<OpenIdConnectState> => {
    const { id, issuer, connectClientSecret: reference } = entry;
    const stored = await limit(() => readerOf(path).openIdConnect(id));
    const secret = reference === undefined ? null : secretOf(reference);
    const comparison =
      stored === null
        ? ('not stored' as const)
        : reference === undefined
          ? ('same' as const)
          : await limit(() => compareSecret(client, id, secret));
    return {
      stored,
      secret:
        stored === null && reference !== undefined && secret === null
          ? 'not available'
          : comparison,
      issuer:
        issuer !== undefined && takesFromIssuer(entry, stored) ? await issuerOf(issuer) : null,
    };
  };

  const readOidcConfig = async (entry: OidcConfigEntry, path: Path): Promise<OidcConfigState> => {
    const { idpId, issuer } = entry;
    const reader = readerOf(path);
    const [provider, protocol, config] = await Promise.all([
      limit(() => reader.identityProvider(idpId)),
      limit(() => reader.protocol(idpId)),
      limit(() => reader.oidcConfig(idpId)),
    ]);
    const mappingId = entry.mapping?.id ?? protocol?.mappingId ?? defaultMappingId(idpId);
    const mapping =
      mappings.get(mappingId) ??
      (mappingId.length > MAX_ID_LENGTH
        ? Promise.resolve(null)
        : limit(() => reader.mapping(mappingId)));
    mappings.set(mappingId, mapping);
    return {
      provider,
      protocol,
      mappingId,
      mapping: await mapping,
      config,
      issuer:
        issuer !== undefined && configTakesFromIssuer(entry, config)
          ? await issuerOf(issuer)
          : null,
    };
  };

  const each = <Entry, Result>(
    section: string,
    entries: readonly Entry[],
    read: (entry: Entry, path: Path) => Promise<Result>,
  ) =>
    Promise.all(
      entries.map(async (entry, index) => {
        const path = [section, index];
        const result = await attempt(path, () => read(entry, path));
        done += 1;
        onProgress(done, all);
        return result;
      }),
    );
  const [openIdConnects, oidcConfigs, others] = await Promise.all([
    each('openIdConnects', file.openIdConnects, readOpenIdConnect),
    each('oidcConfigs', file.oidcConfigs, readOidcConfig),
    attempt([], () =>
      readOthers(client, createReader(client), limit, file, prune ? mappingsOfRun : null),
    ),
  ]);
  return {
    state:
      problems.length > 0 || others === null
        ? null
        : {
            openIdConnects: openIdConnects.filter((one) => one !== null),
            oidcConfigs: oidcConfigs.filter((one) => one !== null),
            others,
          },
    problems,
    warnings,
  };
}
