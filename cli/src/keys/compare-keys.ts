import { isSuccess } from 'oidc-config-client';
import type {
  Client,
  OidcConfigKeysSuccess,
  OidcConfigSyncedKey,
  OidcError,
} from 'oidc-config-client';
import type { SignInFile } from '../file/schema.ts';
import { ask } from '../gateway/ask.ts';
import { errorOf } from '../gateway/failure.ts';
import type { Path } from '../plan/step.ts';
import { createLimit } from '../state/concurrency.ts';

/** The keys of a configuration as they are, and what a sync would do. */
export interface ComparedKeys {
  readonly path: Path;
  readonly idpId: string;
  /** The stored and published keys. */
  readonly keys: OidcConfigKeysSuccess['oidcConfigKeys'];
  /** What becomes of each key in a sync; null if the stored keys are as they should be. */
  readonly sync: readonly OidcConfigSyncedKey[] | null;
  /** What a sync would warn of. */
  readonly warnings: readonly string[];
  /** Why a sync is refused; null if it is not. */
  readonly refused: OidcError | null;
}

export type KeysOutcome =
  ComparedKeys | { readonly path: Path; readonly idpId: string; readonly error: OidcError };

export interface SyncChoices {
  readonly force: boolean;
  readonly dropNow: boolean;
}

const MAX_AT_ONCE = 4;

/** Compares the keys of each configuration of Huawei Cloud in the file with those that its issuer publishes. Nothing is written. @throws GatewayRequestError */
export async function compareKeys(
  client: Client,
  { issuers, oidcConfigs }: SignInFile,
  choices: SyncChoices,
  onProgress: (done: number, all: number) => void,
): Promise<readonly KeysOutcome[]> {
  const limit = createLimit(MAX_AT_ONCE);
  let done = 0;
  return Promise.all(
    oidcConfigs.map(({ idpId, issuer }, index) =>
      limit(async (): Promise<KeysOutcome> => {
        const url = issuer === undefined ? undefined : issuers[issuer]?.url;
        const input = { idpId, ...(url !== undefined && { issuer: url }) };
        // First, because it reads the issuer anew: the keys that are shown are then not older, and do not contradict it.
        const sync = await drySync(client, input, choices);
        const read = await ask(() => client.oidcConfigKeys(input));
        const entry = { path: ['oidcConfigs', index], idpId };
        const outcome = isSuccess(read)
          ? { ...entry, keys: read.oidcConfigKeys, ...sync }
          : { ...entry, error: errorOf(read) };
        done += 1;
        onProgress(done, oidcConfigs.length);
        return outcome;
      }),
    ),
  );
}

async function drySync(
  client: Client,
  input: { readonly idpId: string; readonly issuer?: string },
  choices: SyncChoices,
): Promise<Pick<ComparedKeys, 'sync' | 'warnings' | 'refused'>> {
  const result = await ask(() => client.syncOidcConfigKeys({ ...input, ...choices, dryRun: true }));
  if (!isSuccess(result)) return { sync: null, warnings: [], refused: errorOf(result) };
  return {
    sync: result.action === 'UNCHANGED' ? null : result.keys,
    warnings: result.warnings.map(({ message, code }) => `${message} (${code})`),
    refused: null,
  };
}

/** Stores what the comparison showed, if nobody has changed it since. @returns why that failed; null if it is stored @throws GatewayRequestError */
export async function syncKeys(
  client: Client,
  { idpId, keys: { issuer, oidcConfig } }: ComparedKeys,
  choices: SyncChoices,
  idempotencyKey: string,
): Promise<OidcError | null> {
  const result = await ask(() =>
    client.syncOidcConfigKeys(
      { idpId, issuer, ...choices, expectedFingerprint: oidcConfig.fingerprint },
      { idempotencyKey },
    ),
  );
  return isSuccess(result) ? null : errorOf(result);
}

/** Reads the keys again after a sync. @throws GatewayRequestError */
export async function readAfterSync(client: Client, compared: ComparedKeys): Promise<KeysOutcome> {
  const { path, idpId, keys } = compared;
  const read = await ask(() => client.oidcConfigKeys({ idpId, issuer: keys.issuer }));
  return isSuccess(read)
    ? { ...compared, keys: read.oidcConfigKeys, sync: null, warnings: [] }
    : { path, idpId, error: errorOf(read) };
}
