import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  hasPrivateKey,
  holdsPrivateKey,
  isPrivateMember,
  privatePaths,
  withoutPrivateKey,
} from './private-key.ts';

const der = (key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'sec1' | 'spki'): Buffer =>
  key.export({ type, format: 'der' } as never) as never;
const pem = (key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'sec1'): string =>
  String(key.export({ type, format: 'pem' } as never));

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 });
const ENCRYPTED: string = rsa.privateKey
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
  .toString();

const PRIVATE: readonly (readonly [string, Buffer])[] = [
  ['RSA in PKCS#1', der(rsa.privateKey, 'pkcs1')],
  ['RSA in PKCS#8', der(rsa.privateKey, 'pkcs8')],
  ['EC in SEC 1', der(ec.privateKey, 'sec1')],
  ['EC in PKCS#8', der(ec.privateKey, 'pkcs8')],
  ['Ed25519 in PKCS#8', der(ed.privateKey, 'pkcs8')],
  ['DSA in PKCS#8', der(dsa.privateKey, 'pkcs8')],
  ['an encrypted one', Buffer.from(ENCRYPTED.replaceAll(/-----.*-----|\s/g, ''), 'base64')],
];
const PUBLIC: readonly (readonly [string, Buffer])[] = [
  ['RSA in PKCS#1', der(rsa.publicKey, 'pkcs1')],
  ['RSA in SPKI', der(rsa.publicKey, 'spki')],
  ['EC in SPKI', der(ec.publicKey, 'spki')],
  ['Ed25519 in SPKI', der(ed.publicKey, 'spki')],
  ['DSA in SPKI', der(dsa.publicKey, 'spki')],
];
/** Ways to write bytes as text. */
const WRITTEN: readonly ((bytes: Buffer) => string)[] = [
  (bytes) => bytes.toString('base64'),
  (bytes) => bytes.toString('base64url'),
  (bytes) => bytes.toString('hex'),
  (bytes) => bytes.toString('hex').toUpperCase(),
  (bytes) => bytes.toString('base64').replaceAll(/(.{64})/g, '$1\n'),
  (bytes) => bytes.toString('base64').replaceAll(/(.{64})/g, String.raw`$1\n`),
  (bytes) => `the key: ${bytes.toString('base64')} (secret)`,
  (bytes) => `data:application/pkcs8;base64,${bytes.toString('base64')}`,
  (bytes) => encodeURIComponent(`key: ${bytes.toString('base64')}`),
  (bytes) => `MAC of the key ${bytes.toString('base64')}`,
  (bytes) => `code ${bytes.toString('hex')}`,
  (bytes) => `0x${bytes.toString('hex')}`,
  (bytes) => bytes.toString('hex').replaceAll(/(..)(?!$)/g, '$1:'),
  (bytes) => bytes.toString('hex').replaceAll(/(..)(?!$)/g, '0x$1, '),
  (bytes) => bytes.toString('hex').replaceAll(/(..)(?!$)/g, '$1 '),
];
const RSA = rsa.publicKey.export({ format: 'jwk' });

