import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { documentOf } from '../setup/root-fields.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { Result, ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { SeenRequest } from '../setup/scripted-upstream.ts';
import {
  HUAWEI_TOKEN,
  HUAWEI_VECTORS,
  huaweiId,
  huaweiInput,
  listArguments,
  namesOf,
  openIdConnectInput,
  ORDERCLOUD_TOKEN,
  ORDERCLOUD_VECTORS,
  VECTOR_HEADERS,
  vectorNamed,
} from '../setup/vectors.ts';
import type { Vector } from '../setup/vectors.ts';

/*
 * For every request recorded from the vendors' own SDKs, the gateway must send the same one if a caller requests the
 * same in GraphQL: the same method, path, parameters and body. The responses are stubs here.
 */

type Fields = Readonly<Record<string, unknown>>;
type Pairs = readonly (readonly [string, string])[];

/** How a recorded request is asked for in GraphQL. */
interface Replay {
  readonly field: string;
  readonly variables: (request: Vector['request']) => object;
}

const idAtEnd = (target: string) => /[^/]+$/.exec(target)?.[0];
const pairsOf = (target: string): Pairs => [...new URL(target, 'http://any').searchParams];

const createOpenIdConnect: Replay = {
  field: 'createOpenIdConnect',
  variables: ({ body }) => ({ input: openIdConnectInput(body) }),
};
const updateOpenIdConnect: Replay = {
  field: 'updateOpenIdConnect',
  variables: ({ target, body }) => ({
    input: { id: idAtEnd(target), ...openIdConnectInput(body) },
  }),
};
const list: Replay = {
  field: 'openIdConnects',
  variables: ({ target }) => listArguments(pairsOf(target).filter(([name]) => name !== 'Zero')),
};

const ORDERCLOUD: Readonly<Record<string, Replay>> = {
  'create.minimal': createOpenIdConnect,
  'create.full': createOpenIdConnect,
  'create.nullsAndUndefined': createOpenIdConnect,
  'list.default': list,
  'list.zeroFalseEmpty': list,
  'list.lastId': list,
  save: {
    field: 'saveOpenIdConnect',
    variables: ({ body }) => ({ input: openIdConnectInput(body) }),
  },
  'patch.one': updateOpenIdConnect,
  'patch.nulls': updateOpenIdConnect,
  'patch.empty': updateOpenIdConnect,
  delete: {
    field: 'deleteOpenIdConnect',
    variables: ({ target }) => ({ input: { id: idAtEnd(target) } }),
  },
};

const ofConfig = ({ target, body }: Vector['request']) => ({
  input: { idpId: huaweiId(target), ...huaweiInput(body) },
});
const ofProvider = ({ target, body }: Vector['request']) => ({
  input: { id: huaweiId(target), ...huaweiInput(body) },
});
const createOidcConfig: Replay = { field: 'createOidcConfig', variables: ofConfig };

const HUAWEI: Readonly<Record<string, Replay>> = {
  'create.program': createOidcConfig,
  'create.program.typed': createOidcConfig,
  'create.program_console': createOidcConfig,
  'create.nulls': createOidcConfig,
  'update.partial': { field: 'updateOidcConfig', variables: ofConfig },
  'idp.create': { field: 'createHuaweiIdentityProvider', variables: ofProvider },
  'idp.list': { field: 'huaweiIdentityProviders', variables: () => ({}) },
  'idp.show': {
    field: 'huaweiIdentityProvider',
    variables: ({ target }) => ({ id: huaweiId(target) }),
  },
  'idp.update': { field: 'updateHuaweiIdentityProvider', variables: ofProvider },
  'idp.delete': {
    field: 'deleteHuaweiIdentityProvider',
    variables: ({ target }) => ({ input: { id: huaweiId(target) } }),
  },
  'mapping.create': { field: 'createHuaweiMapping', variables: ofProvider },
  'protocol.create': { field: 'createHuaweiProtocol', variables: ofConfig },
};

