import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { startGateway } from '../../setup/gateway.ts';
import type { TestGateway } from '../../setup/gateway.ts';
import { permissiveUpstream } from '../../setup/permissive-upstream.ts';
import { startScriptedUpstream } from '../../setup/scripted-upstream.ts';
import type { ScriptedUpstream } from '../../setup/scripted-upstream.ts';
import { startRedis } from './redis.ts';
import type { RedisServer } from './redis.ts';

/** Closes it with the test. What was opened last is closed first. */
export function later<Opened extends { readonly close: () => Promise<unknown> }>(
  opened: Opened,
): Opened {
  onTestFinished(async () => {
    await opened.close();
  });
  return opened;
}

/** A new encryption key. */
export const newKey = () => randomBytes(32).toString('base64');
/** The encryption key of the instances. */
export const KEY = newKey();

export type Environment = Readonly<Record<string, string>>;

export interface Setting {
  readonly redis: RedisServer;
  readonly upstream: ScriptedUpstream;
  readonly environment: Environment;
  /** Another instance. */
  readonly instance: (environment?: Environment) => Promise<TestGateway>;
}

/** A Redis and an upstream, which end with the test as the instances do. @param options of redis-server */
export async function setting(...options: string[]): Promise<Setting> {
  const redis = later(await startRedis(...options));
  const upstream = later(await startScriptedUpstream());
  upstream.respondWith(permissiveUpstream);
  const environment = {
    ORDERCLOUD_API_URL: `${upstream.origin}/v1`,
    UPSTREAM_TIMEOUT_MS: '1000',
    REDIS_URL: redis.url,
    REDIS_ENCRYPTION_KEY: KEY,
  };
  return {
    redis,
    upstream,
    environment,
    instance: async (more = {}) => {
      const gateway = await startGateway({ ...environment, ...more });
      later({ close: gateway.stop });
      return gateway;
    },
  };
}
