import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { makeApiKey } from '../setup/api-keys.ts';
import { start, startBuiltGateway } from '../setup/built-gateway.ts';
import { post } from '../setup/gateway.ts';

/* What the built program watches, alone and with workers, and the command `check`, against the emulator. */

let emulator: RunningEmulator;
const inbound = makeApiKey();
const folder = mkdtempSync(join(tmpdir(), 'watch-'));
const path = join(folder, 'watch.yaml');
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(async () => {
  await emulator.close();
  inbound.remove();
  rmSync(folder, { recursive: true });
});

const noteOf = (label: string) => emulator.notes.find((note) => note.label === label)?.value ?? '';
const environment = () => ({
  ...inbound.environment,
  ...emulator.environment,
  ORDERCLOUD_CREDENTIALS: 'gateway',
  ORDERCLOUD_ROLES: 'OpenIDConnectReader IntegrationEventReader',
  ORDERCLOUD_CLIENT_ID: noteOf('OAuth client id'),
  ORDERCLOUD_CLIENT_SECRET: noteOf('OAuth client secret'),
  WATCH_FILE: path,
});
const events = (...ids: string[]) => {
  writeFileSync(path, `integrationEvents:\n${ids.map((id) => `  - id: ${id}\n`).join('')}`);
};

describe('check', () => {
  const check = (...args: string[]) =>
    start(process.execPath, ['dist/main.js', 'check', ...args], environment()).exit;

  it('exits with 0 if nothing was found', async () => {
    events('oidc-sync');
    expect(await check()).toEqual({
      code: 0,
      stdout: 'ok      integrationEvents oidc-sync\n',
      stderr: '',
    });
  });

  it('exits with 2 if something was found, and says what to do', async () => {
    events('oidc-sync', 'oidc-restored');
    const { code, stdout } = await check();
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /^ok {6}integrationEvents oidc-sync\nFOUND {3}integrationEvents oidc-restored\n {10}INTEGRATION_EVENT_URL: .+\n {12}-> Set it to the URL of the middleware\..+\n$/,
    );
    const json = await check('--json');
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([
      2,
      {
        watches: [
          { watch: 'integrationEvents', upstream: 'ORDERCLOUD', id: 'oidc-sync', status: 'OK' },
          { id: 'oidc-restored', status: 'FOUND', findings: [{ code: 'INTEGRATION_EVENT_URL' }] },
        ],
      },
    ]);
  });

  it('exits with 1 if a check failed, whatever the others found', async () => {
    events('oidc-restored', 'absent');
    const { code, stdout } = await check();
    expect(code).toBe(1);
    expect(stdout).toContain('FAILED  integrationEvents absent\n          NOT_FOUND: ');
  });

  it('exits with 1 if the file or an argument is not valid', async () => {
    writeFileSync(path, 'integrationEvent:\n  - id: one\n');
    const { code, stdout, stderr } = await check();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      'WATCH_FILE line 1: integrationEvent is not known (is integrationEvents meant?)',
    );
    const wrong = await check('--canary');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).not.toContain('canary');
    expect(await check('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Exits with 0') as string,
    });
  });
});

const READ = '{ result: oidcWatches { ... on OidcWatchesSuccess { watches { id status } } } }';

it.each([
  ['alone', {}],
  ['by the primary of workers', { WORKERS: '2' }],
])('watches %s, and reads the file again on SIGHUP, if it is valid', async (_how, more) => {
  events('oidc-restored');
  const gateway = await startBuiltGateway({ ...environment(), ...more });
  onTestFinished(async () => {
    await gateway.stop();
  });
  await gateway.line(/"watches":1,"webhook":false,"msg":"WATCH_FILE is watched"/);
  const read = async () => {
    const { data } = await post(gateway.url, READ, {}, { ...inbound.headers });
    return (data?.['result'] as { readonly watches: unknown }).watches;
  };
  expect(await read()).toEqual([{ id: 'oidc-restored', status: expect.any(String) as string }]);

  events('oidc-sync', 'oidc-restored');
  gateway.signalAlone('SIGHUP');
  await gateway.line(/"watches":2,"msg":"WATCH_FILE was read again"/);
  expect(await read()).toMatchObject([{ id: 'oidc-restored' }, { id: 'oidc-sync' }]);

  writeFileSync(path, 'nothing: here\n');
  gateway.signalAlone('SIGHUP');
  await gateway.line(/WATCH_FILE line 1: nothing is not known.+what was watched before/);
  expect(await read()).toMatchObject([{ id: 'oidc-restored' }, { id: 'oidc-sync' }]);
  // The first check comes within a minute.
  await gateway.line(/"id":"oidc-restored".+a watch found something to act on/);
  await expect.poll(read).toContainEqual({ id: 'oidc-restored', status: 'FOUND' });
});

it('is not watched in development, which says so', async () => {
  events('oidc-restored');
  const dev = start(process.execPath, ['--import', 'tsx', 'src/main.ts', 'dev'], {
    PORT: '0',
    WATCH_FILE: path,
  });
  await dev.line(/WATCH_FILE is set, but nothing is watched in development: use npm start/);
  dev.signal('SIGTERM');
  await dev.exit;
});
