import { AsyncLocalStorage } from 'node:async_hooks';

/*
 * Clocks that differ, in one process: a server that is started with a clock reads the time from it in everything that
 * it does for its requests. Only `Date` is changed; timers and `performance.now` go on.
 */

/** The clock of a server. */
export interface Clock {
  /** How far it is ahead of the true time, in milliseconds. */
  aheadMs: number;
}

const current = new AsyncLocalStorage<Clock>();

/** Starts a server whose time comes from this clock. */
export function startWith<Server>(clock: Clock, start: () => Promise<Server>): Promise<Server> {
  return current.run(clock, start);
}

/** Makes `Date` read the clock of the server that asks for the time. @returns what ends that */
export function useClocks(): () => void {
  const TrueDate = globalThis.Date;
  const now = () => TrueDate.now() + (current.getStore()?.aheadMs ?? 0);
  globalThis.Date = new Proxy(TrueDate, {
    construct: (target, values: unknown[], newTarget) =>
      Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget) as object,
    get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
  });
  return () => {
    globalThis.Date = TrueDate;
  };
}
