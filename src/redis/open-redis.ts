import { performance } from 'node:perf_hooks';
import { Redis as Client } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { systemErrorCode } from '../domain/system-error.ts';
import { endsWithin } from '../transport/waiting/ends-within.ts';
import { createKeyRing } from './key-ring.ts';
import { RedisFailure, script } from './redis.ts';
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

/** The reason if no Sentinel knows the master. */
const NO_SENTINEL = 'SENTINELS_UNREACHABLE';

/** Uses all commands and keys that the gateway needs the right to, and leaves nothing behind. */
const RIGHTS = script(`
redis.call('TIME')
redis.call('HSET', KEYS[1], 'a', '1')
redis.call('HMGET', KEYS[1], 'a')
redis.call('PEXPIRE', KEYS[1], 1000)
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], '1', 'PX', 1000)
redis.call('MGET', KEYS[1])
redis.call('DEL', KEYS[1])
return 1
`);

/** Connects to Redis. Resolves when it is connected or has failed to once; then it goes on trying. */
export async function openRedis(
  settings: RedisSettings,
  onEvent: (event: RedisEvent) => void,
): Promise<Redis> {
  const client = new Client(optionsOf(settings));
  let isReachable: boolean | null = null;
  let isClosed = false;
  /** Whether it is connected, to the right database and with all rights. */
  let isUsable = false;
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
    hasReplica = settings.at.kind === 'SENTINELS' || replicasOf(said) > 0;
  };

  const changed = (event: RedisEvent) => {
    const reachable = event.kind === 'REACHABLE';
    if (isClosed || isReachable === reachable) return;
    isReachable = reachable;
    onEvent(event);
  };
  client.on('error', (error: unknown) => {
    lastReason = reasonOf(error);
    // No connection is closed: none was opened.
    if (lastReason === NO_SENTINEL) changed({ kind: 'UNREACHABLE', reason: lastReason });
  });
  const first = new Promise<void>((resolve) => {
    client.on('ready', () => {
      prepared(client, settings)
        .then(about)
        .then((said) => {
          learn(said);
          isUsable = true;
          changed({ kind: 'REACHABLE', forgets: forgetsOf(said), replicas: replicasOf(said) });
        })
        .catch((error: unknown) => {
          changed({ kind: 'UNREACHABLE', reason: reasonOf(error) });
          // Somebody may correct the rights meanwhile.
          setTimeout(() => {
            if (!isClosed) client.disconnect(true);
          }, MAX_PAUSE_MS).unref();
        })
        .finally(resolve);
    });
    client.on('close', () => {
      isUsable = false;
      changed({ kind: 'UNREACHABLE', reason: lastReason });
      lastReason = 'CONNECTION_LOST';
      resolve();
    });
  });
  client.connect().catch(() => undefined);
  await endsWithin(FIRST_MS, first);

  const ask = async <Reply>(command: () => Promise<Reply>): Promise<Reply> => {
    if (!isUsable) throw new RedisFailure('UNREACHABLE');
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
    isReachable: () => isUsable,
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
    // Its own check needs no rights, and says on stderr if it has none.
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: pause,
    // After a failover, the address may be that of another server.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  } satisfies RedisOptions;
}

/** Makes sure that a new connection can do all that is needed. The client itself goes on with database 0 if it may not select another one. */
async function prepared(client: Client, { database }: RedisSettings): Promise<void> {
  if (database !== 0) await client.select(database);
  await runScript(client, RIGHTS, ['oidc-gateway:rights'], []);
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
  if (message.includes('The user executing the script can')) return 'NOPERM';
  if (message.startsWith('All sentinels are unreachable')) return NO_SENTINEL;
  return /^[A-Z]{3,20}(?= )/.exec(message)?.[0] ?? 'CONNECTION_LOST';
}

function replicasOf(said: ReadonlyMap<string, string>): number {
  return Number(said.get('connected_slaves') ?? 0);
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
