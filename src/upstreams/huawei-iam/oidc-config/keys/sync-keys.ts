import { InvalidInputError, KeysReplacedError, StaleError } from '../../../../domain/errors.ts';
import { fingerprintOf, requireFresh } from '../../../../domain/fingerprint.ts';
import type { KeyPlan, PlannedKey } from '../../../../domain/keys/rotation/plan.ts';
import type { SyncAction } from '../../../../domain/keys/rotation/sync-action.ts';
import { usableKeySet } from '../../../../domain/sign-in/issuer.ts';
import type { Issuer } from '../../../../domain/sign-in/issuer.ts';
import { thumbprint } from '../../../../domain/keys/id-token-keys.ts';
import type { Warning } from '../../../../domain/warnings.ts';
import { issuerError } from '../../../../issuer/guarded-fetch.ts';
import { getOidcConfigToChange, updateOidcConfig } from '../operations.ts';
import { snapshotOf } from '../translate.ts';
import type { OidcConfig } from '../translate.ts';
import { storedWarnings } from '../warnings.ts';
import type { KeysSync } from './input.ts';
import { planSync, withKeys } from './plan-sync.ts';
import { planWarnings } from './plan-warnings.ts';
import { readStoredIssuer, seeKeys } from './read-keys.ts';
import type { KeySources } from './read-keys.ts';

export interface SyncedKeys {
  readonly action: SyncAction;
  /** As it is stored now. */
  readonly config: OidcConfig;
  /** What becomes of each key. */
  readonly keys: readonly PlannedKey[];
  readonly warnings: readonly Warning[];
}

/** How often a sync begins again because somebody else has written in the meantime. */
const MAX_ROUNDS = 3;

/**
 * Stores the keys that the stored issuer publishes now, and keeps the retired ones for a while. It writes only if something
 * differs, and never over what others write at the same time: two syncs at the same time end with one of them UNCHANGED.
 * @throws OidcError
 */
export async function syncKeys(sources: KeySources, sync: KeysSync): Promise<SyncedKeys> {
  for (let round = 1; ; round += 1) {
    try {
      return await syncOnce(sources, sync);
    } catch (error) {
      const mayBegin =
        error instanceof StaleError &&
        !error.mayHaveBeenApplied &&
        typeof sync.expectedFingerprint !== 'string';
      if (!mayBegin || round === MAX_ROUNDS) throw error;
    }
  }
}

async function syncOnce(sources: KeySources, sync: KeysSync): Promise<SyncedKeys> {
  const { idpId, dryRun, expectedFingerprint } = sync;
  const { value: config } = await sources.call(getOidcConfigToChange, { idpId });
  const before = snapshotOf(config);
  requireFresh(expectedFingerprint, before);
  requireSame(sync.issuer, config);
  const issuer = await readStoredIssuer(sources, config.idpUrl);
  const goneForS = await seeKeys(sources, config, issuer);
  const plan = required(planSync(config, issuer, goneForS, sync), issuer, config);

  const about = planWarnings(plan.keys, goneForS);
  const done = { keys: plan.keys, config };
  if (!plan.isChanged)
    return { ...done, action: 'UNCHANGED', warnings: [...about, ...storedWarnings(config)] };
  const whole = withKeys(config, plan.set);
  const stored = [...storedWarnings({ ...whole, signingKey: whole.signingKey.text })];
  if (dryRun) return { ...done, action: 'WOULD_UPDATE', warnings: [...about, ...stored] };
  const expected = fingerprintOf(before.content);
  const { value, warnings } = await sources.call(updateOidcConfig, whole, { expected, before });
  return {
    ...done,
    config: value,
    action: 'UPDATED',
    warnings: [...warnings, ...about, ...stored],
  };
}

/** @throws InvalidInputError if the caller means another issuer than the stored one */
function requireSame(issuer: string | undefined, { idpUrl }: OidcConfig): void {
  if (issuer !== undefined && issuer !== idpUrl)
    throw new InvalidInputError('The input has an error; nothing was written. See issuer.', [
      {
        path: ['issuer'],
        code: 'NOT_ALLOWED',
        message:
          'Is not the stored issuer (idpUrl), character by character. IAM compares iss of ID tokens with the stored one, so keys of another issuer would be of no use. Nothing was written.',
        source: 'GATEWAY',
      },
    ]);
}

/** @throws IssuerError, KeysReplacedError */
function required(
  plan: KeyPlan,
  issuer: Issuer,
  { idpId }: OidcConfig,
): Extract<KeyPlan, { readonly kind: 'PLANNED' }> {
  if (plan.kind === 'PLANNED') return plan;
  const { metadata } = issuer;
  if (plan.kind === 'NO_USABLE_KEY')
    throw issuerError(
      'NO_USABLE_KEY',
      metadata.jwksUri,
      `No RSA or EC key there can verify ID tokens and fits into the configuration of "${idpId}". Nothing was written: what is stored still works for ID tokens that it verifies today.`,
    );
  throw new KeysReplacedError(
    `None of the stored keys of "${idpId}" is published by the issuer: it has replaced all of them at once, or somebody else answers for it. Nothing was written. Ask the owner of the issuer whether the new keys are its own, then set force.`,
    metadata.issuer,
    usableKeySet(issuer).keys.flatMap((key) => thumbprint(key) ?? []),
  );
}
