import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stopClock } from '../setup/clock.ts';
import { documentOf } from '../setup/root-fields.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedResponse } from '../setup/scripted-upstream.ts';
import {
  HUAWEI_VECTORS,
  huaweiId,
  huaweiInput,
  namesOf,
  openIdConnectInput,
  ORDERCLOUD_TOKEN,
  ORDERCLOUD_VECTORS,
  VECTOR_HEADERS,
  vectorNamed,
} from '../setup/vectors.ts';

/*
 * Responses other than plain success, in the forms that the vendors document: each becomes the union member with its
 * meaning, and keeps all details.
 */

const FRAGMENTS = {
  OidcError: 'upstream { upstream status requestId details { code message data } }',
  OidcInvalidInputError: 'issues { path source }',
  OidcPermissionDeniedError: 'missing',
  OidcNotFoundError: 'resource id',
  OidcRateLimitedError: 'retryAfterSeconds',
  OidcAlreadyExistsError: 'resource id',
  OidcOutcomeUnknownError: 'reason',
};
const CREATE_OPEN_ID_CONNECT = documentOf('createOpenIdConnect', FRAGMENTS);
const READ_OPEN_ID_CONNECT = documentOf('openIdConnect', FRAGMENTS);
const CREATE_OIDC_CONFIG = documentOf('createOidcConfig', FRAGMENTS);
const READ_OIDC_CONFIG = documentOf('oidcConfig', FRAGMENTS);

let gateway: ScriptedGateway;
let restore: () => void;

beforeAll(async () => {
  // The deadline leaves no time for the Retry-After of the recorded responses, and does not pass earlier.
  gateway = await startScriptedGateway({ UPSTREAM_TIMEOUT_MS: '2000' });
  ({ restore } = stopClock());
});
afterAll(async () => {
  restore();
  await gateway.stop();
});
beforeEach(() => {
  gateway.upstream.seen.length = 0;
});

const run = (document: string, variables: object) =>
  gateway.run(document, variables, VECTOR_HEADERS);

/** An expected result: the member, and what else of it matters. */
type Expected = Record<string, unknown> & { readonly __typename: string };

const unknown = (reason: string): Expected => ({ __typename: 'OidcOutcomeUnknownError', reason });
const member = (name: string, rest: object = {}): Expected => ({
  __typename: `Oidc${name}Error`,
  ...rest,
});

const ORDERCLOUD_RESPONSES: Record<string, { create: Expected; read: Expected }> = {
  'auth.error.invalidGrant': {
    create: member('UpstreamRejected'),
    read: member('UpstreamRejected'),
  },
  'error.404.ErrorsArray': {
    create: member('NotFound', { resource: 'OpenIdConnect', id: 'zz' }),
    read: member('NotFound', { resource: 'OpenIdConnect', id: 'zz' }),
  },
  'error.404.flatSeed': {
    create: member('NotFound'),
    read: member('NotFound', { resource: 'OpenIdConnect', id: 'zz' }),
  },
  'error.409.IdExists': {
    create: member('AlreadyExists', { resource: 'OpenIdConnect', id: 'google' }),
    read: member('UpstreamRejected'),
  },
  'error.400.validationMulti': {
    create: member('InvalidInput', {
      issues: [
        { path: ['connectClientId'], source: 'UPSTREAM' },
        { path: ['tokenEndpoint'], source: 'UPSTREAM' },
      ],
    }),
    read: member('UpstreamRejected'),
  },
  'error.401.InvalidToken': { create: member('Unauthenticated'), read: member('Unauthenticated') },
  'error.403.InsufficientRoles': {
    create: member('PermissionDenied', { missing: ['OpenIDConnectAdmin'] }),
    read: member('PermissionDenied', { missing: ['OpenIDConnectAdmin'] }),
  },
  'error.429.retryAfter': {
    create: member('RateLimited', { retryAfterSeconds: 3 }),
    read: member('RateLimited', { retryAfterSeconds: 3 }),
  },
  'error.500.empty': { create: unknown('UPSTREAM_ERROR'), read: member('UpstreamUnavailable') },
  'error.502.html': { create: unknown('UPSTREAM_ERROR'), read: member('UpstreamUnavailable') },
  'success.200.htmlBody': {
    create: unknown('UNREADABLE_ANSWER'),
    read: member('UpstreamContract'),
  },
  'success.200.emptyBody': {
    create: unknown('UNREADABLE_ANSWER'),
    read: member('UpstreamContract'),
  },
  'redirect.302': { create: unknown('UPSTREAM_ERROR'), read: member('UpstreamContract') },
  'socket.reset': { create: unknown('CONNECTION_LOST'), read: member('UpstreamUnavailable') },
};

