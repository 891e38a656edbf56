import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis, startSentinel } from '../setup/redis.ts';
import type { RedisServer } from '../setup/redis.ts';
import type { StormOptions } from './storm.ts';

/** Where instances keep their keys. */
export interface Stores {
  /** The `REDIS_URL` of an instance. */
  readonly urlOf: (instance: number) => string;
  /** Kills the master. Resolves when its replica has taken over and has a replica itself. */
  readonly failOver: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** How often to look whether a server is ready, in milliseconds. */
const LOOK_MS = 50;

export async function startStores(kind: StormOptions['redis'], instances: number): Promise<Stores> {
  const master = await startRedis();
  const open: { readonly close: () => Promise<void> }[] = [master];
  const later = <Opened extends { readonly close: () => Promise<void> }>(opened: Opened) => {
    open.push(opened);
    return opened;
  };
  const close = async () => {
    for (const one of open.reverse()) await one.close();
  };
  const failOver = () => Promise.reject(new Error('there is one server'));
  if (kind === 'SHARED') return { urlOf: () => master.url, failOver, close };
  if (kind === 'EACH_ITS_OWN') {
    const servers: RedisServer[] = [master];
    while (servers.length < instances) servers.push(later(await startRedis()));
    return { urlOf: (instance) => servers[instance]?.url ?? '', failOver, close };
  }
  const replica = later(await startReplica(master));
  const sentinel = later(await startSentinel(master.port));
  // Before the Sentinel knows the replica, it cannot promote it.
  await until(() => sentinel.ask('SENTINEL', 'REPLICAS', 'shared'), String(replica.port));
  return {
    urlOf: () => `redis+sentinel://127.0.0.1:${sentinel.port}/shared`,
    failOver: async () => {
      await master.kill();
      await until(() => replica.ask('ROLE'), 'master');
      if (kind === 'LOSING_FAILOVER') await replica.ask('FLUSHALL');
      later(await startReplica(replica));
    },
    close,
  };
}

async function startReplica(master: RedisServer): Promise<RedisServer> {
  const replica = await startRedis('--replicaof', '127.0.0.1', String(master.port));
  await until(() => replica.ask('ROLE'), 'connected');
  return replica;
}

async function until(ask: () => Promise<string>, text: string): Promise<void> {
  // A server that changes its role closes connections.
  while (!(await ask().catch(() => '')).includes(text)) await sleep(LOOK_MS);
}
