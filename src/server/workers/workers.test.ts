import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../log/log.ts';
import { createWorkers } from './workers.ts';
import type { WorkerOrder, WorkerReport } from './messages.ts';
import type { WorkerEnd, WorkerProcess } from './worker-process.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const LISTENING: WorkerReport = { kind: 'LISTENING', url: 'http://127.0.0.1:4000', report: [] };
const CANNOT_LISTEN: WorkerReport = { kind: 'CANNOT_LISTEN', error: { code: 'EADDRINUSE' } };

/** A worker that does what the test says. */
interface FakeWorker extends WorkerProcess {
  readonly orders: readonly (WorkerOrder | 'KILL')[];
  readonly report: (report: WorkerReport) => Promise<void>;
  readonly end: (code?: number | null, signal?: string) => Promise<void>;
  /** From now on it gives no sign of life. */
  readonly freeze: () => void;
}

/** A promise that is settled from outside. */
function settled<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function fakeWorker(id: number): FakeWorker {
  const orders: (WorkerOrder | 'KILL')[] = [];
  const started = settled<WorkerReport | null>();
  const ended = settled<WorkerEnd>();
  const settle = () => vi.advanceTimersByTimeAsync(0);
  let frozen = false;
  return {
    id,
    pid: 1_000 + id,
    started: started.promise,
    ended: ended.promise,
    tell: (order) => orders.push(order),
    ping: () => (frozen ? new Promise(() => undefined) : Promise.resolve()),
    kill: () => {
      orders.push('KILL');
    },
    freeze: () => {
      frozen = true;
    },
    orders,
    report: async (report) => {
      started.resolve(report);
      await settle();
    },
    end: async (code = 0, signal) => {
      ended.resolve({ code, signal: signal ?? null });
      started.resolve(null);
      await settle();
    },
  };
}

function supervise(count = 2) {
  const forked: FakeWorker[] = [];
  const logs: Record<string, unknown>[] = [];
  let restarts = 0;
  const workers = createWorkers({
    count,
    host: '127.0.0.1',
    port: 4000,
    graceMs: 1_000,
    startMs: 30_000,
    fork: () => {
      const worker = fakeWorker(forked.length + 1);
      forked.push(worker);
      return worker;
    },
    onRestart: () => {
      restarts += 1;
    },
    log: createLog('info', {
      write: (line) => {
        logs.push(JSON.parse(line) as Record<string, unknown>);
      },
    }),
    now: () => Date.now(),
  });
  /** The worker with this id. */
  const worker = (id: number) => {
    const found = forked[id - 1];
    if (found === undefined) throw new Error(`worker ${id} has not been forked`);
    return found;
  };
  const ids = () => forked.map(({ id }) => id);
  return {
    workers,
    worker,
    ids,
    logs,
    messages: () => logs.map(({ msg }) => msg),
    restarts: () => restarts,
  };
}

async function running(count = 2) {
  const all = supervise(count);
  const start = all.workers.start();
  for (const id of all.ids()) await all.worker(id).report(LISTENING);
  expect(await start).toEqual(LISTENING);
  return all;
}

