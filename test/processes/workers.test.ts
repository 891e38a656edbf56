import { describe, expect, it } from 'vitest';
import { start } from '../setup/built-gateway.ts';
import { dial } from '../setup/sockets.ts';
import type { RawClient } from '../setup/sockets.ts';
import {
  emulator,
  isStopped,
  linesOf,
  pidOf,
  read,
  servedBy,
  startWorkers,
  withEmulator,
} from '../setup/worker-gateways.ts';

/* The built server with several workers: what it says, how they share the work, and what becomes of connections when one of them dies. */

withEmulator();

describe('the start', () => {
  it('tells once what is configured, and by how many it is served', async () => {
    const gateway = await startWorkers({ LOG_LEVEL: 'info' });
    expect(gateway.logs()).toEqual([
      expect.objectContaining({ msg: 'upstream configured', upstream: 'OrderCloud' }),
      expect.objectContaining({ level: 'warn', upstream: 'Huawei Cloud IAM' }),
      expect.objectContaining({ msg: 'listening', url: gateway.url, workers: 2 }),
    ]);
  });

  it('is refused with the errors of the configuration, printed once', async () => {
    const { code, stdout, stderr } = await start(process.execPath, ['dist/main.js'], {
      ...emulator.environment,
      WORKERS: '3',
      LOG_LEVEL: 'loud',
      ORDERCLOUD_MAX_PER_SECOND: '2',
    }).exit;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.split('\n').slice(1, 4)).toEqual([
      '  - LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent',
      '  - ORDERCLOUD_MAX_PER_SECOND must be at least WORKERS, because it is divided among the workers',
      'npm start -- --help lists every variable.',
    ]);
  });

  it('says once that the port is taken, and ends', async () => {
    const { code, stdout, stderr } = await start(process.execPath, ['dist/main.js'], {
      ...emulator.environment,
      WORKERS: '3',
      HOST: '127.0.0.1',
      PORT: new URL(emulator.url).port,
    }).exit;
    expect(code).toBe(1);
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
          'is in use by another program. The gateway is configured to listen there (HOST, PORT). Set PORT',
        ) as unknown,
      }),
    ]);
    expect(stderr).toBe('');
  });
});

describe('the work', () => {
  it('is shared, connection by connection, and each line of the log says whose it is', async () => {
    const gateway = await startWorkers();
    for (let times = 0; times < 6; times += 1)
      expect((await read(gateway)).body).toContain('"OpenIdConnectSuccess"');
    await expect.poll(() => linesOf(gateway, 'operation')).toHaveLength(6);
    expect(servedBy(gateway)).toEqual(new Set([1, 2]));
  });

  it('goes on if a worker is killed; it is replaced', async () => {
    const gateway = await startWorkers();
    process.kill(pidOf(gateway, 1), 'SIGKILL');
    await gateway.line(
      /"worker":1,.*"signal":"SIGKILL","waitMs":1000,"msg":"a worker ended unexpectedly"/,
    );
    expect((await read(gateway)).status).toBe(200);
    await gateway.line(/"worker":3,"pid":\d+,"msg":"worker forked"/);
    await expect
      .poll(async () => {
        await read(gateway);
        return servedBy(gateway);
      })
      .toEqual(new Set([2, 3]));
    expect((await gateway.stop()).code).toBe(0);
  });

  it('comes back to the same port if all of them are killed', async () => {
    const gateway = await startWorkers();
    for (const id of [1, 2]) process.kill(pidOf(gateway, id), 'SIGKILL');
    await expect.poll(() => linesOf(gateway, 'a worker ended unexpectedly')).toHaveLength(2);
    await expect.poll(async () => (await read(gateway).catch(() => null))?.status).toBe(200);
    expect((await gateway.stop()).code).toBe(0);
  });
});

describe.runIf(process.platform === 'linux')('a connection that is on its way to a worker', () => {
  it('is closed if the worker is killed', async () => {
    const gateway = await startWorkers({ WORKERS: '3' });
    const pid = pidOf(gateway, 2);
    process.kill(pid, 'SIGSTOP');
    await expect.poll(() => isStopped(pid)).toBe(true);
    const clients = await Promise.all(Array.from({ length: 12 }, () => dial(gateway.url)));
    for (const { socket } of clients) socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    const isServed = ({ text }: RawClient) => text().includes('alive');
    await expect.poll(() => clients.filter(isServed)).toHaveLength(11);
    process.kill(pid, 'SIGKILL');
    for (const client of clients) if (!isServed(client)) expect(await client.ended).toBe('');
    for (const { socket } of clients) socket.destroy();
  });

  it('is closed or served, whenever workers are killed', async () => {
    const gateway = await startWorkers({ WORKERS: '3' });
    let running = true;
    const outcomes = new Set<string>();
    const clients = Array.from({ length: 16 }, async () => {
      while (running) {
        const client = await dial(gateway.url).catch(() => null);
        if (client === null) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          continue;
        }
        client.socket.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
        // Never ends if no process has the connection.
        outcomes.add((await client.ended).includes('alive') ? 'served' : 'closed');
      }
    });
    for (let kills = 1; kills <= 8; kills += 1) {
      const known = linesOf(gateway, 'worker forked');
      await new Promise((resolve) => setTimeout(resolve, 50 * kills));
      const { pid } = known[(kills * 7) % known.length] ?? {};
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has been killed before.
      }
    }
    running = false;
    await Promise.all(clients);
    expect(outcomes).toContain('served');
    await expect.poll(async () => (await read(gateway).catch(() => null))?.status).toBe(200);
  });
});

describe('a log without a reader', () => {
  it('keeps the workers neither from working nor from ending', async () => {
    const gateway = await startWorkers();
    gateway.stopReading();
    for (let times = 0; times < 4; times += 1) expect((await read(gateway)).status).toBe(200);
    expect((await gateway.stop()).code).toBe(0);
  });
});
