import { describe, expect, it } from 'vitest';
import { StaleError } from './errors.ts';
import { fingerprintOf, isUnchanged, requireFresh } from './fingerprint.ts';
import type { Snapshot } from './fingerprint.ts';
import type { Json } from './json/json.ts';
import { Secret } from './scrub/secret.ts';

describe('a fingerprint', () => {
  it('is the SHA-256 of the canonical JSON', () => {
    // printf '{"a":[1,2],"b":null}' | sha256sum
    expect(fingerprintOf({ b: null, a: [1, 2] })).toBe(
      'f25109c4111335e4a32d49373585e7a788ff5b10e70023f7004b170e7f84716a',
    );
  });

  it('does not depend on the order of members, at any depth', () => {
    expect(fingerprintOf({ a: { x: 1, y: 2 }, b: '' })).toBe(
      fingerprintOf({ b: '', a: { y: 2, x: 1 } }),
    );
  });

  it('depends on the order of a list, on types and on names', () => {
    const all = [{ a: [1, 2] }, { a: [2, 1] }, { a: ['1', 2] }, { b: [1, 2] }, { a: null }, {}].map(
      fingerprintOf,
    );
    expect(new Set(all).size).toBe(all.length);
  });
});

const note = (content: Json, secret: string | null = null): Snapshot => ({
  title: 'The note',
  content,
  secret: secret === null ? null : new Secret(secret),
});

describe('the comparison with what the caller last saw', () => {
  const stored = note({ a: 1 });
  const fingerprint = fingerprintOf({ a: 1 });

  it('passes if they are the same', () => {
    expect(() => {
      requireFresh(fingerprint, stored);
    }).not.toThrow();
  });

  it('refuses with the current one if they differ', () => {
    const refusing = () => {
      requireFresh(fingerprintOf({ a: 2 }), stored);
    };
    expect(refusing).toThrow(StaleError);
    expect(refusing).toThrow(/^The note .*Nothing was written/);
    expect(refusing).toThrow(expect.objectContaining({ currentFingerprint: fingerprint }) as Error);
  });

  it.each([null, undefined])('passes if %s is expected', (expected) => {
    expect(() => {
      requireFresh(expected, stored);
    }).not.toThrow();
  });
});

describe('an object', () => {
  it.each<[string, Snapshot, Snapshot, boolean]>([
    [
      'is unchanged in another order of members',
      note({ a: 1, b: [1] }, 's'),
      note({ b: [1], a: 1 }, 's'),
      true,
    ],
    ['is changed with its content', note({ a: 1 }), note({ a: 2 }), false],
    ['is changed with its secret alone', note({ a: 1 }, 's'), note({ a: 1 }, 't'), false],
    ['is changed if its secret is gone', note({ a: 1 }, 's'), note({ a: 1 }), false],
  ])('%s', (_what, before, now, expected) => {
    expect(isUnchanged(before, now)).toBe(expected);
  });
});
