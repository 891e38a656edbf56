import { describe, expect, it } from 'vitest';
import { createMemoryStore } from './memory-store.ts';
import { REMEMBERED_MS } from './store.ts';
import type { Claim, IdempotencyStore } from './store.ts';

const DONE = { kind: 'DONE', result: 'applied' } as const;

function tokenOf(claim: Claim): string {
  if (claim.kind !== 'CLAIMED') throw new Error(`not claimed: ${claim.kind}`);
  return claim.token;
}

async function remember(store: IdempotencyStore, key: string, settled: typeof DONE = DONE) {
  await store.settle(key, tokenOf(await store.claim(key, 'input', 1_000)), settled);
}

describe('the store in memory', () => {
  it('takes an unfinished request for lost when its lease is over, and ignores its end', async () => {
    let time = 0;
    const store = createMemoryStore({}, () => time);
    const lost = tokenOf(await store.claim('k', 'input', 1_000));
    time = 999;
    expect(await store.claim('k', 'input', 1_000)).toEqual({ kind: 'IN_FLIGHT' });
    time = 1_000;
    const next = await store.claim('k', 'input', 1_000);
    expect(next).toMatchObject({ kind: 'CLAIMED', mayBeApplied: true });
    await store.settle('k', lost, { kind: 'FREE' });
    expect(await store.claim('k', 'input', 1_000)).toEqual({ kind: 'IN_FLIGHT' });
    await store.settle('k', tokenOf(next), DONE);
    expect(await store.claim('k', 'input', 1_000)).toEqual(DONE);
  });

  it('never forgets a request that has not ended: it may have been applied', async () => {
    let time = 0;
    const store = createMemoryStore({ maxKeys: 1 }, () => time);
    await store.claim('k', 'input', 1_000);
    time = 3 * REMEMBERED_MS;
    expect(await store.claim('other', 'input', 1_000)).toEqual({ kind: 'FULL' });
    expect(await store.claim('k', 'input', 1_000)).toMatchObject({ mayBeApplied: true });
  });

  it('forgets after a day', async () => {
    let time = 0;
    const store = createMemoryStore({}, () => time);
    await remember(store, 'k');
    time = REMEMBERED_MS - 1;
    expect(await store.claim('k', 'input', 1_000)).toEqual(DONE);
    time = REMEMBERED_MS;
    expect(await store.claim('k', 'other input', 1_000)).toMatchObject({
      kind: 'CLAIMED',
      mayBeApplied: false,
    });
  });

  it.each([
    ['keys', { maxKeys: 2 }],
    ['characters', { maxCharacters: 14 }],
  ])('refuses new keys if it has too many %s, until it may forget some', async (_what, options) => {
    let time = 0;
    const store = createMemoryStore(options, () => time);
    await remember(store, 'one');
    time = 10;
    await remember(store, 'two');
    expect(await store.claim('three', 'input', 1_000)).toEqual({ kind: 'FULL' });
    expect(await store.claim('one', 'input', 1_000)).toEqual(DONE);
    time = REMEMBERED_MS;
    expect(await store.claim('three', 'input', 1_000)).toMatchObject({ kind: 'CLAIMED' });
    expect(await store.claim('two', 'input', 1_000)).toEqual(DONE);
  });

  it('has room again for a key that was set free', async () => {
    const store = createMemoryStore({ maxKeys: 1 });
    const token = tokenOf(await store.claim('one', 'input', 1_000));
    await store.settle('one', token, { kind: 'FREE' });
    expect(await store.claim('two', 'input', 1_000)).toMatchObject({ mayBeApplied: false });
  });
});
