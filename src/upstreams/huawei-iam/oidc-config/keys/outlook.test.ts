import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keysWorld } from '../../../../../test/setup/keys-world.ts';
import { anyKey, rsaKey } from '../../../../../test/setup/rotating-keys.ts';
import { DIFFERENCES } from '../../../../domain/keys/rotation/compare.ts';
import type { Jwk } from '../../../../domain/keys/key-material.ts';
import { messageOf } from './outlook.ts';

const [A, B, C] = [rsaKey('a'), rsaKey('b'), rsaKey('c')];

async function compare(stored: readonly Jwk[], live: readonly Jwk[], issuer?: string) {
  const { publish, compare } = keysWorld(stored);
  publish(...live);
  const { now, afterRotation, keys } = await compare(issuer);
  return {
    keys,
    verdicts: [now.verdict, afterRotation.verdict],
    now: messageOf(now),
    afterRotation: messageOf(afterRotation),
  };
}

describe('sign-in now and after the next rotation', () => {
  it.each([
    ['every key is stored', [A, B], [A, B], ['WORKS', 'WORKS']],
    ['the only key is stored', [A, C], [A], ['WORKS', 'UNDECIDED']],
    ['one key is not stored', [A], [A, B], ['UNDECIDED', 'FAILS']],
    ['no key is stored', [C], [A], ['FAILS', 'FAILS']],
    ['nothing is stored', [], [A], ['FAILS', 'FAILS']],
    ['nothing is published', [A], [], ['UNDECIDED', 'UNDECIDED']],
    [
      'a key is published for something else',
      [A],
      [A, { ...B, use: 'enc' }],
      ['WORKS', 'UNDECIDED'],
    ],
    [
      'what is stored is published in vain, and may still sign',
      [B],
      [{ ...B, use: 'enc' }, C],
      ['UNDECIDED', 'FAILS'],
    ],
    ['a key is stored with another kid', [{ ...A, kid: 'z' }], [A], ['UNDECIDED', 'FAILS']],
    [
      'another stored key has the same kid',
      [A, rsaKey('other', { kid: 'a' })],
      [A],
      ['UNDECIDED', 'FAILS'],
    ],
  ])('depend on the keys: %s', async (_what, stored, live, expected) => {
    expect((await compare(stored, live)).verdicts).toEqual(expected);
  });

  it('are undecided if the issuer publishes two keys with one kid, and a sync is not advised', async () => {
    const twin = rsaKey('twin', { kid: 'a' });
    const { keys, verdicts, now, afterRotation } = await compare([A, twin], [A, twin]);
    expect(keys).toMatchObject(
      [1, 2].map(() => ({ status: 'SAME', difference: DIFFERENCES.KID_PUBLISHED_TWICE })),
    );
    expect(verdicts).toEqual(['UNDECIDED', 'UNDECIDED']);
    expect(now).toBe(
      'The issuer publishes several keys with one kid, and they are stored as they are published: "a". IAM does not document which of two keys with one kid it uses: the owner of the issuer must give them different kids.',
    );
    expect(afterRotation).toBe(now);
  });
});

describe('the advice', () => {
  it('is to ask the owner of the issuer first if no key is known', async () => {
    const { now, afterRotation } = await compare([A], [B]);
    for (const message of [now, afterRotation])
      expect(message).toMatch(
        / Ask the owner of the issuer whether the published keys are its own\. Then send syncOidcConfigKeys with force: true, or set onHardCut: accept for the watch\.$/,
      );
  });

  it('is to sync if keys overlap', async () => {
    const { now, afterRotation } = await compare([A], [A, B]);
    expect(now).toContain('1 of 2 keys');
    expect(now).not.toContain('syncOidcConfigKeys');
    expect(afterRotation).toMatch(/: "b"\. Send syncOidcConfigKeys\.$/);
  });

  it('is never to sync if the keys do not fit', async () => {
    const many = Array.from({ length: 90 }, (_, index) => rsaKey(`k${index}`));
    const world = keysWorld([A]);
    world.publish(A, ...many);
    await world.sync();
    const { afterRotation } = await world.compare();
    expect(messageOf(afterRotation)).toMatch(/They do not fit into the configuration\./);
  });

  it.each([
    ['if the platform is not documented for them', undefined, /must publish an RSA or EC key/],
    ['if they are those of another issuer', 'https://other.example', /not the stored issuer/],
  ])('is never to sync %s', async (_what, issuer, expected) => {
    const edwards = {
      kty: 'OKP',
      crv: 'Ed25519',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    };
    const { now, afterRotation } = await compare([A], [edwards], issuer);
    expect(now).toMatch(expected);
    expect(afterRotation).toMatch(expected);
  });

  it('is to sync only where a sync changes what is stored', async () => {
    const keys = fc.array(anyKey, { maxLength: 5 });
    const fillers = Array.from({ length: 80 }, (_, index) => rsaKey(`k${index}`));
    let advised = 0;
    await fc.assert(
      fc.asyncProperty(keys, keys, fc.constantFrom(0, 0, 80), async (stored, live, count) => {
        const { publish, compare, sync } = keysWorld(stored);
        publish(...live, ...fillers.slice(0, count));
        const { now, afterRotation } = await compare();
        for (const message of [messageOf(now), messageOf(afterRotation)]) {
          if (!/send syncOidcConfigKeys/i.test(message)) continue;
          advised += 1;
          const force = message.includes('force: true');
          expect(await sync({ dryRun: true, force })).toMatchObject({ action: 'WOULD_UPDATE' });
        }
      }),
      { numRuns: 200 },
    );
    expect(advised).toBeGreaterThan(0);
  });
});
