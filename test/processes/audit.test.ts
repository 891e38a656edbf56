import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { CreateOpenIdConnectDocument, OpenIdConnectDocument } from '../../schema/client/graphql.ts';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { addFault, send, start, startBuiltGateway, STOPPED_CLOCK } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';
import { createVariables } from '../setup/ordercloud.ts';

/* The audit trail of real processes: what is in their output whenever they are killed, and what happens if nobody takes it. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let emulator: RunningEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());
let count = 0;
let id = '';
beforeEach(() => {
  id = `audited-${(count += 1)}`;
});

const create = (url: string, name = id) =>
  send(url, CreateOpenIdConnectDocument, createVariables(name), emulator.exampleHeaders).then(
    ({ createOpenIdConnect }) => createOpenIdConnect,
  );
const read = (url: string) =>
  send(url, OpenIdConnectDocument, { id: 'example-existing' }, emulator.exampleHeaders).then(
    ({ openIdConnect }) => openIdConnect,
  );
const ready = async (url: string) => (await fetch(new URL('/readyz', url))).status;
const trailOf = (stdout: string, object = id) =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg, object: about }) => msg === 'audit' && about === object);
const UNSENT = { __typename: 'OidcUpstreamUnavailableError' };
/** Ends what the test itself has not ended. */
const startGateway = async (
  environment: Record<string, string> = {},
  nodeOptions: readonly string[] = [],
): Promise<BuiltGateway> => {
  const gateway = await startBuiltGateway({ ...emulator.environment, ...environment }, nodeOptions);
  let ended = false;
  void gateway.exit.then(() => {
    ended = true;
  });
  onTestFinished(() => {
    if (!ended) gateway.signal('SIGKILL');
  });
  return gateway;
};

describe.each(['1', '2'])('a process that is killed, with WORKERS=%s', (WORKERS) => {
  it('has logged a write that is in flight', async () => {
    const gateway = await startGateway({ WORKERS });
    await addFault(emulator.url, {
      method: 'POST',
      path: '/v1/openidconnects',
      fault: { kind: 'hang' },
    });
    const before = emulator.requests.length;
    const lost = create(gateway.url).catch((error: unknown) => error);
    while (emulator.requests.length === before)
      await new Promise((resolve) => setImmediate(resolve));
    gateway.signal('SIGKILL');
    expect(await lost).toBeInstanceOf(Error);
    expect(trailOf((await gateway.exit).stdout)).toEqual([
      expect.objectContaining({
        event: 'intent',
        operation: 'createOpenIdConnect',
        upstream: 'ORDERCLOUD',
        attempt: 1,
      }),
    ]);
  });

  it('has logged the outcome of every write that got a response', async () => {
    const gateway = await startGateway({ WORKERS });
    expect(await create(gateway.url)).toMatchObject({ __typename: 'CreateOpenIdConnectSuccess' });
    gateway.signal('SIGKILL');
    expect(trailOf((await gateway.exit).stdout)).toEqual([
      expect.objectContaining({ event: 'intent' }),
      expect.objectContaining({
        event: 'outcome',
        intents: 1,
        member: 'CreateOpenIdConnectSuccess',
      }),
    ]);
  });

  it('whose log has no reader any more refuses writes with a reason, and still reads', async () => {
    const gateway = await startGateway({ WORKERS });
    gateway.stopReading();
    const before = emulator.requests.length;
    for (let times = 0; times < 4; times += 1)
      expect(await create(gateway.url)).toMatchObject(UNSENT);
    expect(emulator.requests).toHaveLength(before);
    expect(await read(gateway.url)).toMatchObject({ __typename: 'OpenIdConnectSuccess' });
    for (let times = 0; times < 4; times += 1) await create(gateway.url);
    await expect.poll(() => ready(gateway.url)).toBe(503);
    expect((await gateway.stop()).code).toBe(0);
  });
});

it('the workers of a primary that was killed still tell what becomes of their writes', async () => {
  const gateway = await startGateway({ WORKERS: '2' });
  await addFault(emulator.url, {
    method: 'POST',
    path: '/v1/openidconnects',
    fault: { kind: 'delay', ms: 700 },
  });
  const before = emulator.requests.length;
  const created = create(gateway.url);
  while (emulator.requests.length === before) await new Promise((resolve) => setImmediate(resolve));
  gateway.signalAlone('SIGKILL');
  expect(await created).toMatchObject({ __typename: 'CreateOpenIdConnectSuccess' });
  expect(trailOf((await gateway.exit).stdout).map(({ event }) => event)).toEqual([
    'intent',
    'outcome',
  ]);
});

/** Prints the port of each server on stderr. */
const TELL_PORT = `import { Server } from 'node:net'; const { listen } = Server.prototype; Server.prototype.listen = function (...values) { this.once('listening', () => { process.stderr.write('port ' + this.address().port + '\\n'); }); return listen.apply(this, values); };`;

