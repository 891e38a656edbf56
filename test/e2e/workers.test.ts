import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CreateOpenIdConnectDocument, OpenIdConnectDocument } from '../../schema/client/graphql.ts';
import type { RunningEmulator } from '../../src/transport/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator.ts';
import { addFault, start, startBuiltGateway, STOPPED_CLOCK } from '../setup/built-gateway.ts';
import type { BuiltGateway, Running } from '../setup/built-gateway.ts';
import { makeApiKey } from '../setup/api-keys.ts';
import { httpCaller } from '../setup/http-caller.ts';
import type { HttpCallerAnswer } from '../setup/http-caller.ts';
import { stopClock } from '../setup/clock.ts';
import { createVariables } from '../setup/ordercloud.ts';
import { dial } from '../setup/sockets.ts';
import type { RawClient } from '../setup/sockets.ts';

/* The built server with several workers: what it says, how they share the work, and that no request is lost when one of them, or all, come or go. */

let emulator: RunningEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

const startWorkers = async (environment: Record<string, string> = {}, nodeOptions: readonly string[] = []) => {
  const gateway = await startBuiltGateway({ ...emulator.environment, WORKERS: '2', LOG_LEVEL: 'debug', ...environment }, nodeOptions);
  let ended = false;
  void gateway.exit.then(() => { ended = true; });
  onTestFinished(async () => { if (!ended) await gateway.stop(); });
  return gateway;
};
const caller = () => {
  const made = httpCaller();
  onTestFinished(made.close);
  return made;
};
const create = ({ url }: BuiltGateway, id: string, by = caller()) => by.send(url, CreateOpenIdConnectDocument, createVariables(id), emulator.exampleHeaders);
const read = ({ url }: BuiltGateway, by = caller()) => by.send(url, OpenIdConnectDocument, { id: 'example-existing' }, emulator.exampleHeaders);
const get = ({ url }: BuiltGateway, path: string) => caller().get(new URL(path, url));
const isCreated = (answer: unknown): answer is HttpCallerAnswer => typeof answer === 'object' && answer !== null && 'body' in answer && String(answer.body).includes('"CreateOpenIdConnectSuccess"');

const linesOf = (gateway: BuiltGateway, msg: string) => gateway.logs().filter((line) => line['msg'] === msg);
/** The ids of the workers that have answered operations so far. */
const servedBy = (gateway: BuiltGateway) => new Set(linesOf(gateway, 'operation').map(({ worker }) => worker));
const pidOf = (gateway: BuiltGateway, id: number) => Number(linesOf(gateway, 'worker forked').find(({ worker }) => worker === id)?.['pid']);
/** Resolves when so many requests have arrived at the emulator since. */
const arrived = async (since: number, count: number) => {
  while (emulator.requests.length < since + count) await new Promise((resolve) => setImmediate(resolve));
};
/** Two creates under way, one at each worker. */
const twoUnderWay = async (gateway: BuiltGateway, name: string, fault: object) => {
  for (let times = 0; times < 2; times += 1) await addFault(emulator.url, { method: 'POST', path: '/v1/openidconnects', fault });
  const before = emulator.requests.length;
  const creates = [create(gateway, `${name}-1`), create(gateway, `${name}-2`)];
  await arrived(before, 2);
  return creates;
};

describe('the start', () => {
  it('tells once what is configured, and by how many it is served', async () => {
    const gateway = await startWorkers({ LOG_LEVEL: 'info' });
    expect(gateway.logs()).toEqual([
      expect.objectContaining({ msg: 'upstream configured', upstream: 'OrderCloud' }),
      expect.objectContaining({ level: 'warn', upstream: 'Huawei Cloud IAM' }),
      expect.objectContaining({ msg: 'listening', url: gateway.url, workers: 2 }),
    ]);
  });

  it('is refused with the faults of the configuration, told once', async () => {
    const { code, stdout, stderr } = await start(process.execPath, ['dist/main.js'], { ...emulator.environment, WORKERS: '3', LOG_LEVEL: 'loud', ORDERCLOUD_MAX_PER_SECOND: '2' }).exit;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.split('\n').slice(1, 4)).toEqual([
      '  - LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent',
      '  - ORDERCLOUD_MAX_PER_SECOND must be at least WORKERS, among which it is divided',
      'npm start -- --help lists every variable.',
    ]);
  });

  it('says once that the port is taken, and ends', async () => {
    const { code, stdout, stderr } = await start(process.execPath, ['dist/main.js'], { ...emulator.environment, WORKERS: '3', HOST: '127.0.0.1', PORT: new URL(emulator.url).port }).exit;
    expect(code).toBe(1);
    expect(stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([expect.objectContaining({ level: 'fatal', error: { code: 'EADDRINUSE' }, msg: expect.stringContaining('is in use by another program. The gateway listens there (HOST, PORT): set HOST or PORT') as unknown })]);
    expect(stderr).toBe('');
  });
});