describe('the start', () => {
  it('is over when all of them listen', async () => {
    const { workers, worker, ids } = supervise(3);
    let over = false;
    void workers.start().then(() => {
      over = true;
    });
    expect(ids()).toEqual([1, 2, 3]);
    await worker(1).report(LISTENING);
    await worker(3).report(LISTENING);
    expect(over).toBe(false);
    await worker(2).report(LISTENING);
    expect(over).toBe(true);
  });

  it('fails if they cannot listen, which is logged once', async () => {
    const { workers, worker, ids, logs } = supervise();
    const start = workers.start();
    for (const id of ids()) await worker(id).report(CANNOT_LISTEN);
    for (const id of ids()) await worker(id).end(1);
    expect(await start).toBe('FAILED');
    expect(logs).toMatchObject([
      {
        level: 'fatal',
        host: '127.0.0.1',
        port: 4000,
        error: { code: 'EADDRINUSE' },
        msg: expect.stringContaining('Set PORT to a free port') as unknown,
      },
    ]);
  });

  it.each(['before', 'after'])(
    'fails if one ends %s it listens; the others are stopped',
    async (when) => {
      const { workers, worker, ids, messages } = supervise();
      const start = workers.start();
      if (when === 'after') await worker(1).report(LISTENING);
      await worker(1).end(null, 'SIGKILL');
      await worker(2).report(LISTENING);
      expect(worker(2).orders).toEqual(['STOP']);
      await worker(2).end();
      expect(await start).toBe('FAILED');
      expect(messages()).toEqual(['a worker ended during startup']);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(ids()).toEqual([1, 2]);
    },
  );

  it('may be stopped; one that was not up yet gets the order again, because it has not received it', async () => {
    const { workers, worker } = supervise();
    void workers.start();
    const stopped = workers.stop();
    expect(worker(1).orders).toEqual(['STOP']);
    await worker(1).report(LISTENING);
    expect(worker(1).orders).toEqual(['STOP', 'STOP']);
    await worker(1).end();
    await worker(2).report(LISTENING);
    await worker(2).end();
    expect(await stopped).toBe(true);
  });

  it('may be stopped, whether they come up or not', async () => {
    const { workers, worker, messages } = supervise();
    const start = workers.start();
    const stopped = workers.stop();
    await worker(1).report(LISTENING);
    await worker(1).end();
    // A terminal's SIGINT ends those that are not up yet.
    await worker(2).end(null, 'SIGINT');
    expect(await start).toBe('STOPPED');
    expect(await stopped).toBe(true);
    expect(messages()).toEqual([]);
  });
});

describe('a worker that a signal to the whole group has ended before it could ignore it', () => {
  it('has another one in its place', async () => {
    const { workers, worker, ids, messages } = supervise();
    const start = workers.start();
    await worker(1).end(null, 'SIGHUP');
    expect(ids()).toEqual([1, 2, 3]);
    await worker(2).report(LISTENING);
    await worker(3).end(null, 'SIGHUP');
    await worker(4).report(LISTENING);
    expect(await start).toEqual(LISTENING);
    expect(messages()).toEqual([]);
  });

  it('is not replaced for ever', async () => {
    const { workers, worker, ids } = supervise(1);
    const start = workers.start();
    for (let id = 1; id <= 6; id += 1) await worker(id).end(null, 'SIGHUP');
    expect(await start).toBe('FAILED');
    expect(ids()).toHaveLength(6);
  });
});

