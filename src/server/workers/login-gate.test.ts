import { EventEmitter } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLoginGate, FOR_GOOD } from '../../transport/credentials/login-gate.ts';
import { gateOfWorker, serveGate } from './login-gate.ts';
import type { Channel, FromWorker, GateReply, GateRequest, ToWorker } from './messages.ts';

/** Two ends of a channel, by which messages come late, as between processes. */
function channel() {
  const [toPrimary, toWorker] = [new EventEmitter(), new EventEmitter()];
  const end = <Received, Sent>(from: EventEmitter, to: EventEmitter): Channel<Received, Sent> => ({
    send: (message) => {
      setImmediate(() => to.emit('message', structuredClone(message)));
    },
    onMessage: (listener) => {
      from.on('message', listener);
    },
  });
  return {
    toWorker,
    worker: end<ToWorker, GateRequest>(toWorker, toPrimary),
    primary: end<FromWorker, GateReply>(toPrimary, toWorker),
  };
}

/** Workers that share one gate. */
function start(count: number, now?: () => number) {
  const gate = createLoginGate(now);
  const entries: string[] = [];
  const workers = Array.from({ length: count }, (_, index) => {
    const { worker, primary, toWorker } = channel();
    let die: () => void = () => undefined;
    serveGate(gate, primary, {
      ended: new Promise<void>((resolve) => {
        die = resolve;
      }),
      turnMs: 12_000,
    });
    const own = gateOfWorker(worker);
    const enter = async (upstream = 'SHOP') => {
      const turn = await own.enter(upstream);
      entries.push(`${index} ${'pausedMs' in turn ? 'turned away' : 'in'}`);
      return {
        ...turn,
        end: (pauseMs: number) => {
          if ('end' in turn) turn.end(pauseMs);
        },
      };
    };
    return { enter, die, toWorker };
  });
  const worker = (index: number) => {
    const found = workers[index];
    if (found === undefined) throw new Error(`there is no worker ${index}`);
    return found;
  };
  return { worker, entries };
}

const settled = async () => {
  for (let turn = 0; turn < 10; turn += 1)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
};

describe('the gate of logins that workers share', () => {
  it('lets one of them in at a time', async () => {
    const { worker, entries } = start(3);
    const turns = [0, 1, 2].map((index) => worker(index).enter());
    await settled();
    expect(entries).toEqual(['0 in']);
    (await turns[0])?.end(0);
    await settled();
    expect(entries).toEqual(['0 in', '1 in']);
    (await turns[1])?.end(0);
    await settled();
    expect(entries).toEqual(['0 in', '1 in', '2 in']);
  });

  it('stays closed after a refusal', async () => {
    const { worker, entries } = start(3);
    const turns = [0, 1, 2].map((index) => worker(index).enter());
    (await turns[0])?.end(60_000);
    await Promise.all(turns);
    await worker(0).enter();
    expect(entries).toEqual(['0 in', '1 turned away', '2 turned away', '0 turned away']);
    await worker(1).enter('BANK');
    expect(entries.at(-1)).toBe('1 in');
  });

  it('reports to each of them how long it is closed, and how many were refused in a row', async () => {
    let time = 0;
    const { worker } = start(3, () => time);
    expect(await worker(0).enter()).toMatchObject({ refusals: 0 });
    (await worker(1).enter('BANK')).end(60_000);
    await settled();
    expect(await worker(2).enter('BANK')).toMatchObject({ pausedMs: 60_000 });
    time = 20_000;
    expect(await worker(0).enter('BANK')).toMatchObject({ pausedMs: 40_000 });
    time = 60_000;
    const second = await worker(2).enter('BANK');
    expect(second).toMatchObject({ refusals: 1 });
    second.end(FOR_GOOD);
    await settled();
    time = 1e12;
    expect(await worker(0).enter('BANK')).toMatchObject({ pausedMs: FOR_GOOD });
  });

  it.each(['in its turn', 'while it waits for it'])('goes on if a worker dies %s', async (when) => {
    const { worker, entries } = start(3);
    const first = worker(0).enter();
    void worker(1).enter();
    void worker(2).enter();
    await settled();
    if (when === 'in its turn') worker(0).die();
    else {
      worker(1).die();
      (await first).end(0);
    }
    await settled();
    expect(entries).toEqual(['0 in', when === 'in its turn' ? '1 in' : '2 in']);
  });

  it('continues if a worker hangs in its turn', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { worker, entries } = start(2);
    void worker(0).enter();
    void worker(1).enter();
    await settled();
    vi.advanceTimersByTime(11_999);
    await settled();
    expect(entries).toEqual(['0 in']);
    vi.advanceTimersByTime(1);
    await settled();
    expect(entries).toEqual(['0 in', '1 in']);
  });

  it('counts a refusal even after the turn of the worker was over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { worker, entries } = start(3);
    const late = worker(0).enter();
    const next = worker(1).enter();
    await settled();
    vi.advanceTimersByTime(12_000);
    (await late).end(60_000);
    (await next).end(0);
    await worker(2).enter();
    expect(entries).toEqual(['0 in', '1 in', '2 turned away']);
  });

  it('passes over what else comes by the channel', async () => {
    const { worker, entries } = start(1);
    const turn = worker(0).enter();
    worker(0).toWorker.emit('message', 'STOP');
    worker(0).toWorker.emit('message', { kind: 'LOGIN_TURN', ask: 17, pausedMs: 1, refusals: 0 });
    await turn;
    expect(entries).toEqual(['0 in']);
  });
});
