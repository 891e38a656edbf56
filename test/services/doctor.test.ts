import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { KEY, later, newKey } from './setup/instances.ts';
import { startRedis, startSentinel } from './setup/redis.ts';

/* What the doctor says about a real Redis. */

const PASSWORD = 'canary-password';

/** Its lines about Redis. Nowhere does it show a password or a key. */
async function examine(environment: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, ['dist/main.js', 'doctor'], {
    env: {
      PATH: process.env['PATH'],
      ORDERCLOUD_API_URL: 'http://127.0.0.1:1/v1',
      REDIS_ENCRYPTION_KEY: KEY,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(child, 'close');
  for (const secret of [PASSWORD, KEY, environment['REDIS_ENCRYPTION_KEY_PREVIOUS'] ?? KEY])
    expect(output).not.toContain(secret);
  return output
    .split('\n')
    .filter(
      (line, index, lines) => line.includes('Redis: ') || lines[index - 1]?.includes('Redis: '),
    )
    .filter((line) => line.includes('Redis: ') || line.includes('->'))
    .join('\n');
}

describe('the doctor', () => {
  it('says what Redis does, and what it may forget', async () => {
    const redis = later(await startRedis('--requirepass', PASSWORD));
    const environment = { REDIS_URL: redis.url, REDIS_PASSWORD: PASSWORD, INSTANCES: '3' };
    const well = await examine(environment);
    expect(well).toBe(
      [
        `ok     Redis: 127.0.0.1:${redis.port} (without TLS) can be reached, with all rights that the gateway needs.`,
        'ok     Redis: what it gets is encrypted with REDIS_ENCRYPTION_KEY. Up to 3 instances may share it (INSTANCES).',
        'ok     Redis: it has no replica: if it is lost with its disk, so are the idempotency keys.',
        'ok     Redis: it forgets nothing early: it writes to its disk (appendonly), and evicts nothing (noeviction).',
      ].join('\n'),
    );
    const askWith = ['--no-auth-warning', '-a', PASSWORD] as const;
    await redis.ask(...askWith, 'CONFIG', 'SET', 'appendonly', 'no');
    await redis.ask(...askWith, 'CONFIG', 'SET', 'maxmemory', '100mb');
    await redis.ask(...askWith, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    const forgets = await examine({ ...environment, REDIS_ENCRYPTION_KEY_PREVIOUS: newKey() });
    expect(forgets).toContain('REDIS_ENCRYPTION_KEY_PREVIOUS is read as well');
    expect(forgets).toContain(
      'WARN   Redis: it may forget idempotency keys early: maxmemory-policy allkeys-lru, appendonly no.',
    );
    expect(forgets).toContain('-> Set maxmemory-policy noeviction and appendonly yes.');
    await redis.ask(...askWith, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    const onlyOne = await examine(environment);
    expect(onlyOne).toContain('-> Set appendonly yes.');
    expect(await redis.ask(...askWith, 'DBSIZE'), 'it leaves nothing behind').toBe('0\n');
  });

  it.each([
    ['a wrong password', PASSWORD, 'WRONGPASS', 'Check REDIS_PASSWORD'],
    ['no password', '', 'NOAUTH', 'Set REDIS_PASSWORD'],
  ])('says what to do about %s', async (_what, password, reason, advice) => {
    const redis = later(await startRedis('--requirepass', 'right'));
    const said = await examine({
      REDIS_URL: redis.url,
      ...(password !== '' && { REDIS_PASSWORD: password }),
    });
    expect(said).toMatch(
      new RegExp(`^ERROR  Redis: .* cannot be used \\(${reason}\\): .*\n +-> ${advice}`),
    );
  });

  it('says that rights are missing', async () => {
    const redis = later(await startRedis());
    await redis.ask(
      'ACL',
      'SETUSER',
      'gateway',
      'on',
      `>${PASSWORD}`,
      '~*',
      '+info',
      '+evalsha',
      '+eval',
    );
    const said = await examine({ REDIS_URL: redis.url.replace('//', `//gateway:${PASSWORD}@`) });
    expect(said).toMatch(
      /^ERROR {2}Redis: .* \(NOPERM\): .*\n +-> Give the user the commands and keys/,
    );
  });

  it('says whether there is a replica behind Sentinels, and that no Sentinel responds', async () => {
    const redis = later(await startRedis());
    const sentinel = later(await startSentinel(redis.port));
    const environment = { REDIS_URL: `redis+sentinel://127.0.0.1:${sentinel.port}/shared` };
    expect(await examine(environment)).toContain('ERROR  Redis: the master has no replica');
    later(await startRedis('--replicaof', '127.0.0.1', String(redis.port)));
    await expect.poll(() => redis.ask('INFO', 'replication')).toContain('state=online');
    const well = await examine(environment);
    expect(well).toContain(
      `ok     Redis: the master shared of the Sentinels 127.0.0.1:${sentinel.port} (without TLS) can be reached`,
    );
    expect(well).toContain('ok     Redis: it has 1 replica: a write');
    expect(await examine({ REDIS_URL: 'redis+sentinel://127.0.0.1:1/shared' })).toMatch(
      /^ERROR {2}Redis: .* cannot be used \(SENTINELS_UNREACHABLE\)/,
    );
  });
});
