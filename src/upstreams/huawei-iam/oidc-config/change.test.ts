import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asWords, issuesOf } from '../../../../test/setup/input-issues.ts';
import { fingerprintOf } from '../../../domain/fingerprint.ts';
import { parseInput } from '../../../domain/parse.ts';
import { changed } from './change.ts';
import { oidcConfigPatch } from './input.ts';
import { contentOf, differences, fromWire, toWire } from './translate.ts';
import type { OidcConfig } from './translate.ts';
import type { WireOpenIdConnectConfig } from './wire.ts';

const FINGERPRINT = 'a'.repeat(64);
const KEY = { kty: 'RSA', e: 'AQAB', use: 'sig', n: 'example' };
/** As pasted by a user: neither compact nor in the order that the gateway would write. */
const KEY_TEXT = '{ "keys" : [\n {"n":"example","kty":"RSA",  "e":"AQAB"} ] }';
const CONSOLE_FIELDS = ['authorizationEndpoint', 'scope', 'responseType', 'responseMode'];
const CONSOLE = {
  authorizationEndpoint: 'https://accounts.example.com/auth',
  scope: ['openid', 'email'],
  responseType: 'ID_TOKEN',
  responseMode: 'FORM_POST',
};

const PROGRAM_ON_WIRE = {
  access_mode: 'program',
  idp_url: 'https://Accounts.example.com:443/',
  client_id: ' client ',
  signing_key: KEY_TEXT,
};
const CONSOLE_ON_WIRE = {
  ...PROGRAM_ON_WIRE,
  access_mode: 'program_console',
  authorization_endpoint: 'HTTPS://accounts.example.com/auth',
  scope: 'profile openid',
  response_type: 'id_token',
  response_mode: 'fragment',
};

const storedAs = (wire: object) =>
  fromWire({ openid_connect_config: wire } as WireOpenIdConnectConfig, 'ACME');
const program = storedAs(PROGRAM_ON_WIRE);
const forConsole = storedAs(CONSOLE_ON_WIRE);

const patchOf = (fields: object) => parseInput(oidcConfigPatch, { idpId: 'ACME', ...fields });
/** The body that a change of a stored configuration sends. */
const sent = (fields: object, stored: OidcConfig) =>
  toWire(changed(patchOf(fields), stored)).openid_connect_config;

const codesOf = (run: () => unknown) => asWords(issuesOf(run));

