import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOutstanding } from './outstanding.ts';

let now = 0;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Lets time go by, in milliseconds. */
function pass(ms: number): void {
  for (const end = now + ms; now < end;) {
    now += 100;
    vi.advanceTimersByTime(100);
  }
}

/** An answer on a connection, as far as it is looked at. `waiting`: characters that the caller has not read. */
function exchange(requestId: string, waiting = 0) {
  const socket = Object.assign(new EventEmitter(), { writableLength: waiting, destroy: vi.fn() });
  const response: EventEmitter & { socket: typeof socket | null } = Object.assign(new EventEmitter(), { socket });
  return { socket, response, requestId, of: { request: { socket } as unknown as IncomingMessage, response: response as unknown as ServerResponse, requestId } };
}

function open() {
  const unread: string[] = [];
  const outstanding = createOutstanding({ answerMs: 5_000, onUnread: (requestId) => unread.push(requestId) });
  const add = (requestId: string, waiting?: number) => {
    const made = exchange(requestId, waiting);
    outstanding.add(made.of, () => undefined);
    return made;
  };
  return { add, unread };
}

describe('an answer', () => {
  it('that nobody reads loses its connection when the time is over, once', () => {
    const { add, unread } = open();
    const { socket, response } = add('slow', 1);
    pass(5_000);
    expect(socket.destroy).not.toHaveBeenCalled();
    pass(1_000);
    expect(socket.destroy).toHaveBeenCalledTimes(1);
    response.emit('close');
    pass(60_000);
    expect(unread).toEqual(['slow']);
  });

  it.each<[string, (made: ReturnType<typeof exchange>) => void]>([
    ['is not there yet', ({ socket }) => { socket.writableLength = 0; }],
    ['waits behind others on its connection', ({ response }) => { response.socket = null; }],
  ])('that %s keeps its connection', (_what, prepare) => {
    const { add, unread } = open();
    const made = add('patient', 1);
    prepare(made);
    pass(60_000);
    expect([unread, made.socket.destroy.mock.calls]).toEqual([[], []]);
  });

  it('in parts, each of which is read in time, keeps its connection', () => {
    const { add, unread } = open();
    const { socket } = add('stream');
    for (let part = 0; part < 10; part += 1) {
      socket.writableLength = 1;
      pass(4_000);
      socket.writableLength = 0;
      pass(1_000);
    }
    expect(unread).toEqual([]);
  });

  it('costs no timer once all are out', () => {
    const { add } = open();
    add('quick').response.emit('close');
    pass(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
