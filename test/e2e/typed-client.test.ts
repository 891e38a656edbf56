import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createClient, GatewayRequestError, isOidcError, isSuccess } from 'oidc-config-client';
import type { Client, CreateOpenIdConnectInput, SaveOpenIdConnectInput } from 'oidc-config-client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { start, startBuiltGateway } from '../setup/built-gateway.ts';
import { listenOn } from '../setup/listen-on.ts';
import type { Running } from '../setup/built-gateway.ts';

/* The built typed client against the built gateway in development, over sockets. */

const ROOT = new URL('../../', import.meta.url);
const inputOf = (operation: string): unknown => {
  const file = new URL(`schema/operations/${operation}.variables.json`, ROOT);
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly input: unknown }).input;
};

let dev: Running;
let client: Client;
let url: string;
let headers: Record<string, string>;
let provider: string;

beforeAll(async () => {
  dev = start(process.execPath, ['dist/main.js', 'dev'], { PORT: '0' });
  [, url = ''] = await dev.line(/GraphiQL\s+(http:\S+)/);
  const [, orderCloud = ''] = await dev.line(/token \(admin\): (eyJ\S+)/);
  const [, huawei = ''] = await dev.line(/token \(admin\): (MII\S+)/);
  [, provider = ''] = await dev.line(/OpenID Provider {2}(http:\S+)/);
  headers = { 'X-OrderCloud-Authorization': `Bearer ${orderCloud}`, 'X-Auth-Token': huawei };
  client = createClient({ url, headers: () => Promise.resolve(headers) });
});
afterAll(async () => {
  dev.signal('SIGINT');
  expect((await dev.exit).code).toBe(0);
});

/** A complete configuration of OrderCloud. */
const configuration = (id: string) => ({
  ...(inputOf('01-create-open-id-connect') as CreateOpenIdConnectInput & SaveOpenIdConnectInput),
  id,
});
const rules = [{ local: [{ user: { name: '{0}' } }], remote: [{ type: 'email' }] }];

describe('each method', () => {
  const called = new Set<string>();
  /** Calls a method, which must succeed. */
  const call = async <Name extends keyof Client>(
    name: Name,
    ...args: Parameters<Client[Name]>
  ): Promise<Record<string, unknown>> => {
    called.add(name);
    const method = client[name] as (...given: unknown[]) => Promise<{ __typename: string }>;
    const result = await method(...args);
    expect(result).toMatchObject({ requestId: expect.any(String) as unknown });
    expect(isSuccess(result) ? 'success' : result).toBe('success');
    return result;
  };

  it('of OrderCloud gives its result', async () => {
    await call('createOpenIdConnect', configuration('typed'));
    await call('saveOpenIdConnect', configuration('typed'));
    await call('updateOpenIdConnect', { id: 'typed', customErrorUrl: null });
    expect(await call('openIdConnect', { id: 'typed' })).toMatchObject({
      openIdConnect: { id: 'typed', customErrorUrl: null, hasConnectClientSecret: true },
    });
    expect(await call('openIdConnects', { filter: { id: { equals: 'typed' } } })).toMatchObject({
      meta: { totalCount: 1 },
      openIdConnects: [{ id: 'typed' }],
    });
    expect(
      await call('checkOpenIdConnect', { id: 'example-existing', issuer: provider }),
    ).toMatchObject({ report: { verdict: expect.any(String) as unknown } });
    expect(await call('deleteOpenIdConnect', { id: 'typed' })).toMatchObject({ id: 'typed' });
  });

  it('of Huawei Cloud IAM gives its result', async () => {
    await call('createHuaweiIdentityProvider', { id: 'TYPED' });
    await call('updateHuaweiIdentityProvider', { id: 'TYPED', description: 'typed' });
    await call('huaweiIdentityProvider', { id: 'TYPED' });
    await call('huaweiIdentityProviders');
    await call('createHuaweiMapping', { id: 'typed', rules });
    const read = await client.huaweiMapping({ id: 'typed' });
    if (!isSuccess(read)) throw new Error(read.message);
    // What is read can be written back as it is.
    await call('updateHuaweiMapping', { id: 'typed', rules: read.huaweiMapping.rules });
    await call('huaweiMapping', { id: 'typed' });
    await call('huaweiMappings');
    await call('createHuaweiProtocol', { idpId: 'TYPED', mappingId: 'typed' });
    await call('updateHuaweiProtocol', { idpId: 'TYPED', mappingId: 'typed' });
    await call('huaweiProtocol', { idpId: 'TYPED' });
    await call('createOidcConfig', {
      idpId: 'TYPED',
      issuer: provider,
      accessMode: 'PROGRAM',
      clientId: 'typed-client',
    });
    await call('updateOidcConfig', { idpId: 'TYPED', clientId: 'other-client' });
    expect(await call('oidcConfig', { idpId: 'TYPED' })).toMatchObject({
      oidcConfig: {
        idpUrl: provider,
        clientId: 'other-client',
        jwks: { keys: expect.any(Array) as unknown },
      },
    });
    await call('checkOidcConfig', { idpId: 'TYPED' });
    await call('oidcConfigKeys', { idpId: 'TYPED' });
    await call('syncOidcConfigKeys', { idpId: 'TYPED', dryRun: true });
    await call('evaluateHuaweiMapping', { mappingId: 'typed', claims: { email: 'a@example.com' } });
    await call('deleteHuaweiProtocol', { idpId: 'TYPED' });
    await call('deleteHuaweiMapping', { id: 'typed' });
    await call('deleteHuaweiIdentityProvider', { id: 'TYPED' });
  });

  it('of both gives its result', async () => {
    await call('oidcIssuer', { issuer: provider });
    await call('oidcWatches');
    await call('provisionOidcConfig', {
      idpId: 'TYPED-2',
      issuer: provider,
      accessMode: 'PROGRAM',
      clientId: 'typed-client',
      rules,
      dryRun: true,
    });
    const { id, ...openIdConnect } = configuration('typed-2');
    expect(
      await call('provisionOidcSignIn', {
        issuer: provider,
        openIdConnect: { id, ...openIdConnect },
        dryRun: true,
      }),
    ).toMatchObject({ steps: [{ action: 'WOULD_CREATE', error: null }] });
  });

  it('was called', () => {
    called.add('request');
    expect([...called].sort()).toEqual(Object.keys(client).sort());
  });
});

