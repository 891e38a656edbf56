import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The requests whose answers are not out yet. */
export interface Outstanding {
  /** @param onEnd is called once, when the answer is out, or its connection is gone; never before `add` has returned */
  readonly add: (request: IncomingMessage, response: ServerResponse, onEnd: () => void) => void;
  readonly requests: () => Iterable<IncomingMessage>;
  /** Resolves when there are none. */
  readonly none: () => Promise<void>;
}

export function createOutstanding(): Outstanding {
  const requests = new Map<() => void, IncomingMessage>();
  /** What ends with each connection: a response that waits behind others on it does not tell when it closes. One listener for all of them. */
  const bySocket = new WeakMap<Socket, Set<() => void>>();
  let waiting: (() => void)[] = [];

  const onSocket = (socket: Socket): Set<() => void> => {
    const known = bySocket.get(socket);
    if (known !== undefined) return known;
    const ends = new Set<() => void>();
    bySocket.set(socket, ends);
    socket.once('close', () => { for (const end of ends) end(); });
    return ends;
  };

  return {
    add: (request, response, onEnd) => {
      const ends = onSocket(request.socket);
      const end = () => {
        if (!requests.delete(end)) return;
        ends.delete(end);
        onEnd();
        if (requests.size > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      };
      requests.set(end, request);
      ends.add(end);
      response.once('close', end);
    },
    requests: () => requests.values(),
    none: () => (requests.size === 0 ? Promise.resolve() : new Promise((resolve) => { waiting.push(resolve); })),
  };
}
