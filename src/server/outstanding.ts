import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** The connections of callers, and the requests whose answers are not out yet. */
export interface Outstanding {
  /** Watches a connection from its begin to its end. */
  readonly connect: (socket: Socket) => void;
  /** @param onEnd is called once, when the answer is out, or its connection is gone; never before `add` has returned */
  readonly add: (exchange: Exchange, onEnd: () => void) => void;
  readonly requests: () => readonly IncomingMessage[];
  /** Resolves when there are none. */
  readonly none: () => Promise<void>;
}

/** A request, and the answer to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** A request that is still being served. */
interface Entry extends Exchange {
  readonly end: () => void;
  /** Its index in the list; -1 once it has been taken out. */
  index: number;
}

/** A connection of a caller. */
interface CallerConnection {
  readonly socket: Socket;
  /** What is being served on it: a response that waits behind others does not tell when it closes. */
  readonly entries: Entry[];
  /** Its index in the list; -1 once it has been taken out. */
  index: number;
  /** Since when some of what it was sent has waited for the caller to read it, on the clock of `performance.now()`; null if nothing does. */
  unreadSince: number | null;
}

export interface OutstandingOptions {
  /** How long a caller may take to read what it is sent, in milliseconds; then its connection is closed. */
  readonly answerMs: number;
  /** Is told of a connection that is closed for that. @param requestId of the response, null if it was not the API's */
  readonly onUnread: (requestId: string | null) => void;
}

/** How often connections are looked at, in milliseconds: a timer for each response would cost every request. */
const LOOK_MS = 1_000;

/**
 * The lists are arrays on purpose: a Map or Set that things come to and go from at such a rate leaves tables behind,
 * which keep requests alive that have long been answered. That made the collector copy 1.9 MB each time in
 * place of 0.2, and cost every mutation 9 µs.
 */
export function createOutstanding({ answerMs, onUnread }: OutstandingOptions): Outstanding {
  const entries: Entry[] = [];
  const connections: CallerConnection[] = [];
  const bySocket = new WeakMap<Socket, CallerConnection>();
  let looking: NodeJS.Timeout | null = null;
  let waiting: (() => void)[] = [];

  const connect = (socket: Socket): CallerConnection => {
    const connection: CallerConnection = {
      socket,
      entries: [],
      index: connections.length,
      unreadSince: null,
    };
    connections.push(connection);
    bySocket.set(socket, connection);
    looking ??= setTimeout(look, LOOK_MS).unref();
    // One listener for all that is served on it.
    socket.once('close', () => {
      takeOut(connections, connection);
      for (const { end } of [...connection.entries]) end();
    });
    return connection;
  };

  /** A caller that does not read what it is sent keeps it in memory, and holds a connection, whether or not it calls the API. */
  const look = () => {
    const now = performance.now();
    for (const connection of [...connections]) {
      const { socket } = connection;
      if (socket.writableLength === 0) connection.unreadSince = null;
      else connection.unreadSince ??= now;
      if (connection.unreadSince === null || now - connection.unreadSince < answerMs) continue;
      takeOut(connections, connection);
      onUnread(connection.entries[0]?.requestId ?? null);
      socket.destroy();
    }
    looking = connections.length === 0 ? null : setTimeout(look, LOOK_MS).unref();
  };

  return {
    connect,
    add: ({ request, response, requestId }, onEnd) => {
      const { entries: ofConnection } = bySocket.get(request.socket) ?? connect(request.socket);
      let ended = false;
      const end = () => {
        if (ended) return;
        ended = true;
        takeOut(entries, entry);
        ofConnection.splice(ofConnection.indexOf(entry), 1);
        onEnd();
        if (entries.length > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      };
      const entry: Entry = { request, response, requestId, end, index: entries.length };
      entries.push(entry);
      ofConnection.push(entry);
      response.once('close', end);
    },
    requests: () => entries.map(({ request }) => request),
    none: () =>
      entries.length === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve);
          }),
  };
}

/** Takes something out of a list, in whose place the last one comes. */
function takeOut<Item extends { index: number }>(list: Item[], item: Item): void {
  if (item.index === -1) return;
  const last = list.pop();
  if (last !== undefined && last !== item) {
    list[item.index] = last;
    last.index = item.index;
  }
  item.index = -1;
}
