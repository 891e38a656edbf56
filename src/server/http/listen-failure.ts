/** A program that tried to listen, and where its address comes from. */
export interface Listener {
  /** E.g. `The gateway`. */
  readonly subject: string;
  readonly host: string;
  readonly port: number;
  /** The variable of its port, e.g. `PORT`. */
  readonly variable: string;
  /** The command that starts it, e.g. `npm start`. */
  readonly command: string;
  /** A value of `PORT` to try. */
  readonly otherPort: number;
  /** What the variables of its address begin with, before `HOST` and `PORT`. */
  readonly prefix?: string;
}

/** Why something cannot listen, and what to type instead. */
export function describeListenFailure(
  code: string,
  { subject, host, port, variable, command, otherPort, prefix = '' }: Listener,
): string {
  const { problem, advice } = reasonOf(code, { host, port, command, otherPort, prefix });
  return `Cannot listen (${code}): ${problem}. ${subject} is configured to listen there (${prefix}HOST, ${variable}). ${advice}`;
}

function reasonOf(
  code: string,
  { host, port, command, otherPort, prefix }: Required<Omit<Listener, 'subject' | 'variable'>>,
): { readonly problem: string; readonly advice: string } {
  const setPort = (what: string) =>
    `Set ${prefix}PORT to ${what}, e.g. ${prefix}PORT=${otherPort} ${command}`;
  const setHost = `Set ${prefix}HOST to an address of this machine, e.g. ${prefix}HOST=127.0.0.1 ${command}, or ${prefix}HOST=0.0.0.0 for all of them`;
  switch (code) {
    case 'EADDRINUSE':
      return {
        problem: `port ${port} on ${host} is in use by another program`,
        advice: setPort('a free port'),
      };
    case 'EACCES':
    case 'EPERM':
      return {
        problem: `this process has no permission to use port ${port} on ${host} (ports below 1024 are often restricted)`,
        advice: setPort('an allowed port'),
      };
    case 'ERR_SOCKET_BAD_PORT':
      return { problem: `${port} is not a valid port`, advice: setPort('a free port') };
    case 'EADDRNOTAVAIL':
      return { problem: `${host} is not an address of this machine`, advice: setHost };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { problem: `${host} does not resolve to an address`, advice: setHost };
    default:
      return { problem: `port ${port} on ${host} cannot be used`, advice: setPort('a free port') };
  }
}

/** A port near one that cannot be used, `distance` away. */
export function portNear(port: number, distance = 1): number {
  if (port < 1024) return 4000;
  return port + 2 * distance <= 65_535 ? port + distance : port - 2 * distance;
}
