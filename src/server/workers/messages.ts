import type { WatchState } from '../../domain/sign-in/watch.ts';
import type { Start } from '../log/lifecycle-log.ts';
import type { KeysSeen } from '../../domain/keys/rotation/retired-keys.ts';
import type { Claim, IdempotencyStore } from '../idempotency/store.ts';
import type { Figures } from '../metrics/registry.ts';

/** What a worker reports about its start, once. */
export type WorkerReport =
  | ({ readonly kind: 'LISTENING' } & Start)
  | { readonly kind: 'CANNOT_LISTEN'; readonly error: Readonly<Record<string, unknown>> };

/** How a worker ends: together with the gateway, or because another worker replaces it. */
export type WorkerOrder = 'STOP' | 'RETIRE';

/** Requests of a worker to the login gate in the primary. `ask` is the number of the request. */
export type GateRequest =
  | { readonly kind: 'LOGIN_ENTER'; readonly ask: number; readonly upstream: string }
  | { readonly kind: 'LOGIN_END'; readonly ask: number; readonly refusedMs: number };

/** The reply to `LOGIN_ENTER`. */
export interface GateReply {
  readonly kind: 'LOGIN_TURN';
  readonly ask: number;
  /** How long no login may be tried, in milliseconds. 0: this one may be tried now. */
  readonly pausedMs: number;
  /** How many logins in a row were refused before. */
  readonly refusals: number;
}

/** Requests of a worker to the store of idempotency keys in the primary. `ask` is the number of the request. */
export type StoreRequest =
  | {
      readonly kind: 'KEY_CLAIM';
      readonly ask: number;
      readonly claim: Parameters<IdempotencyStore['claim']>;
    }
  | {
      readonly kind: 'KEY_SETTLE';
      readonly ask: number;
      readonly settle: Parameters<IdempotencyStore['settle']>;
    };

/** The reply to a `StoreRequest`. `claim`: null if there is nothing to tell. */
export interface StoreReply {
  readonly kind: 'KEY_REPLY';
  readonly ask: number;
  readonly claim: Claim | null;
}

/** Asks the primary since when the keys of an issuer are gone. `ask` is the number of the request. */
export interface RetiredKeysRequest {
  readonly kind: 'RETIRED_KEYS_ASK';
  readonly ask: number;
  readonly seen: KeysSeen;
}

/** The reply to a `RetiredKeysRequest`: for how long each is gone, in seconds, by thumbprint. */
export interface RetiredKeysReply {
  readonly kind: 'RETIRED_KEYS_REPLY';
  readonly ask: number;
  readonly goneForS: readonly (readonly [thumbprint: string, seconds: number])[];
}

/** Asks the primary for the last results of what it watches. `ask` is the number of the request. */
export interface WatchesRequest {
  readonly kind: 'WATCHES_ASK';
  readonly ask: number;
}

/** The reply. */
export interface WatchesReply {
  readonly kind: 'WATCHES';
  readonly ask: number;
  readonly states: readonly WatchState[];
}

/** What a worker asks the primary, and the replies. */
export type Request = GateRequest | StoreRequest | RetiredKeysRequest | WatchesRequest;
export type Reply = GateReply | StoreReply | RetiredKeysReply | WatchesReply;

/** Asks a worker for a sign of life from its event loop. */
export interface Ping {
  readonly kind: 'PING';
}

/** The sign of life. */
export interface Pong {
  readonly kind: 'PONG';
}

/** Asks a worker for its metrics. */
export interface MetricsRequest {
  readonly kind: 'METRICS_ASK';
}

/** The metrics of a worker. It also sends them before it ends. */
export interface MetricsReply {
  readonly kind: 'METRICS';
  readonly figures: Figures;
}

/** All messages of a worker to the primary, and of the primary to a worker. */
export type FromWorker = WorkerReport | Request | Pong | MetricsReply;
export type ToWorker = WorkerOrder | Reply | Ping | MetricsRequest;

/** One end of the channel between a worker and the primary. */
export interface Channel<Received, Sent> {
  readonly send: (message: Sent) => void;
  readonly onMessage: (listener: (message: Received) => void) => void;
}
