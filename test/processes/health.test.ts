import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { addFault, start, startBuiltGateway } from '../setup/built-gateway.ts';
import { post } from '../setup/gateway.ts';
import { listen } from '../setup/sockets.ts';
import type { Script } from '../setup/sockets.ts';

/* `health`, which the image of a container runs: what it says of the gateway on this machine. */

let emulator: RunningEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

const ask = async (environment: Record<string, string>, ...args: string[]) => {
  const { code, stdout, stderr } = await start(
    process.execPath,
    ['dist/main.js', 'health', ...args],
    environment,
  ).exit;
  return { code, stdout, stderr };
};
const notReady = (text: string) => ({ code: 1, stdout: `not ready: ${text}\n`, stderr: '' });

it('says that a gateway is ready, then that it is draining, then that it has gone', async () => {
  // All addresses, as in a container.
  const gateway = await startBuiltGateway({ ...emulator.environment, HOST: '0.0.0.0' });
  const { port } = new URL(gateway.url);
  const url = `http://127.0.0.1:${port}/readyz`;
  expect(await ask({ HOST: '', PORT: port })).toEqual({
    code: 0,
    stdout: `ready: ${url} returned 200: ready\n`,
    stderr: '',
  });
  await addFault(emulator.url, { path: '/v1/openidconnects/held', fault: { kind: 'hang' } });
  const held = post(
    gateway.url,
    '{ openIdConnect(id: "held") { __typename } }',
    {},
    emulator.exampleHeaders,
  ).catch(() => undefined);
  await expect
    .poll(() => emulator.requests.some(({ target }) => target.endsWith('/held')))
    .toBe(true);
  gateway.signal('SIGTERM');
  await gateway.line(/"msg":"draining"/);
  expect(await ask({ PORT: port })).toEqual(notReady(`${url} returned 503: draining`));
  gateway.signal('SIGKILL');
  await Promise.all([held, gateway.exit]);
  expect(await ask({ PORT: port })).toEqual(notReady(`${url} cannot be reached (ECONNREFUSED).`));
});

describe('another program at the port', () => {
  it.each<[what: string, script: Script, said: string]>([
    ['is silent', () => undefined, 'did not respond within 2 s.'],
    [
      'never ends its response',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nready'),
      'did not respond within 2 s.',
    ],
    [
      'speaks another protocol',
      (socket) => socket.end('220 mail ready\r\n'),
      'cannot be reached (HPE_',
    ],
    ['hangs up', (socket) => socket.destroy(), 'cannot be reached (ECONNRESET).'],
    [
      'says too much',
      (socket) =>
        socket.write(
          `HTTP/1.1 500 X\r\nContent-Length: 99999999\r\n\r\n\u001b[31mno\n${'x'.repeat(99_999)}`,
        ),
      `returned 500: [31mno ${'x'.repeat(191)}`,
    ],
  ])('that %s is not ready', async (_what, script, said) => {
    const server = await listen(script);
    onTestFinished(server.close);
    const { code, stdout } = await ask({ HOST: '127.0.0.1', PORT: String(server.port) });
    expect(stdout).toContain(`not ready: ${server.origin}/readyz ${said}`);
    expect(stdout).toMatch(/^.{1,300}\n$/);
    expect(code).toBe(1);
  });
});

it.each([
  [{ PORT: '0' }, 'PORT is 0, so that its port is not known: set another one.'],
  [{ PORT: 'hunter2' }, 'PORT must be a whole number from 0 to 65535.'],
  [{ HOST: '::', PORT: '1' }, 'http://[::1]:1/readyz cannot be reached ('],
  [{ HOST: 'no host', PORT: '1' }, 'http://no host:1/readyz cannot be reached (ERR_INVALID_URL).'],
])('says why it cannot ask: %j', async (environment, said) => {
  const { code, stdout } = await ask(environment);
  expect(stdout).toContain(`not ready: ${said}`);
  expect(stdout).toMatch(/^.*\n$/);
  expect(code).toBe(1);
});

it('refuses an argument', async () => {
  expect(await ask({}, 'hunter2')).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'An argument is unknown: the only one is --help. The environment configures this command; see node dist/main.js health --help.\n',
  });
});