describe('holdsPrivateKey', () => {
  it.each(PRIVATE)('finds DER: %s', (_what, bytes) => {
    expect(WRITTEN.map((write) => holdsPrivateKey(write(bytes)))).toEqual(WRITTEN.map(() => true));
  });

  it.each(PUBLIC)('finds nothing in what is public: %s', (_what, bytes) => {
    expect(WRITTEN.map((write) => holdsPrivateKey(write(bytes)))).toEqual(WRITTEN.map(() => false));
  });

  it.each([
    'PRIVATE KEY',
    'RSA PRIVATE KEY',
    'EC PRIVATE KEY',
    'DSA PRIVATE KEY',
    'OPENSSH PRIVATE KEY',
    'ENCRYPTED PRIVATE KEY',
    'PGP PRIVATE KEY BLOCK',
    'ANY PRIVATE KEY',
    'NEW 2 PRIVATE KEY',
  ])('finds PEM: %s', (label) => {
    for (const text of [
      `-----BEGIN ${label}-----`,
      ` x\n-----BEGIN ${label}-----\nMIIB`,
      `-----begin ${label.toLowerCase()}-----`,
      encodeURIComponent(`-----BEGIN ${label}-----`),
      `---- BEGIN ${label} ----`,
      Buffer.from(`-----BEGIN ${label}-----\nMIIB`).toString('base64'),
    ]) {
      expect([text, holdsPrivateKey(text)]).toEqual([text, true]);
    }
  });

  it.each<[string, string]>([
    ['a key as JSON', JSON.stringify(ec.privateKey.export({ format: 'jwk' }))],
    ['a symmetric key', '{"kty":"oct","k":"c2VjcmV0"}'],
    [
      'a key as JSON in JSON',
      JSON.stringify(JSON.stringify(rsa.privateKey.export({ format: 'jwk' }))),
    ],
    ['a key with spaces', '{ "kty" : "AKP", "priv" : "AAAA" }'],
    ['a key as in JavaScript', "{kty: 'EC', crv: 'P-256', d: 'AAAA'}"],
    ['more primes', '{"kty":"RSA","oth":[{"r":"AQAB"}]}'],
    ['a key among words', `We sign with {"kty":"oct","k":"c2VjcmV0"} from now on`],
    ['a key in base64', Buffer.from('{"kty":"oct","k":"c2VjcmV0"}').toString('base64url')],
    [
      'a key in base64 among words',
      `eye of the key ${Buffer.from('{"kty":"oct","k":"c2VjcmV0"}').toString('base64')}`,
    ],
    [
      'a list of keys in base64',
      Buffer.from('[ {"kty":"oct","k":"c2VjcmV0"} ]').toString('base64'),
    ],
    ['a key that is percent-encoded', encodeURIComponent('{"kty":"oct","k":"c2VjcmV0"}')],
    ['a key as in YAML', 'kty: EC\ncrv: P-256\nd: jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI'],
    [
      'a key in XML',
      '<RSAKeyValue><Modulus>xA7S</Modulus><Exponent>AQAB</Exponent><P>/8eU</P></RSAKeyValue>',
    ],
    [
      'PKCS#12 of open length',
      Buffer.from('3080020103308006092a864886f70d010701a080248004', 'hex').toString('base64'),
    ],
    [
      'PEM in base64 among words',
      `the key ${Buffer.from(pem(ec.privateKey, 'sec1')).toString('base64')}`,
    ],
    ['PuTTY', 'PuTTY-User-Key-File-3: ssh-rsa'],
    [
      'OpenSSH without its lines',
      Buffer.from('openssh-key-v1\0\0\0\0\u0004none\0\0').toString('base64'),
    ],
    ['a PEM key of each form', pem(ec.privateKey, 'sec1') + pem(rsa.privateKey, 'pkcs8')],
  ])('finds %s', (_what, text) => {
    expect(holdsPrivateKey(text)).toBe(true);
  });

  it.each([
    'd',
    'kid: d',
    '-----BEGIN CERTIFICATE-----\nMIIB',
    '-----BEGIN PUBLIC KEY-----\nMIIB',
    'Do not begin to rotate the PRIVATE KEY today',
    'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA',
    JSON.stringify(RSA),
    JSON.stringify({ ...RSA, d: null, p: '', oth: [] }),
    'https://login.example.com/MIIE/authorize?kty=RSA',
    '["admin","manager"]',
    '6B5A5F1E-0000-4000-8000-1F6C3E2D4B5A',
    'M'.repeat(500),
    'https://login.example.com/a%20b?kty=RSA&d=1',
    '<RSAKeyValue><Modulus>xA7S</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>',
    'kty: RSA, p: 1',
    '30'.repeat(500),
  ])('finds nothing in %s', (text) => {
    expect(holdsPrivateKey(text)).toBe(false);
  });

  it('takes time that grows with the text alone', () => {
    // Each of these begins what a pattern looks for, over and over: a pattern that went back would take minutes.
    for (const part of [
      '-BEGIN ',
      'kty d:',
      'M',
      'MA ',
      'MAAAAAAAAAAAAAAAAA.',
      '30',
      '30303030.',
      '30 82 ',
      '0x30, 0x82',
      'MIIA ',
      'ey',
      'eyJh ',
      'LS0t ',
      '%4D',
      '<RSAKeyValue><D> ',
      '-BEGIN'.padEnd(60, 'A'),
      '\\n',
      ' ',
      '"d":"',
      'kty"d"\\\\\\:',
    ])
      holdsPrivateKey(`kty${part.repeat(1_000_000 / part.length)}`);
  });
});

