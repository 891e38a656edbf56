import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { OpenCount } from '../../transport/waiting/open-count.ts';

/** The connections of callers, and the requests that are still being served. */
export interface OpenRequests {
  /** Watches a connection from its start to its end. */
  readonly connect: (socket: Socket) => void;
  /** @param onEnd is called once, when the response is out, or its connection is gone; never before `add` has returned */
  readonly add: (exchange: Exchange, onEnd: () => void) => void;
  readonly requests: () => readonly IncomingMessage[];
  readonly count: () => number;
  /** Resolves when there are none. */
  readonly idle: () => Promise<void>;
}

/** A request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** A request that is still being served. */
interface Entry extends Exchange {
  readonly end: () => void;
  /** Its index in the list; -1 once it has been removed. */
  index: number;
}

/** A connection of a caller. */
interface CallerConnection {
  readonly socket: Socket;
  /** The requests on it that are still being served: a response that waits behind others does not say when it closes. */
  readonly entries: Entry[];
  /** Its index in the list; -1 once it has been removed. */
  index: number;
  /** Since when data has waited for the caller to read it, on the clock of `performance.now()`; null if none does. */
  unreadSince: number | null;
}

export interface OpenRequestsOptions {
  /** How long a caller may take to read what it is sent, in milliseconds. Then its connection is closed. */
  readonly readMs: number;
  /** Called when a connection is closed for that reason. @param requestId of the response, null if it was not the API's */
  readonly onUnread: (requestId: string | null) => void;
}

/** How often connections are checked, in milliseconds: a timer for each response would cost every request. */
const CHECK_MS = 1_000;

/**
 * The lists are arrays on purpose: a Map or Set that changes at such a rate leaves tables behind, which keep finished
 * requests alive. The garbage collector then copied 1.9 MB each time instead of 0.2, which cost every mutation 9 µs.
 */
export function createOpenRequests({ readMs, onUnread }: OpenRequestsOptions): OpenRequests {
  const entries: Entry[] = [];
  const connections: CallerConnection[] = [];
  const bySocket = new WeakMap<Socket, CallerConnection>();
  let checking: NodeJS.Timeout | null = null;
  const open = new OpenCount();

  const connect = (socket: Socket): CallerConnection => {
    const connection: CallerConnection = {
      socket,
      entries: [],
      index: connections.length,
      unreadSince: null,
    };
    connections.push(connection);
    bySocket.set(socket, connection);
    checking ??= setTimeout(check, CHECK_MS).unref();
    // One listener for all requests on the connection.
    socket.once('close', () => {
      remove(connections, connection);
      for (const { end } of [...connection.entries]) end();
    });
    return connection;
  };

  /** A caller that stops reading keeps what it was sent in memory, and its connection, even if it does not call the API. */
  const check = () => {
    const now = performance.now();
    for (const connection of [...connections]) {
      const { socket } = connection;
      if (socket.writableLength === 0) connection.unreadSince = null;
      else connection.unreadSince ??= now;
      if (connection.unreadSince === null || now - connection.unreadSince < readMs) continue;
      remove(connections, connection);
      onUnread(connection.entries[0]?.requestId ?? null);
      socket.destroy();
    }
    checking = connections.length === 0 ? null : setTimeout(check, CHECK_MS).unref();
  };

  return {
    connect,
    add: ({ request, response, requestId }, onEnd) => {
      const { entries: ofConnection } = bySocket.get(request.socket) ?? connect(request.socket);
      let ended = false;
      const end = () => {
        if (ended) return;
        ended = true;
        remove(entries, entry);
        ofConnection.splice(ofConnection.indexOf(entry), 1);
        onEnd();
        open.end();
      };
      const entry: Entry = { request, response, requestId, end, index: entries.length };
      open.begin();
      entries.push(entry);
      ofConnection.push(entry);
      response.once('close', end);
    },
    requests: () => entries.map(({ request }) => request),
    count: () => open.count,
    idle: () => open.idle(),
  };
}

/** Removes an item from a list. The last one takes its place. */
function remove<Item extends { index: number }>(list: Item[], item: Item): void {
  if (item.index === -1) return;
  const last = list.pop();
  if (last !== undefined && last !== item) {
    list[item.index] = last;
    last.index = item.index;
  }
  item.index = -1;
}
