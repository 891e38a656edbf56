import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from './addresses.ts';

/** All addresses of a host name; empty if it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** A host name has no address, or one that is not public. Which of the two stays unsaid: callers must not learn about internal names. */
export class NotPublic extends Error {}

/**
 * Asks DNS directly. Not `dns.lookup`, which reads the hosts file and the search list of this machine, and blocks one of
 * four threads for as long as a slow server likes.
 */
export const resolveByDns: Resolve = async (host) => {
  const resolver = new Resolver({ timeout: 1_500, tries: 2 });
  const results = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
};

/**
 * The lookup of a connection: gives exactly the addresses that it checked, so that a name cannot change between the
 * check and the connection (DNS rebinding). One address that is not public refuses the name.
 */
export function publicLookup(resolve: Resolve): LookupFunction {
  return (host, { all }, callback) => {
    void resolve(host).then(
      (addresses) => {
        if (addresses.length === 0 || !addresses.every(isPublicAddress)) {
          callback(new NotPublic(), '');
          return;
        }
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        const [first] = found;
        if (all === true) callback(null, found);
        else if (first === undefined) callback(new NotPublic(), '');
        else callback(null, first.address, first.family);
      },
      () => {
        callback(new NotPublic(), '');
      },
    );
  };
}
