import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { startScriptedUpstream } from '../setup/scripted-upstream.ts';
import type { ScriptedAnswer, ScriptedUpstream } from '../setup/scripted-upstream.ts';

/*
 * Requests recorded from the vendors' own SDKs, and answers in the forms that the vendors document, replayed through
 * the gateway. The translation from wire names to input names is written here once more, on purpose: it is a witness
 * that shares nothing with the gateway's own.
 */

interface Case {
  readonly name: string;
  readonly request: { readonly method: string; readonly target: string; readonly headers: Record<string, string>; readonly body: string };
  readonly response: ScriptedAnswer;
}

const load = (file: string) => (JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8')) as { cases: Case[] }).cases;
const orderCloud = load('ordercloud.json');
const huawei = load('huawei-iam.json');
const byName = (cases: readonly Case[], name: string): Case => {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no vector ${name}`);
  return found;
};

const ORDERCLOUD_TOKEN = byName(orderCloud, 'create.full').request.headers['authorization'] ?? '';
const HUAWEI_TOKEN = 'MIIDkgExampleToken';
const HEADERS = { 'x-ordercloud-authorization': ORDERCLOUD_TOKEN, 'x-auth-token': HUAWEI_TOKEN };

const CREATE_OPEN_ID_CONNECT = `mutation ($input: CreateOpenIdConnectInput!) { result: createOpenIdConnect(input: $input) { ${selection()}
  ... on CreateOpenIdConnectSuccess { openIdConnect { id } } } }`;
const READ_OPEN_ID_CONNECT = `query ($id: ID!) { result: openIdConnect(id: $id) { ${selection(false)} } }`;
const CREATE_OIDC_CONFIG = `mutation ($input: CreateOidcConfigInput!) { result: createOidcConfig(input: $input) { ${selection()}
  ... on CreateOidcConfigSuccess { oidcConfig { idpId accessMode idpUrl clientId authorizationEndpoint scope responseType responseMode signingKey } } } }`;
const READ_OIDC_CONFIG = `query ($id: ID!) { result: oidcConfig(idpId: $id) { ${selection(false)} } }`;

function selection(create = true): string {
  return `__typename
    ... on OidcError { upstream { upstream status requestId details { code message data } } }
    ... on OidcInvalidInputError { issues { path source } }
    ... on OidcPermissionDeniedError { missing }
    ... on OidcNotFoundError { resource id }
    ... on OidcRateLimitedError { retryAfterSeconds }
    ${create ? '... on OidcAlreadyExistsError { resource id } ... on OidcOutcomeUnknownError { reason }' : ''}`;
}

let upstream: ScriptedUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  // The deadline leaves no time for the Retry-After of the recorded answers.
  gateway = await startGateway({ ORDERCLOUD_API_URL: `${upstream.origin}/v1`, HUAWEI_IAM_URL: upstream.origin, UPSTREAM_TIMEOUT_MS: '2000' });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});
beforeEach(() => {
  upstream.seen.length = 0;
});

async function run(query: string, variables: object): Promise<Record<string, unknown>> {
  const { data, errors } = await gateway.post(query, variables, HEADERS);
  expect(errors).toBeUndefined();
  return data?.['result'] as Record<string, unknown>;
}

/** `OrderCloudApiClientID` -> `orderCloudApiClientId`, `ID` -> `id`. */
const camelCase = (name: string) => name.replace(/ID$/, 'Id').replace(/^./, (first) => first.toLowerCase());

function openIdConnectInput(body: string): Record<string, unknown> {
  const fields = JSON.parse(body) as Record<string, unknown>;
  // Read-only at OrderCloud, and no field of the input.
  delete fields['IntegrationEventName'];
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [camelCase(name), value]));
}

function oidcConfigInput({ target, body }: Case['request']): Record<string, unknown> {
  const fields = (JSON.parse(body) as { openid_connect_config: Record<string, string | null> }).openid_connect_config;
  const upper = (value: string | null | undefined) => value?.toUpperCase() ?? null;
  return {
    idpId: /identity-providers\/([^/]+)\//.exec(target)?.[1],
    accessMode: upper(fields['access_mode']),
    idpUrl: fields['idp_url'],
    clientId: fields['client_id'],
    authorizationEndpoint: fields['authorization_endpoint'] ?? null,
    scope: fields['scope']?.split(' ') ?? null,
    responseType: upper(fields['response_type']),
    responseMode: upper(fields['response_mode']),
    signingKey: fields['signing_key'],
  };
}

const withoutNulls = (fields: object) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

describe('what the SDK of OrderCloud sends', () => {
  it.each(['create.minimal', 'create.full', 'create.nullsAndUndefined'])('%s', async (name) => {
    const { request, response } = byName(orderCloud, name);
    upstream.answerWith(response);
    const result = await run(CREATE_OPEN_ID_CONNECT, { input: openIdConnectInput(request.body) });
    expect(result).toMatchObject({ __typename: 'CreateOpenIdConnectSuccess', openIdConnect: { id: 'auto-1' } });

    const [sent] = upstream.seen;
    expect(upstream.seen).toHaveLength(1);
    expect(sent).toMatchObject({ method: request.method, target: request.target });
    expect(sent?.headers['content-type']).toBe(request.headers['content-type']);
    expect(sent?.headers.authorization).toBe(request.headers['authorization']);
    expect(sent?.headers).not.toHaveProperty('x-auth-token');
    const { IntegrationEventName: _readOnly, ...expected } = withoutNulls(JSON.parse(request.body) as object) as Record<string, unknown>;
    expect(JSON.parse(sent?.body ?? '')).toStrictEqual(expected);
  });
});

describe('what the SDK of Huawei Cloud IAM sends', () => {
  it.each(['create.program', 'create.program.typed', 'create.program_console', 'create.nulls'])('%s', async (name) => {
    const { request, response } = byName(huawei, name);
    upstream.answerWith(response);
    const input = oidcConfigInput(request);
    const result = await run(CREATE_OIDC_CONFIG, { input });
    expect(result).toMatchObject({ __typename: 'CreateOidcConfigSuccess', oidcConfig: input });

    const [sent] = upstream.seen;
    expect(upstream.seen).toHaveLength(1);
    expect(sent).toMatchObject({ method: request.method, target: request.target });
    expect(sent?.headers['content-type']).toBe(request.headers['content-type']);
    expect(sent?.headers['x-auth-token']).toBe(HUAWEI_TOKEN);
    expect(sent?.headers).not.toHaveProperty('authorization');
    const recorded = JSON.parse(request.body) as { openid_connect_config: object };
    expect(JSON.parse(sent?.body ?? '')).toStrictEqual({ openid_connect_config: withoutNulls(recorded.openid_connect_config) });
  });
});

/** An expected result: the member, and what else of it matters. */
type Expected = Record<string, unknown> & { readonly __typename: string };

const unknown = (reason: string): Expected => ({ __typename: 'OidcOutcomeUnknownError', reason });
const member = (name: string, rest: object = {}): Expected => ({ __typename: `Oidc${name}Error`, ...rest });

const ORDERCLOUD_ANSWERS: Record<string, { create: Expected; read: Expected }> = {
  'auth.error.invalidGrant': { create: member('UpstreamRejected'), read: member('UpstreamRejected') },
  'error.404.ErrorsArray': {
    create: member('NotFound', { resource: 'OpenIdConnect', id: 'zz' }),
    read: member('NotFound', { resource: 'OpenIdConnect', id: 'zz' }),
  },
  'error.404.flatSeed': { create: member('NotFound'), read: member('NotFound', { resource: 'OpenIdConnect', id: 'zz' }) },
  'error.409.IdExists': { create: member('AlreadyExists', { resource: 'OpenIdConnect', id: 'google' }), read: member('UpstreamRejected') },
  'error.400.validationMulti': {
    create: member('InvalidInput', { issues: [{ path: ['connectClientId'], source: 'UPSTREAM' }, { path: ['tokenEndpoint'], source: 'UPSTREAM' }] }),
    read: member('UpstreamRejected'),
  },
  'error.401.InvalidToken': { create: member('Unauthenticated'), read: member('Unauthenticated') },
  'error.403.InsufficientRoles': {
    create: member('PermissionDenied', { missing: ['OpenIDConnectAdmin'] }),
    read: member('PermissionDenied', { missing: ['OpenIDConnectAdmin'] }),
  },
  'error.429.retryAfter': { create: member('RateLimited', { retryAfterSeconds: 3 }), read: member('RateLimited', { retryAfterSeconds: 3 }) },
  'error.500.empty': { create: unknown('UPSTREAM_ERROR'), read: member('UpstreamUnavailable') },
  'error.502.html': { create: unknown('UPSTREAM_ERROR'), read: member('UpstreamUnavailable') },
  'success.200.htmlBody': { create: unknown('UNREADABLE_ANSWER'), read: member('UpstreamContract') },
  'success.200.emptyBody': { create: unknown('UNREADABLE_ANSWER'), read: member('UpstreamContract') },
  'redirect.302': { create: unknown('UPSTREAM_ERROR'), read: member('UpstreamContract') },
  'socket.reset': { create: unknown('CONNECTION_LOST'), read: member('UpstreamUnavailable') },
};

const HUAWEI_ANSWERS: Record<string, { create: Expected; read: Expected }> = {
  'error.400.error_code': { create: member('UpstreamRejected'), read: member('UpstreamRejected') },
  'error.401.error_code': { create: member('Unauthenticated'), read: member('Unauthenticated') },
  'error.403.error_code': {
    create: member('PermissionDenied', { missing: ['iam:identityProviders:createOpenIDConnectConfig'] }),
    read: member('PermissionDenied', { missing: ['iam:identityProviders:createOpenIDConnectConfig'] }),
  },
  'error.404.error_code': {
    create: member('NotFound', { resource: 'openid_connect_config', id: 'ACME' }),
    read: member('NotFound', { resource: 'openid_connect_config', id: 'ACME' }),
  },
  'error.409.error_code': { create: member('AlreadyExists', { resource: 'openid_connect_config', id: 'ACME' }), read: member('UpstreamRejected') },
  'error.429.error_code': { create: member('RateLimited', { retryAfterSeconds: null }), read: member('RateLimited', { retryAfterSeconds: null }) },
  'error.401.keystone': { create: member('Unauthenticated'), read: member('Unauthenticated') },
  'error.401.apigw': { create: member('Unauthenticated'), read: member('Unauthenticated') },
  'error.500.empty': { create: unknown('UPSTREAM_ERROR'), read: member('UpstreamUnavailable') },
  'error.502.html': { create: unknown('UPSTREAM_ERROR'), read: member('UpstreamUnavailable') },
  'error.504.noBackup': { create: unknown('UPSTREAM_ERROR'), read: member('UpstreamUnavailable') },
  'error.socketReset': { create: unknown('CONNECTION_LOST'), read: member('UpstreamUnavailable') },
  'success.200.html': { create: unknown('UNREADABLE_ANSWER'), read: member('UpstreamContract') },
  'success.200.empty': { create: unknown('UNREADABLE_ANSWER'), read: member('UpstreamContract') },
};

/** Names of the recorded answers that are no plain success. */
const troubles = (cases: readonly Case[]) => cases.map(({ name }) => name).filter((name) => /error|success|redirect|socket/.test(name)).sort();

/** The status of the recorded answer, and every entry of its body, must be in the member. */
function expectWhole(result: Record<string, unknown>, response: ScriptedAnswer, id: string): void {
  const status = 'status' in response ? response.status : null;
  expect(result['upstream']).toMatchObject({ upstream: id, status });
  const body = 'body' in response ? response.body : '';
  const { Errors = [] } = (body.startsWith('{') ? JSON.parse(body) : {}) as { Errors?: { ErrorCode: string; Message: string }[] };
  const { details } = result['upstream'] as { details: { code: string; message: string }[] };
  for (const { ErrorCode: code, Message: message } of Errors) expect(details).toContainEqual(expect.objectContaining({ code, message }));
}

describe("OrderCloud's answers land in their union members", () => {
  const input = openIdConnectInput(byName(orderCloud, 'create.full').request.body);

  it('has an expectation for every recorded answer', () => {
    expect(Object.keys(ORDERCLOUD_ANSWERS).sort()).toEqual(troubles(orderCloud));
  });

  it.each(Object.entries(ORDERCLOUD_ANSWERS))('%s', async (name, { create, read }) => {
    const { response } = byName(orderCloud, name);
    upstream.answerWith(response);
    const created = await run(CREATE_OPEN_ID_CONNECT, { input });
    expect(created).toMatchObject(create);
    expectWhole(created, response, 'ORDERCLOUD');
    expect(upstream.seen.filter(({ method }) => method === 'POST'), 'a create is sent once').toHaveLength(1);
    upstream.seen.length = 0;

    const found = await run(READ_OPEN_ID_CONNECT, { id: 'zz' });
    expect(found).toMatchObject(read);
    expectWhole(found, response, 'ORDERCLOUD');
    expect(upstream.seen[0]).toMatchObject({ method: 'GET', target: byName(orderCloud, 'error.404.ErrorsArray').request.target });
    expect(upstream.seen[0]?.headers.authorization).toBe(ORDERCLOUD_TOKEN);
  });
});

describe("Huawei Cloud IAM's answers land in their union members", () => {
  const input = oidcConfigInput(byName(huawei, 'create.program').request);

  it('has an expectation for every recorded answer', () => {
    expect(Object.keys(HUAWEI_ANSWERS).sort()).toEqual(troubles(huawei));
  });

  it.each(Object.entries(HUAWEI_ANSWERS))('%s', async (name, { create, read }) => {
    const { response } = byName(huawei, name);
    upstream.answerWith(response);
    const created = await run(CREATE_OIDC_CONFIG, { input });
    expect(created).toMatchObject(create);
    expectWhole(created, response, 'HUAWEI_IAM');
    expect(created['upstream']).toMatchObject({ requestId: 'status' in response ? 'req-0001' : null });
    expect(upstream.seen.filter(({ method }) => method === 'POST'), 'a create is sent once').toHaveLength(1);
    upstream.seen.length = 0;

    const found = await run(READ_OIDC_CONFIG, { id: 'ACME' });
    expect(found).toMatchObject(read);
    expect(upstream.seen[0]).toMatchObject({ method: 'GET', target: byName(huawei, 'error.404.error_code').request.target });
  });

  it('takes a numeric code of the v3 form for the status that it is', async () => {
    upstream.answerWith(byName(huawei, 'error.401.keystone').response);
    const { upstream: failure } = (await run(READ_OIDC_CONFIG, { id: 'ACME' })) as { upstream: { details: unknown } };
    expect(failure.details).toEqual([{ code: null, message: 'The request you have made requires authentication.', data: '{"title":"Unauthorized"}' }]);
  });
});