describe('a worker that exits on its own', () => {
  it('is replaced, later each time that it does so soon, and soon again after a long life', async () => {
    const { worker, ids, logs } = await running();
    const waits = [1, 2, 4, 8, 16, 30, 30];
    let id = 1;
    for (const seconds of waits) {
      await worker(id).end(null, 'SIGKILL');
      expect(logs.at(-1)).toMatchObject({
        level: 'error',
        worker: id,
        code: null,
        signal: 'SIGKILL',
        waitMs: seconds * 1_000,
        msg: 'a worker ended unexpectedly',
      });
      id = ids().length + 1;
      await vi.advanceTimersByTimeAsync(seconds * 1_000 - 1);
      expect(ids()).toHaveLength(id - 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(ids()).toHaveLength(id);
    }
    await worker(id).report(LISTENING);
    await vi.advanceTimersByTimeAsync(60_000);
    await worker(id).end(1);
    expect(logs.at(-1)).toMatchObject({ waitMs: 1_000 });
    expect(logs).toHaveLength(8);
  });

  it('is replaced without waiting if no worker listens any more, however often that happens', async () => {
    const { worker, ids, logs } = await running();
    await worker(1).end(null, 'SIGKILL');
    for (let id = 2; id < 12; id += 1) {
      await worker(id).end(null, 'SIGKILL');
      expect(logs.at(-1)).toMatchObject({ worker: id, waitMs: 0 });
      expect(ids()).toHaveLength(id + 1);
      await worker(id + 1).report(LISTENING);
    }
    expect(logs[0]).toMatchObject({ worker: 1, waitMs: 1_000 });
  });

  it('before it listened is replaced after a second if no worker listens, however often that happens', async () => {
    const { worker, ids, logs } = await running(1);
    await worker(1).end(null, 'SIGKILL');
    for (let id = 2; id < 12; id += 1) {
      await worker(id).end(1);
      expect(logs.at(-1)).toMatchObject({ worker: id, waitMs: 1_000 });
      await vi.advanceTimersByTimeAsync(1_000);
      expect(ids()).toHaveLength(id + 1);
    }
  });

  it('leaves the others alone', async () => {
    const { worker, ids } = await running();
    await worker(1).end(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(ids()).toEqual([1, 2, 3]);
    expect(worker(2).orders).toEqual([]);
  });

  it('logs if its successor cannot listen', async () => {
    const { worker, logs } = await running();
    await worker(1).end(1);
    await vi.advanceTimersByTimeAsync(1_000);
    await worker(3).report(CANNOT_LISTEN);
    expect(logs.at(-1)).toMatchObject({ level: 'error', worker: 3, error: { code: 'EADDRINUSE' } });
    await worker(3).end(1);
    expect(logs.at(-1)).toMatchObject({ worker: 3, waitMs: 2_000 });
  });

  it('is not replaced once all are being stopped', async () => {
    const { workers, worker, ids } = await running();
    await worker(1).end(1);
    const stopped = workers.stop();
    await worker(2).end();
    expect(await stopped).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ids()).toEqual([1, 2]);
  });
});

describe('a worker that hangs', () => {
  it('before it listens is killed after 30 seconds, and the start fails, and says why', async () => {
    const { workers, worker, logs } = supervise();
    const start = workers.start();
    await worker(1).report(LISTENING);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(worker(2).orders).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(worker(2).orders).toEqual(['KILL']);
    await worker(2).end(null, 'SIGKILL');
    expect(worker(1).orders).toEqual(['STOP']);
    await worker(1).end();
    expect(await start).toBe('FAILED');
    expect(logs).toMatchObject([
      {
        level: 'error',
        worker: 2,
        pid: 1_002,
        silentMs: 30_000,
        msg: expect.stringContaining('did not listen in time') as unknown,
      },
      { level: 'fatal', msg: 'a worker ended during startup' },
    ]);
  });

  it('before it listens, and that the system does not end, counts as ended all the same', async () => {
    const { workers, worker } = supervise();
    const start = workers.start();
    await worker(1).report(LISTENING);
    await vi.advanceTimersByTimeAsync(32_000);
    await worker(1).end();
    expect(await start).toBe('FAILED');
  });

  it('before it listens does not hold up a stop', async () => {
    const { workers, worker } = supervise(1);
    const start = workers.start();
    const stopped = workers.stop();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(worker(1).orders).toEqual(['STOP', 'KILL']);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await stopped).toBe(true);
    expect(await start).toBe('STOPPED');
  });

  it('in a replacement is killed and replaced', async () => {
    const { worker, ids } = await running();
    await worker(1).end(1);
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(worker(3).orders).toEqual(['KILL']);
    await worker(3).end(null, 'SIGKILL');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(ids()).toEqual([1, 2, 3, 4]);
  });

  it('in a restart is killed: the restart is given up, the old ones go on, and the next one begins', async () => {
    const { workers, worker, ids, messages } = await running();
    workers.restart();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(worker(3).orders).toEqual(['KILL']);
    await worker(3).end(null, 'SIGKILL');
    expect(messages().at(-1)).toBe(
      'the restart was abandoned: a new worker did not start; the old ones keep running',
    );
    for (const id of [1, 2]) expect(worker(id).orders).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ids()).toEqual([1, 2, 3]);
    workers.restart();
    await worker(4).report(LISTENING);
    expect(worker(1).orders).toEqual(['RETIRE']);
  });

  it('in a restart does not keep those from being replaced that die meanwhile', async () => {
    const { workers, worker, ids } = await running();
    workers.restart();
    await worker(1).end(null, 'SIGKILL');
    await worker(2).end(null, 'SIGKILL');
    expect(ids()).toEqual([1, 2, 3, 4]);
    await worker(4).report(LISTENING);
    await vi.advanceTimersByTimeAsync(32_000);
    expect(worker(3).orders).toEqual(['KILL']);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(ids()).toHaveLength(5);
  });

  it('while it works is killed after 30 seconds without a sign of life, and replaced', async () => {
    const { worker, ids, logs } = await running();
    await vi.advanceTimersByTimeAsync(300_000);
    worker(2).freeze();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(worker(2).orders).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(worker(2).orders).toEqual(['KILL']);
    expect(logs).toMatchObject([
      {
        level: 'error',
        worker: 2,
        pid: 1_002,
        silentMs: 30_000,
        msg: expect.stringContaining('no longer responds') as unknown,
      },
    ]);
    await worker(2).end(null, 'SIGKILL');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(ids()).toEqual([1, 2, 3]);
    expect(worker(1).orders).toEqual([]);
  });

  it('while it leaves is killed too', async () => {
    const { workers, worker } = await running();
    workers.restart();
    await worker(3).report(LISTENING);
    worker(1).freeze();
    await vi.advanceTimersByTimeAsync(6_000);
    expect(worker(1).orders).toEqual(['RETIRE', 'KILL']);
  });

  it('is left alone if this process did not run itself, as on a machine that was suspended', async () => {
    const { worker } = await running();
    worker(1).freeze();
    for (let times = 0; times < 20; times += 1) {
      await vi.advanceTimersByTimeAsync(20_000);
      vi.setSystemTime(Date.now() + 3_600_000);
    }
    expect(worker(1).orders).toEqual([]);
  });
});

