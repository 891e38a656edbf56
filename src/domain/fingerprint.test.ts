import { describe, expect, it } from 'vitest';
import { StaleError } from './errors.ts';
import { fingerprintOf, requireFresh } from './fingerprint.ts';

describe('a fingerprint', () => {
  it('is the SHA-256 of the canonical JSON', () => {
    // printf '{"a":[1,2],"b":null}' | sha256sum
    expect(fingerprintOf({ b: null, a: [1, 2] })).toBe('f25109c4111335e4a32d49373585e7a788ff5b10e70023f7004b170e7f84716a');
  });

  it('does not depend on the order of members, at any depth', () => {
    expect(fingerprintOf({ a: { x: 1, y: 2 }, b: '' })).toBe(fingerprintOf({ b: '', a: { y: 2, x: 1 } }));
  });

  it('depends on the order of a list, on types and on names', () => {
    const all = [{ a: [1, 2] }, { a: [2, 1] }, { a: ['1', 2] }, { b: [1, 2] }, { a: null }, {}].map(fingerprintOf);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('the comparison with what the caller last saw', () => {
  const stored = { a: 1 };
  const fingerprint = fingerprintOf(stored);
  const read = () => Promise.resolve(stored);

  it('passes where they are the same', async () => {
    await expect(requireFresh(fingerprint, 'The note', read)).resolves.toBeUndefined();
  });

  it('refuses with the current one where they differ', async () => {
    const refused = requireFresh(fingerprintOf({ a: 2 }), 'The note', read);
    await expect(refused).rejects.toBeInstanceOf(StaleError);
    await expect(refused).rejects.toMatchObject({ currentFingerprint: fingerprint, message: expect.stringMatching(/^The note .*Nothing was written/) as unknown });
  });

  it.each([null, undefined])('reads nothing where %s is expected', async (expected) => {
    await requireFresh(expected, 'The note', () => Promise.reject(new Error('was read')));
  });
});
