import type { Client } from 'oidc-config-client';
import type { Secret } from '../file/secrets.ts';
import { differingFields } from '../plan/compare.ts';
import { storedObject } from '../plan/object-step.ts';
import type { StoredObject } from '../plan/object-step.ts';
import type { SecretComparison } from '../plan/stored.ts';
import type { Step } from '../plan/step.ts';
import type { Reader } from '../state/read-object.ts';
import { compareSecret } from '../state/read-secret.ts';

/** How an object stands to its step: as it was planned from, as it is wanted, or neither. */
export type Standing =
  | { readonly kind: 'asPlanned' }
  | { readonly kind: 'asWanted'; readonly note: string | null }
  | { readonly kind: 'changed'; readonly exists: boolean };

const NOT_COMPARED = 'its secret could not be compared';

/** Reads the object of a step, and compares it. @throws ReadFailure, GatewayRequestError */
export async function compareState(
  client: Client,
  reader: Reader,
  step: Step,
  secret: Secret | null,
): Promise<Standing> {
  const stored = await readObject(reader, step);
  const comparison =
    stored === null || secret === null ? null : await compareSecret(client, step.id, secret);
  return standingOf(step, stored, comparison);
}

/** @param secret how the stored secret compares; null if the step sets none, or nothing is stored */
export function standingOf(
  step: Step,
  stored: StoredObject | null,
  secret: SecretComparison | null,
): Standing {
  const isAsPlanned = (stored?.fingerprint ?? null) === step.expectedFingerprint;
  const isUnknown = secret === 'not shown' || secret === 'not available';
  if (hasWanted(step, stored) && (secret === null || secret === 'same'))
    return step.action === 'unchanged' && isAsPlanned
      ? { kind: 'asPlanned' }
      : { kind: 'asWanted', note: null };
  if (isAsPlanned) return { kind: 'asPlanned' };
  // What is visible was written together with the secret.
  if (hasWanted(step, stored) && isUnknown) return { kind: 'asWanted', note: NOT_COMPARED };
  return { kind: 'changed', exists: stored !== null };
}

function hasWanted({ action, wanted }: Step, stored: StoredObject | null): boolean {
  if (action === 'delete' || stored === null) return action === 'delete' && stored === null;
  return differingFields(wanted, stored.fields).length === 0;
}

async function readObject(reader: Reader, { target, id }: Step): Promise<StoredObject | null> {
  return storedObject(await reader[target](id));
}
