import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../errors.ts';
import { jwks } from './jwks-input.ts';
import { parseInput } from '../parse.ts';
import type { InputIssue } from '../input-issue.ts';

const schema = jwks({ min: 10, max: 30_000 });

const RSA = { kty: 'RSA', e: 'AQAB', use: 'sig', n: 'example', kid: 'kid_example', alg: 'RS256' };
const EC = { kty: 'EC', crv: 'P-256', x: 'example', y: 'example' };

function issuesOf(input: unknown, checked = schema): readonly InputIssue[] {
  try {
    parseInput(checked, input);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues;
    throw error;
  }
}

/** Issues as "path code". */
function codesOf(input: unknown, checked = schema): string[] {
  return issuesOf(input, checked).map(({ path, code }) => `${path.join('.')} ${code}`.trim());
}

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

describe('a member that is given twice', () => {
  const text = JSON.stringify({ keys: [EC, RSA], note: 'x' });
  it.each<[string, string, string[]]>([
    ['in a key', text.replace('"kid":', '"kid":"other","kid":'), ['keys.1.kid INVALID_JSON']],
    [
      'with an escape',
      text.replace('"kid":', '"k\\u0069d":"other","kid":'),
      ['keys.1.kid INVALID_JSON'],
    ],
    ['beside the keys', text.replace('"note":', '"note":"y","note":'), ['note INVALID_JSON']],
    [
      'that are the keys',
      text.replace('"note":"x"', `"keys":[${JSON.stringify(EC)}]`),
      ['keys INVALID_JSON'],
    ],
    [
      'with a private one that the last one hides',
      text.replace('"kid":', '"d":"example","d":null,"kid":'),
      ['keys.1.d INVALID_JSON'],
    ],
    [
      'beside what else is wrong',
      text.replace('"kid":', '"d":"example","kid":"a","kid":'),
      ['keys.1.d PRIVATE_KEY', 'keys.1.kid INVALID_JSON'],
    ],
  ])('is named in a text: %s', (_where, given, issues) => {
    expect(codesOf(given)).toEqual(issues);
    expect(codesOf(`\uFEFF ${given}`)).toEqual(issues);
  });

  it('cannot be seen in an object, which has the last one alone', () => {
    expect(codesOf(JSON.parse(text.replace('"kid":', '"kid":"other","kid":')))).toEqual([]);
  });
});

describe('what is taken', () => {
  it.each<[string, unknown]>([
    ['an RSA key', { keys: [RSA] }],
    ['an RSA key without use', { keys: [{ kty: 'RSA', n: 'example', e: 'AQAB' }] }],
    ['an EC key', { keys: [EC] }],
    ['an EC key for signatures', { keys: [{ ...EC, use: 'sig' }] }],
    ['a key for encryption beside one for signatures', { keys: [{ ...RSA, use: 'enc' }, EC] }],
    [
      'a key of another type beside an RSA key',
      { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'example' }, RSA] },
    ],
    ['a key of a type that nobody knows beside an RSA key', { keys: [RSA, { kty: 'future' }] }],
    [
      'members of a vendor',
      {
        keys: [{ ...RSA, x5c: ['MIIB'], 'x-vendor': { a: [1.5, -1, null, true, 2 ** 53 - 1] } }],
        issuer: 'https://a.example',
      },
    ],
  ])('%s', (_what, input) => {
    expect(codesOf(input)).toEqual([]);
  });

  it('is the same as an object and as text, however it is spaced', () => {
    const set = { keys: [RSA, EC] };
    const expected = { text: JSON.stringify(set), keys: set.keys };
    expect(parseInput(schema, set)).toEqual(expected);
    expect(parseInput(schema, JSON.stringify(set))).toEqual(expected);
    expect(parseInput(schema, ` \n${JSON.stringify(set, null, '\t')}\r\n`)).toEqual(expected);
    expect(parseInput(schema, `\uFEFF${JSON.stringify(set)}`)).toEqual(expected);
  });

  it('keeps the order of members and the escapes of texts', () => {
    const text =
      '{"z":1,"keys":[{"use":"sig","n":"example","kty":"RSA","kid":"a\\"b\\\\c\\u200bü","e":"AQAB"}],"a":2}';
    expect(parseInput(schema, text).text).toBe(text.replace(String.raw`\u200b`, '\u200B'));
  });

  it('keeps a member named __proto__ a member, which gives nothing to its key', () => {
    const text = `{"keys":[${JSON.stringify(RSA)},{"kty":"OKP","__proto__":{"z":"x"}}]}`;
    expect(parseInput(schema, text).text).toBe(text);
    expect(codesOf(`{"keys":[{"__proto__":${JSON.stringify(RSA)}}]}`)).toEqual([
      'keys.0.kty INVALID_KEY',
      'keys INVALID_KEY',
    ]);
    expect(codesOf(`{"__proto__":{"keys":[${JSON.stringify(RSA)}]}}`)).toEqual([
      'keys INVALID_KEY',
    ]);
  });

  it('reads objects without a prototype, as GraphQL makes them of literals', () => {
    const bare = (members: object) => Object.assign(Object.create(null) as object, members);
    expect(parseInput(schema, bare({ keys: [bare(RSA)] })).text).toBe(
      JSON.stringify({ keys: [RSA] }),
    );
  });

  it('takes the public half of real keys', () => {
    const keys = [
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ].map(({ publicKey }) => publicKey.export({ format: 'jwk' }));
    expect(codesOf({ keys })).toEqual([]);
  });
});

