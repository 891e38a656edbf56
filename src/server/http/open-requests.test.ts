import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOpenRequests } from './open-requests.ts';

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

/** A connection, as far as it is checked. `waiting`: characters that the caller has not read. */
function connection(waiting = 0) {
  const socket = Object.assign(new EventEmitter(), {
    writableLength: waiting,
    destroy: vi.fn(() => socket.emit('close')),
  });
  return socket;
}

/** A response on a connection. */
function exchange(requestId: string, waiting = 0) {
  const socket = connection(waiting);
  const response = new EventEmitter();
  return {
    socket,
    response,
    requestId,
    of: {
      request: { socket } as unknown as IncomingMessage,
      response: response as unknown as ServerResponse,
      requestId,
    },
  };
}

function open() {
  const unread: (string | null)[] = [];
  const openRequests = createOpenRequests({
    readMs: 5_000,
    onUnread: (requestId) => unread.push(requestId),
  });
  const add = (requestId: string, waiting?: number) => {
    const made = exchange(requestId, waiting);
    openRequests.add(made.of, () => undefined);
    return made;
  };
  const connect = (waiting?: number) => {
    const socket = connection(waiting);
    openRequests.connect(socket as unknown as Socket);
    return socket;
  };
  return { add, connect, unread, openRequests };
}

describe('a response', () => {
  it('that is not read loses its connection when the time is over, once', () => {
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

  it('that is not there yet keeps its connection', () => {
    const { add, unread } = open();
    const { socket } = add('patient');
    pass(60_000);
    expect([unread, socket.destroy.mock.calls]).toEqual([[], []]);
  });

  it('in parts keeps its connection if the client reads each part in time', () => {
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

  it('that waits behind others on its connection ends with that', async () => {
    const { add, openRequests, unread } = open();
    const { socket } = add('first', 1);
    let ended = 0;
    openRequests.add(
      {
        request: { socket } as unknown as IncomingMessage,
        response: new EventEmitter() as unknown as ServerResponse,
        requestId: 'second',
      },
      () => {
        ended += 1;
      },
    );
    pass(6_000);
    expect([unread, ended]).toEqual([['first'], 1]);
    await openRequests.idle();
  });

  it('costs no timer once all connections are gone', () => {
    const { add } = open();
    const { response, socket } = add('quick');
    response.emit('close');
    socket.emit('close');
    pass(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a connection without a request to the API', () => {
  it('is closed too if what was sent on it is not read; others are not', () => {
    const { connect, unread } = open();
    const sockets = [connect(0), connect(1), connect(0), connect(1)];
    pass(6_000);
    expect(sockets.map(({ destroy }) => destroy.mock.calls.length)).toEqual([0, 1, 0, 1]);
    expect(unread).toEqual([null, null]);
    pass(60_000);
    expect(unread).toHaveLength(2);
  });
});
