import { describe, expect, it } from 'vitest';
import { newProgress } from './context.ts';
import { checkLinkArguments, LINK_REFUSALS } from './link-arguments.ts';

function refusal(args: unknown, progress = newProgress()): string | null {
  try {
    checkLinkArguments(args, progress);
    return null;
  } catch (error) {
    const { message } = error as Error;
    expect(LINK_REFUSALS).toContain(message);
    return message;
  }
}

describe('arguments of a link', () => {
  it('may have 2,000 characters, as they stand in the link', () => {
    expect(refusal({ roles: ['a'.repeat(1_000), 'b'.repeat(998)] })).toBeNull();
    expect(refusal({ roles: ['a'.repeat(1_000), 'b'.repeat(999)] })).toMatch(
      /more than 2000 characters/,
    );
    expect(refusal({ roles: ['a'.repeat(2_000)] })).toMatch(/more than 2000 characters/);
    expect(refusal({ roles: ['\u00e9'.repeat(333)] })).toBeNull();
    expect(refusal({ roles: ['\u00e9'.repeat(334)] })).toMatch(/more than 2000 characters/);
  });

  it('have no halves of surrogate pairs', () => {
    expect(refusal({ roles: ['\ud800'] })).toMatch(/half of a surrogate pair/);
  });

  it('may have 100,000 characters in all links of a request', () => {
    const progress = newProgress();
    const args = { roles: ['a'.repeat(1_999)] };
    for (let times = 0; times < 50; times += 1) expect(refusal(args, progress)).toBeNull();
    expect(refusal({ roles: [] }, progress)).toBeNull();
    expect(refusal(args, progress)).toMatch(/more than 100000 characters/);
  });
});
