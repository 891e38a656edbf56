import * as z from 'zod';
import { KeysReplacedError } from '../../../../domain/errors.ts';
import type { KeyAction, PlannedKey } from '../../../../domain/keys/rotation/plan.ts';
import { declareWatch } from '../../../../domain/sign-in/watch.ts';
import type { WatchFinding, WatchKind, WatchOutcome } from '../../../../domain/sign-in/watch.ts';
import type { Warning } from '../../../../domain/warnings.ts';
import type { Session } from '../../../../transport/upstream.ts';
import { federationId } from '../../federation.ts';
import type { HuaweiIamSettings } from '../../settings.ts';
import { keysSync } from './input.ts';
import { ASK_OWNER, REMEDIES } from './outlook.ts';
import type { Remedy } from './outlook.ts';
import { planWarnings } from './plan-warnings.ts';
import { readKeys } from './read-keys.ts';
import type { KeySources, ReadKeys } from './read-keys.ts';
import { syncKeys } from './sync-keys.ts';

const entry = z.strictObject({
  idpId: federationId,
  mode: z.enum(['report', 'sync'], { error: 'must be report or sync' }).default('report'),
  onHardCut: z.enum(['report', 'accept'], { error: 'must be report or accept' }).default('report'),
});

type KeysEntry = z.output<typeof entry>;

/** Watches whether the stored keys are those of the issuer, and brings them up to date if the entry says so. */
export const keysWatch: WatchKind<Session<HuaweiIamSettings>> = declareWatch({
  name: 'oidcConfigKeys',
  key: 'idpId',
  mutation: 'syncOidcConfigKeys',
  entry,
  run: async (
    { call, baseUrl }: Session<HuaweiIamSettings>,
    watched,
    { mayWrite, fetchIssuer, retiredKeys },
  ) => {
    // It gives nothing that was read before this check: as fresh as a sync needs it.
    const sources: KeySources = { call, baseUrl, readIssuer: fetchIssuer, retiredKeys };
    return watched.mode === 'sync' && mayWrite ? sync(sources, watched) : report(sources, watched);
  },
});

async function report(sources: KeySources, watched: KeysEntry): Promise<WatchOutcome> {
  const found = await readKeys(sources, { idpId: watched.idpId, issuer: null });
  return { findings: findingsIn(found, watched), written: null };
}

function findingsIn(
  { now, afterRotation, forecast, goneForS }: ReadKeys,
  watched: KeysEntry,
): WatchFinding[] {
  // What a sync would not change is what it finds itself.
  if (forecast.kind === 'PLANNED' && !forecast.isChanged)
    return leftOut(planWarnings(forecast.keys, goneForS));
  const failing = now.verdict === 'FAILS' ? now : afterRotation;
  if (failing.verdict !== 'FAILS') return [];
  return [
    {
      code: failing === now ? 'KEYS_FAIL' : 'KEYS_FAIL_NEXT',
      message: failing.reason,
      advice: failing.remedy === null ? null : adviceFor(failing.remedy, watched),
    },
  ];
}

function adviceFor(remedy: Remedy, { mode, onHardCut }: KeysEntry): string {
  const isReport = mode === 'report';
  if (remedy === 'SYNC')
    return `Send syncOidcConfigKeys before the issuer uses its new key${isReport ? ', or set mode: sync' : ''}.`;
  if (remedy !== 'FORCED_SYNC') return REMEDIES[remedy];
  if (isReport) return `${ASK_OWNER}, or set onHardCut: accept with mode: sync.`;
  return onHardCut === 'report' ? REMEDIES.FORCED_SYNC : `${ASK_OWNER}.`;
}

function leftOut(warnings: readonly Warning[]): WatchFinding[] {
  return warnings
    .filter(({ code }) => code === 'KEYS_LEFT_OUT')
    .map(({ code, message }) => ({ code, message, advice: null }));
}

async function sync(sources: KeySources, watched: KeysEntry): Promise<WatchOutcome> {
  const input = keysSync.parse({ idpId: watched.idpId, force: watched.onHardCut === 'accept' });
  try {
    const { action, keys, warnings } = await syncKeys(sources, input);
    return {
      findings: leftOut(warnings),
      written: action === 'UPDATED' ? wordsFor(keys) : null,
    };
  } catch (error) {
    if (!(error instanceof KeysReplacedError)) throw error;
    return {
      findings: [
        {
          code: 'KEYS_REPLACED',
          message: error.message,
          advice: adviceFor('FORCED_SYNC', watched),
        },
      ],
      written: null,
    };
  }
}

const WORDS: Readonly<Partial<Record<KeyAction, string>>> = {
  ADDED: 'added',
  UPDATED: 'updated',
  DROPPED: 'removed',
};

function wordsFor(keys: readonly PlannedKey[]): string {
  const counts = Object.entries(WORDS).flatMap(([action, word]) => {
    const count = keys.filter((key) => key.action === action).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return `The keys of the issuer were stored${counts.length === 0 ? '' : `: ${counts.join(', ')}`}.`;
}
