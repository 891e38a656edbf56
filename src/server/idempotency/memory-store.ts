import { performance } from 'node:perf_hooks';
import { REMEMBERED_MS } from './store.ts';
import type { Claim, IdempotencyStore } from './store.ts';

/** How many keys are remembered, and how many characters of results. */
const MAX_KEYS = 10_000;
const MAX_CHARACTERS = 32 * 1024 * 1024;

interface Entry {
  readonly fingerprint: string;
  readonly token: string;
  readonly state: 'IN_FLIGHT' | 'UNKNOWN' | 'DONE';
  readonly result: string;
  /** Until when it holds: a lease, or the time to forget it. */
  readonly until: number;
}

/**
 * Remembers keys in the memory of this process. When it is full, new keys are refused: forgetting one early could repeat
 * its write.
 * @param now a clock that never goes back, in milliseconds
 */
export function createMemoryStore(
  {
    maxKeys = MAX_KEYS,
    maxCharacters = MAX_CHARACTERS,
  }: { readonly maxKeys?: number; readonly maxCharacters?: number } = {},
  now: () => number = () => performance.now(),
): IdempotencyStore {
  const entries = new Map<string, Entry>();
  let characters = 0;
  let claims = 0;

  const remove = (key: string) => {
    characters -= entries.get(key)?.result.length ?? 0;
    entries.delete(key);
  };
  const put = (key: string, entry: Entry) => {
    remove(key);
    characters += entry.result.length;
    entries.set(key, entry);
  };
  const isFull = () => entries.size >= maxKeys || characters >= maxCharacters;
  const isForgotten = ({ state, until }: Entry, time: number) =>
    state !== 'IN_FLIGHT' && until <= time;

  const claim = (key: string, fingerprint: string, leaseMs: number): Claim => {
    const time = now();
    const known = entries.get(key);
    const entry = known === undefined || isForgotten(known, time) ? null : known;
    if (entry !== null) {
      if (entry.fingerprint !== fingerprint) return { kind: 'MISMATCH' };
      if (entry.state === 'DONE') return { kind: 'DONE', result: entry.result };
      if (entry.state === 'IN_FLIGHT' && entry.until > time) return { kind: 'IN_FLIGHT' };
    } else if (isFull()) {
      for (const [other, each] of entries) if (isForgotten(each, time)) remove(other);
      if (isFull()) return { kind: 'FULL' };
    }
    claims += 1;
    const token = String(claims);
    put(key, { fingerprint, token, state: 'IN_FLIGHT', result: '', until: time + leaseMs });
    return { kind: 'CLAIMED', token, mayBeApplied: entry !== null };
  };

  return {
    claim: (...asked) => Promise.resolve(claim(...asked)),
    settle: (key, token, settled) => {
      const entry = entries.get(key);
      if (entry?.token !== token) return Promise.resolve();
      const until = now() + REMEMBERED_MS;
      if (settled.kind === 'FREE') remove(key);
      else if (settled.kind === 'DONE')
        put(key, { ...entry, state: 'DONE', result: settled.result, until });
      else put(key, { ...entry, state: 'UNKNOWN', until });
      return Promise.resolve();
    },
  };
}
