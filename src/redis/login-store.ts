import type { LoginDetails } from '../transport/credentials/login-gate.ts';
import type { IssuedToken } from '../transport/credentials/login.ts';

/** One attempt of this process to get its turn. */
export interface Attempt {
  /** Unique. */
  readonly id: string;
  readonly upstream: string;
  readonly login: LoginDetails;
}

/** What all instances know about a login. */
export type LoginAnswer =
  /** This attempt may log in. `refusals`: how many before it were refused in a row. */
  | { readonly kind: 'TURN'; readonly refusals: number }
  /** Another instance has logged in. */
  | { readonly kind: 'TOKEN'; readonly token: IssuedToken }
  /** Another instance logs in at the moment. */
  | { readonly kind: 'TAKEN' }
  /** The login was refused to an instance. `pausedMs`: for how long it is not tried, in milliseconds. */
  | { readonly kind: 'REFUSED'; readonly pausedMs: number };

/** What became of a login. */
export type LoginOutcome =
  | { readonly kind: 'UNKNOWN' }
  /** `token`: left out if the login gave none. */
  | { readonly kind: 'WORKED'; readonly token: IssuedToken | undefined }
  | { readonly kind: 'REFUSED'; readonly pauseMs: number };

/** Logins that all instances share. Each method throws RedisFailure. */
export interface LoginStore {
  /** @param leaseMs for how long no other attempt gets the turn, unless this one ends before, in milliseconds */
  readonly ask: (attempt: Attempt, leaseMs: number) => Promise<LoginAnswer>;
  readonly end: (attempt: Attempt, outcome: LoginOutcome) => Promise<void>;
  /** Keeps a refusal for this time from now, in milliseconds; 0 to forget it. */
  readonly keepRefusal: (attempt: Attempt, ms: number) => Promise<void>;
}
