import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { inputIssues, issuesOf as refusal } from '../../../../test/setup/input-issues.ts';
import { InvalidInputError } from '../../../domain/errors.ts';
import { parseInput } from '../../../domain/parse.ts';
import { oidcConfigDraft, oidcConfigKey } from './input.ts';
import { toWire } from './translate.ts';

const KEY = { kty: 'RSA', e: 'AQAB', use: 'sig', n: 'example', kid: 'kid_example', alg: 'RS256' };
const PROGRAM = {
  idpId: 'ACME',
  accessMode: 'PROGRAM',
  idpUrl: 'https://accounts.example.com',
  clientId: 'client_id_example',
  signingKey: { keys: [KEY] },
};
const CONSOLE_ONLY = {
  authorizationEndpoint: 'https://accounts.example.com/o/oauth2/v2/auth',
  scope: ['openid', 'email'],
  responseType: 'ID_TOKEN',
  responseMode: 'FORM_POST',
};
/** Words beside `openid`: ten are allowed in all. */
const NINE = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
const PROGRAM_CONSOLE = { ...PROGRAM, ...CONSOLE_ONLY, accessMode: 'PROGRAM_CONSOLE' };

const issuesOf = (schema: z.ZodType, input: unknown) => refusal(() => parseInput(schema, input));

/** Issues of a create as "path code". */
const codesOf = (input: object) => inputIssues(oidcConfigDraft, input);

