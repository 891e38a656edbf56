import * as z from 'zod';
import { KeysReplacedError } from '../../../../domain/errors.ts';
import type { KeyComparison } from '../../../../domain/keys/rotation/compare.ts';
import type { KeyAction, PlannedKey } from '../../../../domain/keys/rotation/plan.ts';
import { declareWatch } from '../../../../domain/sign-in/watch.ts';
import type { WatchFinding, WatchKind, WatchOutcome } from '../../../../domain/sign-in/watch.ts';
import type { Session } from '../../../../transport/upstream.ts';
import { federationId } from '../../federation.ts';
import type { HuaweiIamSettings } from '../../settings.ts';
import { keysSync } from './input.ts';
import type { KeysSync } from './input.ts';
import { readKeys } from './read-keys.ts';
import type { KeySources } from './read-keys.ts';
import { syncKeys } from './sync-keys.ts';

const entry = z.strictObject({
  idpId: federationId,
  mode: z.enum(['report', 'sync'], { error: 'must be report or sync' }).default('report'),
  onHardCut: z.enum(['report', 'accept'], { error: 'must be report or accept' }).default('report'),
});

/** Watches whether the stored keys are those of the issuer, and brings them up to date if the entry says so. */
export const keysWatch: WatchKind<Session<HuaweiIamSettings>> = declareWatch({
  name: 'oidcConfigKeys',
  key: 'idpId',
  mutation: 'syncOidcConfigKeys',
  entry,
  run: async (
    { call, baseUrl }: Session<HuaweiIamSettings>,
    { idpId, mode, onHardCut },
    { mayWrite, fetchIssuer, retiredKeys },
  ) => {
    const sources: KeySources = { call, baseUrl, readIssuer: fetchIssuer, retiredKeys };
    return mode === 'sync' && mayWrite
      ? sync(sources, keysSync.parse({ idpId, force: onHardCut === 'accept' }))
      : report(sources, idpId);
  },
});

async function report(sources: KeySources, idpId: string): Promise<WatchOutcome> {
  const { comparison } = await readKeys(sources, { idpId, issuer: null });
  return { findings: findingsIn(comparison), written: null };
}

function findingsIn({ now, afterRotation }: KeyComparison): WatchFinding[] {
  if (now.verdict === 'FAILS')
    return [
      {
        code: 'KEYS_FAIL',
        message: now.message,
        advice: 'People cannot sign in: send syncOidcConfigKeys, or set mode: sync.',
      },
    ];
  if (afterRotation.verdict !== 'FAILS') return [];
  return [
    {
      code: 'KEYS_FAIL_NEXT',
      message: afterRotation.message,
      advice: 'Send syncOidcConfigKeys before the issuer uses its new key, or set mode: sync.',
    },
  ];
}

async function sync(sources: KeySources, input: KeysSync): Promise<WatchOutcome> {
  try {
    const { action, keys, warnings } = await syncKeys(sources, input);
    const left = warnings.filter(({ code }) => code === 'KEYS_LEFT_OUT');
    return {
      findings: left.map(({ code, message }) => ({ code, message, advice: null })),
      written: action === 'UPDATED' ? wordsFor(keys) : null,
    };
  } catch (error) {
    if (!(error instanceof KeysReplacedError)) throw error;
    return {
      findings: [
        {
          code: 'KEYS_REPLACED',
          message: error.message,
          advice:
            'Ask the owner of the issuer whether the new keys are its own. Then send syncOidcConfigKeys with force, or set onHardCut: accept.',
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
