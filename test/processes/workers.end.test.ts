import { describe, expect, it, onTestFinished } from 'vitest';
import { start, STOPPED_CLOCK } from '../setup/built-gateway.ts';
import type { Running } from '../setup/built-gateway.ts';
import { stopClock } from '../setup/clock.ts';
import {
  emulator,
  get,
  isCreated,
  linesOf,
  servedBy,
  startWorkers,
  twoUnderWay,
  withEmulator,
} from '../setup/worker-gateways.ts';

/* The end of the built server with several workers: no request is lost that need not be. */

withEmulator();

describe('the end', () => {
  it.each([
    ['SIGTERM', 'to the primary alone', 'signalAlone'],
    ['SIGTERM', 'to the whole group, as some process managers do', 'signal'],
    ['SIGINT', 'to the whole group, as a terminal does', 'signal'],
  ] as const)(
    'on %s %s lets all that is under way finish, in every worker',
    async (signal, _to, by) => {
      const { pass, restore } = stopClock();
      onTestFinished(restore);
      const gateway = await startWorkers({
        UPSTREAM_TIMEOUT_MS: '60000',
        SHUTDOWN_GRACE_MS: '60000',
      });
      const creates = await twoUnderWay(gateway, `${signal}-${by}`, { kind: 'delay', ms: 5_000 });
      gateway[by](signal);
      await gateway.line(/"msg":"draining"/);
      await expect.poll(async () => (await get(gateway, '/readyz')).status).toBe(503);
      expect((await get(gateway, '/livez')).status).toBe(200);
      pass(5_000);
      expect((await Promise.all(creates)).map(isCreated)).toEqual([true, true]);
      const { code } = await gateway.exit;
      expect(code).toBe(0);
      expect(servedBy(gateway)).toEqual(new Set([1, 2]));
      expect(
        gateway
          .logs()
          .map(({ msg }) => msg)
          .filter((msg) => msg === 'draining' || msg === 'stopped'),
      ).toEqual(['draining', 'stopped']);
    },
  );

  it('cuts off requests that outlive the grace period, and logs that', async () => {
    const gateway = await startWorkers({ SHUTDOWN_GRACE_MS: '100' }, STOPPED_CLOCK);
    const creates = await twoUnderWay(gateway, 'too-late', { kind: 'hang' });
    const { code } = await gateway.stop();
    expect(code).toBe(1);
    for (const { body } of await Promise.all(creates))
      expect(body).toContain('"OidcOutcomeUnknownError"');
    expect(
      linesOf(gateway, 'audit')
        .map(({ event }) => event)
        .sort(),
    ).toEqual(['intent', 'intent', 'outcome', 'outcome']);
    expect(gateway.logs().at(-1)).toMatchObject({
      level: 'error',
      msg: expect.stringContaining('if any of them was a write, its outcome is unknown') as unknown,
    });
  });

  it('comes before a restart that was asked for at the start', async () => {
    const gateway = start(process.execPath, ['dist/main.js'], {
      ...emulator.environment,
      HOST: '127.0.0.1',
      PORT: '0',
      WORKERS: '2',
      LOG_LEVEL: 'debug',
    });
    await gateway.line(/"worker":1,.*"msg":"worker forked"/);
    gateway.signalAlone('SIGHUP');
    gateway.signalAlone('SIGTERM');
    const { code, stdout } = await gateway.exit;
    expect(code).toBe(0);
    expect(stdout).not.toContain('restarting');
    expect(stdout.trimEnd().split('\n').at(-1)).toContain('"msg":"stopped"');
  });

  it.each([
    ['at the start', 2, () => undefined],
    [
      'during a restart',
      3,
      (gateway: Running) => {
        gateway.signalAlone('SIGHUP');
      },
    ],
  ] as const)('does not wait for a worker that was not up yet: %s', async (_when, id, act) => {
    const gateway = start(process.execPath, ['dist/main.js'], {
      ...emulator.environment,
      HOST: '127.0.0.1',
      PORT: '0',
      WORKERS: '2',
      LOG_LEVEL: 'debug',
    });
    if (id === 3) await gateway.line(/"msg":"listening"/);
    act(gateway);
    await gateway.line(new RegExp(`"worker":${id},.*"msg":"worker forked"`));
    gateway.signalAlone('SIGTERM');
    const { code, stdout } = await gateway.exit;
    expect(stdout.trimEnd().split('\n').at(-1)).toContain('"msg":"stopped"');
    expect(code).toBe(0);
  });

  it('comes to the workers too if the primary is killed: they finish requests in flight, and leave nothing behind', async () => {
    const gateway = await startWorkers();
    const creates = await twoUnderWay(gateway, 'orphan', { kind: 'delay', ms: 700 });
    gateway.signalAlone('SIGKILL');
    expect((await Promise.all(creates)).map(isCreated)).toEqual([true, true]);
    // They share its stderr, which ends with the last of them.
    expect((await gateway.exit).code).toBe(null);
  });
});
