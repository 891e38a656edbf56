import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isLoopback } from '../../domain/text/url.ts';

/** The response to a request that names another host. */
export const NOT_LOCAL =
  'This serves development on this machine alone: send requests to localhost, 127.0.0.1 or [::1], or set HOST to the name that you use. A page of another site that has its name lead here (DNS rebinding) must not get in.';

/** Addresses that stand for all interfaces. */
const EVERY_INTERFACE = new Set(['0.0.0.0', '::']);

/**
 * Whether every `Host` header of a request names this machine itself, or the name or address that the server listens on.
 * The owner of a site can make its name resolve to this machine (DNS rebinding); its page in a browser could then read
 * this machine's responses. Such a request still has the name of the site, never an address: if the server listens on
 * all addresses, any of them is accepted.
 * @param own the name or address that the server listens on
 */
export function namesThisMachine(
  { headersDistinct }: Pick<IncomingMessage, 'headersDistinct'>,
  own: string,
): boolean {
  const hosts = headersDistinct.host ?? [];
  return (
    hosts.length > 0 &&
    hosts.every((host) => {
      const [, bare] = /^(\[[^\]]+\]|[^:]+)(?::\d*)?$/.exec(host.toLowerCase()) ?? [];
      if (bare === undefined) return false;
      const name = bare.replace(/^\[|\]$/g, '');
      return (
        isLoopback(bare) ||
        name === own.toLowerCase() ||
        (EVERY_INTERFACE.has(own) && isIP(name) > 0)
      );
    })
  );
}