describe('the work', () => {
  it('is shared, connection by connection, and each line of the log says whose it is', async () => {
    const gateway = await startWorkers();
    for (let times = 0; times < 6; times += 1) expect((await read(gateway)).body).toContain('"OpenIdConnectSuccess"');
    await expect.poll(() => linesOf(gateway, 'operation')).toHaveLength(6);
    expect(servedBy(gateway)).toEqual(new Set([1, 2]));
  });

  it('goes on where a worker is killed; it is replaced', async () => {
    const gateway = await startWorkers();
    process.kill(pidOf(gateway, 1), 'SIGKILL');
    await gateway.line(/"worker":1,.*"signal":"SIGKILL","waitMs":1000,"msg":"a worker has ended by itself"/);
    expect((await read(gateway)).status).toBe(200);
    await gateway.line(/"worker":3,"pid":\d+,"msg":"worker forked"/);
    await expect.poll(async () => {
      await read(gateway);
      return servedBy(gateway);
    }).toEqual(new Set([2, 3]));
    expect((await gateway.stop()).code).toBe(0);
  });

  it('comes back to the same port where all of them are killed', async () => {
    const gateway = await startWorkers();
    for (const id of [1, 2]) process.kill(pidOf(gateway, id), 'SIGKILL');
    await expect.poll(() => linesOf(gateway, 'a worker has ended by itself')).toHaveLength(2);
    await expect.poll(async () => (await read(gateway).catch(() => null))?.status).toBe(200);
    expect((await gateway.stop()).code).toBe(0);
  });
});

/** Options of Node.js that stop the worker with this id as soon as it is forked. */
const frozenFromBirth = (id: number) => [`--import=data:text/javascript,${encodeURIComponent(`import cluster from 'node:cluster'; if (cluster.worker?.id === ${id}) process.kill(process.pid, 'SIGSTOP');`)}`];
const isStopped = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('T') === true;
/** Resolves when one of several requests is served: another one may come to a worker that hangs. They leave no connection behind. */
const someServed = async (gateway: BuiltGateway) => {
  const callers = Array.from({ length: 4 }, () => caller());
  const reads = callers.map((by) => read(gateway, by));
  expect((await Promise.any(reads)).status).toBe(200);
  for (const { close } of callers) close();
  await Promise.allSettled(reads);
};
/** Lets time go by for the primary, ten seconds after the other, until a line comes. What is well has served something before each of them. */
const passUntil = async (gateway: BuiltGateway, line: RegExp) => {
  await expect.poll(async () => {
    await someServed(gateway);
    gateway.passTenSeconds();
    return gateway.output();
  }, { interval: 500 }).toMatch(line);
};

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
        // Never ends if nobody has the connection.
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

describe.runIf(process.platform === 'linux')('a worker that hangs', () => {
  it('before it listens is killed after 30 seconds, and the start fails and says why', async () => {
    const gateway = start(process.execPath, [...STOPPED_CLOCK, ...frozenFromBirth(2), 'dist/main.js'], { ...emulator.environment, HOST: '127.0.0.1', PORT: '0', WORKERS: '2', LOG_LEVEL: 'debug' });
    await gateway.line(/"worker":2,"pid":\d+,"msg":"worker forked"/);
    let ended = false;
    void gateway.exit.then(() => { ended = true; });
    await expect.poll(() => {
      if (!ended) gateway.signalAlone('SIGUSR2');
      return ended;
    }, { interval: 200 }).toBe(true);
    const { code, stdout } = await gateway.exit;
    expect(code).toBe(1);
    expect(stdout).toMatch(/"level":"error",.*"worker":2,.*a worker does not listen in time/);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/"level":"fatal",.*"a worker has ended at the start"/);
  });

  it('in a restart is killed after 30 seconds: the restart is given up, the old ones go on, and the next restart happens', async () => {
    const gateway = await startWorkers({}, [...STOPPED_CLOCK, ...frozenFromBirth(3)]);
    gateway.signalAlone('SIGHUP');
    await gateway.line(/"worker":3,"pid":\d+,"msg":"worker forked"/);
    await passUntil(gateway, /the restart is given up/);
    await expect.poll(async () => {
      await someServed(gateway);
      return servedBy(gateway);
    }).toEqual(new Set([1, 2]));
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
    await passUntil(gateway, /"worker":1,"pid":\d+,"silentMs":30000,"msg":"a worker does not respond any more/);
    await passUntil(gateway, /"worker":3,"pid":\d+,"msg":"worker forked"/);
    expect(linesOf(gateway, 'a worker has ended by itself')).toEqual([expect.objectContaining({ worker: 1, signal: 'SIGKILL' })]);
  });
});

