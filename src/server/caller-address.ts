/** Groups of an IPv6 address that name a network: what one customer gets (RFC 6177, RFC 4291 section 2.5.1). */
const NETWORK_GROUPS = 4;

/**
 * What callers are told apart by where they do not authenticate: the address, of IPv6 its first 64 bits, since whoever has
 * one address there mostly has all that begin so.
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
