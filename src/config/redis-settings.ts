import * as z from 'zod';
import { Secret } from '../domain/scrub/secret.ts';
import { isLoopback, parseUrl } from '../domain/text/url.ts';
import type { RedisAddress, RedisSettings } from '../redis/redis.ts';
import { fileOf, integer, secret } from '../transport/env-schema.ts';
import { withSecrets } from './secret-files.ts';

/** The default ports of a server and of a Sentinel. */
const SERVER_PORT = 6379;
const SENTINEL_PORT = 26_379;

/** What a URL of Redis says. */
interface RedisUrl extends Pick<RedisSettings, 'tls' | 'database' | 'user' | 'password'> {
  readonly addresses: readonly RedisAddress[];
  /** The name of the master that Sentinels know; null if the URL is that of a server. */
  readonly master: string | null;
}

const FORM =
  'must be a URL, e.g. rediss://redis.example.com:6379 or rediss+sentinel://one:26379,two:26379/master-name';

const redisUrl = secret('').transform((value, context): RedisUrl => {
  const addIssue = (message: string) => {
    context.addIssue({ code: 'custom', message });
  };
  // Not as one URL: those of Sentinels have several hosts.
  const [, scheme = '', credentials = '', hosts = '', path = ''] =
    /^(rediss?(?:\+sentinel)?):\/\/(?:([^@/?#]*)@)?([^@/?#]+)((?:\/[^/?#]*){0,2})$/.exec(
      value.reveal(),
    ) ?? [];
  const isSentinel = scheme.endsWith('+sentinel');
  const addresses = hosts.split(',').map((host) => addressOf(host, isSentinel));
  const [first = '', second = ''] = path.split('/').slice(1);
  const [master, database] = isSentinel ? [first, second] : [null, first];
  const colon = credentials.indexOf(':');
  const user = percentDecoded(colon < 0 ? credentials : credentials.slice(0, colon));
  const password = percentDecoded(colon < 0 ? '' : credentials.slice(colon + 1));
  if (
    addresses.includes(null) ||
    (!isSentinel && (addresses.length > 1 || second !== '')) ||
    (master !== null && !/^[\w.-]+$/.test(master)) ||
    !/^\d{0,5}$/.test(database) ||
    user === null ||
    password === null
  ) {
    addIssue(FORM);
    return z.NEVER;
  }
  const known = addresses.filter((address) => address !== null);
  const tls = scheme.startsWith('rediss');
  if (!tls && !known.every(({ host }) => isLoopback(host.includes(':') ? `[${host}]` : host)))
    addIssue('must begin with rediss (redis:// is allowed only for this machine)');
  return {
    tls,
    addresses: known,
    master,
    database: Number(database),
    user: user === '' ? null : user,
    password: password === '' ? null : new Secret(password),
  };
});

/** The address of a host with or without a port; null if it is none. */
function addressOf(text: string, isSentinel: boolean): RedisAddress | null {
  const url = /^[\w.:[\]-]+$/.test(text) ? parseUrl(`redis://${text}`) : null;
  if (url === null || url.hostname === '' || url.port === '0') return null;
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (isSentinel ? SENTINEL_PORT : SERVER_PORT) : Number(url.port),
  };
}

function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

const encryptionKey = secret('with REDIS_URL').refine(
  (value) =>
    /^[A-Za-z0-9+/]{43}=$/.test(value.reveal()) &&
    Buffer.from(value.reveal(), 'base64').length === 32,
  'must be 32 bytes in base64, as openssl rand -base64 32 makes them',
);

/** The environment variables of what all instances share. */
export const redisEnvironment = z.object({
  REDIS_URL: redisUrl
    .optional()
    .describe(
      "Redis in which all instances keep idempotency keys and the tokens of the gateway's own logins, and count the rates of callers: `rediss://host:6379`, or `rediss+sentinel://one:26379,two:26379/master-name`, with `user:password@` before the host and `/1` at the end for another database. `redis` instead of `rediss`, without TLS, is allowed only for this machine. Not set, and in development: each instance keeps its own.",
    ),
  REDIS_PASSWORD: secret('')
    .optional()
    .describe('Password for Redis, as an alternative to one in `REDIS_URL`.'),
  REDIS_PASSWORD_FILE: fileOf('REDIS_PASSWORD'),
  REDIS_SENTINEL_PASSWORD: secret('')
    .optional()
    .describe('Password for the Sentinels, if they need one.'),
  REDIS_SENTINEL_PASSWORD_FILE: fileOf('REDIS_SENTINEL_PASSWORD'),
  REDIS_ENCRYPTION_KEY: encryptionKey
    .optional()
    .describe(
      'Key that hides everything from Redis: 32 bytes in base64, the same for all instances, e.g. from `openssl rand -base64 32`. Required with `REDIS_URL`.',
    ),
  REDIS_ENCRYPTION_KEY_FILE: fileOf('REDIS_ENCRYPTION_KEY'),
  REDIS_ENCRYPTION_KEY_PREVIOUS: encryptionKey
    .optional()
    .describe(
      'A second key, under which the gateway also finds and reads what is stored: for a change of keys.',
    ),
  REDIS_ENCRYPTION_KEY_PREVIOUS_FILE: fileOf('REDIS_ENCRYPTION_KEY_PREVIOUS'),
  INSTANCES: integer({ min: 1, max: 1_000, fallback: 1 }).describe(
    'Maximum number of instances that share Redis. Each may use its share of a rate before it has heard from Redis what the others use, and while Redis cannot be reached.',
  ),
});

/**
 * Reads from the environment which Redis the instances share.
 * @param set the variables that are set; only those of `redisEnvironment` are read
 * @returns null if none is configured, or all issues, without any value
 */
export function redisSettings(set: Readonly<Record<string, string>>): {
  readonly settings: RedisSettings | null;
  readonly fromFiles: ReadonlySet<string>;
  readonly issues: readonly z.core.$ZodIssue[];
  readonly unread: readonly string[];
} {
  const { values, issues: unread, fromFiles } = withSecrets(set, redisEnvironment.shape);
  const { success, data, error } = redisEnvironment.safeParse(values);
  const issues: z.core.$ZodIssue[] = success ? [] : [...error.issues];
  const addIssue = (name: string, message: string) => {
    issues.push({ code: 'custom', path: [name], message, input: undefined });
  };
  const isMeant = 'REDIS_URL' in values;
  for (const name of Object.keys(values))
    if (!isMeant) addIssue(name, 'must not be set without REDIS_URL');
  if (isMeant && !('REDIS_ENCRYPTION_KEY' in values))
    addIssue('REDIS_ENCRYPTION_KEY', 'must be set with REDIS_URL, directly or in a file');
  const {
    REDIS_URL: url,
    REDIS_ENCRYPTION_KEY: key,
    REDIS_ENCRYPTION_KEY_PREVIOUS: other,
  } = data ?? {};
  if (key !== undefined && key.reveal() === other?.reveal())
    addIssue('REDIS_ENCRYPTION_KEY_PREVIOUS', 'must be another key than REDIS_ENCRYPTION_KEY');
  if (url !== undefined && url.password !== null && data?.REDIS_PASSWORD !== undefined)
    addIssue('REDIS_PASSWORD', 'must not be set together with a password in REDIS_URL');
  if (url !== undefined && url.master === null && data?.REDIS_SENTINEL_PASSWORD !== undefined)
    addIssue('REDIS_SENTINEL_PASSWORD', 'must not be set unless REDIS_URL names Sentinels');
  const settings =
    url === undefined || key === undefined
      ? null
      : settingsOf(url, {
          password: data?.REDIS_PASSWORD ?? url.password,
          sentinelPassword: data?.REDIS_SENTINEL_PASSWORD ?? null,
          instances: data?.INSTANCES ?? 1,
          encryptionKey: key,
          otherKey: other ?? null,
        });
  return { settings, fromFiles, issues, unread };
}

function settingsOf(
  { tls, database, user, addresses, master }: RedisUrl,
  {
    sentinelPassword,
    ...others
  }: Pick<RedisSettings, 'password' | 'encryptionKey' | 'otherKey' | 'instances'> & {
    readonly sentinelPassword: Secret | null;
  },
): RedisSettings | null {
  const [server] = addresses;
  if (server === undefined) return null;
  return {
    at:
      master === null
        ? { kind: 'SERVER', server }
        : { kind: 'SENTINELS', sentinels: addresses, master, password: sentinelPassword },
    tls,
    database,
    user,
    ...others,
  };
}
