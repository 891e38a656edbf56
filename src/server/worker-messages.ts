import type { Start } from './announcements.ts';

/** What a worker tells the primary of its start, once. */
export type WorkerReport =
  | ({ readonly kind: 'LISTENING' } & Start)
  | { readonly kind: 'CANNOT_LISTEN'; readonly error: Readonly<Record<string, unknown>> };

/** How a worker is to end: with the whole gateway, or in favour of another one. */
export type WorkerOrder = 'STOP' | 'RETIRE';

/** What a worker asks of the gate of logins, which the primary keeps. `ask` tells its requests apart. */
export type GateRequest =
  | { readonly kind: 'LOGIN_ENTER'; readonly ask: number; readonly upstream: string }
  | { readonly kind: 'LOGIN_END'; readonly ask: number; readonly refusedMs: number };

/** The answer to `LOGIN_ENTER`. */
export interface GateAnswer {
  readonly kind: 'LOGIN_TURN';
  readonly ask: number;
  /** For how long no login may be tried, in milliseconds; 0: this one may. */
  readonly pausedMs: number;
  /** How many before it were refused in a row. */
  readonly refusals: number;
}

/** Asks a worker for a sign of life, which comes from its event loop. */
export interface Ping {
  readonly kind: 'PING';
}

/** The sign of life. */
export interface Pong {
  readonly kind: 'PONG';
}

/** All that a worker sends to the primary, and all that comes back. */
export type FromWorker = WorkerReport | GateRequest | Pong;
export type ToWorker = WorkerOrder | GateAnswer | Ping;
