import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { start } from '../setup/built-gateway.ts';
import {
  caller,
  create,
  emulator,
  isCreated,
  linesOf,
  read,
  servedBy,
  startWorkers,
  withEmulator,
} from '../setup/worker-gateways.ts';

/* The built server with several workers, restarted by SIGHUP. */

withEmulator();

describe('a restart, on SIGHUP', () => {
  it('fails no request, on new connections or on those that are kept', async () => {
    const gateway = await startWorkers();
    let running = true;
    onTestFinished(() => {
      running = false;
    });
    let closed = 0;
    const failed: unknown[] = [];
    const load = Array.from({ length: 8 }, async (_, index) => {
      const by = caller();
      for (let times = 0; running; times += 1) {
        const response = await create(gateway, `rolling-${index}-${times}`, by).catch(
          (error: unknown) => error,
        );
        if (!isCreated(response)) failed.push(response);
        else if (response.headers.connection === 'close') closed += 1;
        // Every other one leaves its connection idle in between.
        if (index % 2 === 1) await new Promise((resolve) => setTimeout(resolve, 20 * index));
        if (index === 0) by.close();
      }
    });
    const served = (...ids: readonly number[]) =>
      expect.poll(() => servedBy(gateway)).toEqual(new Set(ids));
    await served(1, 2);
    gateway.signalAlone('SIGHUP');
    await expect.poll(() => linesOf(gateway, 'restarted')).toHaveLength(1);
    await served(1, 2, 3, 4);
    gateway.signalAlone('SIGHUP');
    await expect.poll(() => linesOf(gateway, 'restarted')).toHaveLength(2);
    await served(1, 2, 3, 4, 5, 6);
    running = false;
    await Promise.all(load);
    expect(failed).toEqual([]);
    expect(closed).toBeGreaterThan(0);
    expect((await gateway.stop()).code).toBe(0);
    expect(linesOf(gateway, 'a worker ended unexpectedly')).toEqual([]);
  });

  it.each([
    ['the primary alone', 'signalAlone'],
    ['the whole group', 'signal'],
  ] as const)(
    'happens once all workers listen if it was requested earlier, by signals to %s',
    async (_to, by) => {
      const gateway = start(process.execPath, ['dist/main.js'], {
        ...emulator.environment,
        HOST: '127.0.0.1',
        PORT: '0',
        WORKERS: '2',
        LOG_LEVEL: 'debug',
      });
      onTestFinished(async () => {
        gateway.signal('SIGTERM');
        await gateway.exit;
      });
      await gateway.line(/"worker":1,.*"msg":"worker forked"/);
      for (let times = 0; times < 3; times += 1) gateway[by]('SIGHUP');
      await gateway.line(/"msg":"restarted"/);
      const messages = gateway
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => (JSON.parse(line) as { msg: string }).msg)
        .filter((msg) => /^(listening|restarting.*|restarted)$/.test(msg));
      expect(messages).toEqual([
        'listening',
        'restarting the workers, one after the other',
        'restarted',
      ]);
    },
  );

  it('happens even if it was requested while the program is still loading', async () => {
    // Sends the signal once the program asks for the command's file of the bundle, which is long before it runs.
    const hook =
      "export const resolve = (name, context, next) => { if (name.startsWith('./serve-')) process.kill(process.pid, 'SIGHUP'); return next(name, context); };";
    const preload = `import { register } from 'node:module'; import cluster from 'node:cluster'; if (cluster.isPrimary) register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));`;
    const gateway = start(
      process.execPath,
      [`--import=data:text/javascript,${encodeURIComponent(preload)}`, 'dist/main.js'],
      { ...emulator.environment, HOST: '127.0.0.1', PORT: '0', WORKERS: '2' },
    );
    onTestFinished(async () => {
      gateway.signal('SIGTERM');
      await gateway.exit;
    });
    await gateway.line(/"msg":"restarted"/);
  });

  it('keeps the old workers if a new one does not start', async () => {
    const file = join(tmpdir(), `documents-${process.pid}.json`);
    writeFileSync(file, '{}');
    const gateway = await startWorkers({ PERSISTED_DOCUMENTS_FILE: file });
    rmSync(file);
    gateway.signalAlone('SIGHUP');
    await gateway.line(/the restart was abandoned/);
    expect(gateway.output()).toContain('PERSISTED_DOCUMENTS_FILE names a file that does not exist');
    for (let times = 0; times < 4; times += 1) expect((await read(gateway)).status).toBe(200);
    await expect.poll(() => servedBy(gateway)).toEqual(new Set([1, 2]));
    expect((await gateway.stop()).code).toBe(0);
  });
});
