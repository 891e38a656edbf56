import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  ConflictDocument,
  CreateOidcConfigDocument,
  CreateOpenIdConnectDocument,
  CreateWithAnyErrorDocument,
  InvalidInputDocument,
  OidcConfigDocument,
  OpenIdConnectDocument,
  ReadWithAnyErrorDocument,
} from '../../schema/client/graphql.ts';
import type {
  CreateOidcConfigMutationVariables,
  CreateOpenIdConnectMutationVariables,
} from '../../schema/client/graphql.ts';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuawei } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { addFault, send, startBuiltGateway, STOPPED_CLOCK } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';
import { stopClock } from '../setup/clock.ts';

/* The example operations as typed documents, over HTTP, against the built server and the emulators. */

const variables = (name: string): unknown =>
  JSON.parse(
    readFileSync(
      new URL(`../../schema/operations/${name}.variables.json`, import.meta.url),
      'utf8',
    ),
  );
const openIdConnectVariables = () =>
  variables('01-create-open-id-connect') as CreateOpenIdConnectMutationVariables;
const oidcConfigVariables = () =>
  variables('12-create-oidc-config') as CreateOidcConfigMutationVariables;

let orderCloud: RunningEmulator;
let huawei: RunningEmulator;
let gateway: BuiltGateway;
let headers: Record<string, string>;

beforeAll(async () => {
  orderCloud = await startOrderCloud();
  huawei = await startHuawei();
  headers = { ...orderCloud.exampleHeaders, ...huawei.exampleHeaders };
  gateway = await startBuiltGateway(
    { ...orderCloud.environment, ...huawei.environment },
    STOPPED_CLOCK,
  );
});
afterAll(async () => {
  expect((await gateway.stop()).code).toBe(0);
  await Promise.all([orderCloud.close(), huawei.close()]);
});
beforeEach(async () => {
  await Promise.all(
    [orderCloud, huawei].map(({ url }) => fetch(`${url}/__emulator/faults`, { method: 'DELETE' })),
  );
});

const noteOf = (emulator: RunningEmulator, label: string) =>
  emulator.notes.find((note) => note.label === label)?.value ?? '';

let made = 0;
const newOpenIdConnect = (): CreateOpenIdConnectMutationVariables => {
  made += 1;
  const { input } = openIdConnectVariables();
  return { input: { ...input, id: `made-${made}` } };
};

describe('the example operations', () => {
  it('create an OpenID Connect configuration, and read it back the same', async () => {
    const given = openIdConnectVariables();
    const { createOpenIdConnect } = await send(
      gateway.url,
      CreateOpenIdConnectDocument,
      given,
      headers,
    );
    const { connectClientSecret: _secret, ...expected } = given.input;
    expect(createOpenIdConnect).toMatchObject({
      __typename: 'CreateOpenIdConnectSuccess',
      openIdConnect: {
        id: 'google',
        connectClientId: expected.connectClientId,
        hasConnectClientSecret: true,
      },
      warnings: [],
    });
    const { openIdConnect } = await send(
      gateway.url,
      OpenIdConnectDocument,
      { id: 'google' },
      headers,
    );
    expect(openIdConnect).toMatchObject({
      __typename: 'OpenIdConnectSuccess',
      openIdConnect: {
        ...expected,
        hasConnectClientSecret: true,
        callSyncUserIntegrationEvent: false,
        integrationEventName: 'OpenID Connect user sync',
      },
    });
  });

  it('create a configuration of an identity provider, and read it back the same', async () => {
    const given = oidcConfigVariables();
    const { createOidcConfig } = await send(gateway.url, CreateOidcConfigDocument, given, headers);
    const { signingKey, ...expected } = given.input;
    expect(createOidcConfig).toMatchObject({
      __typename: 'CreateOidcConfigSuccess',
      oidcConfig: {
        idpId: expected.idpId,
        accessMode: expected.accessMode,
        clientId: expected.clientId,
        scope: expected.scope,
        jwks: signingKey,
      },
      warnings: [],
    });
    const { oidcConfig } = await send(
      gateway.url,
      OidcConfigDocument,
      { idpId: given.input.idpId, domainId: 'd' },
      headers,
    );
    expect(oidcConfig).toMatchObject({
      __typename: 'OidcConfigSuccess',
      oidcConfig: { ...expected, jwks: signingKey, signingKey: JSON.stringify(signingKey) },
    });
  });

  it('report all errors of an input at once, and send nothing', async () => {
    const before = huawei.requests.length;
    const { createOidcConfig } = await send(
      gateway.url,
      InvalidInputDocument,
      variables('13-invalid-input') as CreateOidcConfigMutationVariables,
      headers,
    );
    expect(createOidcConfig).toMatchObject({
      __typename: 'OidcInvalidInputError',
      code: 'INVALID_INPUT',
    });
    const { issues } = createOidcConfig as { issues: { path: string[]; code: string }[] };
    expect(issues.map(({ path, code }) => `${path.join('.')} ${code}`)).toEqual([
      'idpUrl INVALID_URL',
      'signingKey.keys.0.n INVALID_KEY',
      'authorizationEndpoint REQUIRED',
      'scope INVALID_SCOPE',
    ]);
    expect(huawei.requests).toHaveLength(before);
  });

  it('report a conflict as what it is', async () => {
    const { createOpenIdConnect } = await send(
      gateway.url,
      ConflictDocument,
      variables('14-conflict') as CreateOpenIdConnectMutationVariables,
      headers,
    );
    expect(createOpenIdConnect).toMatchObject({
      __typename: 'OidcAlreadyExistsError',
      resource: 'OpenIdConnect',
      id: 'example-existing',
    });
  });

  it('read what is there at start', async () => {
    const { openIdConnect } = await send(
      gateway.url,
      OpenIdConnectDocument,
      { id: 'example-existing' },
      headers,
    );
    expect(openIdConnect).toMatchObject({
      __typename: 'OpenIdConnectSuccess',
      openIdConnect: {
        id: 'example-existing',
        redirectUri: `${orderCloud.url}/ocrpcode`,
        loginUrl: `${orderCloud.url}/ocrplogin?id=example-existing&roles=Shopper&cid=11111111-2222-3333-4444-555555555555`,
      },
    });
    const { oidcConfig } = await send(
      gateway.url,
      OidcConfigDocument,
      { idpId: 'ACME-CONFIGURED', domainId: 'd' },
      headers,
    );
    expect(oidcConfig).toMatchObject({
      __typename: 'OidcConfigSuccess',
      oidcConfig: { idpId: 'ACME-CONFIGURED', accessMode: 'PROGRAM_CONSOLE' },
    });
  });
});

