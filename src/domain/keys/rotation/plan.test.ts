import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyKey, published, rsaKey, storedText } from '../../../../test/setup/rotating-keys.ts';
import { thumbprint } from '../id-token-keys.ts';
import type { Jwk } from '../key-material.ts';
import { hasPrivateKey } from '../private-key.ts';
import { planKeys } from './plan.ts';
import type { KeyPlan, PlanRules } from './plan.ts';

const A = rsaKey('a');
const B = rsaKey('b');
const C = rsaKey('c');
const EC: Jwk = {
  kty: 'EC',
  use: 'sig',
  alg: 'ES256',
  kid: 'ec',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
};
const OKP: Jwk = {
  kty: 'OKP',
  crv: 'Ed25519',
  kid: 'okp',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};

const DAY = 86_400;
const RULES: PlanRules = {
  goneForS: () => 0,
  keepRetiredS: DAY,
  dropNow: false,
  force: false,
  room: { characters: 30_000, bytes: 32_000 },
};

type Planned = Extract<KeyPlan, { readonly kind: 'PLANNED' }>;

function planned(plan: KeyPlan): Planned {
  if (plan.kind !== 'PLANNED') throw new Error(plan.kind);
  return plan;
}

const plan = (stored: readonly Jwk[], live: readonly Jwk[], rules: Partial<PlanRules> = {}) =>
  planKeys({ signingKey: storedText(...stored) }, published(...live), { ...RULES, ...rules });
const actions = (...args: Parameters<typeof plan>) =>
  planned(plan(...args)).keys.map(({ kid, action }) => `${kid ?? '-'} ${action}`);

describe('a plan', () => {
  it('adds what is published, and keeps what is published and what is retired', () => {
    expect(actions([A, C], [B, A])).toEqual(['b ADDED', 'a KEPT', 'c RETIRED']);
    const { set, isChanged } = planned(plan([A, C], [B, A]));
    expect(set.keys).toEqual([B, A, C]);
    expect(isChanged).toBe(true);
  });

  it('changes nothing if the same keys are stored, whatever stands beside them and in which order', () => {
    const [stored, isChanged] = [[B, { ...A, x5c: ['MIIB'], extra: 1 }], false];
    expect(planned(plan(stored, [A, B]))).toMatchObject({ isChanged, set: { keys: [A, B] } });
  });

  it('drops a retired key only after it was seen gone for long enough', () => {
    const gone = (seconds: number | null) =>
      actions([A, C], [A], { goneForS: () => seconds, keepRetiredS: 100 })[1];
    expect([null, 0, 99, 100].map(gone)).toEqual([
      'c RETIRED',
      'c RETIRED',
      'c RETIRED',
      'c DROPPED',
    ]);
    expect(actions([A, C], [A], { goneForS: () => null, dropNow: true })[1]).toBe('c DROPPED');
  });

  it.each([
    ['nothing is published', []],
    ['what is published cannot verify', [{ ...A, use: 'enc' }]],
    ['what is published is symmetric', [{ kty: 'oct', k: 'AAAA', kid: 'a' }]],
    ['what is published is private', [{ ...A, d: 'AAAA' }]],
    ['the platform is documented for none of it', [OKP]],
  ])('is refused if %s', (_what, live) => {
    expect(plan([A, ...live], live)).toEqual({ kind: 'NO_USABLE_KEY' });
    expect(plan([A], live, { force: true, dropNow: true })).toEqual({ kind: 'NO_USABLE_KEY' });
  });

  it('is refused if no stored key is published, unless it is forced', () => {
    expect(plan([A], [B])).toEqual({ kind: 'NO_COMMON_KEY' });
    expect(plan([], [B])).toEqual({ kind: 'NO_COMMON_KEY' });
    expect(planKeys({ signingKey: 'not a key set' }, published(B), RULES)).toEqual({
      kind: 'NO_COMMON_KEY',
    });
    expect(actions([A], [B], { force: true })).toEqual(['b ADDED', 'a RETIRED']);
    expect(actions([A], [B], { force: true, dropNow: true })).toEqual(['b ADDED', 'a DROPPED']);
  });

  it('keeps a stored key that is published in vain, because it may still sign', () => {
    const vain = { ...B, alg: 'PS512' };
    expect(actions([A, B], [A, vain], { dropNow: true })).toEqual(['a KEPT', 'b KEPT']);
    expect(planned(plan([A, B], [A, vain])).set.keys).toEqual([A, B]);
  });

  it('stores only what a verifier needs', () => {
    const rich = { ...A, x5c: ['MIIB'], x5t: 'AAAA', 'vendor.example': {}, key_ops: ['verify'] };
    expect(planned(plan([A], [rich])).set.keys).toEqual([{ ...A, key_ops: ['verify'] }]);
    const odd = { ...A, kid: 7, key_ops: ['verify', 7] } as Jwk;
    const { kid: _kid, ...nameless } = A;
    expect(planned(plan([A], [odd])).set.keys).toEqual([nameless]);
    expect(planned(plan([odd], [odd])).isChanged).toBe(true);
    expect(planned(plan([nameless], [odd])).isChanged).toBe(false);
  });

  it('stores the public part of a stored private key, and drops a symmetric one', () => {
    const { set, isChanged, keys } = planned(
      plan([A, { ...B, d: 'AAAA' }, { kty: 'oct', k: 'AAAA' }], [A]),
    );
    expect(set.keys).toEqual([A, B]);
    expect(isChanged).toBe(true);
    expect(keys.map(({ action }) => action)).toEqual(['KEPT', 'RETIRED', 'DROPPED']);
    expect(planned(plan([{ ...A, d: 'AAAA' }], [A])).isChanged).toBe(true);
  });

  it('takes keys of all types that sign', () => {
    expect(planned(plan([A], [A, EC, OKP])).set.keys).toEqual([A, EC, OKP]);
  });

  it('takes a key without kid, and one that is published twice', () => {
    const { kid: _kid, ...nameless } = B;
    expect(planned(plan([A], [A, nameless, nameless])).set.keys).toEqual([A, nameless]);
  });
});