describe("the gateway's own credentials", () => {
  const inbound = makeApiKey();
  afterAll(inbound.remove);
  const noteOf = (label: string) => emulator.notes.find((note) => note.label === label)?.value ?? '';
  const own = (secret = noteOf('OAuth client secret')) => ({ ...inbound.environment, ORDERCLOUD_CREDENTIALS: 'gateway', ORDERCLOUD_CLIENT_ID: noteOf('OAuth client id'), ORDERCLOUD_CLIENT_SECRET: secret });
  const readAll = async (gateway: BuiltGateway) => {
    const before = emulator.requests.length;
    const answers = await Promise.all(Array.from({ length: 12 }, () => caller().send(gateway.url, OpenIdConnectDocument, { id: 'example-existing' }, inbound.headers)));
    return { bodies: answers.map(({ body }) => body), logins: () => emulator.requests.slice(before).filter(({ target }) => target === '/oauth/token').length };
  };

  it('are tried once by all workers together, where they are wrong', async () => {
    const gateway = await startWorkers({ ...own('canary-wrong-secret'), WORKERS: '4' });
    const { bodies, logins } = await readAll(gateway);
    for (const body of bodies) expect(body).toContain('"OidcUpstreamUnavailableError"');
    await expect.poll(() => servedBy(gateway).size).toBe(4);
    expect(logins()).toBe(1);
    const refusals = linesOf(gateway, 'the login of the gateway was refused, and is not tried again, because accounts lock: mend what is wrong and start the gateway again');
    expect(refusals.map(({ said }) => String(said).startsWith('status')).sort()).toEqual([false, false, false, true]);
    expect(refusals.map(({ worker }) => worker).sort()).toEqual([1, 2, 3, 4]);
  });

  it('are tried once a restart if they are wrong, however many signals ask for a restart', async () => {
    const gateway = await startWorkers({ ...own('canary-wrong-secret'), WORKERS: '3', SHUTDOWN_GRACE_MS: '500' });
    const before = emulator.requests.length;
    const logins = () => emulator.requests.slice(before).filter(({ target }) => target === '/oauth/token').length;
    await readAll(gateway);
    const over = new AbortController();
    const load = (async () => { while (!over.signal.aborted) await readAll(gateway); })();
    for (let times = 0; times < 60; times += 1) gateway.signalAlone('SIGHUP');
    await expect.poll(() => linesOf(gateway, 'restarted').length).toBeGreaterThan(0);
    for (let times = 0; times < 60; times += 1) gateway.signalAlone('SIGHUP');
    const rounds = () => linesOf(gateway, 'restarting the workers, one after the other').length;
    await expect.poll(() => rounds() > 1 && linesOf(gateway, 'restarted').length === rounds()).toBe(true);
    over.abort();
    await load;
    await readAll(gateway);
    expect(logins()).toBeLessThanOrEqual(1 + rounds());
    expect(rounds()).toBeLessThanOrEqual(3);
    // One that ends by itself leaves what is known to its replacement.
    const [last] = linesOf(gateway, 'worker forked').slice(-1);
    const known = logins();
    process.kill(Number(last?.['pid']), 'SIGKILL');
    const forked = linesOf(gateway, 'worker forked').length;
    await expect.poll(() => linesOf(gateway, 'worker forked').length).toBe(forked + 1);
    await expect.poll(async () => {
      await readAll(gateway);
      return servedBy(gateway);
    }).toContain(Number(last?.['worker']) + 1);
    expect(logins()).toBe(known);
  });

  it('serve each worker where they are right', async () => {
    const gateway = await startWorkers({ ...own(), WORKERS: '3' });
    const { bodies, logins } = await readAll(gateway);
    for (const body of bodies) expect(body).toContain('"OpenIdConnectSuccess"');
    expect(logins()).toBe(3);
  });

  it('are tried anew after SIGHUP, which reads them again', async () => {
    const file = join(tmpdir(), `secret-${process.pid}`);
    writeFileSync(file, 'canary-wrong-secret');
    onTestFinished(() => { rmSync(file); });
    const gateway = await startWorkers({ ...own(), ORDERCLOUD_CLIENT_SECRET: '', ORDERCLOUD_CLIENT_SECRET_FILE: file, SHUTDOWN_GRACE_MS: '500' });
    expect((await readAll(gateway)).bodies.join()).not.toContain('"OpenIdConnectSuccess"');
    writeFileSync(file, noteOf('OAuth client secret'));
    gateway.signalAlone('SIGHUP');
    await gateway.line(/"msg":"restarted"/);
    for (const body of (await readAll(gateway)).bodies) expect(body).toContain('"OpenIdConnectSuccess"');
  });
});

