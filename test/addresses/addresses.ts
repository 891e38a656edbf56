/*
 * What a caller, or a document of an issuer, could name to make the gateway call something that is not public.
 */

/** Addresses that are not public, as they are written usually. */
export const REFUSED_ADDRESSES: readonly string[] = [
  // "This" network, private networks, and those of carriers.
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.254'],
  ...['192.168.0.1', '192.168.255.254', '100.64.0.1', '100.127.255.254'],
  // This machine.
  ...['127.0.0.1', '127.1.2.3', '127.255.255.254'],
  // Link-local, with the metadata of clouds there and elsewhere: AWS, its containers, Alibaba, Oracle, Azure.
  ...['169.254.0.1', '169.254.169.254', '169.254.170.2'],
  ...['100.100.100.200', '192.0.0.192', '168.63.129.16'],
  // Protocols, documentation, 6to4 relays, benchmarks, and special services.
  ...['192.0.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.1', '192.88.99.1'],
  ...['198.18.0.1', '198.19.255.254', '192.31.196.1', '192.52.193.1', '192.175.48.1'],
  // Multicast, reserved, broadcast.
  ...['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  // IPv6: unspecified, this machine, link-local, site-local, unique local, multicast.
  ...['::', '::1', 'fe80::1', 'fe80::a9fe:a9fe', 'fec0::1', 'fc00::1', 'fd00:ec2::254'],
  ...['ff02::1', 'ff0e::1'],
  // IPv4 addresses in IPv6 ones: mapped, compatible, translated, NAT64, 6to4, Teredo.
  ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe'],
  ...['::127.0.0.1', '::10.0.0.1', '::ffff:0:10.0.0.1', '::ffff:0:127.0.0.1'],
  ...['64:ff9b::127.0.0.1', '64:ff9b::10.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::10.0.0.1'],
  ...['2002:7f00:1::1', '2002:a00:1::1', '2002:a9fe:a9fe::1', '2001::1', '2001:0:a00:1::1'],
  // Discard, documentation, benchmarks, ORCHID, segment routing, and what is not allocated.
  ...['100::1', '2001:db8::1', '3fff::1', '2001:2::1', '2001:10::1', '2001:20::1', '5f00::1'],
  ...['4000::1', '8000::1'],
];

/** Hosts in a URL that are an address which is not public, in another notation. */
export const DISGUISED_HOSTS: readonly string[] = [
  // 127.0.0.1
  ...['2130706433', '0x7f000001', '0x7F.0x0.0x0.0x1', '0177.0.0.1', '017700000001', '127.1'],
  ...['127.0.1', '0x7f.1', '127.0.0.1.', '%31%32%37.0.0.1', '１２７.０.０.１', '①②⑦.⓪.⓪.①'],
  ...['127。0。0。1', '127.0.0.0x1', '127.0.0.01', '0', '0x0', '00000000000'],
  // 169.254.169.254
  ...['2852039166', '0xa9fea9fe', '169.16689662', '169.254.43518', '0251.0376.0251.0376'],
  ...['0xA9.0xFE.0xA9.0xFE', '169.254.169.254.'],
  // IPv6
  ...['[0:0:0:0:0:0:0:1]', '[0000:0000:0000:0000:0000:0000:0000:0001]', '[::FFFF:7F00:1]'],
  ...['[0:0:0:0:0:ffff:10.0.0.1]', '[::ffff:0x7f.1]', '[64:FF9B::A9FE:A9FE]'],
];

/** A public address, which stands for all of them. */
export const PUBLIC_V4 = '93.184.215.14';
export const PUBLIC_V6 = '2606:2800:21f:cb07::1';

/** Names with what they resolve to, none of which may be called. */
export const REFUSED_NAMES: Readonly<Record<string, readonly string[]>> = {
  'loopback.test': ['127.0.0.1'],
  'private.test': ['10.0.0.1'],
  'metadata.test': ['169.254.169.254'],
  'azure.test': ['168.63.129.16'],
  'zero.test': ['0.0.0.0'],
  'loopback6.test': ['::1'],
  'local6.test': ['fd00:ec2::254'],
  'mapped.test': ['::ffff:10.0.0.1'],
  'nat64.test': ['64:ff9b::10.0.0.1'],
  '6to4.test': ['2002:a00:1::1'],
  'one-of-two.test': [PUBLIC_V4, '10.0.0.1'],
  'other-of-two.test': ['10.0.0.1', PUBLIC_V4],
  'private-v6.test': [PUBLIC_V4, 'fd00::1'],
  'private-v4.test': [PUBLIC_V6, '10.0.0.1'],
  'mapped-beside.test': [PUBLIC_V4, PUBLIC_V6, '::ffff:127.0.0.1'],
  'last-of-many.test': [
    ...Array.from({ length: 9 }, (_, last) => `93.184.215.${last}`),
    '10.0.0.1',
  ],
  'xn--bcher-kva.test': ['10.0.0.1'],
  intranet: ['10.0.0.1'],
  'idp.corp.test.evil.test': ['10.0.0.1'],
  'evilcorp.test': ['10.0.0.1'],
  'corp.test': ['10.0.0.1'],
};

/** The same names as they might be written instead. */
export const DISGUISED_NAMES: readonly string[] = [
  'PRIVATE.test',
  'private.test.',
  'private%2Etest',
  'ｐｒｉｖａｔｅ.test',
  'private。test',
  'bücher.test',
  'BÜCHER.test',
  // Every system knows it.
  'localhost',
  'localhost.',
  'a.localhost',
];

/** Names without any address. */
export const UNKNOWN_NAMES: readonly string[] = ['unknown.test', 'internal.unknown.test'];
