import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordedRequest, RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuawei } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';
import { makeApiKey } from '../setup/api-keys.ts';
import { serveIssuer } from '../setup/issuer-server.ts';
import { documentOf, ROOT_FIELDS } from '../setup/root-fields.ts';

/** Who may call the gateway at all, whosever credentials it uses for the upstreams. */
const inbound = makeApiKey();
afterAll(inbound.remove);

const issuer = await serveIssuer();
afterAll(issuer.close);

const OPEN_ID_CONNECT = {
  id: 'acme',
  orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
  connectClientId: 'app',
  connectClientSecret: 'client-secret',
  appStartUrl: 'https://shop.example.com/login?token={0}',
  authorizationEndpoint: 'https://idp.example.com/authorize',
  tokenEndpoint: 'https://idp.example.com/token',
};
const CONFIG = {
  accessMode: 'PROGRAM',
  idpUrl: 'https://accounts.example.com',
  clientId: 'client_id_example',
  signingKey: { keys: [{ kty: 'RSA', n: 'example', e: 'AQAB' }] },
};
const RULES = [{ local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] }];

const { authorizationEndpoint: _a, tokenEndpoint: _t, ...connect } = OPEN_ID_CONNECT;
const SIGN_IN = {
  issuer: issuer.issuer,
  openIdConnect: { ...connect, id: 'sign-in' },
  oidcConfig: { idpId: 'SIGN-IN', accessMode: 'PROGRAM', clientId: 'client_id_example' },
};

/** Every root field, in an order in which each can succeed, with its variables. */
const STEPS: readonly (readonly [field: string, variables: object])[] = [
  ['createOpenIdConnect', { input: OPEN_ID_CONNECT }],
  ['openIdConnects', {}],
  ['openIdConnect', { id: 'acme' }],
  ['updateOpenIdConnect', { input: { id: 'acme', connectClientId: 'other' } }],
  ['saveOpenIdConnect', { input: OPEN_ID_CONNECT }],
  ['checkOpenIdConnect', { input: { id: 'acme', issuer: 'https://127.0.0.1' } }],
  ['deleteOpenIdConnect', { input: { id: 'acme' } }],
  ['createHuaweiIdentityProvider', { input: { id: 'STEPS', enabled: true } }],
  ['updateHuaweiIdentityProvider', { input: { id: 'STEPS', description: 'By hand' } }],
  ['huaweiIdentityProvider', { id: 'STEPS' }],
  ['huaweiIdentityProviders', {}],
  ['createHuaweiMapping', { input: { id: 'steps', rules: RULES } }],
  ['updateHuaweiMapping', { input: { id: 'steps', rules: RULES } }],
  ['huaweiMapping', { id: 'steps' }],
  ['huaweiMappings', {}],
  ['evaluateHuaweiMapping', { input: { mappingId: 'steps', claims: { sub: 'jane' } } }],
  ['createHuaweiProtocol', { input: { idpId: 'STEPS', mappingId: 'steps' } }],
  ['updateHuaweiProtocol', { input: { idpId: 'STEPS', mappingId: 'steps' } }],
  ['huaweiProtocol', { idpId: 'STEPS' }],
  ['createOidcConfig', { input: { idpId: 'STEPS', ...CONFIG } }],
  ['updateOidcConfig', { input: { idpId: 'STEPS', clientId: 'client_id_other' } }],
  ['oidcConfig', { idpId: 'STEPS' }],
  ['checkOidcConfig', { input: { idpId: 'STEPS', issuer: 'https://127.0.0.1' } }],
  ['provisionOidcConfig', { input: { idpId: 'PROVISIONED', ...CONFIG } }],
  ['provisionOidcSignIn', { input: SIGN_IN }],
  ['oidcConfigKeys', { input: { idpId: 'SIGN-IN' } }],
  ['syncOidcConfigKeys', { input: { idpId: 'SIGN-IN' } }],
  ['deleteHuaweiProtocol', { input: { idpId: 'STEPS' } }],
  ['deleteHuaweiMapping', { input: { id: 'steps' } }],
  ['deleteHuaweiIdentityProvider', { input: { id: 'STEPS' } }],
];