describe('a kid', () => {
  const reused = rsaKey('new', { kid: 'a' });

  it('belongs to the published key if a retired one has the same', () => {
    const { set, keys } = planned(plan([A, B], [reused, B]));
    const { kid: _kid, ...nameless } = A;
    expect(set.keys).toEqual([reused, B, nameless]);
    expect(keys.map(({ action, losesKid }) => [action, losesKid])).toEqual([
      ['ADDED', false],
      ['KEPT', false],
      ['RETIRED', true],
    ]);
    expect(planned(plan(set.keys, [reused, B])).isChanged).toBe(false);
  });

  it('is stored as published, also if the stored key has another one', () => {
    const renamed = { ...A, kid: 'z' };
    expect(actions([A], [renamed])).toEqual(['z UPDATED']);
    expect(planned(plan([A], [renamed])).set.keys).toEqual([renamed]);
  });

  it('stays with both keys if the issuer publishes two with the same', () => {
    expect(planned(plan([A], [A, reused])).set.keys).toEqual([A, reused]);
  });
});

it('follows an algorithm that changes', () => {
  expect(planned(plan([A], [EC, A])).set.keys).toEqual([EC, A]);
  const other = { ...A, alg: 'RS512' };
  const live = [...published(B), ...published(A).map((key) => ({ ...key, jwk: other }))];
  expect(planned(planKeys({ signingKey: storedText(A, B) }, live, RULES)).set.keys).toEqual([
    B,
    other,
  ]);
});

describe('the room', () => {
  const sized = (...keys: readonly Jwk[]) => ({
    characters: JSON.stringify({ keys }).length,
    bytes: 1e6,
  });

  it('goes to what signs in today, then to what is new, then to what was retired last', () => {
    const [d, e] = [rsaKey('d'), rsaKey('e')];
    const ages = new Map([
      [thumbprint(C), 50],
      [thumbprint(d), 10],
      [thumbprint(e), 30],
    ]);
    const rules = { goneForS: (thumbprint: string) => ages.get(thumbprint) ?? null };
    const all = actions([C, d, e, A], [B, A], { ...rules, room: sized(A, B, d, e) });
    expect(all).toEqual(['b ADDED', 'a KEPT', 'd RETIRED', 'e RETIRED', 'c LEFT_OUT']);
    expect(actions([C, A], [B, A], { ...rules, room: sized(A) })).toEqual([
      'a KEPT',
      'b LEFT_OUT',
      'c LEFT_OUT',
    ]);
  });

  it('is filled to the last character and byte', () => {
    const { characters } = sized(A, B);
    const bytes = JSON.stringify(storedText(A, B)).length - 2;
    const kept = (room: PlanRules['room']) => planned(plan([A], [A, B], { room })).set.keys.length;
    expect(kept({ characters, bytes })).toBe(2);
    expect(kept({ characters: characters - 1, bytes })).toBe(1);
    expect(kept({ characters, bytes: bytes - 1 })).toBe(1);
  });

  it('must be enough for one published key', () => {
    expect(plan([C], [A], { force: true, room: { characters: 100, bytes: 100 } })).toEqual({
      kind: 'NO_USABLE_KEY',
    });
  });
});