const OWN_TOKEN = 'callers bring their own token: the gateway asks for none';
/** Recorded requests that nothing in the schema sends, each with the reason. */
const LEFT_OUT = {
  orderCloud: {
    'auth.clientCredentials': OWN_TOKEN,
    'auth.clientCredentials.noScope': OWN_TOKEN,
    'auth.password': OWN_TOKEN,
    'auth.refresh': OWN_TOKEN,
  },
  huawei: {
    'protocol.list':
      'an identity provider has one protocol for OpenID Connect, which is read by its name',
    'token.password.domainScope': OWN_TOKEN,
  },
} as const;

/** Parameters and members of recorded requests that a typed input cannot express, each with the reason. */
const UNSENT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'list.zeroFalseEmpty': {
    Zero: 'is no property of a configuration: the SDK takes any key for a filter',
  },
  'create.nullsAndUndefined': {
    IntegrationEventName: 'is read-only, and ignored when it is sent',
    IntegrationEventID: 'on create, null is the same as left out',
    AdditionalIdpScopes: 'on create, null is the same as left out',
    CustomErrorUrl: 'on create, null is the same as left out',
  },
  'create.nulls': {
    authorization_endpoint: 'on create, null is the same as left out',
    scope: 'on create, null is the same as left out',
    response_type: 'on create, null is the same as left out',
    response_mode: 'on create, null is the same as left out',
  },
};

let gateway: ScriptedGateway;

beforeAll(async () => {
  gateway = await startScriptedGateway();
});
afterAll(async () => {
  await gateway.stop();
});
beforeEach(() => {
  gateway.upstream.seen.length = 0;
});

const FRAGMENTS = {
  OidcError: 'message',
  CreateOpenIdConnectSuccess: 'openIdConnect { id }',
  CreateOidcConfigSuccess:
    'oidcConfig { idpId accessMode idpUrl clientId authorizationEndpoint scope responseType responseMode signingKey }',
};

/** Asks for the same as the recorded request; it must succeed. @returns the result, and the request as it went out */
async function replay(
  { field, variables }: Replay,
  vector: Vector,
): Promise<{ readonly result: Result; readonly sent: SeenRequest }> {
  const { name, request } = vector;
  const result = await gateway.run(
    documentOf(field, FRAGMENTS),
    variables(request),
    VECTOR_HEADERS,
  );
  expect(result).toMatchObject({
    __typename: `${field.replace(/^./, (first) => first.toUpperCase())}Success`,
  });

  const sent = gateway.upstream.seen.at(-1);
  if (sent === undefined) throw new Error('nothing was sent');
  const pathOf = (target: string) => new URL(target, 'http://any').pathname;
  expect({ method: sent.method, path: pathOf(sent.target) }).toEqual({
    method: request.method,
    path: pathOf(request.target),
  });
  expect(sent.headers['content-type']).toBe(request.headers['content-type']);
  expect([...pairsOf(sent.target)].sort()).toEqual(
    expressible(name, pairsOf(request.target)).sort(),
  );
  return { result, sent };
}

/** The recorded parameters or members without those that cannot be expressed. */
function expressible<Value>(
  name: string,
  recorded: readonly (readonly [string, Value])[],
): (readonly [string, Value])[] {
  const unsent = UNSENT[name] ?? {};
  return recorded.filter(([member]) => !(member in unsent));
}

/** The recorded object as it must be sent. */
const expectedBody = (name: string, recorded: Fields): Fields =>
  Object.fromEntries(expressible(name, Object.entries(recorded)));

