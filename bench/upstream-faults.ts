import type { Socket } from 'node:net';

/** Faults of the upstream's responses. */
export const FAULT_KINDS = ['serverError', 'slow', 'truncated', 'reset', 'hang'] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** How often each fault happens, as a share of the requests; never if it is omitted. */
export type FaultShares = Readonly<Partial<Record<FaultKind, number>>>;

/** How late a slow response is, in milliseconds. */
const SLOW_MS = 500;

const PAGE = '<html>out of service</html>';
const SERVER_ERROR = `HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`;

/** Chooses at random whether a request meets a fault. */
export function drawFault(shares: FaultShares): FaultKind | null {
  let draw = Math.random();
  for (const kind of FAULT_KINDS) {
    draw -= shares[kind] ?? 0;
    if (draw < 0) return kind;
  }
  return null;
}

/** Misbehaves instead of sending the response. */
export function misbehave(kind: FaultKind, socket: Socket, response: string): void {
  switch (kind) {
    case 'serverError':
      socket.write(SERVER_ERROR);
      break;
    case 'slow':
      setTimeout(() => socket.write(response, 'latin1'), SLOW_MS);
      break;
    case 'truncated':
      socket.end(response.slice(0, -20), 'latin1');
      break;
    case 'reset':
      socket.resetAndDestroy();
      break;
    case 'hang':
      // No response at all: the caller has to give up.
      break;
  }
}
