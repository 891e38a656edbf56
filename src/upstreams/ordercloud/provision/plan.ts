import { StaleError } from '../../../domain/errors.ts';
import { fingerprintOf } from '../../../domain/fingerprint.ts';
import type { Json } from '../../../domain/json/json.ts';
import type { Call } from '../../../transport/connection.ts';
import { changesOf, isDone, read, writing } from '../../../transport/provision/step.ts';
import type { PlannedStep, ProvisionChange, Reading } from '../../../transport/provision/step.ts';
import { WRITABLE_FIELDS } from '../open-id-connect/fields.ts';
import type { WritableName } from '../open-id-connect/fields.ts';
import {
  createOpenIdConnect,
  getOpenIdConnect,
  updateOpenIdConnect,
} from '../open-id-connect/operations.ts';
import type { OpenIdConnectIdentified } from '../open-id-connect/input.ts';
import { differences, snapshotOf } from '../open-id-connect/translate.ts';
import type { OpenIdConnect } from '../open-id-connect/translate.ts';

/** What is brought to its desired state. */
export const TARGETS = {
  OPEN_ID_CONNECT:
    'The OpenID Connect configuration of OrderCloud. The step makes sure that it exists with the given values.',
} as const;

export type ProvisionTarget = keyof typeof TARGETS;

/** A secret in a change. An input refuses this text, so nobody stores it by mistake. */
const MASK = '********';

/** The step that brings a configuration to its desired state. @param take gets what is stored after a write */
export function planOpenIdConnect(
  desired: OpenIdConnectIdentified,
  reading: Reading<OpenIdConnect>,
  call: Call,
  take: (stored: OpenIdConnect) => void,
): PlannedStep<ProvisionTarget> {
  const { id, ...given } = desired;
  const step = {
    target: 'OPEN_ID_CONNECT',
    id,
    changes: [] as ProvisionChange[],
    error: null,
  } as const;
  if ('error' in reading) return { ...step, error: reading.error };
  const { stored } = reading;
  if (stored === null) {
    const again = async () => {
      const now = await read(call, getOpenIdConnect, { id });
      if ('stored' in now && now.stored !== null) take(now.stored);
      return now;
    };
    return {
      ...step,
      changes: changesOf(described(given), null),
      write: {
        action: 'CREATED',
        run: writing(call, createOpenIdConnect, desired, take),
        isDone: () => isDone(again(), (now) => planOpenIdConnect(desired, now, call, take)),
      },
    };
  }
  const different = differences(given, stored);
  if (different.length === 0) return step;
  const before = described(stored);
  const after = described(given);
  // Only what differs is sent: `changes` says what is written.
  const patch = Object.fromEntries(
    Object.entries(given).filter(([name]) => different.includes(name)),
  );
  const snapshot = snapshotOf(stored);
  const run = writing(call, updateOpenIdConnect, { id, newId: undefined, ...patch }, take, {
    expected: fingerprintOf(snapshot.content),
    before: snapshot,
  });
  return {
    ...step,
    changes: different.map((name) => ({
      path: [name],
      from: before[name] ?? null,
      to: after[name] ?? null,
    })),
    write: { action: 'UPDATED', run: () => run().catch(staleInInputWords) },
  };
}

/** The input has no fingerprint: what was just read is expected. */
function staleInInputWords(error: unknown): never {
  if (!(error instanceof StaleError)) throw error;
  throw new StaleError(
    'Somebody else changed the configuration after it was read. Nothing was written. Send the same input again: it then starts from what is stored now.',
    error.currentFingerprint,
    { cause: error.cause },
  );
}

/** A configuration, stored or desired, as fields and values for a change. */
function described(config: { readonly [Name in WritableName]?: unknown }): Record<string, Json> {
  return Object.fromEntries(
    WRITABLE_FIELDS.flatMap(([name, { kind }]) => {
      const value = config[name];
      if (value === undefined || value === null) return [];
      return [[name, kind === 'secret' ? MASK : (value as Json)]];
    }),
  );
}
