import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { InvalidInputError } from '../../domain/errors.ts';
import { parseInput } from '../../domain/parse.ts';
import type { InputIssue } from '../../domain/parse.ts';
import type { Jwk } from '../../domain/key-material.ts';
import type { WarningCode } from '../../domain/warnings.ts';
import { oidcConfigDraft, oidcConfigKey, oidcConfigWarnings } from './input.ts';
import type { OidcConfigFacts } from './input.ts';
import { toWire } from './mapping.ts';

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

function issuesOf(schema: z.ZodType, input: unknown): readonly InputIssue[] {
  try {
    parseInput(schema, input);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues;
    throw error;
  }
}

/** Faults as "path code". */
function faultsOf(input: object): string[] {
  return issuesOf(oidcConfigDraft, input).map(({ path, code }) => `${path.join('.')} ${code}`);
}

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
  ])('%j: %j', (changes, faults) => {
    expect(faultsOf({ ...PROGRAM, ...changes })).toEqual(faults);
    expect(faultsOf({ ...PROGRAM_CONSOLE, ...changes })).toEqual(faults);
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
    ['another way to answer', { responseMode: 'FRAGMENT' }, []],
    [
      'a way to answer that there is not',
      { responseMode: 'QUERY' },
      ['responseMode INVALID_FORMAT'],
    ],
    ['a type that there is not', { responseType: 'CODE' }, ['responseType INVALID_FORMAT']],
  ])('for the console with %s', (_what, changes, faults) => {
    expect(faultsOf({ ...PROGRAM_CONSOLE, ...changes })).toEqual(faults);
  });

  it('merges scopes that are the same', () => {
    expect(
      parseInput(oidcConfigDraft, {
        ...PROGRAM_CONSOLE,
        scope: ['email', 'openid', 'email', 'openid', 'a'],
      }),
    ).toMatchObject({ scope: ['email', 'openid', 'a'] });
  });

  it.each(Object.keys(CONSOLE_ONLY))('needs %s for the console, and says so once', (field) => {
    expect(issuesOf(oidcConfigDraft, { ...PROGRAM_CONSOLE, [field]: undefined })).toEqual([
      {
        path: [field],
        code: 'REQUIRED',
        message: 'Is needed when accessMode is PROGRAM_CONSOLE.',
        source: 'GATEWAY',
      },
    ]);
    const { [field]: _left, ...others } = PROGRAM_CONSOLE as Record<string, unknown>;
    expect(faultsOf(others)).toEqual([`${field} REQUIRED`]);
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
        message: 'Must be left out when accessMode is PROGRAM: only the console uses it.',
        source: 'GATEWAY',
      },
    ]);
  });

  it('takes fields of the console that are undefined for programmatic access', () => {
    expect(
      faultsOf({
        ...PROGRAM,
        authorizationEndpoint: undefined,
        scope: undefined,
        responseType: undefined,
        responseMode: undefined,
      }),
    ).toEqual([]);
  });

  it('reports all faults at once', () => {
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
    expect(faultsOf({ ...PROGRAM, ...CONSOLE_ONLY, ...bad }).toSorted()).toEqual(
      [...common, ...Object.keys(CONSOLE_ONLY).map((field) => `${field} NOT_ALLOWED`)].toSorted(),
    );
    expect(
      faultsOf({
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
      expect(faultsOf({ ...PROGRAM, accessMode })).toEqual(['accessMode INVALID_FORMAT']);
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
  ])('%i bytes at most 32,768: %j', (bytes, faults) => {
    expect(faultsOf(ofBytes(bytes))).toEqual(faults);
  });

  it('is told in numbers, and counts bytes and not characters', () => {
    expect(issuesOf(oidcConfigDraft, { ...ofBytes(32_768), clientId: 'ä'.repeat(17) })).toEqual([
      {
        path: ['signingKey'],
        code: 'TOO_LONG',
        message:
          'Makes the request too large: 32785 bytes of JSON, at most 32768 are accepted. Leave out keys that no longer sign.',
        source: 'GATEWAY',
      },
    ]);
  });

  it('is told beside the faults of other fields', () => {
    expect(faultsOf({ ...ofBytes(32_769), idpId: 'a b', scope: ['openid'] }).toSorted()).toEqual([
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

describe('oidcConfigWarnings', () => {
  const strong: Jwk = { ...KEY, n: Buffer.alloc(256, 0xff).toString('base64url') };
  // RFC 7515 appendix A.3.
  const ec: Jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  };
  const warningsOf = (facts: Partial<OidcConfigFacts>, keys: readonly Jwk[] = [strong]) =>
    [
      ...oidcConfigWarnings(
        {
          idpUrl: 'https://accounts.example.com',
          clientId: 'client_id_example',
          authorizationEndpoint: 'https://accounts.example.com',
          ...facts,
        },
        keys,
      ),
    ].map(({ code, path }) => `${path.join('.')} ${code}`);

  it.each<[string, Partial<OidcConfigFacts>, Jwk[]?]>([
    ['for the console', {}],
    ['for programmatic access', { authorizationEndpoint: undefined }],
    ['as it is stored', { authorizationEndpoint: null }],
    ['with an EC key beside the RSA key', {}, [ec, strong]],
    ['on this machine', { authorizationEndpoint: 'http://localhost:8080/auth' }],
  ])('has none for a good configuration %s', (_which, facts, keys) => {
    expect(warningsOf(facts, keys)).toEqual([]);
  });

  it.each<[string, Partial<OidcConfigFacts>, `${string} ${WarningCode}`]>([
    ['spaces around a client id', { clientId: ' client_id' }, 'clientId SURROUNDING_SPACE'],
    [
      'an issuer over plain http',
      { idpUrl: 'http://accounts.example.com' },
      'idpUrl ENDPOINT_CLEARTEXT',
    ],
    [
      'an issuer of many tenants',
      { idpUrl: 'https://login.microsoftonline.com/common/v2.0' },
      'idpUrl MULTI_TENANT_ISSUER',
    ],
    [
      'an issuer of many tenants after two slashes',
      { idpUrl: 'https://login.microsoftonline.com//common/v2.0' },
      'idpUrl MULTI_TENANT_ISSUER',
    ],
    [
      'an issuer of all organizations',
      { idpUrl: 'https://sts.windows.net/organizations/' },
      'idpUrl MULTI_TENANT_ISSUER',
    ],
    [
      'an issuer whose tenant was left out',
      { idpUrl: 'https://login.microsoftonline.com/{tenantid}/v2.0' },
      'idpUrl MULTI_TENANT_ISSUER',
    ],
    [
      'an authorization endpoint of many tenants',
      { authorizationEndpoint: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize' },
      'authorizationEndpoint MULTI_TENANT_ISSUER',
    ],
    [
      'an authorization endpoint over plain http',
      { authorizationEndpoint: 'http://accounts.example.com' },
      'authorizationEndpoint ENDPOINT_CLEARTEXT',
    ],
  ])('sees %s', (_what, facts, warning) => {
    expect(warningsOf(facts)).toEqual([warning]);
  });

  it.each<[string, Jwk[], `${string} ${WarningCode}`[]]>([
    ['EC keys alone', [ec], ['signingKey.keys NO_RSA_KEY']],
    [
      'an RSA key that is not for signatures',
      [{ ...strong, use: 'enc' }, ec],
      ['signingKey.keys NO_RSA_KEY', 'signingKey.keys.0 UNUSABLE_KEY'],
    ],
    ['no keys', [], ['signingKey.keys NO_RSA_KEY']],
    [
      'a weak RSA key',
      [strong, { ...KEY, kid: 'other', n: Buffer.alloc(255, 0xff).toString('base64url') }],
      ['signingKey.keys.1.n WEAK_RSA_KEY'],
    ],
    [
      'the key of the documentation',
      [KEY],
      ['signingKey.keys.0.n WEAK_RSA_KEY', 'signingKey.keys.0 UNUSABLE_KEY'],
    ],
    [
      'a key of another type',
      [strong, { kty: 'OKP', crv: 'Ed25519', x: 'example' }, {}],
      [
        'signingKey.keys.1.kty UNSUPPORTED_KEY_TYPE',
        'signingKey.keys.1 UNUSABLE_KEY',
        'signingKey.keys.2.kty UNSUPPORTED_KEY_TYPE',
      ],
    ],
  ])('sees %s', (_what, keys, warnings) => {
    expect(warningsOf({}, keys)).toEqual(warnings);
  });

  it('says how weak a key is', () => {
    const [warning] = oidcConfigWarnings(
      { idpUrl: 'https://accounts.example.com', clientId: 'client_id' },
      [{ ...KEY, n: Buffer.alloc(128, 0xff).toString('base64url') }],
    );
    expect(warning?.message).toBe(
      'The modulus has 1024 bits; RS256 needs at least 2048 (RFC 7518 section 3.3).',
    );
  });
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
      expect(faultsOf({ ...PROGRAM_CONSOLE, ...changes })).toHaveLength(1);
    },
  );

  it('is taken or refused, with at least one fault and without its values', () => {
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