describe('oidcConfigPatch', () => {
  it.each<[object, object]>([
    [{}, {}],
    [{ accessMode: 'PROGRAM' }, { accessMode: 'PROGRAM' }],
    // What is stored decides whether the rest is there.
    [{ accessMode: 'PROGRAM_CONSOLE' }, { accessMode: 'PROGRAM_CONSOLE' }],
    [{ idpUrl: 'https://other.example.com' }, { idpUrl: 'https://other.example.com' }],
    [{ clientId: 'client_2' }, { clientId: 'client_2' }],
    [
      { authorizationEndpoint: CONSOLE.authorizationEndpoint },
      { authorizationEndpoint: CONSOLE.authorizationEndpoint },
    ],
    [{ scope: ['openid', 'email', 'openid'] }, { scope: ['openid', 'email'] }],
    [{ responseType: 'ID_TOKEN' }, { responseType: 'ID_TOKEN' }],
    [{ responseMode: 'FRAGMENT' }, { responseMode: 'FRAGMENT' }],
    [
      { signingKey: { keys: [KEY] } },
      { signingKey: { text: JSON.stringify({ keys: [KEY] }), keys: [KEY] } },
    ],
    [{ expectedFingerprint: FINGERPRINT }, { expectedFingerprint: FINGERPRINT }],
    [{ expectedFingerprint: null }, { expectedFingerprint: null }],
    [
      Object.fromEntries(CONSOLE_FIELDS.map((field) => [field, null])),
      Object.fromEntries(CONSOLE_FIELDS.map((field) => [field, null])),
    ],
  ])('takes %j', (fields, patch) => {
    expect(patchOf(fields)).toEqual({ idpId: 'ACME', ...patch });
  });

  it.each(['accessMode', 'idpUrl', 'clientId', 'signingKey'])('cannot clear %s', (field) => {
    expect(codesOf(() => patchOf({ [field]: null }))).toEqual([`${field} NOT_ALLOWED`]);
  });

  it.each(CONSOLE_FIELDS)(
    'refuses %s beside PROGRAM, unless it is null, and null beside PROGRAM_CONSOLE',
    (field) => {
      const given = CONSOLE[field as keyof typeof CONSOLE];
      expect(issuesOf(() => patchOf({ accessMode: 'PROGRAM', [field]: given }))).toEqual([
        {
          path: [field],
          code: 'NOT_ALLOWED',
          message: 'Must be omitted if accessMode is PROGRAM: only the console uses it.',
          source: 'GATEWAY',
        },
      ]);
      expect(codesOf(() => patchOf({ accessMode: 'PROGRAM', [field]: null }))).toEqual([]);
      expect(codesOf(() => patchOf({ accessMode: 'PROGRAM_CONSOLE', [field]: given }))).toEqual([]);
      expect(issuesOf(() => patchOf({ accessMode: 'PROGRAM_CONSOLE', [field]: null }))).toEqual([
        {
          path: [field],
          code: 'REQUIRED',
          message: 'Required if accessMode is PROGRAM_CONSOLE.',
          source: 'GATEWAY',
        },
      ]);
    },
  );

  it.each<[object, string[]]>([
    [{ idpId: 'a/b' }, ['idpId INVALID_FORMAT']],
    [{ accessMode: 'program' }, ['accessMode INVALID_FORMAT']],
    [{ idpUrl: 'x' }, ['idpUrl TOO_SHORT', 'idpUrl INVALID_URL']],
    [{ clientId: '' }, ['clientId BLANK']],
    [{ authorizationEndpoint: 'https://a.example/#x' }, ['authorizationEndpoint INVALID_URL']],
    [{ scope: [] }, ['scope TOO_SHORT', 'scope INVALID_SCOPE']],
    [{ scope: ['email'] }, ['scope INVALID_SCOPE']],
    [
      { responseType: 'CODE', responseMode: 'QUERY' },
      ['responseType INVALID_FORMAT', 'responseMode INVALID_FORMAT'],
    ],
    [{ signingKey: { keys: [{ ...KEY, d: 'x' }] } }, ['signingKey.keys.0.d PRIVATE_KEY']],
    [
      {
        accessMode: 'PROGRAM',
        idpUrl: null,
        clientId: 'a',
        scope: ['a b'],
        responseMode: 'FRAGMENT',
        signingKey: 'x',
        expectedFingerprint: 'x',
      },
      [
        'idpUrl NOT_ALLOWED',
        'clientId TOO_SHORT',
        'scope.0 INVALID_FORMAT',
        'scope INVALID_SCOPE',
        'signingKey INVALID_JSON',
        'expectedFingerprint INVALID_FORMAT',
        'scope NOT_ALLOWED',
        'responseMode NOT_ALLOWED',
      ],
    ],
  ])('finds all issues of %j', (fields, issues) => {
    expect(codesOf(() => patchOf(fields))).toEqual(issues);
  });
});