describe('what is refused', () => {
  it.each<[string, unknown, string]>([
    [
      'a PEM key',
      '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----',
      'This is PEM: give a JSON Web Key Set, the document at the "jwks_uri" of the provider.',
    ],
    [
      'a PEM certificate',
      '  -----BEGIN CERTIFICATE-----',
      'This is PEM: give a JSON Web Key Set, the document at the "jwks_uri" of the provider.',
    ],
    [
      'a URL',
      'https://accounts.example.com/jwks.json',
      'This is a URL: give the JSON Web Key Set that it serves.',
    ],
    [
      'a URL after a space',
      ' HTTP://accounts.example.com',
      'This is a URL: give the JSON Web Key Set that it serves.',
    ],
    [
      'JSON text inside JSON text',
      JSON.stringify(JSON.stringify({ keys: [RSA] })),
      'This is JSON text inside JSON text: remove one level of escaping, or give it as an object.',
    ],
    [
      'text that is not JSON',
      '{keys: []}',
      'Must be a JSON Web Key Set as JSON; this text is not JSON.',
    ],
    [
      'JSON that breaks off',
      '{"keys":[',
      'Must be a JSON Web Key Set as JSON; this text is not JSON.',
    ],
    [
      'JSON with something after it',
      '{"keys":[]}x',
      'Must be a JSON Web Key Set as JSON; this text is not JSON.',
    ],
    ['empty text', '', 'Must be a JSON Web Key Set as JSON; this text is not JSON.'],
    [
      'a list in text',
      `[${JSON.stringify(RSA)}]`,
      'Must be a JSON Web Key Set: an object with a list "keys", or its JSON text.',
    ],
    [
      'a list',
      [RSA],
      'Must be a JSON Web Key Set: an object with a list "keys", or its JSON text.',
    ],
    [
      'null in text',
      'null',
      'Must be a JSON Web Key Set: an object with a list "keys", or its JSON text.',
    ],
    ['null', null, 'Must be a JSON Web Key Set: an object with a list "keys", or its JSON text.'],
    [
      'nothing',
      undefined,
      'Must be a JSON Web Key Set: an object with a list "keys", or its JSON text.',
    ],
    ['a number', 1, 'Must be a JSON Web Key Set: an object with a list "keys", or its JSON text.'],
    [
      'a number that is too large to be exact',
      '{"keys":[],"a":9007199254740993}',
      'Must be plain JSON, at most 16 levels deep, with numbers that JSON can represent exactly.',
    ],
    [
      'a number beyond all bounds',
      '{"keys":[],"a":1e999}',
      'Must be plain JSON, at most 16 levels deep, with numbers that JSON can represent exactly.',
    ],
    [
      'something that is not JSON',
      { keys: [RSA], a: undefined },
      'Must be plain JSON, at most 16 levels deep, with numbers that JSON can represent exactly.',
    ],
    [
      'a function',
      { keys: [RSA], toJSON: () => 'x' },
      'Must be plain JSON, at most 16 levels deep, with numbers that JSON can represent exactly.',
    ],
    [
      'a bigint',
      { keys: [RSA], a: 1n },
      'Must be plain JSON, at most 16 levels deep, with numbers that JSON can represent exactly.',
    ],
  ])('%s', (_what, input, message) => {
    expect(issuesOf(input)).toEqual([
      { path: [], code: 'INVALID_JSON', message, source: 'GATEWAY' },
    ]);
  });

  it.each<[string, unknown, string[]]>([
    ['no list of keys', { issuer: 'https://accounts.example.com' }, ['keys INVALID_KEY']],
    ['keys that are no list', { keys: { 0: RSA } }, ['keys INVALID_KEY']],
    ['an empty list', { keys: [] }, ['keys INVALID_KEY']],
    ['a key alone', RSA, ['keys INVALID_KEY']],
    ['a private key alone', { ...RSA, d: 'canary' }, ['keys INVALID_KEY', 'd PRIVATE_KEY']],
    [
      'items that are no objects',
      { keys: [RSA, 'canary', null, [RSA], 1] },
      ['keys.1 INVALID_KEY', 'keys.2 INVALID_KEY', 'keys.3 INVALID_KEY', 'keys.4 INVALID_KEY'],
    ],
    [
      'a key without a type',
      { keys: [RSA, { n: 'example', e: 'AQAB' }] },
      ['keys.1.kty INVALID_KEY'],
    ],
    ['a key with a blank type', { keys: [RSA, { kty: ' ' }] }, ['keys.1.kty INVALID_KEY']],
    [
      'a key with a type that is not text',
      { keys: [{ ...RSA, kty: ['RSA'] }] },
      ['keys.0.kty INVALID_KEY', 'keys INVALID_KEY'],
    ],
    ['a type in lower case', { keys: [{ ...RSA, kty: 'rsa' }] }, ['keys INVALID_KEY']],
    [
      'a type named as what every object has',
      { keys: [{ kty: 'constructor' }] },
      ['keys INVALID_KEY'],
    ],
    [
      'an RSA key without n and e',
      { keys: [{ kty: 'RSA' }] },
      ['keys.0.n INVALID_KEY', 'keys.0.e INVALID_KEY'],
    ],
    [
      'an RSA key with members that are no text',
      { keys: [{ kty: 'RSA', n: 1, e: '' }] },
      ['keys.0.n INVALID_KEY', 'keys.0.e INVALID_KEY'],
    ],
    [
      'an EC key without crv, x and y',
      { keys: [{ kty: 'EC', use: 'sig' }] },
      ['keys.0.crv INVALID_KEY', 'keys.0.x INVALID_KEY', 'keys.0.y INVALID_KEY'],
    ],
    [
      'an incomplete key beside a complete one',
      { keys: [RSA, { kty: 'EC', crv: 'P-256', x: 'example' }] },
      ['keys.1.y INVALID_KEY'],
    ],
    [
      'keys for encryption alone',
      {
        keys: [
          { ...RSA, use: 'enc' },
          { ...EC, use: 'enc' },
        ],
      },
      ['keys INVALID_KEY'],
    ],
    ['a use that is not text', { keys: [{ ...RSA, use: ['sig'] }] }, ['keys INVALID_KEY']],
    [
      'keys of other types alone',
      { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'example' }] },
      ['keys INVALID_KEY'],
    ],
    [
      'a symmetric key',
      { keys: [{ kty: 'oct', k: 'canary' }] },
      ['keys.0.k PRIVATE_KEY', 'keys INVALID_KEY'],
    ],
    [
      'a symmetric key beside an RSA key',
      { keys: [RSA, { kty: 'oct', k: 'canary' }] },
      ['keys.1.k PRIVATE_KEY'],
    ],
    ['a private member beside the keys', { keys: [RSA], d: 'canary' }, ['d PRIVATE_KEY']],
    [
      'issues of several keys',
      {
        keys: [
          { ...RSA, p: 'canary', q: 'canary' },
          {},
          { kty: 'EC', crv: 'P-256', x: 'example', y: 'example', d: 'canary' },
        ],
      },
      [
        'keys.0.p PRIVATE_KEY',
        'keys.0.q PRIVATE_KEY',
        'keys.1.kty INVALID_KEY',
        'keys.2.d PRIVATE_KEY',
      ],
    ],
  ])('%s', (_what, input, issues) => {
    expect(codesOf(input).filter((issue) => issue !== 'TOO_SHORT')).toEqual(issues);
  });

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])(
    'the private or symmetric member %s',
    (member) => {
      expect(issuesOf({ keys: [EC, { ...RSA, [member]: 'canary' }] })).toEqual([
        {
          path: ['keys', '1', member],
          code: 'PRIVATE_KEY',
          message:
            'Must not contain private or symmetric key material. Nothing was sent, but treat this key as compromised and replace it.',
          source: 'GATEWAY',
        },
      ]);
    },
  );

  it('the private half of a real key, each of its private members', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(codesOf({ keys: [privateKey.export({ format: 'jwk' })] })).toEqual(
      ['d', 'p', 'q', 'dp', 'dq', 'qi'].map((member) => `keys.0.${member} PRIVATE_KEY`),
    );
  });

  it.each<[string, unknown, unknown]>([
    ['a key alone', RSA, 'This is a single key; wrap it: {"keys":[…]}.'],
    ['no keys', { a: 'a text of some length' }, 'Must be a list of keys.'],
    [
      'no signing key',
      { keys: [] },
      'Must contain at least one public signing key: kty RSA with n and e, or EC with crv, x and y; use absent or sig.',
    ],
    ['no type', { keys: [RSA, {}] }, 'Must name the key type: RSA or EC.'],
    [
      'no member',
      { keys: [{ kty: 'RSA', e: 'AQAB' }] },
      expect.stringMatching(/^Must be a string: .*RSA/),
    ],
    ['no key', { keys: [RSA, 1] }, 'Must be an object, a JSON Web Key.'],
  ])('with words for a person: %s', (_what, input, message) => {
    expect(issuesOf(input)).toMatchObject([{ message }]);
  });
});

