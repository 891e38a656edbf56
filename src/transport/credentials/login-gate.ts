import { performance } from 'node:perf_hooks';
import type { Secret } from '../../domain/scrub/secret.ts';
import { Semaphore } from '../waiting/semaphore.ts';
import type { IssuedToken } from './login.ts';

/** The turn of one login. */
export interface Turn {
  /** How many turns before this one were refused in a row, in all processes. */
  readonly refusals: number;
  /** The token that another instance logged in for: it is used, and nothing is sent. Left out if there is none. */
  readonly token?: IssuedToken;
  /**
   * Ends it, once. A refusal that comes after the end still counts.
   * @param pauseMs how long no other login may be tried because this one was refused, in milliseconds: `FOR_GOOD` if never again;
   * 0 if nothing was learned; `WORKED` if it was not refused, so that refusals before it no longer count
   * @param token what the login gave, for other instances; its lifetime counts from now
   */
  readonly end: (pauseMs: number, token?: IssuedToken) => void;
}

/** No login may be tried now, because an earlier one was refused. */
export interface NoTurn {
  /** For how long, in milliseconds; `FOR_GOOD` if for the life of the gateway. */
  readonly pausedMs: number;
}

/** For the life of the gateway. */
export const FOR_GOOD = Number.MAX_SAFE_INTEGER;

/** The pause after a login that was not refused. */
export const WORKED = -1;

/**
 * Lets one login at an upstream be tried at a time, among all processes, and none for a while after one was refused:
 * accounts and access keys lock after a few refusals.
 */
export interface LoginGate {
  readonly enter: (upstream: string, login: LoginDetails) => Promise<Turn | NoTurn>;
}

/** The gate of one machine, where all logins at an upstream use the same credentials. */
export interface LocalLoginGate extends LoginGate {
  readonly enter: (upstream: string) => Promise<Turn | NoTurn>;
}

/** What instances that share logins have to know about one. */
export interface LoginDetails {
  /** All that decides which token a login gets. Only a digest of it may leave this machine. */
  readonly credentials: Secret;
  /** Null before the first token. */
  readonly replaces: ReplacedToken | null;
}

/** A token that a login is to replace. */
export interface ReplacedToken {
  readonly value: Secret;
  /** Whether the upstream refused it. Otherwise it is renewed before its end. */
  readonly isRefused: boolean;
}

/** The logins at one upstream. */
interface Logins {
  readonly turns: Semaphore;
  refusedUntil: number;
  refusals: number;
}

/** @param now a clock that never goes back, in milliseconds */
export function createLoginGate(now: () => number = () => performance.now()): LocalLoginGate {
  const all = new Map<string, Logins>();
  return {
    enter: async (upstream) => {
      const logins = all.get(upstream) ?? {
        turns: new Semaphore(1),
        refusedUntil: 0,
        refusals: 0,
      };
      all.set(upstream, logins);
      await logins.turns.enter(null);
      const time = now();
      if (time < logins.refusedUntil) {
        logins.turns.leave();
        return {
          pausedMs: logins.refusedUntil === FOR_GOOD ? FOR_GOOD : logins.refusedUntil - time,
        };
      }
      let ended = false;
      return {
        refusals: logins.refusals,
        end: (pauseMs) => {
          if (pauseMs > 0) {
            logins.refusals += 1;
            logins.refusedUntil = Math.max(
              logins.refusedUntil,
              pauseMs === FOR_GOOD ? FOR_GOOD : now() + pauseMs,
            );
          }
          if (ended) return;
          ended = true;
          if (pauseMs === WORKED) logins.refusals = 0;
          logins.turns.leave();
        },
      };
    },
  };
}
