import type { OpenIdConnect } from 'oidc-config-client';
import { describe, expect, it } from 'vitest';
import { signInFile } from '../file/schema.ts';
import type { IssuerValues } from '../plan/stored.ts';
import { ReadFailure } from '../state/read-object.ts';
import type { StoredPlatforms, StoredSignIn } from '../state/read-platforms.ts';
import { exportedFile } from './to-file.ts';

const URL = 'https://idp.example.com';
const KEYS = { keys: [{ kty: 'RSA', kid: 'a' }] };

const values: IssuerValues = {
  openIdConnect: {
    authorizationEndpoint: `${URL}/authorize`,
    tokenEndpoint: `${URL}/token`,
    urlEncoded: true,
  },
  oidcConfig: {
    idpUrl: URL,
    authorizationEndpoint: `${URL}/authorize`,
    scope: ['openid'],
    responseType: 'ID_TOKEN',
    responseMode: 'FORM_POST',
    signingKey: KEYS,
  },
};

const unreadable = new ReadFailure(`The issuer ${URL}`, {
  __typename: 'OidcIssuerError',
  code: 'ISSUER',
  message: 'It does not respond.',
  requestId: 'r',
  upstream: null,
} as unknown as ConstructorParameters<typeof ReadFailure>[1]);

const client = (fields: Partial<OpenIdConnect> = {}): OpenIdConnect =>
  ({
    __typename: 'OpenIdConnect',
    id: 'shop',
    orderCloudApiClientId: '1111',
    connectClientId: 'shop',
    appStartUrl: 'https://shop.example.com/{0}',
    authorizationEndpoint: `${URL}/authorize`,
    tokenEndpoint: `${URL}/token`,
    urlEncoded: false,
    integrationEventId: null,
    callSyncUserIntegrationEvent: false,
    additionalIdpScopes: [],
    customErrorUrl: null,
    hasConnectClientSecret: true,
    fingerprint: 'f',
    ...fields,
  }) as OpenIdConnect;

const signIn = (id: string, fields: Partial<StoredSignIn> = {}): StoredSignIn => ({
  provider: { id, description: '', enabled: true, ssoType: 'VIRTUAL_USER_SSO', fingerprint: 'f' },
  mapping: {
    id: 'm',
    rules: [
      {
        local: [{ user: { name: '{0}' }, group: null, groups: null }],
        remote: [{ type: 'sub', anyOneOf: null, notAnyOf: null, regex: false }],
      },
    ],
    fingerprint: 'f',
  },
  hasWholeRules: true,
  config: {
    idpId: id,
    accessMode: 'PROGRAM_CONSOLE',
    idpUrl: URL,
    clientId: 'cloud',
    authorizationEndpoint: `${URL}/authorize`,
    scope: ['openid'],
    responseType: 'ID_TOKEN',
    responseMode: 'FORM_POST',
    signingKey: JSON.stringify(KEYS),
    fingerprint: 'f',
  },
  ...fields,
});

const withConfig = (id: string, config: Partial<NonNullable<StoredSignIn['config']>>) => {
  const stored = signIn(id);
  return { ...stored, config: stored.config && { ...stored.config, ...config } };
};

function exported(stored: Partial<StoredPlatforms>) {
  const result = exportedFile({
    openIdConnects: [],
    signIns: [],
    issuers: new Map([[URL, values]]),
    notConfigured: [],
    ...stored,
  });
  // Whatever is exported has the form of a file.
  expect(signInFile.safeParse(result.file)).toMatchObject({ success: true });
  return result;
}