describe('size', () => {
  /** A set whose compact text has the given length. */
  const ofLength = (length: number) => {
    const set = (kid: string) => ({ keys: [{ ...RSA, kid }] });
    return set('x'.repeat(length - JSON.stringify(set('')).length));
  };

  it.each([
    [30_000, []],
    [30_001, ['TOO_LONG']],
  ])('%i characters at most 30,000: %j', (length, issues) => {
    expect(codesOf(ofLength(length))).toEqual(issues);
    expect(codesOf(JSON.stringify(ofLength(length), null, 2))).toEqual(issues);
  });

  it.each([
    [199, ['TOO_SHORT']],
    [200, []],
  ])('%i characters at least 200: %j', (length, issues) => {
    expect(
      codesOf(JSON.stringify(ofLength(length), null, 200), jwks({ min: 200, max: 300 })),
    ).toEqual(issues);
  });

  it('is reported in numbers, together with other issues', () => {
    const set = { keys: [{ ...RSA, kid: 'x'.repeat(30_000), d: 'canary' }] };
    expect(issuesOf(set)).toMatchObject([
      { code: 'PRIVATE_KEY' },
      {
        path: [],
        code: 'TOO_LONG',
        message: `Must have at most 30000 characters as compact JSON, but has ${JSON.stringify(set).length}.`,
      },
    ]);
    expect(issuesOf({}).map(({ code }) => code)).toEqual(['INVALID_KEY', 'TOO_SHORT']);
  });
});