describe('credentials', () => {
  const asOrderCloud = (label: string) => ({
    'x-ordercloud-authorization': `Bearer ${noteOf(orderCloud, label)}`,
  });
  const asHuawei = (label: string) => ({ 'x-auth-token': noteOf(huawei, label) });

  it.each([
    ['none', () => ({}), 'OidcUnauthenticatedError'],
    ['expired', () => asOrderCloud('token (expired)'), 'OidcUnauthenticatedError'],
    ['a reader', () => asOrderCloud('token (reader)'), 'OidcPermissionDeniedError'],
    ['no role', () => asOrderCloud('token (no role)'), 'OidcPermissionDeniedError'],
    ['a buyer', () => asOrderCloud('token (buyer)'), 'OidcPermissionDeniedError'],
    [
      'the Authorization header',
      () => ({ authorization: `Bearer ${noteOf(orderCloud, 'token (admin)')}` }),
      'CreateOpenIdConnectSuccess',
    ],
  ])('create at OrderCloud with %s', async (_name, credentials, expected) => {
    const { createOpenIdConnect } = await send(
      gateway.url,
      CreateOpenIdConnectDocument,
      newOpenIdConnect(),
      credentials(),
    );
    expect(createOpenIdConnect?.__typename).toBe(expected);
  });

  it.each([
    ['none', () => ({}), 'OidcUnauthenticatedError'],
    ['expired', () => asHuawei('token (expired)'), 'OidcUnauthenticatedError'],
    ['a reader', () => asHuawei('token (reader)'), 'OidcPermissionDeniedError'],
    ['no permission', () => asHuawei('token (no permission)'), 'OidcPermissionDeniedError'],
  ])('create at Huawei Cloud IAM with %s', async (_name, credentials, expected) => {
    const { createOidcConfig } = await send(
      gateway.url,
      CreateOidcConfigDocument,
      oidcConfigVariables(),
      credentials(),
    );
    expect(createOidcConfig?.__typename).toBe(expected);
  });

  it('a reader may read', async () => {
    const { openIdConnect } = await send(
      gateway.url,
      OpenIdConnectDocument,
      { id: 'example-existing' },
      asOrderCloud('token (reader)'),
    );
    expect(openIdConnect?.__typename).toBe('OpenIdConnectSuccess');
    const { oidcConfig } = await send(
      gateway.url,
      OidcConfigDocument,
      { idpId: 'ACME-CONFIGURED', domainId: 'd' },
      asHuawei('token (reader)'),
    );
    expect(oidcConfig?.__typename).toBe('OidcConfigSuccess');
  });
});