const keys = fc.array(anyKey, { maxLength: 8 });
const rules = fc.record({
  keepRetiredS: fc.constantFrom(60, DAY),
  dropNow: fc.boolean(),
  force: fc.boolean(),
  age: fc.constantFrom(null, 0, 59, 60, DAY),
  characters: fc.constantFrom(400, 1_000, 2_000, 30_000),
  bytes: fc.constantFrom(900, 32_000),
});

function rulesOf(given: typeof rules extends fc.Arbitrary<infer Given> ? Given : never): PlanRules {
  const { age, characters, bytes, ...others } = given;
  return { ...others, goneForS: () => age, room: { characters, bytes } };
}

describe('every plan', () => {
  const everyPlan = (
    check: (made: Planned, stored: readonly Jwk[], live: readonly Jwk[], rules: PlanRules) => void,
  ) => {
    fc.assert(
      fc.property(keys, keys, rules, (stored, live, given) => {
        const asked = rulesOf(given);
        const made = plan(stored, live, asked);
        if (made.kind === 'PLANNED') check(made, stored, live, asked);
      }),
      { numRuns: 300 },
    );
  };
  const thumbprintsOf = (all: readonly Jwk[]) => new Set(all.map((one) => thumbprint(one)));

  it('has all published signing keys, or says which ones it lacks', () => {
    everyPlan(({ set, keys: named }, _stored, live) => {
      const left = named.filter(({ action }) => action === 'LEFT_OUT').map((one) => one.thumbprint);
      const there = new Set([...thumbprintsOf(set.keys), ...left]);
      for (const { jwk } of published(...live)) {
        if (jwk !== null) expect(there).toContain(thumbprint(jwk));
      }
    });
  });

  it('keeps young retired keys if it has room and was not told to drop them', () => {
    everyPlan(({ set, keys: named }, stored, live, { dropNow, goneForS, keepRetiredS }) => {
      const age = goneForS('');
      if (dropNow || (age !== null && age >= keepRetiredS)) return;
      const left = named.filter(({ action }) => action === 'LEFT_OUT').map((one) => one.thumbprint);
      const there = new Set([...thumbprintsOf(set.keys), ...left, ...thumbprintsOf(live)]);
      for (const one of stored) expect([...there, null]).toContain(thumbprint(one));
    });
  });

  it('never has private members, and only what a verifier needs', () => {
    everyPlan(({ set }) => {
      expect(hasPrivateKey(JSON.stringify(set))).toBe(false);
      const names = new Set(set.keys.flatMap((one) => Object.keys(one)));
      expect(['kty', 'n', 'e', 'kid', 'use', 'alg']).toEqual(
        expect.arrayContaining([...names]) as unknown,
      );
    });
  });

  it('never has more than there is room for', () => {
    everyPlan(({ set }, _stored, _live, { room }) => {
      const text = JSON.stringify(set);
      expect(text.length).toBeLessThanOrEqual(room.characters);
      expect(Buffer.byteLength(JSON.stringify(text)) - 2).toBeLessThanOrEqual(room.bytes);
    });
  });

  it('is unchanged if it is made again from what it stores', () => {
    everyPlan(({ set }, _stored, live, asked) => {
      const again = planned(plan(set.keys, live, { ...asked, force: true }));
      expect(again.isChanged).toBe(false);
      expect(again.set.keys.length).toBe(set.keys.length);
    });
  });

  it('never gives the kid of a published key to a retired one', () => {
    everyPlan(({ set }, _stored, live) => {
      const signing = thumbprintsOf(
        published(...live).flatMap(({ jwk }) => (jwk === null ? [] : [jwk])),
      );
      const kids = published(...live).flatMap(({ jwk, kid }) => (jwk === null ? [] : (kid ?? [])));
      for (const one of set.keys)
        if (!signing.has(thumbprint(one))) expect(kids).not.toContain(one['kid']);
    });
  });

  it('leaves what signs in today if it is not forced, told to drop, or out of room', () => {
    everyPlan(({ set }, stored, live, { room, goneForS }) => {
      if (room.characters < 30_000 || room.bytes < 32_000 || goneForS('') !== 0) return;
      for (const { jwk } of published(...live))
        if (jwk !== null && thumbprintsOf(stored).has(thumbprint(jwk)))
          expect(thumbprintsOf(set.keys)).toContain(thumbprint(jwk));
    });
  });
});