/** What each field is asked for. */
const SELECTION = {
  OidcError: 'code message upstream { details { code message } }',
  ...Object.fromEntries(
    ['Create', 'Save', 'Update', ''].map((verb) => [
      `${verb}OpenIdConnectSuccess`,
      'openIdConnect { connectClientSecret hasConnectClientSecret }',
    ]),
  ),
};

it('goes through every root field that calls a platform', () => {
  expect([...STEPS.map(([field]) => field), 'oidcIssuer', 'oidcWatches'].sort()).toEqual(
    [...ROOT_FIELDS.keys()].sort(),
  );
});

const noteOf = (emulator: RunningEmulator, label: string) =>
  emulator.notes.find((note) => note.label === label)?.value ?? '';
const clientOf = (orderCloud: RunningEmulator) => ({
  ORDERCLOUD_CREDENTIALS: 'gateway',
  ORDERCLOUD_CLIENT_ID: noteOf(orderCloud, 'OAuth client id'),
  ORDERCLOUD_CLIENT_SECRET: noteOf(orderCloud, 'OAuth client secret'),
});

/** A way to come by credentials for both platforms. */
interface Mode {
  readonly name: string;
  readonly environment: (
    orderCloud: RunningEmulator,
    huawei: RunningEmulator,
  ) => Readonly<Record<string, string>>;
  readonly owner: 'caller' | 'gateway';
  /** How often the gateway logs in at Huawei Cloud. */
  readonly huaweiLogins: number;
  /** Which header of a call there carries the credentials. */
  readonly huaweiHeader: 'x-auth-token' | 'authorization';
}

const MODES: readonly Mode[] = [
  {
    name: "callers' own tokens",
    environment: () => ({}),
    owner: 'caller',
    huaweiLogins: 0,
    huaweiHeader: 'x-auth-token',
  },
  {
    name: "the gateway's API client and access key",
    environment: (orderCloud, huawei) => ({
      ...clientOf(orderCloud),
      HUAWEI_CREDENTIALS: 'gateway',
      HUAWEI_AUTH_METHOD: 'access-key',
      HUAWEI_ACCESS_KEY: noteOf(huawei, 'access key (AK)'),
      HUAWEI_SECRET_KEY: noteOf(huawei, 'secret key (SK)'),
      HUAWEI_SECURITY_TOKEN: 'example-security-token',
      HUAWEI_DOMAIN_ID: noteOf(huawei, 'account (domain) id'),
    }),
    owner: 'gateway',
    huaweiLogins: 0,
    huaweiHeader: 'authorization',
  },
  {
    name: "the gateway's API client and password",
    environment: (orderCloud, huawei) => ({
      ...clientOf(orderCloud),
      HUAWEI_CREDENTIALS: 'gateway',
      HUAWEI_AUTH_METHOD: 'password',
      HUAWEI_DOMAIN_NAME: noteOf(huawei, 'account (domain) name'),
      HUAWEI_USER_NAME: noteOf(huawei, 'IAM user'),
      HUAWEI_PASSWORD: noteOf(huawei, 'IAM password'),
    }),
    owner: 'gateway',
    huaweiLogins: 1,
    huaweiHeader: 'x-auth-token',
  },
];