it('a log on a full disk lets nothing be written', async () => {
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(TELL_PORT)}`, 'dist/main.js'],
    {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...emulator.environment },
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    },
  );
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await expect.poll(() => stderr).toMatch(/port \d+\n/);
  const url = `http://127.0.0.1:${/port (\d+)/.exec(stderr)?.[1] ?? ''}/graphql`;
  const before = emulator.requests.length;
  expect(await create(url)).toMatchObject(UNSENT);
  expect(emulator.requests).toHaveLength(before);
  expect(await read(url)).toMatchObject({ __typename: 'OpenIdConnectSuccess' });
  expect(await (await fetch(new URL('/readyz', url))).text()).toBe(
    'the audit trail cannot be written (ENOSPC)\n',
  );
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

it('a reader that stops reading stops writes unsent, and nothing else; they go on when it does', async () => {
  const child = spawn(process.execPath, [...STOPPED_CLOCK, 'dist/main.js'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...emulator.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  await expect.poll(() => stdout).toMatch(/"url":"/);
  const [, url = ''] = /"url":"([^"]+)"/.exec(stdout) ?? [];
  child.stdout.pause();
  const name = 'x'.repeat(200);
  // More than the kernel and this process take without being read.
  for (let times = 0; times < 40; times += 1) {
    await Promise.all(
      Array.from({ length: 25 }, () =>
        fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-request-id': 'y'.repeat(128) },
          body: `{"query":"query ${name} { __typename }"}`,
        }).then((response) => response.text()),
      ),
    );
  }
  const before = emulator.requests.length;
  let refused: unknown = null;
  void create(url).then((given) => {
    refused = given;
  });
  while (refused === null) {
    child.kill('SIGUSR2');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(refused).toMatchObject(UNSENT);
  expect(emulator.requests).toHaveLength(before);
  expect(await read(url)).toMatchObject({ __typename: 'OpenIdConnectSuccess' });
  child.stdout.resume();
  await expect
    .poll(() => create(url, `${id}-later`))
    .toMatchObject({ __typename: 'CreateOpenIdConnectSuccess' });
  await expect
    .poll(() => trailOf(stdout, `${id}-later`).map(({ event }) => event))
    .toContain('outcome');
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

/** Passes on what it reads, and stops after the line that says that the workers were restarted. */
const STOPPING_READER = `node -e "let text = ''; process.on('SIGTERM', () => undefined); process.stdin.on('data', (bytes) => { process.stdout.write(bytes); text += bytes; if (text.includes('restarted')) process.stdin.pause(); }); setInterval(() => undefined, 1000)"`;

it.each([
  // That is what Node.js gives to programs that it starts.
  ['socket', ''],
  ['pipe', `| ${STOPPING_READER}`],
])(
  'workers that were restarted are not blocked by a reader that stops reading their %s',
  async (_kind, reader) => {
    const child = spawn(
      'sh',
      ['-c', `sh -c 'echo $$ >&2; exec "${process.execPath}" dist/main.js' ${reader}`],
      {
        cwd: ROOT,
        env: {
          PATH: process.env['PATH'],
          HOST: '127.0.0.1',
          PORT: '0',
          ...emulator.environment,
          WORKERS: '2',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      },
    );
    onTestFinished(() => {
      process.kill(-(child.pid ?? NaN), 'SIGKILL');
    });
    let [stdout, stderr] = ['', ''];
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    await expect.poll(() => stdout).toMatch(/"msg":"listening"/);
    const [, url = ''] = /"url":"([^"]+)"/.exec(stdout) ?? [];
    const primary = Number(stderr);
    process.kill(primary, 'SIGHUP');
    await expect.poll(() => stdout).toMatch(/"msg":"restarted"/);
    child.stdout.pause();
    const ask = async () =>
      (
        await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-request-id': 'y'.repeat(128) },
          body: `{"query":"query ${'x'.repeat(200)} { __typename }"}`,
        })
      ).text();
    // More than the kernel takes without being read.
    for (let times = 0; times < 800; times += 1)
      expect(await ask()).toBe('{"data":{"__typename":"Query"}}');
    process.kill(primary, 'SIGTERM');
    await expect.poll(() => ask().catch(() => 'ended')).toBe('ended');
  },
);

it.each([
  ['fast', 'cat'],
  [
    'slow',
    `node -e "process.on('SIGTERM', () => undefined); process.stdin.on('data', (bytes) => { process.stdin.pause(); process.stdout.write(bytes); setTimeout(() => process.stdin.resume(), 20); })"`,
  ],
])('four workers that log into one pipe tear no line, with a %s reader', async (_speed, reader) => {
  const running = start(
    'sh',
    ['-c', `trap '' TERM; "${process.execPath}" dist/main.js | ${reader}`],
    {
      HOST: '127.0.0.1',
      PORT: '0',
      WORKERS: '4',
      LOG_LEVEL: 'debug',
      ...emulator.environment,
      LIMIT_OPERATIONS_PER_MINUTE: '1000000',
    },
  );
  const [, url = ''] = await running.line(/"url":"([^"]+)"/);
  const names = Array.from({ length: 400 }, (_, index) => `${id}-${index}`);
  const queue = [...names];
  await Promise.all(
    Array.from({ length: 24 }, async () => {
      for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
        const query = `mutation ${'m'.repeat(190)} { ${'a'.repeat(180)}: deleteOpenIdConnect(input: { id: "${name}" }) { __typename } }`;
        await (
          await fetch(url, {
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              connection: 'close',
              ...emulator.exampleHeaders,
            },
            body: JSON.stringify({ query }),
          })
        ).text();
      }
    }),
  );
  running.signal('SIGTERM');
  const { stdout } = await running.exit;
  for (const name of names)
    expect(trailOf(stdout, name).map(({ event }) => event)).toEqual(['intent', 'outcome']);
  expect(new Set(trailOf(stdout, names[0]).map(({ worker }) => typeof worker))).toEqual(
    new Set(['number']),
  );
});
