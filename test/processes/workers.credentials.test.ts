import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { OpenIdConnectDocument } from '../../schema/client/graphql.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';
import { makeApiKey } from '../setup/api-keys.ts';
import {
  caller,
  emulator,
  linesOf,
  servedBy,
  startWorkers,
  withEmulator,
} from '../setup/worker-gateways.ts';

/* The gateway's own credentials, shared by the workers of the built server. */

withEmulator();

describe("the gateway's own credentials", () => {
  const inbound = makeApiKey();
  afterAll(inbound.remove);
  const noteOf = (label: string) =>
    emulator.notes.find((note) => note.label === label)?.value ?? '';
  const own = (secret = noteOf('OAuth client secret')) => ({
    ...inbound.environment,
    ORDERCLOUD_CREDENTIALS: 'gateway',
    ORDERCLOUD_CLIENT_ID: noteOf('OAuth client id'),
    ORDERCLOUD_CLIENT_SECRET: secret,
  });
  const readAll = async (gateway: BuiltGateway) => {
    const before = emulator.requests.length;
    const responses = await Promise.all(
      Array.from({ length: 12 }, () =>
        caller().send(
          gateway.url,
          OpenIdConnectDocument,
          { id: 'example-existing' },
          inbound.headers,
        ),
      ),
    );
    return {
      bodies: responses.map(({ body }) => body),
      logins: () =>
        emulator.requests.slice(before).filter(({ target }) => target === '/oauth/token').length,
    };
  };

  it('are tried once by all workers together, if they are wrong', async () => {
    const gateway = await startWorkers({ ...own('canary-wrong-secret'), WORKERS: '4' });
    const { bodies, logins } = await readAll(gateway);
    for (const body of bodies) expect(body).toContain('"OidcUpstreamUnavailableError"');
    await expect.poll(() => servedBy(gateway).size).toBe(4);
    expect(logins()).toBe(1);
    const refusals = linesOf(
      gateway,
      'the login of the gateway was refused and is not retried, because accounts lock: fix the cause and restart the gateway',
    );
    expect(refusals.map(({ said }) => String(said).startsWith('status')).sort()).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect(refusals.map(({ worker }) => worker).sort()).toEqual([1, 2, 3, 4]);
  });

  it('are tried once a restart if they are wrong, however many signals ask for a restart', async () => {
    const gateway = await startWorkers({
      ...own('canary-wrong-secret'),
      WORKERS: '3',
      SHUTDOWN_GRACE_MS: '500',
    });
    const before = emulator.requests.length;
    const logins = () =>
      emulator.requests.slice(before).filter(({ target }) => target === '/oauth/token').length;
    await readAll(gateway);
    const over = new AbortController();
    const load = (async () => {
      // A worker that has not responded within its grace period closes its connections.
      while (!over.signal.aborted) await readAll(gateway).catch(() => undefined);
    })();
    for (let times = 0; times < 60; times += 1) gateway.signalAlone('SIGHUP');
    await expect.poll(() => linesOf(gateway, 'restarted').length).toBeGreaterThan(0);
    for (let times = 0; times < 60; times += 1) gateway.signalAlone('SIGHUP');
    const rounds = () => linesOf(gateway, 'restarting the workers, one after the other').length;
    await expect
      .poll(() => rounds() > 1 && linesOf(gateway, 'restarted').length === rounds())
      .toBe(true);
    over.abort();
    await load;
    await readAll(gateway);
    expect(logins()).toBeLessThanOrEqual(1 + rounds());
    expect(rounds()).toBeLessThanOrEqual(3);
    // A worker that exits on its own leaves its knowledge to its replacement.
    const [last] = linesOf(gateway, 'worker forked').slice(-1);
    const known = logins();
    process.kill(Number(last?.['pid']), 'SIGKILL');
    const forked = linesOf(gateway, 'worker forked').length;
    await expect.poll(() => linesOf(gateway, 'worker forked').length).toBe(forked + 1);
    await expect
      .poll(async () => {
        await readAll(gateway).catch(() => undefined);
        return servedBy(gateway);
      })
      .toContain(Number(last?.['worker']) + 1);
    expect(logins()).toBe(known);
  });

  it('serve each worker if they are right', async () => {
    const gateway = await startWorkers({ ...own(), WORKERS: '3' });
    const { bodies, logins } = await readAll(gateway);
    for (const body of bodies) expect(body).toContain('"OpenIdConnectSuccess"');
    expect(logins()).toBe(3);
  });

  it('are tried anew after SIGHUP, which reads them again', async () => {
    const file = join(tmpdir(), `secret-${process.pid}`);
    writeFileSync(file, 'canary-wrong-secret');
    onTestFinished(() => {
      rmSync(file);
    });
    const gateway = await startWorkers({
      ...own(),
      ORDERCLOUD_CLIENT_SECRET: '',
      ORDERCLOUD_CLIENT_SECRET_FILE: file,
      SHUTDOWN_GRACE_MS: '500',
    });
    expect((await readAll(gateway)).bodies.join()).not.toContain('"OpenIdConnectSuccess"');
    writeFileSync(file, noteOf('OAuth client secret'));
    gateway.signalAlone('SIGHUP');
    await gateway.line(/"msg":"restarted"/);
    for (const body of (await readAll(gateway)).bodies)
      expect(body).toContain('"OpenIdConnectSuccess"');
  });
});