const HUAWEI_RESPONSES: Record<string, { create: Expected; read: Expected }> = {
  'error.400.error_code': { create: member('UpstreamRejected'), read: member('UpstreamRejected') },
  'error.401.error_code': { create: member('Unauthenticated'), read: member('Unauthenticated') },
  'error.403.error_code': {
    create: member('PermissionDenied', {
      missing: ['iam:identityProviders:createOpenIDConnectConfig'],
    }),
    read: member('PermissionDenied', {
      missing: ['iam:identityProviders:createOpenIDConnectConfig'],
    }),
  },
  'error.404.error_code': {
    create: member('NotFound', { resource: 'openid_connect_config', id: 'ACME' }),
    read: member('NotFound', { resource: 'openid_connect_config', id: 'ACME' }),
  },
  'error.409.error_code': {
    create: member('AlreadyExists', { resource: 'openid_connect_config', id: 'ACME' }),
    read: member('UpstreamRejected'),
  },
  'error.429.error_code': {
    create: member('RateLimited', { retryAfterSeconds: null }),
    read: member('RateLimited', { retryAfterSeconds: null }),
  },
  'error.401.keystone': { create: member('Unauthenticated'), read: member('Unauthenticated') },
  'error.401.apigw': { create: member('Unauthenticated'), read: member('Unauthenticated') },
  'error.500.empty': { create: unknown('UPSTREAM_ERROR'), read: member('UpstreamUnavailable') },
  'error.502.html': { create: unknown('UPSTREAM_ERROR'), read: member('UpstreamUnavailable') },
  'error.504.noBackup': { create: unknown('UPSTREAM_ERROR'), read: member('UpstreamUnavailable') },
  'error.socketReset': { create: unknown('CONNECTION_LOST'), read: member('UpstreamUnavailable') },
  'success.200.html': { create: unknown('UNREADABLE_ANSWER'), read: member('UpstreamContract') },
  'success.200.empty': { create: unknown('UNREADABLE_ANSWER'), read: member('UpstreamContract') },
};

/** The status of the recorded response, and every entry of its body, must be in the member. */
function expectWhole(
  result: Readonly<Record<string, unknown>>,
  response: ScriptedResponse,
  id: string,
): void {
  const status = 'status' in response ? response.status : null;
  expect(result['upstream']).toMatchObject({ upstream: id, status });
  const body = 'body' in response ? response.body : '';
  const { Errors = [] } = (body.startsWith('{') ? JSON.parse(body) : {}) as {
    Errors?: { ErrorCode: string; Message: string }[];
  };
  const { details } = result['upstream'] as { details: { code: string; message: string }[] };
  for (const { ErrorCode: code, Message: message } of Errors)
    expect(details).toContainEqual(expect.objectContaining({ code, message }));
}

describe("OrderCloud's responses become their union members", () => {
  const input = openIdConnectInput(vectorNamed(ORDERCLOUD_VECTORS, 'create.full').request.body);

  it('has an expectation for every recorded response', () => {
    expect(Object.keys(ORDERCLOUD_RESPONSES).sort()).toEqual(
      [...namesOf(ORDERCLOUD_VECTORS).troubles].sort(),
    );
  });

  it.each(Object.entries(ORDERCLOUD_RESPONSES))('%s', async (name, { create, read }) => {
    const { response } = vectorNamed(ORDERCLOUD_VECTORS, name);
    gateway.upstream.respondWith(response);
    const created = await run(CREATE_OPEN_ID_CONNECT, { input });
    expect(created).toMatchObject(create);
    expectWhole(created, response, 'ORDERCLOUD');
    expect(
      gateway.upstream.seen.filter(({ method }) => method === 'POST'),
      'a create is sent once',
    ).toHaveLength(1);
    gateway.upstream.seen.length = 0;

    const found = await run(READ_OPEN_ID_CONNECT, { id: 'zz' });
    expect(found).toMatchObject(read);
    expectWhole(found, response, 'ORDERCLOUD');
    expect(gateway.upstream.seen[0]).toMatchObject({
      method: 'GET',
      target: vectorNamed(ORDERCLOUD_VECTORS, 'error.404.ErrorsArray').request.target,
    });
    expect(gateway.upstream.seen[0]?.headers.authorization).toBe(ORDERCLOUD_TOKEN);
  });
});

describe("Huawei Cloud IAM's responses become their union members", () => {
  const { target, body } = vectorNamed(HUAWEI_VECTORS, 'create.program').request;
  const input = { idpId: huaweiId(target), ...huaweiInput(body) };

  it('has an expectation for every recorded response', () => {
    expect(Object.keys(HUAWEI_RESPONSES).sort()).toEqual(
      [...namesOf(HUAWEI_VECTORS).troubles].sort(),
    );
  });

  it.each(Object.entries(HUAWEI_RESPONSES))('%s', async (name, { create, read }) => {
    const { response } = vectorNamed(HUAWEI_VECTORS, name);
    gateway.upstream.respondWith(response);
    const created = await run(CREATE_OIDC_CONFIG, { input });
    expect(created).toMatchObject(create);
    expectWhole(created, response, 'HUAWEI_IAM');
    expect(created['upstream']).toMatchObject({
      requestId: 'status' in response ? 'req-0001' : null,
    });
    expect(
      gateway.upstream.seen.filter(({ method }) => method === 'POST'),
      'a create is sent once',
    ).toHaveLength(1);
    gateway.upstream.seen.length = 0;

    const found = await run(READ_OIDC_CONFIG, { idpId: 'ACME' });
    expect(found).toMatchObject(read);
    expect(gateway.upstream.seen[0]).toMatchObject({
      method: 'GET',
      target: vectorNamed(HUAWEI_VECTORS, 'error.404.error_code').request.target,
    });
  });

  it('takes a numeric code of the v3 form for the status that it is', async () => {
    gateway.upstream.respondWith(vectorNamed(HUAWEI_VECTORS, 'error.401.keystone').response);
    const { upstream: failure } = (await run(READ_OIDC_CONFIG, { idpId: 'ACME' })) as unknown as {
      upstream: { details: unknown };
    };
    expect(failure.details).toEqual([
      {
        code: null,
        message: 'The request you have made requires authentication.',
        data: '{"title":"Unauthorized"}',
      },
    ]);
  });
});