describe.each(MODES)(
  'with credentials: $name',
  ({ environment, owner, huaweiLogins, huaweiHeader }) => {
    let orderCloud: RunningEmulator;
    let huawei: RunningEmulator;
    let gateway: BuiltGateway;
    let headers: Record<string, string>;
    /** What every step gave. */
    const results = new Map<string, Readonly<Record<string, unknown>>>();

    beforeAll(async () => {
      [orderCloud, huawei] = await Promise.all([startOrderCloud(), startHuawei()]);
      gateway = await startBuiltGateway({
        ...orderCloud.environment,
        ...huawei.environment,
        ...environment(orderCloud, huawei),
        ...inbound.environment,
        ISSUER_ALLOWED_HOSTS: issuer.issuer,
      });
      // Tokens of callers that count for nothing where the gateway has its own.
      const own =
        owner === 'caller'
          ? { ...orderCloud.exampleHeaders, ...huawei.exampleHeaders }
          : { 'x-ordercloud-authorization': 'Bearer canary-token', 'x-auth-token': 'canary-token' };
      headers = { ...own, ...inbound.headers };
    });
    afterAll(async () => {
      expect((await gateway.stop()).code).toBe(0);
      await Promise.all([orderCloud.close(), huawei.close()]);
    });

    it.each(STEPS)('%s succeeds', async (field, variables) => {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query: documentOf(field, SELECTION), variables }),
      });
      const { data, errors } = (await response.json()) as {
        data?: { result: Record<string, unknown> };
        errors?: unknown;
      };
      expect(errors).toBeUndefined();
      expect(data?.result).toMatchObject({
        __typename: `${field.replace(/^./, (first) => first.toUpperCase())}Success`,
      });
      results.set(field, data?.result ?? {});
    });

    it('gives the objects that a router of a supergraph refers to', async () => {
      const query =
        '{ _entities(representations: [{ __typename: "OpenIdConnect", id: "example-existing" }, { __typename: "OidcConfig", idpId: "ACME-CONFIGURED" }, { __typename: "HuaweiIdentityProvider", id: "ACME" }]) { __typename ... on OpenIdConnect { connectClientSecret hasConnectClientSecret } } }';
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query }),
      });
      const shown = owner === 'caller' ? (expect.any(String) as string) : null;
      expect(await response.json()).toEqual({
        data: {
          _entities: [
            {
              __typename: 'OpenIdConnect',
              connectClientSecret: shown,
              hasConnectClientSecret: true,
            },
            { __typename: 'OidcConfig' },
            { __typename: 'HuaweiIdentityProvider' },
          ],
        },
      });
    });

    it('shows the client secret only to callers with credentials of their own', () => {
      for (const field of [
        'createOpenIdConnect',
        'openIdConnect',
        'updateOpenIdConnect',
        'saveOpenIdConnect',
      ]) {
        expect(results.get(field)).toMatchObject({
          openIdConnect: {
            connectClientSecret: owner === 'caller' ? 'client-secret' : null,
            hasConnectClientSecret: true,
          },
        });
      }
    });

    it("logs in at most once, as itself, and sends callers' tokens only if callers must bring them", () => {
      const logins = ({ requests }: RunningEmulator) =>
        requests.filter(({ target }) => /^\/(oauth\/token|v3\/auth\/tokens)/.test(target));
      expect(logins(orderCloud)).toHaveLength(owner === 'caller' ? 0 : 1);
      expect(logins(huawei)).toHaveLength(huaweiLogins);
      const calls = (emulator: RunningEmulator): readonly RecordedRequest[] =>
        emulator.requests.filter((request) => !logins(emulator).includes(request));
      for (const { headers: sent } of [...orderCloud.requests, ...huawei.requests])
        expect(sent['user-agent']).toBe('oidc-config-gateway');
      expect(
        new Set(calls(orderCloud).map(({ headers: { authorization } }) => authorization)).size,
        'one token for all',
      ).toBe(1);
      for (const { headers: sent } of calls(huawei))
        expect(
          Object.keys(sent).filter((name) => /^(x-auth-token|authorization)$/.test(name)),
        ).toEqual([huaweiHeader]);
      expect(JSON.stringify([orderCloud.requests, huawei.requests])).not.toContain('canary');
    });

    it('says at the start whose credentials they are', () => {
      const configured = gateway.logs().filter(({ msg }) => msg === 'upstream configured');
      expect(configured.map(({ credentials }) => credentials)).toEqual([owner, owner]);
    });
  },
);