describe('oidcConfigDraft', () => {
  it('takes a configuration for programmatic access', () => {
    expect(parseInput(oidcConfigDraft, PROGRAM)).toMatchObject({
      ...PROGRAM,
      signingKey: { text: JSON.stringify({ keys: [KEY] }), keys: [KEY] },
    });
  });

  it('takes a configuration for the console', () => {
    expect(parseInput(oidcConfigDraft, PROGRAM_CONSOLE)).toMatchObject({
      ...PROGRAM_CONSOLE,
      signingKey: { keys: [KEY] },
    });
  });

  it('takes the key set as text, too', () => {
    expect(
      parseInput(oidcConfigDraft, {
        ...PROGRAM,
        signingKey: JSON.stringify(PROGRAM.signingKey, null, 2),
      }).signingKey.text,
    ).toBe(JSON.stringify(PROGRAM.signingKey));
  });

  it.each<[object, string[]]>([
    [{ idpId: 'x'.repeat(64) }, []],
    [{ idpId: 'x'.repeat(65) }, ['idpId INVALID_FORMAT']],
    [{ idpId: '' }, ['idpId BLANK']],
    [{ idpId: '$&x' }, ['idpId INVALID_FORMAT']],
    [{ idpId: 'a/../b' }, ['idpId INVALID_FORMAT']],
    [{ idpUrl: 'http://a.b' }, []],
    [{ idpUrl: 'http://ab' }, ['idpUrl TOO_SHORT']],
    [{ idpUrl: `https://${'a.'.repeat(124)}` }, ['idpUrl TOO_LONG']],
    [{ idpUrl: 'HTTPS://Accounts.example.com:443/' }, []],
    [{ idpUrl: 'https://kubernetes.default.svc.cluster.local' }, []],
    [{ idpUrl: 'accounts.example.com' }, ['idpUrl INVALID_URL']],
    [{ idpUrl: 'https://accounts.example.com\u200B' }, ['idpUrl INVALID_CHARACTER']],
    [{ idpUrl: ' ' }, ['idpUrl BLANK']],
    [{ clientId: '12345' }, []],
    [{ clientId: '1234' }, ['clientId TOO_SHORT']],
    [{ clientId: 'x'.repeat(255) }, []],
    [{ clientId: 'x'.repeat(256) }, ['clientId TOO_LONG']],
    [{ clientId: '\t' }, ['clientId BLANK']],
    [{ clientId: 'client\nid' }, ['clientId INVALID_CHARACTER']],
    [{ signingKey: 'https://accounts.example.com/jwks' }, ['signingKey INVALID_JSON']],
    [{ signingKey: { keys: [{ ...KEY, d: 'x' }] } }, ['signingKey.keys.0.d PRIVATE_KEY']],
    [{ signingKey: { keys: [] } }, ['signingKey.keys INVALID_KEY']],
    [{ signingKey: { keys: [{ ...KEY, kid: 'x'.repeat(30_000) }] } }, ['signingKey TOO_LONG']],
  ])('%j: %j', (changes, issues) => {
    expect(codesOf({ ...PROGRAM, ...changes })).toEqual(issues);
    expect(codesOf({ ...PROGRAM_CONSOLE, ...changes })).toEqual(issues);
  });

  it.each<[string, object, string[]]>([
    ['ten words', { scope: ['openid', ...NINE] }, []],
    ['eleven words', { scope: ['openid', ...NINE, 'j'] }, ['scope TOO_LONG']],
    ['eleven words of which two are the same', { scope: ['openid', 'openid', ...NINE] }, []],
    ['255 characters', { scope: ['openid', 'x'.repeat(248)] }, []],
    ['256 characters', { scope: ['openid', 'x'.repeat(249)] }, ['scope TOO_LONG']],
    ['no openid', { scope: ['email'] }, ['scope INVALID_SCOPE']],
    ['openid in capitals', { scope: ['OPENID'] }, ['scope INVALID_SCOPE']],
    ['no words', { scope: [] }, ['scope TOO_SHORT', 'scope INVALID_SCOPE']],
    ['a blank word', { scope: ['openid', ''] }, ['scope.1 BLANK']],
    ['several words in one', { scope: ['openid', 'email profile'] }, ['scope.1 INVALID_FORMAT']],
    [
      'a word with other characters',
      { scope: ['openid', 'api:read'] },
      ['scope.1 INVALID_CHARACTER'],
    ],
    ['words of letters, digits and underscores', { scope: ['openid', 'A_z_0'] }, []],
    ['an authorization endpoint of 10 characters', { authorizationEndpoint: 'http://a.b' }, []],
    ['a shorter one', { authorizationEndpoint: 'http://ab' }, ['authorizationEndpoint TOO_SHORT']],
    [
      'a longer one',
      { authorizationEndpoint: `https://${'a.'.repeat(124)}` },
      ['authorizationEndpoint TOO_LONG'],
    ],
    [
      'one with a fragment',
      { authorizationEndpoint: 'https://accounts.example.com/#' },
      ['authorizationEndpoint INVALID_URL'],
    ],
    ['another response mode', { responseMode: 'FRAGMENT' }, []],
    ['an unknown response mode', { responseMode: 'QUERY' }, ['responseMode INVALID_FORMAT']],
    ['a type that there is not', { responseType: 'CODE' }, ['responseType INVALID_FORMAT']],
  ])('for the console with %s', (_what, changes, issues) => {
    expect(codesOf({ ...PROGRAM_CONSOLE, ...changes })).toEqual(issues);
  });

  it('merges scopes that are the same', () => {
    expect(
      parseInput(oidcConfigDraft, {
        ...PROGRAM_CONSOLE,
        scope: ['email', 'openid', 'email', 'openid', 'a'],
      }),
    ).toMatchObject({ scope: ['email', 'openid', 'a'] });
  });

  it.each(Object.keys(CONSOLE_ONLY))('needs %s for the console, and reports it once', (field) => {
    expect(issuesOf(oidcConfigDraft, { ...PROGRAM_CONSOLE, [field]: undefined })).toEqual([
      {
        path: [field],
        code: 'REQUIRED',
        message: 'Required if accessMode is PROGRAM_CONSOLE.',
        source: 'GATEWAY',
      },
    ]);
    const { [field]: _left, ...others } = PROGRAM_CONSOLE as Record<string, unknown>;
    expect(codesOf(others)).toEqual([`${field} REQUIRED`]);
  });

  it.each([
    ...Object.entries(CONSOLE_ONLY),
    ['authorizationEndpoint', ''],
    ['authorizationEndpoint', 'x'],
    ['scope', []],
    ['scope', ['', 'a b']],
  ])('refuses %s for programmatic access, once and whatever it holds: %j', (field, value) => {
    expect(issuesOf(oidcConfigDraft, { ...PROGRAM, [field]: value })).toEqual([
      {
        path: [field],
        code: 'NOT_ALLOWED',
        message: 'Must be omitted if accessMode is PROGRAM: only the console uses it.',
        source: 'GATEWAY',
      },
    ]);
  });

  it('takes fields of the console that are undefined for programmatic access', () => {
    expect(
      codesOf({
        ...PROGRAM,
        authorizationEndpoint: undefined,
        scope: undefined,
        responseType: undefined,
        responseMode: undefined,
      }),
    ).toEqual([]);
  });

  it('reports all issues at once', () => {
    const bad = {
      idpId: 'a b',
      idpUrl: 'x',
      clientId: '',
      signingKey: { keys: [{ kty: 'EC', d: 'x' }] },
    };
    const common = [
      'idpId INVALID_FORMAT',
      'idpUrl TOO_SHORT',
      'idpUrl INVALID_URL',
      'clientId BLANK',
      'signingKey.keys.0.crv INVALID_KEY',
      'signingKey.keys.0.x INVALID_KEY',
      'signingKey.keys.0.y INVALID_KEY',
      'signingKey.keys.0.d PRIVATE_KEY',
    ];
    expect(codesOf({ ...PROGRAM, ...CONSOLE_ONLY, ...bad }).toSorted()).toEqual(
      [...common, ...Object.keys(CONSOLE_ONLY).map((field) => `${field} NOT_ALLOWED`)].toSorted(),
    );
    expect(
      codesOf({
        ...bad,
        accessMode: 'PROGRAM_CONSOLE',
        scope: ['', 'a b'],
        responseMode: 'FRAGMENT',
      }).toSorted(),
    ).toEqual(
      [
        ...common,
        'authorizationEndpoint REQUIRED',
        'responseType REQUIRED',
        'scope.0 BLANK',
        'scope.1 INVALID_FORMAT',
        'scope INVALID_SCOPE',
      ].toSorted(),
    );
  });

  it.each([undefined, 'program', 'CONSOLE'])(
    'names an access mode that there is not: %s',
    (accessMode) => {
      expect(codesOf({ ...PROGRAM, accessMode })).toEqual(['accessMode INVALID_FORMAT']);
    },
  );
});

