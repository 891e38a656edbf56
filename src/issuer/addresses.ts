import ipaddr from 'ipaddr.js';

/** Public addresses at which a cloud serves only its own machines: Azure's virtual public address (WireServer). */
const CLOUD_INTERNAL: ReadonlySet<string> = new Set(['168.63.129.16']);

/**
 * Whether an IP address is public unicast: not loopback, private, link-local, multicast or reserved. An IPv4-mapped
 * address counts as its IPv4 address. NAT64, 6to4 and Teredo addresses are refused: something on the way may turn them
 * into a private one.
 * @param address without brackets
 */
export function isPublicAddress(address: string): boolean {
  // A zone names an interface of this machine.
  if (!ipaddr.isValid(address) || address.includes('%')) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast' || CLOUD_INTERNAL.has(parsed.toString())) return false;
  // IANA has allocated only 2000::/3 to global unicast.
  return parsed instanceof ipaddr.IPv4 || (parsed.parts[0] ?? 0) >> 13 === 1;
}
