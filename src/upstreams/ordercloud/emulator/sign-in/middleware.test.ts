import { describe, expect, it } from 'vitest';
import vectors from '../../../../../test/vectors/sign-in.json' with { type: 'json' };
import { hashOf } from './middleware.ts';

const { hash, events } = vectors.orderCloud;

describe('X-oc-hash', () => {
  it.each(hash)('is as documented: $name', ({ key, body, bodyRef, xOcHash }) => {
    const action = bodyRef?.split('.').at(-2) === 'syncuser' ? 'syncuser' : 'createuser';
    expect(hashOf(body ?? events[action].body, key)).toBe(xOcHash);
  });
});
