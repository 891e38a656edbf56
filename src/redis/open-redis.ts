import { performance } from 'node:perf_hooks';
import { Redis as Client } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { systemErrorCode } from '../domain/system-error.ts';
import { endsWithin } from '../transport/waiting/ends-within.ts';
import { createKeyRing } from './key-ring.ts';
import { RedisFailure } from './redis.ts';
import type { Redis, RedisEvent, RedisSettings, Script } from './redis.ts';

/** How long a command may take, a connection to be made, and a connection with open commands to be silent, in milliseconds. */
const COMMAND_MS = 250;
const CONNECT_MS = 2_000;
const SILENT_MS = 2_000;

/** Longest pause between two attempts to connect, in milliseconds. */
const MAX_PAUSE_MS = 1_000;

/** How long a start waits for the first connection, in milliseconds. */
const FIRST_MS = 1_000;

/** Commands that may wait for a reply. */
const MAX_OPEN = 1_000;

/** How long a replica may take to have a write, and how old the knowledge may be whether there is one, in milliseconds. */
const REPLICA_MS = 100;
const KNOWN_MS = 5_000;

/** Connects to Redis. Resolves when it is connected or has failed to once; then it goes on trying. */
export async function openRedis(
  settings: RedisSettings,
  onEvent: (event: RedisEvent) => void,
): Promise<Redis> {
  const client = new Client(optionsOf(settings));
  let isReachable: boolean | null = null;
  let isClosed = false;
  let open = 0;
  let hasReplica = settings.at.kind === 'SENTINELS';
  let knownAt = -Infinity;
  let lastReason = 'CONNECTION_LOST';

  /** What the server says about itself, by name. */
  const about = async (): Promise<ReadonlyMap<string, string>> => {
    const text = await client.info();
    return new Map(
      [...text.matchAll(/^(\w+):([^\r\n]*)/gm)].map(([, name = '', value = '']) => [name, value]),
    );
  };
  const learn = (said: ReadonlyMap<string, string>) => {
    knownAt = performance.now();
    // Behind Sentinels there is always one: a master that has lost all of them may no longer be the master.
    hasReplica = settings.at.kind === 'SENTINELS' || Number(said.get('connected_slaves')) > 0;
  };

  const changed = (event: RedisEvent) => {
    const reachable = event.kind === 'REACHABLE';
    if (isClosed || isReachable === reachable) return;
    isReachable = reachable;
    onEvent(event);
  };
  client.on('error', (error: unknown) => {
    lastReason = reasonOf(error);
  });
  const first = new Promise<void>((resolve) => {
    client.on('ready', () => {
      void about()
        .catch(() => new Map<string, string>())
        .then((said) => {
          learn(said);
          changed({ kind: 'REACHABLE', forgets: forgetsOf(said) });
          resolve();
        });
    });
    client.on('close', () => {
      changed({ kind: 'UNREACHABLE', reason: lastReason });
      lastReason = 'CONNECTION_LOST';
      resolve();
    });
  });
  client.connect().catch(() => undefined);
  await endsWithin(FIRST_MS, first);

  const ask = async <Reply>(command: () => Promise<Reply>): Promise<Reply> => {
    if (client.status !== 'ready') throw new RedisFailure('UNREACHABLE');
    if (open >= MAX_OPEN) throw new RedisFailure('BUSY');
    open += 1;
    try {
      return await command();
    } catch (error) {
      throw new RedisFailure(reasonOf(error));
    } finally {
      open -= 1;
    }
  };

  return {
    keyRing: createKeyRing(settings.encryptionKey, settings.otherKey),
    run: (script, keys, args) => ask(() => runScript(client, script, keys, args)),
    isReplicated: async () => {
      if (performance.now() - knownAt > KNOWN_MS) learn(await ask(about));
      if (!hasReplica) return true;
      const replicas = await ask(() => client.wait(1, REPLICA_MS));
      // Perhaps the last one is gone for good.
      if (replicas === 0) knownAt = -Infinity;
      return replicas > 0;
    },
    isReachable: () => client.status === 'ready',
    close: async () => {
      isClosed = true;
      // What was asked for before is still done.
      await client.quit().catch(() => undefined);
      client.disconnect();
    },
  };
}

function optionsOf({ at, tls, database, user, password }: RedisSettings) {
  return {
    ...(at.kind === 'SERVER'
      ? at.server
      : {
          sentinels: [...at.sentinels],
          name: at.master,
          ...(at.password !== null && { sentinelPassword: at.password.reveal() }),
          sentinelRetryStrategy: pause,
          enableTLSForSentinelMode: tls,
          ...(tls && { sentinelTLS: {} }),
        }),
    ...(tls && { tls: {} }),
    ...(user !== null && { username: user }),
    ...(password !== null && { password: password.reveal() }),
    db: database,
    connectionName: 'oidc-config-gateway',
    disableClientInfo: true,
    protocol: 2,
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    commandTimeout: COMMAND_MS,
    socketTimeout: SILENT_MS,
    // A command that waited for a connection would be late: its caller has given up.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: pause,
    // After a failover, the address may be that of another server.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  } satisfies RedisOptions;
}

function pause(attempts: number): number {
  return Math.min(50 * 2 ** Math.min(attempts, 10), MAX_PAUSE_MS) * (0.75 + Math.random() / 4);
}

async function runScript(
  client: Client,
  { lua, sha1 }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return client.eval(lua, keys.length, ...keys, ...args);
  }
}

/** Why something failed, as a code: messages may have addresses, and errors of commands have their arguments. */
function reasonOf(error: unknown): string {
  const code = systemErrorCode(error);
  if (code !== null) return code;
  const message = error instanceof Error ? error.message : '';
  if (message === 'Command timed out') return 'TIMEOUT';
  if (message.startsWith('All sentinels are unreachable')) return 'SENTINELS_UNREACHABLE';
  return /^[A-Z]{3,20}(?= )/.exec(message)?.[0] ?? 'CONNECTION_LOST';
}

/** What of a server's settings may make it forget keys early. */
function forgetsOf(said: ReadonlyMap<string, string>): string[] {
  const policy = said.get('maxmemory_policy') ?? 'noeviction';
  return [
    ...(policy === 'noeviction' || said.get('maxmemory') === '0'
      ? []
      : [`maxmemory-policy ${policy}`]),
    ...(said.get('aof_enabled') === '0' ? ['appendonly no'] : []),
  ];
}
