import { expect, it } from 'vitest';
import { createRetiredKeys, MAX_RETIRED } from './retired-keys.ts';

const seen = (gone: readonly string[], published: readonly string[] = [], at = 'idp') => ({
  at,
  gone,
  published,
});

it('knows since when it has seen a key gone', async () => {
  let time = 0;
  const memory = createRetiredKeys(() => time);
  expect(await memory.see(seen(['a']))).toEqual(new Map([['a', 0]]));
  time = 5_000;
  expect(await memory.see(seen(['a', 'b']))).toEqual(
    new Map([
      ['a', 5],
      ['b', 0],
    ]),
  );
});

it('begins anew with a key that comes back, and for each issuer', async () => {
  let time = 0;
  const memory = createRetiredKeys(() => time);
  await memory.see(seen(['a']));
  time = 5_000;
  expect(await memory.see(seen(['a'], [], 'other'))).toEqual(new Map([['a', 0]]));
  await memory.see(seen([], ['a']));
  time = 9_000;
  expect(await memory.see(seen(['a']))).toEqual(new Map([['a', 0]]));
  expect(await memory.see(seen(['a'], [], 'other'))).toEqual(new Map([['a', 4]]));
});

it('remembers a bounded number of keys, and forgets those that nobody asked about for longest', async () => {
  let time = 0;
  const memory = createRetiredKeys(() => time);
  const many = (at: string) =>
    seen(
      Array.from({ length: MAX_RETIRED + 1 }, (_, index) => `k${index}`),
      [],
      at,
    );
  expect((await memory.see(many('first')))?.size).toBe(MAX_RETIRED);
  for (let issuer = 0; issuer < 100; issuer += 1) await memory.see(many(`idp-${issuer}`));
  time = 1_000;
  expect((await memory.see(many('idp-99')))?.get('k0')).toBe(1);
  expect((await memory.see(many('first')))?.get('k0')).toBe(0);
});
