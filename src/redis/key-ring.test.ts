import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../domain/scrub/secret.ts';
import { createKeyRing } from './key-ring.ts';

const newKey = () => new Secret(randomBytes(32).toString('base64'));
const [one, two] = [newKey(), newKey()];
const ring = createKeyRing(one, null);

describe('a sealed text', () => {
  it('is opened with the same key, or a ring that has it', () => {
    const sealed = ring.seal('tëxt', 'key');
    for (const other of [ring, createKeyRing(two, one)])
      expect(other.open(sealed, 'key')).toBe('tëxt');
    expect(ring.seal('tëxt', 'key')).not.toBe(sealed);
  });

  it.each([
    ['with another key', createKeyRing(two, null), (sealed: string) => sealed, 'key'],
    ['as another one', ring, (sealed: string) => sealed, 'other'],
    ['if it was changed', ring, (sealed: string) => `${sealed.slice(0, -4)}AAAA`, 'key'],
    ['if it was cut', ring, (sealed: string) => sealed.slice(0, 8), 'key'],
    ['if it is none', ring, () => 'no base64!', 'key'],
  ])('is not opened %s', (_what, opener, change, about) => {
    expect(opener.open(change(ring.seal('a longer text', 'key')), about)).toBeNull();
  });
});

describe('digests', () => {
  it('depend on the key, the purpose and the text, that of the current key first', () => {
    const [ofOne] = ring.digestsOf('purpose', 'text');
    expect(createKeyRing(two, one).digestsOf('purpose', 'text')[1]).toBe(ofOne);
    expect(createKeyRing(one, two).digestsOf('purpose', 'text')[0]).toBe(ofOne);
    const others = [
      createKeyRing(two, null).digestsOf('purpose', 'text'),
      ring.digestsOf('other', 'text'),
      ring.digestsOf('purpose', 'other'),
    ];
    expect(new Set([ofOne, ...others.flat()]).size).toBe(4);
  });
});
