import type { Ledger, Memory } from './ledger.ts';

interface Entry {
  /** When the last check was claimed. */
  readonly at: number;
  readonly memory: Memory | null;
}

/** Remembers watches in this process, for itself: nobody else asks. @param now in milliseconds */
export function createMemoryLedger(now: () => number): Ledger {
  const entries = new Map<string, Entry>();
  return {
    claim: (name, _token, { everyMs }) => {
      const { at = -Infinity, memory = null } = entries.get(name) ?? {};
      const time = now();
      const inMs = at + everyMs - time;
      if (inMs > 0) return Promise.resolve({ kind: 'TAKEN', inMs, memory });
      entries.set(name, { at: time, memory });
      return Promise.resolve({ kind: 'CLAIMED', memory });
    },
    holds: () => Promise.resolve(true),
    record: (name, _token, memory) => {
      entries.set(name, { at: entries.get(name)?.at ?? now(), memory });
      return Promise.resolve(true);
    },
    release: (name) => {
      entries.set(name, { at: -Infinity, memory: entries.get(name)?.memory ?? null });
      return Promise.resolve();
    },
    read: (names) => Promise.resolve(names.map((name) => entries.get(name)?.memory ?? null)),
  };
}
