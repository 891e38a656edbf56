import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { upstreams } from '../upstreams/index.ts';
import { ConfigError, readConfig } from './config.ts';

const KEY = randomBytes(32).toString('base64');
const OTHER = randomBytes(32).toString('base64');
const UPSTREAM = { HUAWEI_IAM_URL: 'https://iam.myhuaweicloud.com' };

const folder = mkdtempSync(join(tmpdir(), 'redis-settings-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const read = (set: Readonly<Record<string, string>>) =>
  readConfig('production', upstreams, { ...UPSTREAM, ...set }).redis;

function issuesOf(set: Readonly<Record<string, string>>): readonly string[] {
  try {
    read(set);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain('canary');
    return error.issues;
  }
  throw new Error('nothing was wrong');
}

describe('the Redis of all instances', () => {
  it('is none if nothing is set', () => {
    expect(read({})).toBeNull();
  });

  it.each([
    [
      'rediss://redis.example.com',
      { kind: 'SERVER', server: { host: 'redis.example.com', port: 6379 } },
      true,
      0,
    ],
    [
      'redis://127.0.0.1:6380/2',
      { kind: 'SERVER', server: { host: '127.0.0.1', port: 6380 } },
      false,
      2,
    ],
    ['redis://[::1]', { kind: 'SERVER', server: { host: '::1', port: 6379 } }, false, 0],
    [
      'rediss+sentinel://one.example.com,two.example.com:26380/shared/1',
      {
        kind: 'SENTINELS',
        sentinels: [
          { host: 'one.example.com', port: 26_379 },
          { host: 'two.example.com', port: 26_380 },
        ],
        master: 'shared',
        password: null,
      },
      true,
      1,
    ],
  ])('may be %s', (url, at, tls, database) => {
    expect(read({ REDIS_URL: url, REDIS_ENCRYPTION_KEY: KEY })).toMatchObject({
      at,
      tls,
      database,
      user: null,
      password: null,
      otherKey: null,
      instances: 1,
    });
  });

  it('takes its secrets from the URL, from variables or from files, and shows none', () => {
    const fromUrl = read({
      REDIS_URL: 'rediss://us%40er:canary%2F1@r.example.com',
      REDIS_ENCRYPTION_KEY: KEY,
      REDIS_ENCRYPTION_KEY_PREVIOUS: OTHER,
      INSTANCES: '3',
    });
    expect(fromUrl?.instances).toBe(3);
    expect([fromUrl?.user, fromUrl?.password?.reveal(), fromUrl?.otherKey?.reveal()]).toEqual([
      'us@er',
      'canary/1',
      OTHER,
    ]);
    expect(JSON.stringify(fromUrl)).not.toMatch(/canary|[A-Za-z0-9+/]{43}=/);
    const [password, key] = [join(folder, 'password'), join(folder, 'key')];
    writeFileSync(password, 'canary-2\n');
    writeFileSync(key, `${KEY}\n`);
    const fromFiles = read({
      REDIS_URL: 'rediss://r.example.com',
      REDIS_PASSWORD_FILE: password,
      REDIS_ENCRYPTION_KEY_FILE: key,
    });
    expect([fromFiles?.password?.reveal(), fromFiles?.encryptionKey.reveal()]).toEqual([
      'canary-2',
      KEY,
    ]);
  });

  const FORM = /^REDIS_URL must be a URL, e\.g\. /;
  const URL_SET = { REDIS_URL: 'rediss://r.example.com', REDIS_ENCRYPTION_KEY: KEY };
  it.each<[string, Readonly<Record<string, string>>, readonly RegExp[]]>([
    ['a host alone', { ...URL_SET, REDIS_URL: 'canary.example.com' }, [FORM]],
    ['another scheme', { ...URL_SET, REDIS_URL: 'https://canary.example.com' }, [FORM]],
    ['several servers', { ...URL_SET, REDIS_URL: 'rediss://canary,b' }, [FORM]],
    ['Sentinels without a master', { ...URL_SET, REDIS_URL: 'rediss+sentinel://canary' }, [FORM]],
    ['a database that is not a number', { ...URL_SET, REDIS_URL: 'rediss://canary/x' }, [FORM]],
    ['a query', { ...URL_SET, REDIS_URL: 'rediss://canary?db=1' }, [FORM]],
    ['a bad port', { ...URL_SET, REDIS_URL: 'rediss://canary:70000' }, [FORM]],
    [
      'plain text to another machine',
      { ...URL_SET, REDIS_URL: 'redis://:canary@r.example.com' },
      [/^REDIS_URL must begin with rediss \(redis:\/\/ is allowed only for this machine\)$/],
    ],
    [
      'no key',
      { REDIS_URL: 'rediss://r.example.com' },
      [/^REDIS_ENCRYPTION_KEY must be set with REDIS_URL, directly or in a file$/],
    ],
    [
      'a short key',
      { ...URL_SET, REDIS_ENCRYPTION_KEY: 'canary' },
      [/^REDIS_ENCRYPTION_KEY must be 32 bytes in base64/],
    ],
    [
      'the same key twice',
      { ...URL_SET, REDIS_ENCRYPTION_KEY_PREVIOUS: KEY },
      [/^REDIS_ENCRYPTION_KEY_PREVIOUS must be another key/],
    ],
    [
      'two passwords',
      { ...URL_SET, REDIS_URL: 'rediss://:canary@r.example.com', REDIS_PASSWORD: 'canary' },
      [/^REDIS_PASSWORD must not be set together with a password in REDIS_URL$/],
    ],
    [
      'a password of Sentinels that are none',
      { ...URL_SET, REDIS_SENTINEL_PASSWORD: 'canary' },
      [/^REDIS_SENTINEL_PASSWORD must not be set unless REDIS_URL names Sentinels$/],
    ],
    [
      'what belongs to Redis without it',
      { REDIS_PASSWORD: 'canary', REDIS_ENCRYPTION_KEY: KEY, INSTANCES: '2' },
      [
        /^REDIS_PASSWORD must not be set without REDIS_URL$/,
        /^REDIS_ENCRYPTION_KEY must not be set without REDIS_URL$/,
        /^INSTANCES must not be set without REDIS_URL$/,
      ],
    ],
    [
      'a file that does not exist',
      { REDIS_URL: 'rediss://r.example.com', REDIS_ENCRYPTION_KEY_FILE: join(folder, 'canary') },
      [
        /^REDIS_ENCRYPTION_KEY_FILE names a file that does not exist$/,
        /^REDIS_ENCRYPTION_KEY_FILE /,
      ],
    ],
  ])('is not %s', (_what, set, patterns) => {
    const issues = issuesOf(set);
    expect(issues).toEqual(patterns.map((pattern) => expect.stringMatching(pattern) as unknown));
  });
});