describe('what is exported', () => {
  it('names an issuer once, and says only what differs from it', () => {
    const { file, notes, leftOut } = exported({
      openIdConnects: [
        client(),
        client({ id: 'other', tokenEndpoint: 'https://other.example.com/token' }),
      ],
      signIns: [
        signIn('b'),
        withConfig('a', { authorizationEndpoint: 'https://other.example.com/authorize' }),
      ],
    });
    expect({ notes, leftOut, issuers: file.issuers }).toEqual({
      notes: [],
      leftOut: [],
      issuers: { a: { url: URL } },
    });
    expect(file.openIdConnects).toEqual([
      {
        id: 'shop',
        issuer: 'a',
        orderCloudApiClientId: '1111',
        connectClientId: 'shop',
        connectClientSecret: { fromEnv: 'SHOP_CONNECT_CLIENT_SECRET' },
        appStartUrl: 'https://shop.example.com/{0}',
        urlEncoded: false,
        callSyncUserIntegrationEvent: false,
      },
      expect.objectContaining({
        id: 'other',
        authorizationEndpoint: `${URL}/authorize`,
        tokenEndpoint: 'https://other.example.com/token',
      }),
    ]);
    expect(file.openIdConnects[1]).not.toHaveProperty('issuer', 'a');
    expect(file.oidcConfigs).toEqual([
      {
        idpId: 'b',
        enabled: true,
        issuer: 'a',
        accessMode: 'PROGRAM_CONSOLE',
        clientId: 'cloud',
        scope: ['openid'],
        responseType: 'ID_TOKEN',
        responseMode: 'FORM_POST',
        mapping: {
          id: 'm',
          rules: [{ local: [{ user: { name: '{0}' } }], remote: [{ type: 'sub' }] }],
        },
      },
      expect.objectContaining({
        idpId: 'a',
        issuer: 'a',
        authorizationEndpoint: 'https://other.example.com/authorize',
      }),
    ]);
  });

  it('names no issuer for OrderCloud if several publish the same endpoints', () => {
    const { file } = exported({
      openIdConnects: [client()],
      signIns: [signIn('a'), withConfig('b', { idpUrl: `${URL}/` })],
      issuers: new Map([
        [URL, values],
        [`${URL}/`, values],
      ]),
    });
    expect(file.openIdConnects[0]).toMatchObject({ tokenEndpoint: `${URL}/token` });
    expect(file.openIdConnects[0]?.issuer).toBeUndefined();
  });

  it('has what is stored if the issuer cannot be read', () => {
    const { file, notes } = exported({
      openIdConnects: [client()],
      signIns: [signIn('b'), signIn('a')],
      issuers: new Map([[URL, unreadable]]),
    });
    expect(file.issuers).toEqual({});
    expect(file.openIdConnects[0]).toMatchObject({ authorizationEndpoint: `${URL}/authorize` });
    expect(file.oidcConfigs[0]).toMatchObject({
      idpUrl: URL,
      authorizationEndpoint: `${URL}/authorize`,
      signingKey: KEYS,
    });
    expect(notes).toEqual([
      `The issuer ${URL} cannot be read: It does not respond. (ISSUER, request r) The file has the stored keys, and the keys of these identity providers stay so until signingKey is removed: a, b.`,
    ]);
  });

  it('has no secret where none is stored', () => {
    const { file, secrets } = exported({
      openIdConnects: [client({ hasConnectClientSecret: false })],
    });
    expect(file.openIdConnects[0]?.connectClientSecret).toBeUndefined();
    expect(secrets).toEqual([]);
  });

  it('keeps conditions as they are: an empty list is not none', () => {
    const rules = [
      {
        local: [{ groups: '{0}' }],
        remote: [
          { type: 'a', anyOneOf: [], notAnyOf: null, regex: false },
          { type: 'b', anyOneOf: null, notAnyOf: ['x'], regex: true },
        ],
      },
    ];
    const { file } = exported({
      signIns: [signIn('a', { mapping: { id: 'm', rules, fingerprint: 'f' } })],
    });
    expect(file.oidcConfigs[0]?.mapping?.rules?.[0]?.remote).toEqual([
      { type: 'a', anyOneOf: [] },
      { type: 'b', notAnyOf: ['x'], regex: true },
    ]);
  });

  it('leaves rules alone that it cannot express', () => {
    const mapping = { id: 'm', rules: [], fingerprint: 'f' };
    const { file, notes } = exported({
      signIns: [signIn('a', { mapping }), signIn('b', { hasWholeRules: false })],
    });
    expect(file.oidcConfigs.map((entry) => entry.mapping)).toEqual([{ id: 'm' }, { id: 'm' }]);
    expect(notes).toHaveLength(2);
    expect(new Set(notes)).toEqual(
      new Set([
        'The mapping "m" has rules that the file cannot express. They stay as they are stored, as long as the entry has no rules.',
      ]),
    );
  });

  it('says what else the file cannot say', () => {
    const unknown = { ...signIn('a').provider, ssoType: null };
    const { file, notes } = exported({
      signIns: [
        signIn('a', { provider: unknown }),
        signIn('b', { mapping: null }),
        { ...withConfig('c', { signingKey: 'none' }) },
        signIn('d', { config: null }),
      ],
      issuers: new Map([[URL, unreadable]]),
    });
    expect(file.oidcConfigs.map(({ idpId }) => idpId)).toEqual(['a', 'b', 'c']);
    expect(notes.slice(1)).toEqual([
      'The identity provider "a" has an unknown type of single sign-on, which the file cannot say. OpenID Connect requires VIRTUAL_USER_SSO.',
      'The identity provider "b" has no mapping, so nobody can sign in.',
      'The identity provider "c" has keys that are no JSON Web Key Set. They are not in the file.',
      'The identity provider "d" has no OpenID Connect configuration, so it is not in the file.',
    ]);
  });

  it('names what is not in the file although it is stored', () => {
    const { file, leftOut } = exported({
      openIdConnects: [client({ id: 'a b', appStartUrl: null }), client()],
      signIns: [withConfig('a', { clientId: null })],
      notConfigured: ['huawei'],
    });
    expect(file.openIdConnects.map(({ id }) => id)).toEqual(['shop']);
    expect(leftOut).toEqual([
      'Huawei Cloud IAM is not configured at this gateway.',
      'The OpenIdConnect "a b" is stored in a form that the file cannot express: id, appStartUrl.',
      'The identity provider "a" is stored in a form that the file cannot express: clientId.',
    ]);
  });

  it('has a variable for each secret, whose name the loader accepts', () => {
    const ids = ['a-b', 'a_b', 'A-B', '9lives', '-', 'a3f9c01b77de4410aa02ffee99812345'];
    const { secrets } = exported({ openIdConnects: ids.map((id) => client({ id })) });
    expect(secrets).toEqual([
      { id: 'a-b', name: 'A_B_CONNECT_CLIENT_SECRET_2' },
      { id: 'a_b', name: 'A_B_CONNECT_CLIENT_SECRET_3' },
      { id: 'A-B', name: 'A_B_CONNECT_CLIENT_SECRET' },
      { id: '9lives', name: '_9LIVES_CONNECT_CLIENT_SECRET' },
      { id: '-', name: '___CONNECT_CLIENT_SECRET' },
      {
        id: 'a3f9c01b77de4410aa02ffee99812345',
        name: 'A3F9C01B77DE4410AA02FFEE99812345_CONNECT_CLIENT_SECRET',
      },
    ]);
  });
});