it('gives errors with their fields', async () => {
  const missing = await client.openIdConnect({ id: 'missing' });
  expect(isOidcError(missing)).toBe(true);
  expect(missing).toMatchObject({ code: 'NOT_FOUND', id: 'missing', upstream: { status: 404 } });
  const invalid = await client.createOpenIdConnect({ ...configuration('no/id'), appStartUrl: 'x' });
  expect(invalid).toMatchObject({
    __typename: 'OidcInvalidInputError',
    issues: [{ path: ['id'] }, { path: ['appStartUrl'] }],
  });
});

it('sends a write again with its key, and it is applied once', async () => {
  const write = () =>
    client.createOpenIdConnect(configuration('keyed'), { idempotencyKey: 'key-of-keyed' });
  const first = await write();
  const again = await write();
  expect([first, again].map(({ __typename }) => __typename)).toEqual(
    Array(2).fill('CreateOpenIdConnectSuccess'),
  );
  expect(await client.createOpenIdConnect(configuration('keyed'))).toMatchObject({
    __typename: 'OidcAlreadyExistsError',
  });
});

it('sends a write again whose response was lost, and it is applied once', async () => {
  let lost = 0;
  const proxy = createServer((request, response) => {
    const headersOf = Object.entries(request.headers) as [string, string][];
    const forward = async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = await fetch(url, {
        method: 'POST',
        headers: headersOf.filter(([name]) => !/^(?:host|connection|content-length)$/.test(name)),
        body: Buffer.concat(chunks),
      });
      const body = await answer.text();
      if (lost === 0) {
        lost += 1;
        request.socket.destroy();
      } else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body);
    };
    void forward();
  });
  const through = createClient({ url: await listenOn(proxy), headers });
  const write = () =>
    through.createOpenIdConnect(configuration('lost'), { idempotencyKey: 'key-of-lost' });
  await expect(write()).rejects.toMatchObject({ code: 'NETWORK', sent: 'unknown' });
  expect(await write()).toMatchObject({ openIdConnect: { id: 'lost' } });
});

it('reads what no method selects with a document of its own', async () => {
  const data = await client.request(
    'query Secret($id: ID!) { openIdConnect(id: $id) { ... on OpenIdConnectSuccess { openIdConnect { connectClientSecret } } } }',
    { id: 'example-existing' },
  );
  expect(data).toMatchObject({
    openIdConnect: { openIdConnect: { connectClientSecret: expect.any(String) as unknown } },
  });
});

it('says what is wrong with a request, and the id that the log has', async () => {
  const error: unknown = await client
    .request('{ openIdConnect { __typename } }')
    .catch((reason: unknown) => reason);
  if (!(error instanceof GatewayRequestError)) throw new Error(String(error));
  expect(error).toMatchObject({ code: 'REFUSED', status: 400, sent: true });
  expect(error.errors[0]?.code).toBe('GRAPHQL_VALIDATION_FAILED');
  expect(dev.output()).toContain(error.requestId);
});

describe('a gateway that accepts only persisted documents', () => {
  it('accepts those of the client', async () => {
    const emulator = await startEmulator();
    const gateway = await startBuiltGateway({
      ...emulator.environment,
      PERSISTED_DOCUMENTS_FILE: 'client/dist/persisted-documents.json',
      PERSISTED_ONLY: 'true',
    });
    onTestFinished(async () => {
      await gateway.stop();
      await emulator.close();
    });
    const options = { url: gateway.url, headers: emulator.exampleHeaders };
    const persisted = createClient({ ...options, persisted: true });
    expect(await persisted.openIdConnect({ id: 'example-existing' })).toMatchObject({
      __typename: 'OpenIdConnectSuccess',
    });
    await expect(createClient(options).openIdConnects()).rejects.toMatchObject({
      code: 'REFUSED',
      errors: [{ code: 'PERSISTED_DOCUMENT_REQUIRED' }],
    });
  });
});