describe('what the SDK of OrderCloud sends', () => {
  it('is replayed, or left out by name', () => {
    expect([...Object.keys(ORDERCLOUD), ...Object.keys(LEFT_OUT.orderCloud)].sort()).toEqual(
      [...namesOf(ORDERCLOUD_VECTORS).successes].sort(),
    );
  });

  it.each(Object.entries(ORDERCLOUD))('%s', async (name, how) => {
    const vector = vectorNamed(ORDERCLOUD_VECTORS, name);
    // The recorded responses have one ID for all; the real ones are about what was asked for.
    gateway.upstream.respondWith(({ target, body }) => {
      const { response } = vector;
      if (
        !('body' in response) ||
        !response.body.includes('"ID"') ||
        target.includes('?') ||
        response.body.includes('"Meta"')
      )
        return response;
      const { ID = decodeURIComponent(target.split('/')[3] ?? '') } = (
        body === '' ? {} : JSON.parse(body)
      ) as { readonly ID?: string };
      return ID === ''
        ? response
        : { ...response, body: JSON.stringify({ ...(JSON.parse(response.body) as object), ID }) };
    });
    const { result, sent } = await replay(how, vector);
    expect(gateway.upstream.seen).toHaveLength(1);
    expect(sent.headers.authorization).toBe(ORDERCLOUD_TOKEN);
    expect(sent.headers).not.toHaveProperty('x-auth-token');
    if (how === createOpenIdConnect)
      expect(result).toMatchObject({
        openIdConnect: {
          id: (JSON.parse(vector.request.body) as { readonly ID?: string }).ID ?? 'auto-1',
        },
      });
    if (vector.request.body === '') expect(sent.body).toBe('');
    else
      expect(JSON.parse(sent.body)).toStrictEqual(
        expectedBody(name, JSON.parse(vector.request.body) as Fields),
      );
  });
});

describe('what the SDK of Huawei Cloud IAM sends', () => {
  it('is replayed, or left out by name', () => {
    expect([...Object.keys(HUAWEI), ...Object.keys(LEFT_OUT.huawei)].sort()).toEqual(
      [...namesOf(HUAWEI_VECTORS).successes].sort(),
    );
  });

  it.each(Object.entries(HUAWEI).filter(([name]) => name !== 'update.partial'))(
    '%s',
    async (name, how) => {
      const vector = vectorNamed(HUAWEI_VECTORS, name);
      gateway.upstream.respondWith(vector.response);
      const { result, sent } = await replay(how, vector);
      expect(gateway.upstream.seen).toHaveLength(1);
      expect(sent.headers['x-auth-token']).toBe(HUAWEI_TOKEN);
      expect(sent.headers).not.toHaveProperty('authorization');
      if (how === createOidcConfig) {
        const empty = {
          authorizationEndpoint: null,
          scope: null,
          responseType: null,
          responseMode: null,
        };
        expect(result['oidcConfig']).toStrictEqual({
          ...empty,
          idpId: huaweiId(vector.request.target),
          ...huaweiInput(vector.request.body),
        });
      }
      if (vector.request.body === '') {
        expect(sent.body).toBe('');
        return;
      }
      const [[wrapper, recorded] = ['', {}]] = Object.entries(
        JSON.parse(vector.request.body) as Readonly<Record<string, Fields>>,
      );
      expect(JSON.parse(sent.body)).toStrictEqual({ [wrapper]: expectedBody(name, recorded) });
    },
  );

  it('update.partial, within the whole that is stored, which is read first', async () => {
    const vector = vectorNamed(HUAWEI_VECTORS, 'update.partial');
    const { openid_connect_config: recorded } = JSON.parse(vector.request.body) as {
      openid_connect_config: Fields;
    };
    const { response: before } = vectorNamed(HUAWEI_VECTORS, 'create.program_console');
    const { openid_connect_config: whole } = JSON.parse('body' in before ? before.body : '') as {
      openid_connect_config: Fields;
    };
    // Another key set than the one that is sent, so that it can be seen which of the two arrives.
    const stored = { ...whole, signing_key: '{"keys":[{"kty":"RSA","e":"AQAB","n":"before"}]}' };
    gateway.upstream.respondWith(({ method }) =>
      method === 'GET'
        ? { status: 200, body: JSON.stringify({ openid_connect_config: stored }) }
        : vector.response,
    );
    const how = HUAWEI['update.partial'];
    if (how === undefined) throw new Error('no replay');
    const { sent } = await replay(how, vector);
    expect(gateway.upstream.seen.map(({ method, target }) => `${method} ${target}`)).toEqual([
      `GET ${vector.request.target}`,
      `PUT ${vector.request.target}`,
    ]);
    expect(JSON.parse(sent.body)).toStrictEqual({
      openid_connect_config: { ...stored, ...recorded },
    });
  });
});
