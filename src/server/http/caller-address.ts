/** How many groups of an IPv6 address identify a network, as one customer gets it (RFC 6177, RFC 4291 section 2.5.1). */
const NETWORK_GROUPS = 4;

/**
 * Identifies a caller who does not authenticate: the address, or the first 64 bits of an IPv6 address, because one
 * customer usually has all addresses that start with them.
 * @param address as `node:net` gives it
 */
export function callerAddress(address: string): string {
  if (!address.includes(':')) return address;
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  const [begin = [], end = []] = address
    .replace(/%.*/, '')
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const absent = Array.from({ length: Math.max(0, 8 - begin.length - end.length) }, () => '0');
  return `${[...begin, ...absent, ...end].slice(0, NETWORK_GROUPS).join(':')}::/64`;
}
