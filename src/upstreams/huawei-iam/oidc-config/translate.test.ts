import { describe, expect, it } from 'vitest';
import { parseInput } from '../../../domain/parse.ts';
import { oidcConfigDraft } from './input.ts';
import { differences, fromWire, jwkList, toWire } from './translate.ts';
import type { WireOpenIdConnectConfig } from './wire.ts';

const KEY = { kty: 'RSA', e: 'AQAB', use: 'sig', n: 'example', kid: 'kid_example', alg: 'RS256' };
const KEY_TEXT =
  '{"keys":[{"kty":"RSA","e":"AQAB","use":"sig","n":"example","kid":"kid_example","alg":"RS256"}]}';
const PROGRAM = {
  idpId: 'ACME',
  accessMode: 'PROGRAM',
  idpUrl: 'https://Accounts.example.com:443/',
  clientId: 'client_id_example',
  signingKey: { keys: [KEY] },
};
const CONSOLE_ONLY = {
  authorizationEndpoint: 'https://accounts.example.com/auth',
  scope: ['openid', 'email', 'openid'],
  responseType: 'ID_TOKEN',
  responseMode: 'FORM_POST',
};
const PROGRAM_ON_WIRE = {
  access_mode: 'program',
  idp_url: 'https://Accounts.example.com:443/',
  client_id: 'client_id_example',
  signing_key: KEY_TEXT,
};

const wireOf = (input: object) => toWire(parseInput(oidcConfigDraft, input)).openid_connect_config;

describe('toWire', () => {
  it('sends only what programmatic access has', () => {
    expect(wireOf(PROGRAM)).toEqual(PROGRAM_ON_WIRE);
    expect(Object.keys(JSON.parse(JSON.stringify(wireOf(PROGRAM))) as object)).toEqual([
      'access_mode',
      'idp_url',
      'client_id',
      'signing_key',
    ]);
  });

  it('sends the fields of the console, scopes joined by one space', () => {
    expect(wireOf({ ...PROGRAM, ...CONSOLE_ONLY, accessMode: 'PROGRAM_CONSOLE' })).toEqual({
      ...PROGRAM_ON_WIRE,
      access_mode: 'program_console',
      authorization_endpoint: 'https://accounts.example.com/auth',
      scope: 'openid email',
      response_type: 'id_token',
      response_mode: 'form_post',
    });
  });

  it('sends the other response mode', () => {
    expect(
      wireOf({
        ...PROGRAM,
        ...CONSOLE_ONLY,
        accessMode: 'PROGRAM_CONSOLE',
        responseMode: 'FRAGMENT',
      }).response_mode,
    ).toBe('fragment');
  });

  it('sends the key set as compact JSON text, escaped once', () => {
    const body = JSON.stringify(
      toWire(
        parseInput(oidcConfigDraft, {
          ...PROGRAM,
          signingKey: JSON.stringify({ keys: [KEY] }, null, 2),
        }),
      ),
    );
    expect(body).toContain(
      String.raw`"signing_key":"{\"keys\":[{\"kty\":\"RSA\",\"e\":\"AQAB\",\"use\":\"sig\",\"n\":\"example\",\"kid\":\"kid_example\",\"alg\":\"RS256\"}]}"`,
    );
  });
});