describe('the size of the whole request', () => {
  /** A draft whose request body has the given number of bytes, though its key set keeps to its own bound. */
  const ofBytes = (bytes: number) => {
    const draft = (kid: string, clientId: string) => ({
      ...PROGRAM,
      clientId,
      signingKey: { keys: [{ ...KEY, kid }] },
    });
    const sizeOf = (input: object) =>
      Buffer.byteLength(JSON.stringify(toWire(parseInput(oidcConfigDraft, input))));
    // Each quote is escaped twice on the wire: 4 bytes, 2 of them in the key set itself.
    const quotes = '"'.repeat(3000);
    return draft(
      quotes + 'x'.repeat(bytes - sizeOf(draft(quotes, 'client_id_example'))),
      'client_id_example',
    );
  };

  it.each([
    [32_768, []],
    [32_769, ['signingKey TOO_LONG']],
  ])('%i bytes at most 32,768: %j', (bytes, issues) => {
    expect(codesOf(ofBytes(bytes))).toEqual(issues);
  });

  it('is reported in numbers, and counts bytes and not characters', () => {
    expect(issuesOf(oidcConfigDraft, { ...ofBytes(32_768), clientId: 'ä'.repeat(17) })).toEqual([
      {
        path: ['signingKey'],
        code: 'TOO_LONG',
        message:
          'Makes the request too large: it has 32785 bytes of JSON, and at most 32768 are accepted. Omit keys that no longer sign.',
        source: 'GATEWAY',
      },
    ]);
  });

  it('is reported together with the issues of other fields', () => {
    expect(codesOf({ ...ofBytes(32_769), idpId: 'a b', scope: ['openid'] }).toSorted()).toEqual([
      'idpId INVALID_FORMAT',
      'scope NOT_ALLOWED',
      'signingKey TOO_LONG',
    ]);
  });
});