describe('changed', () => {
  it.each<[string, OidcConfig, object]>([
    ['for programmatic access', program, PROGRAM_ON_WIRE],
    ['for the console', forConsole, CONSOLE_ON_WIRE],
    [
      'with a key that is not a key set',
      storedAs({ ...PROGRAM_ON_WIRE, signing_key: '-----BEGIN PUBLIC KEY-----' }),
      { ...PROGRAM_ON_WIRE, signing_key: '-----BEGIN PUBLIC KEY-----' },
    ],
  ])('keeps a configuration %s byte for byte', (_which, stored, wire) => {
    expect(sent({}, stored)).toEqual(wire);
  });

  it.each<[object, object]>([
    [{ idpUrl: 'https://other.example.com' }, { idp_url: 'https://other.example.com' }],
    [{ clientId: 'client_2' }, { client_id: 'client_2' }],
    [
      { authorizationEndpoint: CONSOLE.authorizationEndpoint },
      { authorization_endpoint: CONSOLE.authorizationEndpoint },
    ],
    [{ scope: CONSOLE.scope }, { scope: 'openid email' }],
    [{ responseMode: 'FORM_POST' }, { response_mode: 'form_post' }],
    [{ signingKey: { keys: [KEY] } }, { signing_key: JSON.stringify({ keys: [KEY] }) }],
    [{ accessMode: 'PROGRAM_CONSOLE' }, {}],
    [{ responseType: 'ID_TOKEN', clientId: 'client_3' }, { client_id: 'client_3' }],
  ])('with %j changes nothing but %j', (fields, members) => {
    expect(sent(fields, forConsole)).toEqual({ ...CONSOLE_ON_WIRE, ...members });
  });

  it('drops the fields of the console with it', () => {
    expect(sent({ accessMode: 'PROGRAM' }, forConsole)).toEqual(PROGRAM_ON_WIRE);
    expect(sent({ accessMode: 'PROGRAM', scope: null, responseMode: null }, forConsole)).toEqual(
      PROGRAM_ON_WIRE,
    );
    // Some that were left behind, too.
    expect(sent({}, storedAs({ ...CONSOLE_ON_WIRE, access_mode: 'program' }))).toEqual(
      PROGRAM_ON_WIRE,
    );
  });

  it('moves to the console with what it needs', () => {
    expect(sent({ accessMode: 'PROGRAM_CONSOLE', ...CONSOLE }, program)).toEqual({
      ...PROGRAM_ON_WIRE,
      access_mode: 'program_console',
      authorization_endpoint: CONSOLE.authorizationEndpoint,
      scope: 'openid email',
      response_type: 'id_token',
      response_mode: 'form_post',
    });
  });

  it.each<[string, object, OidcConfig, string[]]>([
    [
      'demands all that the console needs',
      { accessMode: 'PROGRAM_CONSOLE' },
      program,
      CONSOLE_FIELDS.map((field) => `${field} REQUIRED`),
    ],
    [
      'demands what is neither given nor stored',
      { accessMode: 'PROGRAM_CONSOLE', scope: ['openid'], responseType: 'ID_TOKEN' },
      program,
      ['authorizationEndpoint REQUIRED', 'responseMode REQUIRED'],
    ],
    [
      'demands what is missing in what is stored',
      {},
      storedAs({ ...CONSOLE_ON_WIRE, scope: '', response_mode: null }),
      ['scope REQUIRED', 'responseMode REQUIRED'],
    ],
    [
      'does not clear what the stored access mode needs',
      { scope: null, authorizationEndpoint: null },
      forConsole,
      ['authorizationEndpoint REQUIRED', 'scope REQUIRED'],
    ],
    [
      'refuses what the stored access mode does not have',
      CONSOLE,
      program,
      CONSOLE_FIELDS.map((field) => `${field} NOT_ALLOWED`),
    ],
    [
      'takes nulls for what the stored access mode does not have',
      Object.fromEntries(CONSOLE_FIELDS.map((field) => [field, null])),
      program,
      [],
    ],
  ])('%s', (_what, fields, stored, issues) => {
    const patch = patchOf(fields);
    expect(codesOf(() => changed(patch, stored))).toEqual(issues);
    expect(issuesOf(() => changed(patch, stored)).every(({ source }) => source === 'GATEWAY')).toBe(
      true,
    );
  });

  it('counts the bytes of the whole request, including the stored part', () => {
    const keySet = (kid: string) => ({ keys: [{ ...KEY, kid }] });
    // Each quote is escaped twice on the wire, so that a key set within its own bound can be too much.
    const quotes = '"'.repeat(3000);
    const bytes = (kid: string) =>
      Buffer.byteLength(
        JSON.stringify(toWire(changed(patchOf({ signingKey: keySet(kid) }), forConsole))),
      );
    const full = quotes + 'x'.repeat(32_768 - bytes(quotes));
    expect(bytes(full)).toBe(32_768);
    expect(
      issuesOf(() => changed(patchOf({ signingKey: keySet(`${full}x`) }), forConsole)),
    ).toEqual([
      {
        path: ['signingKey'],
        code: 'TOO_LONG',
        message:
          'Makes the request too large: it has 32769 bytes of JSON, and at most 32768 are accepted. Omit keys that no longer sign.',
        source: 'GATEWAY',
      },
    ]);
    const stored = storedAs({ ...CONSOLE_ON_WIRE, signing_key: JSON.stringify(keySet(full)) });
    expect(codesOf(() => changed(patchOf({ scope: ['openid'] }), stored))).toEqual([]);
    expect(codesOf(() => changed(patchOf({ clientId: 'ä'.repeat(20) }), stored))).toEqual([
      'signingKey TOO_LONG',
    ]);
    expect(
      codesOf(() => changed(patchOf({ clientId: 'ä'.repeat(20), scope: null }), stored)),
    ).toEqual(['scope REQUIRED', 'signingKey TOO_LONG']);
  });

  const field = <Value>(...values: Value[]) =>
    fc.option(fc.constantFrom(...values), { nil: undefined });
  const patches = fc.record({
    accessMode: field('PROGRAM', 'PROGRAM_CONSOLE'),
    idpUrl: field('https://other.example.com'),
    clientId: field('client_2'),
    authorizationEndpoint: field(CONSOLE.authorizationEndpoint, null),
    scope: field(['openid', 'email'], null),
    responseType: field('ID_TOKEN', null),
    responseMode: field('FORM_POST', null),
    signingKey: field({ keys: [KEY] }),
  });

  it('mutates nothing, and makes a configuration that could be created and that differs in nothing from itself', () => {
    const stores = fc.constantFrom(
      program,
      forConsole,
      storedAs({ ...CONSOLE_ON_WIRE, response_type: null }),
      storedAs({ ...PROGRAM_ON_WIRE, scope: 'openid' }),
      storedAs({ ...CONSOLE_ON_WIRE, signing_key: '-----BEGIN PUBLIC KEY-----' }),
    );
    fc.assert(
      fc.property(patches, stores, (fields, stored) => {
        const issues = codesOf(() => {
          const patch = patchOf(fields);
          const before = JSON.stringify([patch, stored]);
          try {
            const whole = changed(patch, stored);
            const wire = toWire(whole);
            const given = CONSOLE_FIELDS.filter(
              (name) => whole[name as keyof typeof whole] !== undefined,
            );
            expect(given).toEqual(whole.accessMode === 'PROGRAM' ? [] : CONSOLE_FIELDS);
            const found = fromWire(wire, 'ACME');
            expect(differences(whole, found)).toEqual([]);
            expect(sent({}, found)).toEqual(wire.openid_connect_config);
          } finally {
            expect(JSON.stringify([patch, stored])).toBe(before);
          }
        });
        expect(issues.every((issue) => / (REQUIRED|NOT_ALLOWED)$/.test(issue))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a fingerprint', () => {
  const print = (members: object) =>
    fingerprintOf(contentOf(storedAs({ ...CONSOLE_ON_WIRE, ...members })));

  it.each<[string, object]>([
    [
      'other white space in the keys, and another order',
      { signing_key: '{"keys":[{"kty":"RSA","e":"AQAB","n":"example"}]}' },
    ],
    [
      'members beside the keys',
      { signing_key: '{"keys":[{"kty":"RSA","e":"AQAB","n":"example"}],"x":1}' },
    ],
    ['another order of scopes', { scope: 'openid  profile openid' }],
  ])('is the same with %s', (_what, members) => {
    expect(print(members)).toBe(print({}));
  });

  it('of PROGRAM does not count what the console left behind', () => {
    expect(print({ access_mode: 'program' })).toBe(fingerprintOf(contentOf(program)));
  });

  it('is another one for every other content', () => {
    const single = '{"e":"AQAB","kty":"RSA","n":"example"}';
    const prints = [
      {},
      { access_mode: 'program' },
      { idp_url: 'https://accounts.example.com:443/' },
      { client_id: 'client' },
      { authorization_endpoint: null },
      { authorization_endpoint: 'https://accounts.example.com/auth' },
      { scope: 'openid' },
      { scope: null },
      { response_type: null },
      { response_mode: 'form_post' },
      { signing_key: '' },
      { signing_key: '{"keys":[]}' },
      // The single key is not the set that holds it.
      { signing_key: single },
      { signing_key: JSON.stringify(single) },
      { signing_key: `{"keys":[${single},${single}]}` },
    ].map(print);
    expect(new Set(prints).size).toBe(prints.length);
    expect(fingerprintOf(contentOf({ ...forConsole, idpId: 'ACM' }))).not.toBe(print({}));
  });
});
