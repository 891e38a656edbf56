import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import type { Jwk } from '../../src/domain/keys/key-material.ts';
import { knownKey } from '../../src/domain/keys/rotation/known-key.ts';
import type { IssuerKey } from '../../src/domain/sign-in/issuer.ts';

/** A public RSA key that differs for each name: an odd modulus of 2,048 bits. */
export function rsaKey(name: string, members: Jwk = {}): Jwk {
  const blocks = Array.from({ length: 8 }, (_, index) =>
    createHash('sha256').update(`${name} ${index}`).digest(),
  );
  const modulus = Buffer.concat(blocks);
  modulus[0] = 0xc0;
  modulus[255] = 1;
  return {
    kty: 'RSA',
    use: 'sig',
    alg: 'RS256',
    kid: name,
    e: 'AQAB',
    n: modulus.toString('base64url'),
    ...members,
  };
}

/** Keys as an issuer publishes them that signs with RS256 and ES256. */
export function published(...keys: readonly Jwk[]): readonly IssuerKey[] {
  return keys.map((key) => knownKey(key, ['RS256', 'ES256']));
}

/** A stored text with these keys. */
export function storedText(...keys: readonly Jwk[]): string {
  return JSON.stringify({ keys });
}

/** Keys with names that collide, and descriptions that vary. */
export const anyKey: fc.Arbitrary<Jwk> = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    kid: fc.constantFrom('a', 'b', 'x', undefined, '"\\\u{1F511}'),
    alg: fc.constantFrom('RS256', 'RS512', undefined),
    use: fc.constantFrom('sig', 'enc', undefined),
    extra: fc.constantFrom({}, { x5c: ['MIIB'] }, { d: 'AAAA' }, { P: 'x' }, { k: 'secret' }),
    kty: fc.constantFrom('RSA', 'RSA', 'RSA', 'oct', 'AKP'),
  })
  .map(({ name, kid, alg, use, extra, kty }) => {
    const members = Object.entries({ ...rsaKey(name), kid, alg, use, kty, ...extra });
    return Object.fromEntries(members.filter(([, value]) => value !== undefined));
  });
