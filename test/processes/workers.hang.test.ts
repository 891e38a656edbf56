import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { start, STOPPED_CLOCK } from '../setup/built-gateway.ts';
import {
  emulator,
  frozenFromBirth,
  linesOf,
  passUntil,
  pidOf,
  servedBy,
  someServed,
  startWorkers,
  withEmulator,
} from '../setup/worker-gateways.ts';

/* The built server with several workers, one of which hangs, and what they read when they start. */

withEmulator();

describe.runIf(process.platform === 'linux')('a worker that hangs', () => {
  it('before it listens is killed after 30 seconds, and the start fails and says why', async () => {
    const gateway = start(
      process.execPath,
      [...STOPPED_CLOCK, ...frozenFromBirth(2), 'dist/main.js'],
      { ...emulator.environment, HOST: '127.0.0.1', PORT: '0', WORKERS: '2', LOG_LEVEL: 'debug' },
    );
    await gateway.line(/"worker":2,"pid":\d+,"msg":"worker forked"/);
    let ended = false;
    void gateway.exit.then(() => {
      ended = true;
    });
    await expect
      .poll(
        () => {
          if (!ended) gateway.signalAlone('SIGUSR2');
          return ended;
        },
        { interval: 200 },
      )
      .toBe(true);
    const { code, stdout } = await gateway.exit;
    expect(code).toBe(1);
    expect(stdout).toMatch(/"level":"error",.*"worker":2,.*a worker did not listen in time/);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      /"level":"fatal",.*"a worker ended during startup"/,
    );
  });

  it('in a restart is killed after 30 seconds: the restart is given up, the old ones go on, and the next restart happens', async () => {
    const gateway = await startWorkers({}, [...STOPPED_CLOCK, ...frozenFromBirth(3)]);
    gateway.signalAlone('SIGHUP');
    await gateway.line(/"worker":3,"pid":\d+,"msg":"worker forked"/);
    await passUntil(gateway, /the restart was abandoned/);
    await expect
      .poll(async () => {
        await someServed(gateway);
        return servedBy(gateway);
      })
      .toEqual(new Set([1, 2]));
    gateway.signalAlone('SIGHUP');
    await gateway.line(/"msg":"restarted"/);
    expect((await gateway.stop()).code).toBe(0);
  });

  it('in a restart does not keep the gateway from stopping', async () => {
    const gateway = await startWorkers({ SHUTDOWN_GRACE_MS: '500' }, frozenFromBirth(3));
    gateway.signalAlone('SIGHUP');
    await gateway.line(/"worker":3,"pid":\d+,"msg":"worker forked"/);
    gateway.signalAlone('SIGTERM');
    expect((await gateway.exit).code).toBe(0);
  });

  it('while it works is killed after 30 seconds without a sign of life, and replaced', async () => {
    const gateway = await startWorkers({}, STOPPED_CLOCK);
    const pid = pidOf(gateway, 1);
    process.kill(pid, 'SIGSTOP');
    await passUntil(
      gateway,
      /"worker":1,"pid":\d+,"silentMs":30000,"msg":"a worker no longer responds/,
    );
    await passUntil(gateway, /"worker":3,"pid":\d+,"msg":"worker forked"/);
    expect(linesOf(gateway, 'a worker ended unexpectedly')).toEqual([
      expect.objectContaining({ worker: 1, signal: 'SIGKILL' }),
    ]);
  });
});

describe('persisted documents', () => {
  const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
  const file = join(tmpdir(), `persisted-${process.pid}.json`);
  const write = (...texts: readonly string[]) => {
    writeFileSync(
      file,
      JSON.stringify(Object.fromEntries(texts.map((text) => [hashOf(text), text]))),
    );
  };
  afterAll(() => {
    rmSync(file, { force: true });
  });

  it('that cannot be executed are named once for all workers, at the start and after SIGHUP, and stop no worker from starting', async () => {
    const [sound, broken, later] = ['{ __typename }', '{ canary }', '{ later }'];
    write(sound, broken);
    const gateway = await startWorkers({
      PERSISTED_DOCUMENTS_FILE: file,
      WORKERS: '3',
      SHUTDOWN_GRACE_MS: '500',
    });
    const warnings = () =>
      linesOf(
        gateway,
        'this persisted document cannot be executed: every request for it is refused',
      ).map(({ id, worker }) => ({ id, worker }));
    await expect.poll(warnings).toEqual([{ id: hashOf(broken), worker: undefined }]);
    write(sound, later);
    gateway.signalAlone('SIGHUP');
    await gateway.line(/"msg":"restarted"/);
    await expect.poll(warnings).toEqual([
      { id: hashOf(broken), worker: undefined },
      { id: hashOf(later), worker: undefined },
    ]);
    const ask = async (text: string) =>
      (
        await fetch(gateway.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ documentId: hashOf(text) }),
        })
      ).text();
    expect(await ask(sound)).toBe('{"data":{"__typename":"Query"}}');
    expect(await ask(later)).toContain('Cannot query field');
    expect(await ask(broken)).toContain('PERSISTED_DOCUMENT_NOT_FOUND');
  });
});
