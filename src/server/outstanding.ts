import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** The requests whose answers are not out yet. */
export interface Outstanding {
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
  /** Where it stands in the list. */
  index: number;
  /** Since when some of the answer has waited for the caller to read it, on the clock of `performance.now()`; null where none does. */
  unreadSince: number | null;
}

export interface OutstandingOptions {
  /** How long a caller may take to read an answer, in milliseconds; then its connection is closed. */
  readonly answerMs: number;
  readonly onUnread: (requestId: string) => void;
}

/** How often answers are looked at that are not out, in milliseconds: a timer for each would cost every request. */
const LOOK_MS = 1_000;

/**
 * The list is an array on purpose: a Map or Set that things come to and go from at such a rate leaves tables behind,
 * which keep requests alive that have long been answered. That made the collector copy 1.9 MB each time in
 * place of 0.2, and cost every mutation 9 µs.
 */
export function createOutstanding({ answerMs, onUnread }: OutstandingOptions): Outstanding {
  const entries: Entry[] = [];
  let looking: NodeJS.Timeout | null = null;
  /** What ends with each connection: a response that waits behind others on it does not tell when it closes. One listener for all of them. */
  const bySocket = new WeakMap<Socket, Entry[]>();
  let waiting: (() => void)[] = [];

  const onSocket = (socket: Socket): Entry[] => {
    const known = bySocket.get(socket);
    if (known !== undefined) return known;
    const ofSocket: Entry[] = [];
    bySocket.set(socket, ofSocket);
    socket.once('close', () => { for (const { end } of [...ofSocket]) end(); });
    return ofSocket;
  };

  const remove = (entry: Entry, ofSocket: Entry[]) => {
    const last = entries.pop();
    if (last !== undefined && last !== entry) {
      entries[entry.index] = last;
      last.index = entry.index;
    }
    ofSocket.splice(ofSocket.indexOf(entry), 1);
  };

  /** Whoever does not read an answer holds a place, and the answer in memory. */
  const look = () => {
    const now = performance.now();
    for (const entry of [...entries]) {
      const { response, requestId } = entry;
      const { socket } = response;
      // One that waits behind others on its connection has no socket yet.
      if (socket === null || socket.writableLength === 0) entry.unreadSince = null;
      else entry.unreadSince ??= now;
      if (entry.unreadSince === null || now - entry.unreadSince < answerMs) continue;
      onUnread(requestId);
      socket?.destroy();
    }
    looking = entries.length === 0 ? null : setTimeout(look, LOOK_MS).unref();
  };

  return {
    add: ({ request, response, requestId }, onEnd) => {
      looking ??= setTimeout(look, LOOK_MS).unref();
      const ofSocket = onSocket(request.socket);
      let ended = false;
      const end = () => {
        if (ended) return;
        ended = true;
        remove(entry, ofSocket);
        onEnd();
        if (entries.length > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      };
      const entry: Entry = { request, response, requestId, end, index: entries.length, unreadSince: null };
      entries.push(entry);
      ofSocket.push(entry);
      response.once('close', end);
    },
    requests: () => entries.map(({ request }) => request),
    none: () => (entries.length === 0 ? Promise.resolve() : new Promise((resolve) => { waiting.push(resolve); })),
  };
}
