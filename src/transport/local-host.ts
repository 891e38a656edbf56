import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isLoopback } from '../domain/primitives.ts';

/** What is told to a request that names another host. */
export const NOT_LOCAL = 'This serves development on this machine alone: send requests to localhost, 127.0.0.1 or [::1], or set HOST to the name that you use. A page of another site that has its name lead here (DNS rebinding) must not get in.';

/** Addresses of all interfaces, which are no names of one. */
const EVERY_INTERFACE = new Set(['0.0.0.0', '::']);

/**
 * Whether every header `Host` of a request names this machine itself, or where the server was told to listen. Pages in a
 * browser can have a name of their own lead to this machine, and then read what it responds; their requests still have
 * that name. So an address is none of theirs, and does where the server was told to listen at every one.
 * @param own the name or address where the server listens
 */
export function namesThisMachine({ headersDistinct }: Pick<IncomingMessage, 'headersDistinct'>, own: string): boolean {
  const hosts = headersDistinct.host ?? [];
  return hosts.length > 0 && hosts.every((host) => {
    const [, bare] = /^(\[[^\]]+\]|[^:]+)(?::\d*)?$/.exec(host.toLowerCase()) ?? [];
    if (bare === undefined) return false;
    const name = bare.replace(/^\[|\]$/g, '');
    return isLoopback(bare) || name === own.toLowerCase() || (EVERY_INTERFACE.has(own) && isIP(name) > 0);
  });
}
