import { describe, expect, it, vi } from 'vitest';
import { oncePer } from './memo.ts';

describe('what is made once for each object', () => {
  it('is made again for another one only, also if it is null', () => {
    const make = vi.fn(({ value }: { readonly value: string | null }) => value);
    const once = oncePer(make);
    const [one, other] = [{ value: 'a' }, { value: null }];
    expect([once(one), once(one), once(other), once(other)]).toEqual(['a', 'a', null, null]);
    expect(make).toHaveBeenCalledTimes(2);
  });
});