describe('depth', () => {
  it.each([
    // Set, list and key are three levels.
    [13, []],
    [14, ['INVALID_JSON']],
  ])('%i levels below a key: %j', (levels, issues) => {
    expect(codesOf({ keys: [{ ...RSA, x: nested(levels) }] })).toEqual(issues);
  });

  it('without end is refused all the same', () => {
    expect(codesOf(`{"keys":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)).toEqual([
      'INVALID_JSON',
    ]);
  });
});

describe('members that say nothing', () => {
  const empty = {
    alg: null,
    use: null,
    key_ops: [],
    x5c: [],
    kid: '',
    d: null,
    p: '',
    q: null,
    dp: '',
    dq: null,
    qi: '',
    oth: [],
    k: null,
    priv: '',
  };

  it('count as left out, and are not sent', () => {
    const { kty, n, e } = RSA;
    const input = { keys: [{ ...empty, kty, n, e, oth: [] }, EC], issuer: null, d: '' };
    expect(parseInput(schema, input)).toEqual({
      text: JSON.stringify({ keys: [{ kty, n, e }, EC] }),
      keys: [{ kty, n, e }, EC],
    });
    expect(parseInput(schema, JSON.stringify(input)).text).toBe(
      JSON.stringify({ keys: [{ kty, n, e }, EC] }),
    );
  });

  it.each(['kty', 'n', 'e'])('are reported if missing: %s', (member) => {
    for (const value of [null, '', []])
      expect(codesOf({ keys: [{ ...RSA, [member]: value }, EC] })).toEqual([
        `keys.0.${member} INVALID_KEY`,
      ]);
  });
});

describe('numbers', () => {
  const TAKEN = ['AQAB', 'example', '_-_-', 'AA', 'AAA'];
  const REFUSED = [
    'AQAB=',
    'AQ==',
    'AQ AB',
    'AQ\nAB',
    'AQAB\n',
    ' AQAB',
    'A+AB',
    'A/AB',
    '65537',
    'A',
    'AQAB.',
    'ÄQAB',
  ];

  it.each([
    ['n', RSA],
    ['e', RSA],
    ['x', EC],
    ['y', EC],
  ] as const)('are base64url: %s', (member, key) => {
    for (const value of TAKEN)
      expect([value, codesOf({ keys: [{ ...key, [member]: value }] })]).toEqual([value, []]);
    for (const value of REFUSED)
      expect([value, codesOf({ keys: [{ ...key, [member]: value }] })]).toEqual([
        value,
        [`keys.0.${member} INVALID_KEY`],
      ]);
  });

  it('are that in keys of other types too', () => {
    expect(codesOf({ keys: [RSA, { kty: 'OKP', crv: 'Ed25519', x: 'a b' }] })).toEqual([
      'keys.1.x INVALID_KEY',
    ]);
  });
});

describe('any input', () => {
  it('is a key set with a signing key, or refused with at least one issue that repeats nothing of it', () => {
    const canary = 'canary-81c2';
    const leaf = fc.oneof(
      fc.constant(canary),
      fc.string().map((text) => text + canary),
      fc.integer(),
      fc.constantFrom('RSA', 'EC', 'sig', 'enc', null, true),
    );
    const member = fc.constantFrom(
      'kty',
      'n',
      'e',
      'crv',
      'x',
      'y',
      'use',
      'd',
      'k',
      'oth',
      '__proto__',
      'toJSON',
      canary,
    );
    const key = fc.oneof(fc.dictionary(member, leaf), leaf, fc.anything());
    const input = fc.oneof(
      fc.anything({ values: [leaf] }),
      fc.record({ keys: fc.oneof(fc.array(key), key) }),
      fc.record({ keys: fc.array(key) }).map((set) => JSON.stringify(set)),
      fc.string().map((text) => text + canary),
      fc.json(),
    );
    fc.assert(
      fc.property(input, (value) => {
        try {
          const { text, keys } = parseInput(schema, value);
          expect(JSON.parse(text)).toMatchObject({
            keys: JSON.parse(JSON.stringify(keys)) as unknown,
          });
        } catch (error) {
          if (!(error instanceof InvalidInputError)) throw error;
          expect(error.issues.length).toBeGreaterThan(0);
          expect(
            error.issues.every(({ path }) => path.every((part) => typeof part === 'string')),
          ).toBe(true);
          expect(JSON.stringify([error.message, error.issues])).not.toContain(canary);
        }
      }),
      { numRuns: 500 },
    );
  });
});