describe('isPrivateMember', () => {
  it.each([
    'd',
    'p',
    'q',
    'dp',
    'dq',
    'qi',
    'oth',
    'k',
    'priv',
    'D',
    'P',
    'Priv',
    'OTH',
    'dQ',
    '\u212A',
    'ｄ',
    ' d',
    'd\u200B',
    'ᵈ',
  ])('%j', (name) => {
    expect(isPrivateMember(name)).toBe(true);
  });

  it.each([
    'kid',
    'kty',
    'key_ops',
    'dd',
    'n',
    'e',
    'x',
    'y',
    'private',
    'pub',
    'x5c',
    '',
    'd d',
    'd'.repeat(100),
  ])('not %j', (name) => {
    expect(isPrivateMember(name)).toBe(false);
  });
});

describe('privatePaths', () => {
  const pathsOf = (value: unknown) => [...privatePaths(value)].map((path) => path.join('.'));

  it.each<[string, unknown, string[]]>([
    [
      'nothing',
      {
        keys: [{ ...RSA, kid: 'd', x5c: [der(rsa.publicKey, 'spki').toString('base64')] }],
        issuer: 'https://a.example',
      },
      [],
    ],
    ['members that are empty', { keys: [{ ...RSA, d: null, p: '', oth: [], K: null }] }, []],
    ['members beside the keys', { keys: [], D: 'x' }, ['D']],
    ['members of keys', { keys: [RSA, { kty: 'AKP', priv: 'x' }] }, ['keys.1.priv']],
    [
      'members that are no text',
      { keys: [{ d: 0, p: false, q: {}, k: [null] }] },
      ['keys.0.d', 'keys.0.p', 'keys.0.q', 'keys.0.k'],
    ],
    ['members further in', { keys: [{ x: { y: [{ d: 'x' }] } }] }, ['keys.0.x.y.0.d']],
    ['PEM in a list', { keys: [{ x5c: ['MIIB', pem(ec.privateKey, 'sec1')] }] }, ['keys.0.x5c.1']],
    ['PEM as a name', { keys: [{ [pem(ec.privateKey, 'sec1')]: 1 }] }, ['keys.0']],
    ['JSON in a text', { keys: [{ jwk: '{"d":"x"}' }] }, ['keys.0.jwk']],
    ['JSON in JSON in a text', { keys: [{ jwk: JSON.stringify('[{"d":"x"}]') }] }, ['keys.0.jwk']],
    ['a name that may be a secret', { keys: [{ ['x'.repeat(40)]: { d: 'x' } }] }, ['keys.0.d']],
  ])('%s', (_what, value, paths) => {
    expect(pathsOf(value)).toEqual(paths);
  });

  it('bears any depth', () => {
    expect(pathsOf(JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`))).toEqual([]);
    expect(pathsOf('['.repeat(20_000))).toEqual([]);
  });
});

describe('withoutPrivateKey', () => {
  it.each<[string, string, string]>([
    [
      'a private member',
      '{"keys":[{"kty":"EC","x":"a","d":"secret"}]}',
      '{"keys":[{"kty":"EC","x":"a"}]}',
    ],
    [
      'PEM in a list',
      JSON.stringify({ keys: [{ a: [pem(ec.privateKey, 'sec1'), 'b'] }] }),
      '{"keys":[{"a":["[redacted]","b"]}]}',
    ],
    ['PEM', pem(ec.privateKey, 'sec1'), '[redacted]'],
    ['JSON in a text', JSON.stringify({ a: '{"d":"secret"}' }), '{"a":"[redacted]"}'],
  ])('takes out %s', (_what, stored, shown) => {
    expect([hasPrivateKey(stored), withoutPrivateKey(stored)]).toEqual([true, shown]);
    expect(hasPrivateKey(shown)).toBe(false);
  });

  it.each([
    '',
    'example',
    '{ "keys": [ ] }',
    '{"keys":[{"d":null}]}',
    `\uFEFF${JSON.stringify({ keys: [RSA] }, null, 2)}`,
  ])('leaves %j unchanged', (stored) => {
    expect(withoutPrivateKey(stored)).toBe(stored);
  });
});