describe('persisted documents', () => {
  const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
  const file = join(tmpdir(), `persisted-${process.pid}.json`);
  const write = (...texts: readonly string[]) => { writeFileSync(file, JSON.stringify(Object.fromEntries(texts.map((text) => [hashOf(text), text])))); };
  afterAll(() => { rmSync(file, { force: true }); });

  it('that cannot be executed are named once for all workers, at the start and after SIGHUP, and keep nobody from starting', async () => {
    const [sound, broken, later] = ['{ __typename }', '{ canary }', '{ later }'];
    write(sound, broken);
    const gateway = await startWorkers({ PERSISTED_DOCUMENTS_FILE: file, WORKERS: '3', SHUTDOWN_GRACE_MS: '500' });
    const warnings = () => linesOf(gateway, 'this persisted document cannot be executed: every request for it is refused').map(({ id, worker }) => ({ id, worker }));
    await expect.poll(warnings).toEqual([{ id: hashOf(broken), worker: undefined }]);
    write(sound, later);
    gateway.signalAlone('SIGHUP');
    await gateway.line(/"msg":"restarted"/);
    await expect.poll(warnings).toEqual([{ id: hashOf(broken), worker: undefined }, { id: hashOf(later), worker: undefined }]);
    const ask = async (text: string) => (await fetch(gateway.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ documentId: hashOf(text) }) })).text();
    expect(await ask(sound)).toBe('{"data":{"__typename":"Query"}}');
    expect(await ask(later)).toContain('Cannot query field');
    expect(await ask(broken)).toContain('PERSISTED_DOCUMENT_NOT_FOUND');
  });
});

describe('a log that nobody reads any more', () => {
  it('keeps the workers neither from working nor from ending', async () => {
    const gateway = await startWorkers();
    gateway.stopReading();
    for (let times = 0; times < 4; times += 1) expect((await read(gateway)).status).toBe(200);
    expect((await gateway.stop()).code).toBe(0);
  });
});

describe('the end', () => {
  it.each([
    ['SIGTERM', 'to the primary alone', 'signalAlone'],
    ['SIGTERM', 'to the whole group, as some process managers do', 'signal'],
    ['SIGINT', 'to the whole group, as a terminal does', 'signal'],
  ] as const)('on %s %s lets all that is under way finish, in every worker', async (signal, _to, by) => {
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    const gateway = await startWorkers({ UPSTREAM_TIMEOUT_MS: '60000', SHUTDOWN_GRACE_MS: '60000' });
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
    expect(gateway.logs().map(({ msg }) => msg).filter((msg) => msg === 'draining' || msg === 'stopped')).toEqual(['draining', 'stopped']);
  });

  it('cuts off what outlives the grace period, and says so', async () => {
    const gateway = await startWorkers({ SHUTDOWN_GRACE_MS: '100' }, STOPPED_CLOCK);
    const creates = await twoUnderWay(gateway, 'too-late', { kind: 'hang' });
    const { code } = await gateway.stop();
    expect(code).toBe(1);
    for (const { body } of await Promise.all(creates)) expect(body).toContain('"OidcOutcomeUnknownError"');
    expect(linesOf(gateway, 'audit').map(({ event }) => event).sort()).toEqual(['intent', 'intent', 'outcome', 'outcome']);
    expect(gateway.logs().at(-1)).toMatchObject({ level: 'error', msg: expect.stringContaining('the outcome of a write among them is unknown') as unknown });
  });

  it('comes before a restart that was asked for at the start', async () => {
    const gateway = start(process.execPath, ['dist/main.js'], { ...emulator.environment, HOST: '127.0.0.1', PORT: '0', WORKERS: '2', LOG_LEVEL: 'debug' });
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
    ['during a restart', 3, (gateway: Running) => { gateway.signalAlone('SIGHUP'); }],
  ] as const)('does not wait for a worker that was not up yet: %s', async (_when, id, act) => {
    const gateway = start(process.execPath, ['dist/main.js'], { ...emulator.environment, HOST: '127.0.0.1', PORT: '0', WORKERS: '2', LOG_LEVEL: 'debug' });
    if (id === 3) await gateway.line(/"msg":"listening"/);
    act(gateway);
    await gateway.line(new RegExp(`"worker":${id},.*"msg":"worker forked"`));
    gateway.signalAlone('SIGTERM');
    const { code, stdout } = await gateway.exit;
    expect(stdout.trimEnd().split('\n').at(-1)).toContain('"msg":"stopped"');
    expect(code).toBe(0);
  });

  it('comes to the workers too where the primary is killed: they finish what is under way, and leave nothing behind', async () => {
    const gateway = await startWorkers();
    const creates = await twoUnderWay(gateway, 'orphan', { kind: 'delay', ms: 700 });
    gateway.signalAlone('SIGKILL');
    expect((await Promise.all(creates)).map(isCreated)).toEqual([true, true]);
    // They share its stderr, which ends with the last of them.
    expect((await gateway.exit).code).toBe(null);
  });
});

