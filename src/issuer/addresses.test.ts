import { describe, expect, it } from 'vitest';
import { isPublicAddress } from './addresses.ts';

/* The whole table of addresses, with a listener on each, is in test/addresses/. */

describe('public addresses', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.0',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
  ])('%s is one', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '',
    'localhost',
    '8.8.8.8.8',
    '2606:4700::1111%eth0',
    '127.0.0.1',
    '::ffff:127.0.0.1',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
    '4000::1',
    '168.63.129.16',
  ])('%s is none', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});
