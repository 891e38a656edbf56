import { describe, expect, it, onTestFinished } from 'vitest';
import { start, startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';
import { emulator, pidOf, read, startWorkers, withEmulator } from '../setup/worker-gateways.ts';

/* The metrics of the built server: where they are, and what remains of those of workers that end. */

withEmulator();

const metricsOf = async (gateway: BuiltGateway) => {
  const [, url = ''] = await gateway.line(/"url":"([^"]+)","msg":"metrics are served"/);
  return {
    url,
    /** How many operations were counted. */
    operations: async () => {
      const text = await (await fetch(url)).text();
      const [, count] =
        /^oidc_gateway_operations_total\{field="openIdConnect",member="OpenIdConnectSuccess"\} (\d+)$/m.exec(
          text,
        ) ?? [];
      return Number(count);
    },
  };
};

describe('METRICS_PORT', () => {
  it('is for metrics alone, until the end', async () => {
    const gateway = await startBuiltGateway({ ...emulator.environment, METRICS_PORT: '0' });
    const { url, operations } = await metricsOf(gateway);
    expect((await read(gateway)).status).toBe(200);
    expect(await operations()).toBe(1);
    expect((await fetch(new URL('/graphql', url))).status).toBe(404);
    expect((await fetch(new URL('/metrics', gateway.url))).status).toBe(404);
    expect((await gateway.stop()).code).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  it.each([['1'], ['2']])('must be free, with WORKERS=%s', async (workers) => {
    const { code, stdout, stderr } = await start(process.execPath, ['dist/main.js'], {
      ...emulator.environment,
      WORKERS: workers,
      HOST: '127.0.0.1',
      PORT: '0',
      METRICS_PORT: new URL(emulator.url).port,
    }).exit;
    expect([code, stderr]).toEqual([1, '']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      expect.objectContaining({
        level: 'fatal',
        error: { code: 'EADDRINUSE' },
        msg: expect.stringContaining(
          'is in use by another program. The server of metrics is configured to listen there (METRICS_HOST, METRICS_PORT). Set METRICS_PORT to a free port, e.g. METRICS_PORT=',
        ) as unknown,
      }),
    ]);
  });

  it('must not be that of the API', async () => {
    const { code, stderr } = await start(process.execPath, ['dist/main.js'], {
      ...emulator.environment,
      METRICS_PORT: '4000',
    }).exit;
    expect([code, stderr.split('\n')[1]]).toEqual([
      1,
      '  - METRICS_PORT must not be the same as PORT',
    ]);
  });
});

describe('with workers, what was counted', () => {
  it('stays counted when a worker dies, and when all are replaced', async () => {
    const gateway = await startWorkers({ METRICS_PORT: '0', SHUTDOWN_GRACE_MS: '2000' });
    const { operations } = await metricsOf(gateway);
    for (let times = 0; times < 6; times += 1) expect((await read(gateway)).status).toBe(200);
    expect(await operations()).toBe(6);

    process.kill(pidOf(gateway, 1), 'SIGKILL');
    await gateway.line(/"msg":"a worker ended unexpectedly"/);
    expect(await operations()).toBe(6);

    gateway.signalAlone('SIGHUP');
    await gateway.line(/"msg":"restarted"/);
    expect(await operations()).toBe(6);
    expect((await read(gateway)).status).toBe(200);
    expect(await operations()).toBe(7);
  });

  it('can be read while a worker hangs', async () => {
    const gateway = await startWorkers({ METRICS_PORT: '0' });
    const { operations } = await metricsOf(gateway);
    for (let times = 0; times < 4; times += 1) expect((await read(gateway)).status).toBe(200);
    expect(await operations()).toBe(4);
    const pid = pidOf(gateway, 1);
    process.kill(pid, 'SIGSTOP');
    onTestFinished(() => {
      process.kill(pid, 'SIGCONT');
    });
    expect(await operations()).toBe(4);
    process.kill(pid, 'SIGCONT');
  });
});
