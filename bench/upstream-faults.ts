import type { Socket } from 'node:net';

/** What may be wrong with an answer of the upstream. */
export const FAULT_KINDS = ['serverError', 'slow', 'truncated', 'reset', 'hang'] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** How often each fault happens, as a share of the requests; never where it is left out. */
export type FaultShares = Readonly<Partial<Record<FaultKind, number>>>;

/** How late a slow answer is, in milliseconds. */
const SLOW_MS = 500;

const PAGE = '<html>out of service</html>';
const SERVER_ERROR = `HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`;

/** Draws whether a request meets a fault. */
export function drawFault(shares: FaultShares): FaultKind | null {
  let draw = Math.random();
  for (const kind of FAULT_KINDS) {
    draw -= shares[kind] ?? 0;
    if (draw < 0) return kind;
  }
  return null;
}

/** Does something else than to answer. */
export function misbehave(kind: FaultKind, socket: Socket, answer: string): void {
  switch (kind) {
    case 'serverError':
      socket.write(SERVER_ERROR);
      break;
    case 'slow':
      setTimeout(() => socket.write(answer, 'latin1'), SLOW_MS);
      break;
    case 'truncated':
      socket.end(answer.slice(0, -20), 'latin1');
      break;
    case 'reset':
      socket.resetAndDestroy();
      break;
    case 'hang':
      // No answer at all: who asked has to give up.
      break;
  }
}
