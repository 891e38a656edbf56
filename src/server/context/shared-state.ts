import type { Config } from '../../config/config.ts';
import type { RetiredKeys } from '../../domain/keys/rotation/retired-keys.ts';
import { createRetiredKeys } from '../../issuer/retired-keys.ts';
import { createLoginsInRedis } from '../../redis/logins-in-redis.ts';
import type { Redis } from '../../redis/redis.ts';
import { createSharedRetiredKeys } from '../../redis/retired-keys.ts';
import { shareLogins } from '../../redis/shared-login-gate.ts';
import { createLoginGate } from '../../transport/credentials/login-gate.ts';
import type { LoginGate } from '../../transport/credentials/login-gate.ts';
import { digested } from '../idempotency/digested.ts';
import { createMemoryStore } from '../idempotency/memory-store.ts';
import { createRedisStore } from '../idempotency/redis-store.ts';
import type { IdempotencyStore } from '../idempotency/store.ts';

/** What the processes of one instance share. What is left out, a process has by itself. */
export interface SharedByProcesses {
  readonly loginGate?: LoginGate;
  readonly idempotencyStore?: IdempotencyStore;
  readonly retiredKeys?: RetiredKeys;
}

/** What a gateway remembers from one request to the next, for all who share it. */
export interface SharedState extends Required<SharedByProcesses> {
  /** Tells other instances that this one ends. Without Redis, nothing happens. */
  readonly close: () => Promise<void>;
}

/**
 * Chooses where the state is: in Redis for all instances, or else in an instance or process.
 * @param redis null if none is configured
 */
export function openSharedState(
  { upstreamTimeoutMs: timeoutMs }: Pick<Config, 'upstreamTimeoutMs'>,
  redis: Redis | null,
  {
    loginGate = createLoginGate(),
    idempotencyStore = digested(createMemoryStore()),
    retiredKeys = createRetiredKeys(),
  }: SharedByProcesses,
): SharedState {
  if (redis === null)
    return { loginGate, idempotencyStore, retiredKeys, close: () => Promise.resolve() };
  // The gate of the instance stays in front, so that its processes ask Redis one after the other.
  const logins = shareLogins({ local: loginGate, store: createLoginsInRedis(redis), timeoutMs });
  return {
    loginGate: logins,
    idempotencyStore: createRedisStore(redis),
    retiredKeys: createSharedRetiredKeys(redis),
    close: async () => {
      await logins.close();
      await redis.close();
    },
  };
}
