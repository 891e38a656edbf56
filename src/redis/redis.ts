import { createHash } from 'node:crypto';
import type { Secret } from '../domain/scrub/secret.ts';
import type { KeyRing } from './key-ring.ts';

/** Where a server listens. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Which Redis the instances share, and how. */
export interface RedisSettings {
  /** A server, or Sentinels that know which server is the master of this name. */
  readonly at:
    | { readonly kind: 'SERVER'; readonly server: RedisAddress }
    | {
        readonly kind: 'SENTINELS';
        readonly sentinels: readonly RedisAddress[];
        readonly master: string;
        readonly password: Secret | null;
      };
  /** Whether all connections use TLS. */
  readonly tls: boolean;
  readonly database: number;
  readonly user: string | null;
  readonly password: Secret | null;
  /** 32 bytes in base64. */
  readonly encryptionKey: Secret;
  /** Another key under which something may be stored; null if there is none. */
  readonly otherKey: Secret | null;
  /** How many instances share it. */
  readonly instances: number;
}

/** Lua that Redis runs as one step. */
export interface Script {
  readonly lua: string;
  readonly sha1: string;
}

export function script(lua: string): Script {
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

/** What changed about the connection. */
export type RedisEvent =
  | {
      readonly kind: 'REACHABLE';
      /** What may make it forget keys early, in words. */
      readonly forgets: readonly string[];
      /** How many are connected. */
      readonly replicas: number;
    }
  /** `reason`: a code, such as `ECONNREFUSED` or `WRONGPASS`. */
  | { readonly kind: 'UNREACHABLE'; readonly reason: string };

/** The Redis that all instances share. */
export interface Redis {
  /** For names and values, so that Redis has no text of callers. */
  readonly keyRing: KeyRing;
  /**
   * Runs a script. Nothing waits for a connection.
   * @throws RedisFailure if there was no reply in time: the script may have run, or may run later
   */
  readonly run: (
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ) => Promise<unknown>;
  /** Whether a replica has what was written before, if there should be one. @throws RedisFailure */
  readonly isReplicated: () => Promise<boolean>;
  readonly isReachable: () => boolean;
  readonly close: () => Promise<void>;
}

/** Redis did not do what it was asked for. It shows no address, argument or password. */
export class RedisFailure extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(`Redis did not reply as expected: ${reason}`);
    this.name = 'RedisFailure';
    this.reason = reason;
  }
}