describe('a restart, on SIGHUP', () => {
  it('fails no request, on new connections or on those that are kept', async () => {
    const gateway = await startWorkers();
    let running = true;
    onTestFinished(() => { running = false; });
    let closed = 0;
    const failed: unknown[] = [];
    const load = Array.from({ length: 8 }, async (_, index) => {
      const by = caller();
      for (let times = 0; running; times += 1) {
        const answer = await create(gateway, `rolling-${index}-${times}`, by).catch((error: unknown) => error);
        if (!isCreated(answer)) failed.push(answer);
        else if (answer.headers.connection === 'close') closed += 1;
        // Every other one leaves its connection idle in between.
        if (index % 2 === 1) await new Promise((resolve) => setTimeout(resolve, 20 * index));
        if (index === 0) by.close();
      }
    });
    const served = (...ids: readonly number[]) => expect.poll(() => servedBy(gateway)).toEqual(new Set(ids));
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
    expect(linesOf(gateway, 'a worker has ended by itself')).toEqual([]);
  });

  it.each([
    ['the primary alone', 'signalAlone'],
    ['the whole group', 'signal'],
  ] as const)('happens once all listen where it was asked for before, by signals to %s', async (_to, by) => {
    const gateway = start(process.execPath, ['dist/main.js'], { ...emulator.environment, HOST: '127.0.0.1', PORT: '0', WORKERS: '2', LOG_LEVEL: 'debug' });
    onTestFinished(async () => {
      gateway.signal('SIGTERM');
      await gateway.exit;
    });
    await gateway.line(/"worker":1,.*"msg":"worker forked"/);
    for (let times = 0; times < 3; times += 1) gateway[by]('SIGHUP');
    await gateway.line(/"msg":"restarted"/);
    const messages = gateway.output().split('\n').filter((line) => line.startsWith('{')).map((line) => (JSON.parse(line) as { msg: string }).msg).filter((msg) => /^(listening|restarting.*|restarted)$/.test(msg));
    expect(messages).toEqual(['listening', 'restarting the workers, one after the other', 'restarted']);
  });

  it('happens also where it was asked for while the program is still loaded', async () => {
    // Sends the signal once the program asks for the library of GraphQL, which is long before it runs.
    const hook = "export const resolve = (name, context, next) => { if (name === 'graphql-yoga') process.kill(process.pid, 'SIGHUP'); return next(name, context); };";
    const preload = `import { register } from 'node:module'; import cluster from 'node:cluster'; if (cluster.isPrimary) register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));`;
    const gateway = start(process.execPath, [`--import=data:text/javascript,${encodeURIComponent(preload)}`, 'dist/main.js'], { ...emulator.environment, HOST: '127.0.0.1', PORT: '0', WORKERS: '2' });
    onTestFinished(async () => {
      gateway.signal('SIGTERM');
      await gateway.exit;
    });
    await gateway.line(/"msg":"restarted"/);
  });

  it('leaves the old workers as they are where a new one does not start', async () => {
    const file = join(tmpdir(), `documents-${process.pid}.json`);
    writeFileSync(file, '{}');
    const gateway = await startWorkers({ PERSISTED_DOCUMENTS_FILE: file });
    rmSync(file);
    gateway.signalAlone('SIGHUP');
    await gateway.line(/the restart is given up/);
    expect(gateway.output()).toContain('PERSISTED_DOCUMENTS_FILE names a file that does not exist');
    for (let times = 0; times < 4; times += 1) expect((await read(gateway)).status).toBe(200);
    await expect.poll(() => servedBy(gateway)).toEqual(new Set([1, 2]));
    expect((await gateway.stop()).code).toBe(0);
  });
});
