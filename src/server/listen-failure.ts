/** What listens, and what says where. */
export interface Listener {
  /** E.g. `The gateway`. */
  readonly who: string;
  readonly host: string;
  readonly port: number;
  /** What its port comes from, e.g. `PORT`. */
  readonly variable: string;
  /** What starts it, e.g. `npm start`. */
  readonly command: string;
  /** A value of `PORT` to try. */
  readonly otherPort: number;
}

/** The code of why something cannot listen; null for another reason. */
export function listenFailureCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}

/** Why something cannot listen, and what to type instead. */
export function describeListenFailure(
  code: string,
  { who, host, port, variable, command, otherPort }: Listener,
): string {
  const { problem, advice } = reasonOf(code, { host, port, command, otherPort });
  return `Cannot listen (${code}): ${problem}. ${who} listens there (HOST, ${variable}): ${advice}`;
}

function reasonOf(
  code: string,
  { host, port, command, otherPort }: Pick<Listener, 'host' | 'port' | 'command' | 'otherPort'>,
): { readonly problem: string; readonly advice: string } {
  const setPort = (what: string) =>
    `set HOST or PORT to something that is ${what}, e.g. PORT=${otherPort} ${command}`;
  const setHost = `set HOST to an address of this machine, e.g. HOST=127.0.0.1 ${command}, or HOST=0.0.0.0 for all of them`;
  switch (code) {
    case 'EADDRINUSE':
      return {
        problem: `port ${port} on ${host} is in use by another program`,
        advice: setPort('free'),
      };
    case 'EACCES':
    case 'EPERM':
      return {
        problem: `this process has no permission to use port ${port} on ${host}, as is common below 1024`,
        advice: setPort('allowed'),
      };
    case 'ERR_SOCKET_BAD_PORT':
      return { problem: `there is no port ${port}`, advice: setPort('free') };
    case 'EADDRNOTAVAIL':
      return { problem: `${host} is not an address of this machine`, advice: setHost };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { problem: `${host} does not resolve to an address`, advice: setHost };
    default:
      return { problem: `port ${port} on ${host} cannot be used`, advice: setPort('free') };
  }
}

/** A port beside one that cannot be used, this far away. */
export function portBeside(port: number, distance = 1): number {
  if (port < 1024) return 4000;
  return port + 2 * distance <= 65_535 ? port + distance : port - 2 * distance;
}