describe('oidcConfigKey', () => {
  it.each(['ACME', 'a', '-_9', 'x'.repeat(64)])('takes %j', (idpId) => {
    expect(parseInput(oidcConfigKey, { idpId })).toEqual({ idpId });
  });

  it.each(['', '.', '..', 'a.b', 'a/b', 'a%2fb', 'a b', 'ä', 'a\n', 'x'.repeat(65)])(
    'refuses %j',
    (idpId) => {
      expect(issuesOf(oidcConfigKey, { idpId }).map(({ path }) => path)).toEqual([['idpId']]);
    },
  );
});

describe('any input', () => {
  const canary = 'canary-c19e';
  const laden = fc.oneof(
    fc
      .tuple(fc.string({ unit: 'binary' }), fc.string())
      .map(([before, after]) => before + canary + after),
    fc.constantFrom(
      `https://${canary}`,
      `https://${canary}@x`,
      canary.repeat(300),
      ` ${canary}\n`,
      `{"keys":[{"kty":"${canary}"}]}`,
    ),
  );
  const anything = fc.oneof(
    laden,
    fc.anything({ values: [laden, fc.string(), fc.integer(), fc.boolean(), fc.constant(null)] }),
    fc.array(laden),
  );
  const accessMode = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('PROGRAM', 'PROGRAM_CONSOLE') },
    { weight: 1, arbitrary: anything },
  );

  it.each<[string, object]>([
    ['an item of the scope that has no text', { scope: ['openid', { toString: 1 }] }],
    ['a bigint', { idpUrl: 1n }],
  ])(
    'is refused, and no reason to fall over, also with what GraphQL would not let through: %s',
    (_what, changes) => {
      expect(codesOf({ ...PROGRAM_CONSOLE, ...changes })).toHaveLength(1);
    },
  );

  it('is accepted or refused, with at least one issue and without its values', () => {
    const fields = Object.fromEntries(
      Object.keys(PROGRAM_CONSOLE).map((field) => [field, fc.option(anything, { nil: undefined })]),
    );
    // Mostly right, so that each field is reached beside good ones.
    const draft = fc.oneof(
      anything,
      fc.record({ ...fields, accessMode }, { requiredKeys: [] }),
      fc
        .record({ ...fields, accessMode }, { requiredKeys: ['accessMode'] })
        .map((some) => ({ ...PROGRAM_CONSOLE, ...some })),
      fc
        .record({ ...fields, accessMode }, { requiredKeys: ['accessMode'] })
        .map((some) => ({ ...PROGRAM_CONSOLE, ...some, signingKey: PROGRAM.signingKey })),
    );
    fc.assert(
      fc.property(fc.constantFrom(oidcConfigDraft, oidcConfigKey), draft, (schema, input) => {
        try {
          parseInput(schema, input);
        } catch (error) {
          if (!(error instanceof InvalidInputError)) throw error;
          expect(error.issues.length).toBeGreaterThan(0);
          expect(
            error.issues.flatMap(({ path }) => path).every((part) => typeof part === 'string'),
          ).toBe(true);
          expect(JSON.stringify([error.message, error.issues])).not.toContain(canary);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps valid URLs exactly, and valid scopes once each in the order they came in', () => {
    const path = fc
      .array(fc.constantFrom('/', '.', '..', '%2F', 'A', '&', '=', '%C3%BC', ':', '@'))
      .map((parts) => `HTTPS://Accounts.Example.com:443/${parts.join('')}`);
    const scopes = fc
      .uniqueArray(fc.stringMatching(/^[A-Za-z0-9_]{1,20}$/), { maxLength: 9 })
      .chain((words) =>
        fc.shuffledSubarray([...words, ...words, 'openid', 'openid'], {
          minLength: words.length * 2 + 1,
        }),
      );
    fc.assert(
      fc.property(path, path, scopes, (idpUrl, authorizationEndpoint, scope) => {
        expect(
          parseInput(oidcConfigDraft, { ...PROGRAM_CONSOLE, idpUrl, authorizationEndpoint, scope }),
        ).toMatchObject({
          idpUrl,
          authorizationEndpoint,
          scope: scope.filter((word, index) => scope.indexOf(word) === index),
        });
      }),
    );
  });
});
