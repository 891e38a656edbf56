import { expect, it } from 'vitest';
import { anIssuer } from '../../../../../test/setup/an-issuer.ts';
import { fakeIam, ready, storedOf } from '../../../../../test/setup/huawei-account.ts';
import { published, rsaKey } from '../../../../../test/setup/rotating-keys.ts';
import { IssuerError } from '../../../../domain/errors.ts';
import type { Jwk } from '../../../../domain/keys/key-material.ts';
import { createRetiredKeys } from '../../../../issuer/retired-keys.ts';
import type { RetiredKeys } from '../../../../domain/keys/rotation/retired-keys.ts';
import { keysSync } from './input.ts';
import type { KeySources } from './read-keys.ts';
import { syncKeys } from './sync-keys.ts';

const [A, B, C] = [rsaKey('a'), rsaKey('b'), rsaKey('c')];
const ISSUER = 'https://accounts.example.com';

/** An account, an issuer and a memory with a clock, without a request. */
function world(stored: readonly Jwk[], retiredKeys?: RetiredKeys) {
  const clock = { time: 0 };
  const account = ready({ config: storedOf({ signingKey: { keys: stored } }) });
  const iam = fakeIam(account);
  const read: [issuer: string, maxAgeMs: number][] = [];
  let live: readonly Jwk[] | IssuerError = stored;
  const sources: KeySources = {
    call: iam.call,
    baseUrl: 'https://iam.example.com',
    readIssuer: (issuer, maxAgeMs) => {
      read.push([issuer, maxAgeMs]);
      return live instanceof IssuerError
        ? Promise.reject(live)
        : Promise.resolve(anIssuer({ issuer }, published(...live)));
    },
    retiredKeys: retiredKeys ?? createRetiredKeys(() => clock.time),
  };
  return {
    clock,
    read,
    written: iam.written,
    publish: (...keys: readonly Jwk[]) => (live = keys),
    fail: () => (live = new IssuerError('down', 'UNREACHABLE', ISSUER)),
    keys: () => JSON.parse(account.config?.signingKey ?? '') as { keys: Jwk[] },
    sync: (input: object = {}) => syncKeys(sources, keysSync.parse({ idpId: 'ACME', ...input })),
  };
}

it('drops a retired key when it has been gone for long enough, and not before', async () => {
  const { clock, publish, sync, keys, written } = world([A, B]);
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
  const { clock, publish, sync, keys } = world([A, B]);
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
  const { publish, sync, keys } = world([A, B], { see: () => Promise.resolve(null) });
  publish(B, C);
  const { action, warnings, keys: shown } = await sync({ keepRetiredSeconds: 60 });
  expect(action).toBe('UPDATED');
  expect(shown).toContainEqual(
    expect.objectContaining({ kid: 'a', action: 'RETIRED', goneForS: null }),
  );
  expect(warnings.map(({ code }) => code)).toContain('RETIRED_KEYS_NOT_REMEMBERED');
  expect(keys().keys).toEqual([B, C, A]);
});

it('reads the stored issuer, not older than a minute, and anew if a key is compromised', async () => {
  const { read, sync } = world([A]);
  await sync();
  await sync({ dropNow: true });
  expect(read).toEqual([
    [ISSUER, 60_000],
    [ISSUER, 0],
  ]);
});

it('counts nothing while the issuer cannot be read', async () => {
  const { clock, fail, publish, sync } = world([A, B]);
  fail();
  await expect(sync()).rejects.toMatchObject({ code: 'ISSUER_UNUSABLE' });
  clock.time = 86_400_000;
  publish(B);
  expect((await sync()).action).toBe('UNCHANGED');
});