describe('the stop', () => {
  it('goes to all at the same time, and is clean if all end cleanly', async () => {
    const { workers, worker } = await running();
    const stopped = workers.stop();
    for (const id of [1, 2]) expect(worker(id).orders).toEqual(['STOP']);
    for (const id of [2, 1]) await worker(id).end();
    expect(await stopped).toBe(true);
  });

  it('is not clean if one of them has cut something off', async () => {
    const { workers, worker } = await running();
    const stopped = workers.stop();
    await worker(1).end(1);
    await worker(2).end();
    expect(await stopped).toBe(false);
  });

  it('kills what does not end within the grace period', async () => {
    const { workers, worker } = await running();
    const stopped = workers.stop();
    await worker(1).end();
    await vi.advanceTimersByTimeAsync(5_999);
    expect(worker(2).orders).toEqual(['STOP']);
    await vi.advanceTimersByTimeAsync(1);
    expect(worker(2).orders).toEqual(['STOP', 'KILL']);
    await worker(2).end(null, 'SIGKILL');
    expect(await stopped).toBe(false);
  });
});

describe('a restart', () => {
  it('replaces one after the other: each ends when its successor listens, the next one when it has ended', async () => {
    const { workers, worker, ids, messages } = await running();
    workers.restart();
    expect(ids()).toEqual([1, 2, 3]);
    expect(worker(1).orders).toEqual([]);
    await worker(3).report(LISTENING);
    expect(worker(1).orders).toEqual(['RETIRE']);
    expect(ids()).toEqual([1, 2, 3]);
    await worker(1).end();
    expect(ids()).toEqual([1, 2, 3, 4]);
    await worker(4).report(LISTENING);
    expect(worker(2).orders).toEqual(['RETIRE']);
    await worker(2).end();
    expect(messages()).toEqual(['restarting the workers, one after the other', 'restarted']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ids()).toEqual([1, 2, 3, 4]);
  });

  it('is given up if a new one does not start; the old ones continue', async () => {
    const { workers, worker, ids, messages } = await running();
    workers.restart();
    await worker(3).end(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ids()).toEqual([1, 2, 3]);
    for (const id of [1, 2]) expect(worker(id).orders).toEqual([]);
    expect(messages()).toEqual([
      'restarting the workers, one after the other',
      'a worker ended unexpectedly',
      'the restart was abandoned: a new worker did not start; the old ones keep running',
    ]);
  });

  it('takes the successor of one that ends meanwhile for its replacement', async () => {
    const { workers, worker, ids } = await running();
    workers.restart();
    await worker(1).end(null, 'SIGKILL');
    await worker(3).report(LISTENING);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(ids()).toEqual([1, 2, 3, 4]);
    await worker(4).report(LISTENING);
    expect(worker(2).orders).toEqual(['RETIRE']);
  });

  it('leaves out who has ended and been replaced before its turn', async () => {
    const { workers, worker, ids, messages } = await running();
    workers.restart();
    await worker(3).report(LISTENING);
    await worker(2).end(null, 'SIGKILL');
    await vi.advanceTimersByTimeAsync(1_000);
    await worker(4).report(LISTENING);
    await worker(1).end();
    expect(ids()).toEqual([1, 2, 3, 4]);
    expect(messages().at(-1)).toBe('restarted');
  });

  it('says what was cut off', async () => {
    const { workers, worker, logs } = await running(1);
    workers.restart();
    await worker(2).report(LISTENING);
    await worker(1).end(1);
    expect(logs[1]).toMatchObject({
      level: 'error',
      worker: 1,
      msg: expect.stringContaining('outcome of a write among them is unknown') as unknown,
    });
  });

  it('that is asked for during another one comes after it, once', async () => {
    const { workers, worker, ids, messages } = await running(1);
    for (let times = 0; times < 3; times += 1) workers.restart();
    for (const id of [1, 2]) {
      expect(ids()).toHaveLength(id + 1);
      await worker(id + 1).report(LISTENING);
      await worker(id).end();
    }
    expect(ids()).toHaveLength(3);
    expect(messages().filter((message) => message === 'restarted')).toHaveLength(2);
  });

  it('ends with a stop, which goes to all, also those that are leaving', async () => {
    const { workers, worker, ids, messages } = await running();
    workers.restart();
    await worker(3).report(LISTENING);
    const stopped = workers.stop();
    expect([1, 2, 3].map((id) => worker(id).orders)).toEqual([
      ['RETIRE', 'STOP'],
      ['STOP'],
      ['STOP'],
    ]);
    for (const id of [1, 2, 3]) await worker(id).end();
    expect(await stopped).toBe(true);
    expect(ids()).toHaveLength(3);
    expect(messages()).toEqual(['restarting the workers, one after the other']);
  });

  it('that is asked for before all of them listen begins when they do, once', async () => {
    const { workers, worker, ids, messages, restarts } = supervise();
    const start = workers.start();
    for (let times = 0; times < 3; times += 1) workers.restart();
    await worker(1).report(LISTENING);
    workers.restart();
    expect(ids()).toEqual([1, 2]);
    await worker(2).report(LISTENING);
    expect(await start).toEqual(LISTENING);
    await vi.advanceTimersByTimeAsync(1);
    for (const id of [1, 2]) {
      expect(ids()).toHaveLength(id + 2);
      await worker(id + 2).report(LISTENING);
      expect(worker(id).orders).toEqual(['RETIRE']);
      await worker(id).end();
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ids()).toHaveLength(4);
    expect(messages()).toEqual(['restarting the workers, one after the other', 'restarted']);
    expect(restarts()).toBe(1);
  });

  it('that is asked for during the start does not happen if the start is stopped or fails', async () => {
    for (const end of ['stop', 'failure']) {
      const { workers, worker, ids, restarts } = supervise();
      const start = workers.start();
      workers.restart();
      await worker(1).report(LISTENING);
      if (end === 'stop') void workers.stop();
      else await worker(2).end(1);
      await worker(2).report(LISTENING);
      for (const id of [1, 2]) await worker(id).end();
      expect(await start).toBe(end === 'stop' ? 'STOPPED' : 'FAILED');
      await vi.advanceTimersByTimeAsync(60_000);
      expect(ids()).toEqual([1, 2]);
      expect(restarts()).toBe(0);
    }
  });

  it('counts rounds, not how often it was asked for', async () => {
    const { workers, worker, restarts } = await running(1);
    for (let times = 0; times < 60; times += 1) workers.restart();
    for (const id of [1, 2]) {
      await worker(id + 1).report(LISTENING);
      await worker(id).end();
    }
    expect(restarts()).toBe(2);
  });
});
