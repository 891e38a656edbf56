import { setTimeout as sleep } from 'node:timers/promises';
import { ABSENT, refusal, WIRE_OPEN_ID_CONNECT } from '../../setup/permissive-upstream.ts';
import type { Random } from '../../chaos/random.ts';
import type { Responder, ScriptedResponse } from '../../setup/scripted-upstream.ts';

/** An OrderCloud that loses, delays and fails, and counts what it applied. */
export interface FaultyUpstream {
  readonly respond: Responder;
  /** When the creates came that were applied, by their `ConnectClientID`; by `performance.now()`. */
  readonly applied: ReadonlyMap<string, readonly number[]>;
}

/** Longer than the deadline of the gateways. */
const LATE_MS = 1_500;

export function createFaultyUpstream(random: Random): FaultyUpstream {
  const applied = new Map<string, readonly number[]>();
  const stored = new Map<string, object>();

  const create = (body: string, came: number): ScriptedResponse => {
    const sent = JSON.parse(body) as { readonly ID?: string; readonly ConnectClientID: string };
    const name = sent.ConnectClientID;
    const times = [...(applied.get(name) ?? []), came];
    applied.set(name, times);
    const ID = sent.ID ?? `made-${name}-${times.length}`;
    const object = { ...WIRE_OPEN_ID_CONNECT, ...sent, ID };
    stored.set(object.ID, object);
    return { status: 201, body: JSON.stringify(object) };
  };

  return {
    applied,
    respond: async ({ method, target, body }) => {
      const came = performance.now();
      const fault = random.next();
      if (method === 'GET') {
        if (fault < 0.05) return refusal(target, 500, 'Internal', 'No.');
        const object = stored.get(target.split('/').at(-1) ?? '');
        return object === undefined ? ABSENT : { status: 200, body: JSON.stringify(object) };
      }
      if (fault < 0.03) return refusal(target, 400, 'ValidationFailure', 'No.');
      if (fault < 0.06) return { destroy: true };
      if (fault < 0.09) return refusal(target, 503, 'Unavailable', 'No.');
      if (fault < 0.12) await sleep(LATE_MS);
      else if (fault < 0.3) await sleep(random.between(0, 300));
      const response = create(body, came);
      if (fault > 0.9) return { destroy: true };
      return fault > 0.82 ? refusal(target, 500, 'Internal', 'No.') : response;
    },
  };
}