describe('fromWire', () => {
  const stored = (members: object) =>
    fromWire(
      { openid_connect_config: { ...PROGRAM_ON_WIRE, ...members } } as WireOpenIdConnectConfig,
      'ACME',
    );
  const program = {
    idpId: 'ACME',
    accessMode: 'PROGRAM',
    idpUrl: 'https://Accounts.example.com:443/',
    clientId: 'client_id_example',
    authorizationEndpoint: null,
    scope: null,
    scopes: [],
    responseType: null,
    responseMode: null,
    signingKey: KEY_TEXT,
  };

  it.each([
    ['absent', {}],
    [
      'null',
      { authorization_endpoint: null, scope: null, response_type: null, response_mode: null },
    ],
    ['empty', { authorization_endpoint: '', scope: ' ', response_type: '', response_mode: '' }],
    [
      'left from console access',
      {
        authorization_endpoint: 'https://accounts.example.com/auth',
        scope: 'openid',
        response_type: 'id_token',
        response_mode: 'fragment',
      },
    ],
  ])(
    'reads a configuration for programmatic access, the fields of the console %s',
    (_how, members) => {
      expect(stored(members)).toEqual(program);
    },
  );

  it('reads a configuration for the console', () => {
    const members = {
      access_mode: 'program_console',
      authorization_endpoint: 'https://accounts.example.com/auth',
      scope: 'openid email',
      response_type: 'id_token',
      response_mode: 'fragment',
    };
    expect(stored(members)).toEqual({
      ...program,
      accessMode: 'PROGRAM_CONSOLE',
      authorizationEndpoint: 'https://accounts.example.com/auth',
      scope: ['openid', 'email'],
      scopes: ['openid', 'email'],
      responseType: 'ID_TOKEN',
      responseMode: 'FRAGMENT',
    });
  });

  it.each([
    ['openid', ['openid']],
    ['openid  email\tprofile\n', ['openid', 'email', 'profile']],
    ['email openid email', ['email', 'openid']],
    ['', null],
    [null, null],
  ])('reads the scope %j as %j', (scope, words) => {
    expect(stored({ access_mode: 'program_console', scope })).toMatchObject({
      scope: words,
      scopes: words ?? [],
    });
  });

  it.each(['{ "keys" : [ ] }', '-----BEGIN PUBLIC KEY-----', ''])(
    'keeps the stored key %j unchanged',
    (signing_key) => {
      expect(stored({ signing_key })).toMatchObject({ signingKey: signing_key });
    },
  );

  it('gives back what was sent', () => {
    const draft = parseInput(oidcConfigDraft, {
      ...PROGRAM,
      ...CONSOLE_ONLY,
      accessMode: 'PROGRAM_CONSOLE',
    });
    const { signingKey, ...others } = draft;
    expect(fromWire(toWire(draft), 'ACME')).toMatchObject({
      ...others,
      signingKey: signingKey.text,
    });
  });
});

describe('jwkList', () => {
  const listOf = (signing_key: string) =>
    jwkList(
      fromWire(
        { openid_connect_config: { ...PROGRAM_ON_WIRE, access_mode: 'program', signing_key } },
        'ACME',
      ),
    );

  it.each([
    [KEY_TEXT, [KEY]],
    ['{"keys":[1,null,"a",[],{"kty":"EC"}]}', [{ kty: 'EC' }]],
    ['{"keys":{}}', []],
    ['no key set', []],
  ])('of %j', (text, keys) => {
    expect(listOf(text)).toEqual(keys);
  });
});

describe('differences', () => {
  const sent = {
    ...parseInput(oidcConfigDraft, { ...PROGRAM, ...CONSOLE_ONLY, accessMode: 'PROGRAM_CONSOLE' }),
  };
  const stored = fromWire(toWire(sent), 'ACME');

  it.each<[string, Partial<typeof stored>, string[]]>([
    ['nothing', {}, []],
    ['another order of scopes', { scopes: ['email', 'openid'] }, []],
    ['the keys written otherwise', { signingKey: `${KEY_TEXT} ` }, []],
    ['another access mode', { accessMode: 'PROGRAM' }, ['accessMode']],
    ['another issuer', { idpUrl: 'https://accounts.example.com/' }, ['idpUrl']],
    ['no authorization endpoint', { authorizationEndpoint: null }, ['authorizationEndpoint']],
    ['a scope more', { scopes: ['openid', 'email', 'profile'] }, ['scope']],
    ['no scopes', { scopes: [] }, ['scope']],
    [
      'other responses',
      { responseType: null, responseMode: 'FRAGMENT' },
      ['responseType', 'responseMode'],
    ],
    ['another key', { signingKey: '{"keys":[]}' }, ['signingKey']],
    ['no key set', { signingKey: 'x' }, ['signingKey']],
    [
      'all at once',
      { idpId: 'X', clientId: 'x', scopes: [], signingKey: '' },
      ['idpId', 'clientId', 'scope', 'signingKey'],
    ],
  ])('sees %s', (_what, members, different) => {
    expect(differences(sent, { ...stored, ...members }).toSorted()).toEqual(different.toSorted());
  });

  it('counts only what was sent', () => {
    expect(
      differences(parseInput(oidcConfigDraft, PROGRAM), { ...stored, accessMode: 'PROGRAM' }),
    ).toEqual([]);
  });

  it('recognizes that a text that is not a key set was returned unchanged', () => {
    const pem = { signingKey: '-----BEGIN PUBLIC KEY-----' };
    expect(
      differences(
        { ...sent, signingKey: { text: pem.signingKey, keys: [] } },
        { ...stored, ...pem },
      ),
    ).toEqual([]);
    expect(
      differences(
        { ...sent, signingKey: { text: `${pem.signingKey} `, keys: [] } },
        { ...stored, ...pem },
      ),
    ).toEqual(['signingKey']);
  });
});
