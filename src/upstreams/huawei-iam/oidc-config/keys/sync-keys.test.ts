import { expect, it } from 'vitest';
import { keysWorld } from '../../../../../test/setup/keys-world.ts';
import { rsaKey } from '../../../../../test/setup/rotating-keys.ts';

const [A, B, C] = [rsaKey('a'), rsaKey('b'), rsaKey('c')];

it('drops a retired key when it has been gone for long enough, and not before', async () => {
  const { clock, publish, sync, keys, written } = keysWorld([A, B]);
  publish(B);
  const at = async (seconds: number) => {
    clock.time = seconds * 1_000;
    return (await sync()).action;
  };
  expect(await at(0)).toBe('UNCHANGED');
  expect(await at(86_399)).toBe('UNCHANGED');
  expect(await at(86_400)).toBe('UPDATED');
  expect(keys().keys).toEqual([B]);
  expect(written).toHaveLength(1);
});

it('begins to count anew if a key comes back', async () => {
  const { clock, publish, sync, keys } = keysWorld([A, B]);
  publish(B);
  await sync({ keepRetiredSeconds: 60 });
  clock.time = 30_000;
  publish(A, B);
  await sync({ keepRetiredSeconds: 60 });
  clock.time = 61_000;
  publish(B);
  const { action, keys: shown } = await sync({ keepRetiredSeconds: 60 });
  expect(action).toBe('UNCHANGED');
  expect(shown).toMatchObject([
    { kid: 'b', action: 'KEPT', goneForS: null },
    { kid: 'a', action: 'RETIRED', goneForS: 0 },
  ]);
  clock.time = 121_000;
  expect((await sync({ keepRetiredSeconds: 60 })).action).toBe('UPDATED');
  expect(keys().keys).toEqual([B]);
});

it('keeps retired keys if nobody knows for how long they have been, and says so', async () => {
  const { publish, sync, keys } = keysWorld([A, B], { see: () => Promise.resolve(null) });
  publish(B, C);
  const { action, warnings, keys: shown } = await sync({ keepRetiredSeconds: 60 });
  expect(action).toBe('UPDATED');
  expect(shown).toContainEqual(
    expect.objectContaining({ kid: 'a', action: 'RETIRED', goneForS: null }),
  );
  expect(warnings.map(({ code }) => code)).toContain('RETIRED_KEYS_NOT_REMEMBERED');
  expect(keys().keys).toEqual([B, C, A]);
});

it('counts nothing while the issuer cannot be read', async () => {
  const { clock, fail, publish, sync } = keysWorld([A, B]);
  fail();
  await expect(sync()).rejects.toMatchObject({ code: 'ISSUER_UNUSABLE' });
  clock.time = 86_400_000;
  publish(B);
  expect((await sync()).action).toBe('UNCHANGED');
});
