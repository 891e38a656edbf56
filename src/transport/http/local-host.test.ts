import { describe, expect, it } from 'vitest';
import { namesThisMachine } from './local-host.ts';

const isTaken = (own: string, ...host: string[]) =>
  namesThisMachine({ headersDistinct: { host } }, own);

describe('a header Host', () => {
  it.each([
    'localhost',
    'localhost:4000',
    'LOCALHOST:1',
    'localhost.',
    'app.localhost:4000',
    '127.0.0.1',
    '127.0.0.1:4000',
    '127.9.8.7:4000',
    '[::1]',
    '[::1]:4000',
  ])('that names this machine is taken: %s', (host) => {
    expect(isTaken('127.0.0.1', host)).toBe(true);
  });

  it.each([
    'evil.example.com',
    'evil.example.com:4000',
    'localhost.evil.example.com',
    'notlocalhost',
    '127.0.0.1.evil.example.com',
    '127.0.0.1@evil.example.com',
    '192.168.0.7:4000',
    '10.0.0.1',
    '[::2]',
    '[fe80::1]:4000',
    '::1',
    '',
    ':4000',
    'localhost:4000:1',
    'localhost, evil.example.com',
    ' localhost',
    '[::1',
    '0.0.0.0:4000',
  ])('of another name is not: "%s"', (host) => {
    expect(isTaken('127.0.0.1', host)).toBe(false);
  });

  it('has to be there, and to be so each time that it is', () => {
    expect(isTaken('127.0.0.1')).toBe(false);
    expect(namesThisMachine({ headersDistinct: {} }, '127.0.0.1')).toBe(false);
    expect(isTaken('127.0.0.1', 'localhost', 'evil.example.com')).toBe(false);
    expect(isTaken('127.0.0.1', 'localhost', 'localhost')).toBe(true);
  });

  it('may be the address that the server listens on', () => {
    expect([
      isTaken('devbox', 'devbox:4000'),
      isTaken('devbox', 'DEVBOX'),
      isTaken('devbox', 'evil.example.com'),
      isTaken('192.168.0.7', '192.168.0.7:4000'),
      isTaken('fe80::1', '[fe80::1]:4000'),
    ]).toEqual([true, true, false, true, true]);
  });

  it.each(['0.0.0.0', '::'])(
    'may be any address, and no other name, if the server listens at all of them: %s',
    (own) => {
      expect([
        isTaken(own, '192.168.0.7:4000'),
        isTaken(own, '[fe80::1]:4000'),
        isTaken(own, 'localhost'),
        isTaken(own, 'evil.example.com'),
        isTaken(own, 'devbox:4000'),
      ]).toEqual([true, true, true, false, false]);
    },
  );
});