describe('what the upstreams say', () => {
  it('is explained when the identity provider is missing', async () => {
    const { input } = oidcConfigVariables();
    for (const idpId of ['NOBODY', 'ACME-NO-PROTOCOL']) {
      const { createOidcConfig } = await send(
        gateway.url,
        CreateOidcConfigDocument,
        { input: { ...input, idpId } },
        headers,
      );
      expect(createOidcConfig).toMatchObject({ __typename: 'OidcNotFoundError' });
      expect((createOidcConfig as { message: string }).message).toMatch(
        /identity provider must exist and have the protocol "oidc"/,
      );
    }
  });

  it('is mapped to the input field if it names one', async () => {
    const { input } = newOpenIdConnect();
    const { createOpenIdConnect } = await send(
      gateway.url,
      CreateOpenIdConnectDocument,
      { input: { ...input, orderCloudApiClientId: 'nobody' } },
      headers,
    );
    expect(createOpenIdConnect).toMatchObject({
      __typename: 'OidcInvalidInputError',
      issues: [{ path: ['orderCloudApiClientId'], code: 'REFUSED_BY_UPSTREAM' }],
    });
  });

  /** Lets the deadline pass for a create that an emulator has received but does not respond to. */
  const passDeadline = async ({ requests }: RunningEmulator, before: number) => {
    await vi.waitFor(() => {
      expect(requests.slice(before).filter(({ method }) => method === 'POST')).toHaveLength(1);
    });
    gateway.passTenSeconds();
  };
  const unknown = (reason: string) => ({ __typename: 'OidcOutcomeUnknownError', reason });
  // The response was lost, and reading back found everything that was sent.
  const confirmed = {
    __typename: 'CreateOpenIdConnectSuccess',
    warnings: [expect.objectContaining({ code: 'CONFIRMED_BY_READING', path: [] })],
  };
  it.each([
    [
      {
        kind: 'status',
        status: 503,
        body: {
          Errors: [{ ErrorCode: 'Api.Offline', Message: 'Down for maintenance', Data: null }],
        },
      },
      { __typename: 'OidcUpstreamUnavailableError' },
      false,
    ],
    [{ kind: 'status', status: 503 }, unknown('UPSTREAM_ERROR'), false],
    [{ kind: 'html' }, unknown('UPSTREAM_ERROR'), false],
    [{ kind: 'html', status: 200 }, unknown('UNREADABLE_ANSWER'), false],
    [
      { kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:9/' } },
      unknown('UPSTREAM_ERROR'),
      false,
    ],
    [{ kind: 'reset' }, unknown('CONNECTION_LOST'), false],
    [{ kind: 'hang' }, unknown('TIMEOUT'), false],
    [{ kind: 'truncate' }, confirmed, true],
    [{ kind: 'applyThenReset' }, confirmed, true],
    [{ kind: 'applyThenHang' }, confirmed, true],
    [
      { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
      { __typename: 'OidcRateLimitedError' },
      false,
    ],
  ])('fault %j', async (fault, expected, applied) => {
    await addFault(orderCloud.url, { method: 'POST', path: '/v1/openidconnects', fault });
    const before = orderCloud.requests.length;
    const given = newOpenIdConnect();
    const sending = send(gateway.url, CreateOpenIdConnectDocument, given, headers);
    if (/hang/i.test(fault.kind)) await passDeadline(orderCloud, before);
    const { createOpenIdConnect } = await sending;
    expect(createOpenIdConnect).toMatchObject(expected);
    expect(
      orderCloud.requests.slice(before).filter(({ method }) => method === 'POST'),
      'sent once',
    ).toHaveLength(1);

    // The query in the response shows what happened.
    const query = (createOpenIdConnect as { verifyWith?: string }).verifyWith;
    const verified =
      query === undefined
        ? await send(gateway.url, OpenIdConnectDocument, { id: given.input.id ?? '' }, headers)
        : await verify(query);
    expect(verified).toMatchObject({
      openIdConnect: { __typename: applied ? 'OpenIdConnectSuccess' : 'OidcNotFoundError' },
    });
  });

  it('is not taken for an absence while the write may be under way', async () => {
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    await addFault(orderCloud.url, {
      method: 'POST',
      path: '/v1/openidconnects',
      fault: { kind: 'applyLater', ms: 5_000 },
    });
    const before = orderCloud.requests.length;
    const given = newOpenIdConnect();
    const sending = send(gateway.url, CreateOpenIdConnectDocument, given, headers);
    await passDeadline(orderCloud, before);
    const { createOpenIdConnect } = await sending;
    expect(createOpenIdConnect).toMatchObject(unknown('TIMEOUT'));
    expect((createOpenIdConnect as { message: string }).message).toMatch(
      /Reading it back found nothing, but the write may still be in progress\.$/,
    );
    pass(5_000);
    expect(
      await send(gateway.url, OpenIdConnectDocument, { id: given.input.id ?? '' }, headers),
    ).toMatchObject({ openIdConnect: { __typename: 'OpenIdConnectSuccess' } });
  });

  it('is not a confirmation if something else is found', async () => {
    await addFault(orderCloud.url, {
      method: 'POST',
      path: '/v1/openidconnects',
      fault: { kind: 'reset' },
    });
    const { input } = newOpenIdConnect();
    const { createOpenIdConnect } = await send(
      gateway.url,
      CreateOpenIdConnectDocument,
      { input: { ...input, id: 'example-existing' } },
      headers,
    );
    expect(createOpenIdConnect).toMatchObject(unknown('CONNECTION_LOST'));
    const { message } = createOpenIdConnect as { message: string };
    expect(message).toMatch(
      /Reading it back found an object that differs in .*connectClientId.*appStartUrl/,
    );
    expect(message).not.toContain('example-secret');
  });

  it('cannot be asked for a create without an id', async () => {
    await addFault(orderCloud.url, {
      method: 'POST',
      path: '/v1/openidconnects',
      fault: { kind: 'applyThenReset' },
    });
    const before = orderCloud.requests.length;
    const { input } = newOpenIdConnect();
    const { createOpenIdConnect } = await send(
      gateway.url,
      CreateOpenIdConnectDocument,
      { input: { ...input, id: null } },
      headers,
    );
    expect(createOpenIdConnect).toMatchObject(unknown('CONNECTION_LOST'));
    expect(orderCloud.requests.slice(before)).toHaveLength(1);
    // What can be filtered by finds it among those with the same clients.
    expect(await verify((createOpenIdConnect as { verifyWith: string }).verifyWith)).toMatchObject({
      openIdConnects: {
        __typename: 'OpenIdConnectsSuccess',
        openIdConnects: expect.arrayContaining([
          expect.objectContaining({ appStartUrl: input.appStartUrl }),
        ]) as unknown,
      },
    });
  });

  it('confirms a lost create at Huawei Cloud IAM too, whatever the order of the keys', async () => {
    const { input } = oidcConfigVariables();
    const path = '/v3/OS-FEDERATION/identity_providers';
    const asAdmin = {
      method: 'PUT',
      headers: { ...huawei.exampleHeaders, 'content-type': 'application/json' },
    };
    await fetch(`${huawei.url}${path}/LOST`, {
      ...asAdmin,
      body: '{"identity_provider":{"enabled":true}}',
    });
    await fetch(`${huawei.url}${path}/LOST/protocols/oidc`, {
      ...asAdmin,
      body: '{"protocol":{"mapping_id":"mapping_ACME"}}',
    });
    await addFault(huawei.url, { method: 'POST', path: '/v3.0', fault: { kind: 'applyThenHang' } });
    const before = huawei.requests.length;
    const sending = send(
      gateway.url,
      CreateOidcConfigDocument,
      { input: { ...input, idpId: 'LOST', scope: ['email', 'openid'] } },
      headers,
    );
    await passDeadline(huawei, before);
    const { createOidcConfig } = await sending;
    expect(createOidcConfig).toMatchObject({
      __typename: 'CreateOidcConfigSuccess',
      warnings: [{ code: 'CONFIRMED_BY_READING' }],
    });
  });

  async function verify(query: string): Promise<unknown> {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    const { data, errors } = (await response.json()) as { data: unknown; errors: unknown };
    expect(errors).toBeUndefined();
    return data;
  }
});

describe('the fragment AnyError', () => {
  it('reads the error of a query', async () => {
    const { openIdConnect } = await send(
      gateway.url,
      ReadWithAnyErrorDocument,
      { id: 'nobody' },
      headers,
    );
    expect(openIdConnect).toMatchObject({
      __typename: 'OidcNotFoundError',
      code: 'NOT_FOUND',
      resource: 'OpenIdConnect',
      id: 'nobody',
      upstream: { upstream: 'ORDERCLOUD', status: 404, details: [{ code: 'NotFound' }] },
    });
  });

  it('reads the issues of an input, and what there is in the way of a create', async () => {
    const { input } = openIdConnectVariables();
    const create = async (id: string, appStartUrl: string) => {
      const { createOpenIdConnect } = await send(
        gateway.url,
        CreateWithAnyErrorDocument,
        { input: { ...input, id, appStartUrl } },
        headers,
      );
      return createOpenIdConnect;
    };
    expect(await create('a b', 'x')).toMatchObject({
      __typename: 'OidcInvalidInputError',
      code: 'INVALID_INPUT',
      issues: [{ path: ['id'] }, { path: ['appStartUrl'], code: 'INVALID_URL', source: 'GATEWAY' }],
    });
    expect(await create('example-existing', input.appStartUrl)).toMatchObject({
      __typename: 'OidcAlreadyExistsError',
      code: 'ALREADY_EXISTS',
      id: 'example-existing',
    });
  });
});
