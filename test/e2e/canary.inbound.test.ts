import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuawei } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { addFault, start, startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';
import { makeInbound } from '../setup/inbound.ts';
import type { Headers, Inbound } from '../setup/inbound.ts';

/*
 * The built gateway with everything on: tokens, API keys, and its own credentials for both platforms, which echo
 * everything they receive. The credentials of callers, valid or not, and the secrets of the gateway must not appear in
 * any response, in any line of the log or the audit trail, or in any other output of the process.
 */

const SECRET = 'Canary "client secret" \\ <é> & 1+1=2';
const PASTED = 'canaryPasted/as an id?0123456789';
const ERROR =
  '__typename ... on OidcError { code message requestId upstream { status requestId details { code message data } } }';
const CREATE = `mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { ${ERROR} } }`;
const DELETE = `mutation ($id: ID!) { deleteHuaweiMapping(input: { id: $id }) { ${ERROR} } }`;
const READ = `{ openIdConnect(id: "canary") { ${ERROR} } oidcConfig(idpId: "ACME") { ${ERROR} } _entities(representations: [{ __typename: "OpenIdConnect", id: "canary" }]) { __typename } }`;
const INPUT = {
  id: 'canary',
  orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
  connectClientId: 'app',
  connectClientSecret: SECRET,
  appStartUrl: 'https://shop.example.com/?t={0}',
  authorizationEndpoint: 'https://idp.example.com/authorize',
  tokenEndpoint: 'https://idp.example.com/token',
};

const noteOf = (emulator: RunningEmulator, label: string) =>
  emulator.notes.find((note) => note.label === label)?.value ?? '';

let inbound: Inbound;
let orderCloud: RunningEmulator;
let huawei: RunningEmulator;
let gateway: BuiltGateway;
let callers: Readonly<Record<string, Headers>>;
let strangers: Readonly<Record<string, Headers>>;
const canaries: string[] = [SECRET, PASTED];
const responses: string[] = [];

beforeAll(async () => {
  inbound = await makeInbound();
  [orderCloud, huawei] = await Promise.all([startOrderCloud(), startHuawei()]);
  const own = {
    ORDERCLOUD_CREDENTIALS: 'gateway',
    ORDERCLOUD_CLIENT_ID: noteOf(orderCloud, 'OAuth client id'),
    ORDERCLOUD_CLIENT_SECRET: noteOf(orderCloud, 'OAuth client secret'),
    HUAWEI_CREDENTIALS: 'gateway',
    HUAWEI_AUTH_METHOD: 'access-key',
    HUAWEI_ACCESS_KEY: noteOf(huawei, 'access key (AK)'),
    HUAWEI_SECRET_KEY: noteOf(huawei, 'secret key (SK)'),
  };
  gateway = await startBuiltGateway({
    ...inbound.environment,
    ...orderCloud.environment,
    ...huawei.environment,
    ...own,
    LOG_LEVEL: 'trace',
  });
  callers = {
    'a token': await inbound.byToken(['oidc:admin'], 'anna@example.com'),
    'an API key': inbound.byApiKey('oidc:admin'),
    'a token without scopes': await inbound.byToken([]),
    'an API key to read with': inbound.byApiKey('oidc:read'),
  };
  strangers = await inbound.strangers();
  for (const headers of [...Object.values(callers), ...Object.values(strangers)]) {
    for (const value of Object.values(headers).flatMap((header) => header.split(/[\s,]+/)))
      if (value.length > 10) canaries.push(value);
  }
  // What the gateway itself authenticates with; the ids among it are no secrets.
  canaries.push(own.ORDERCLOUD_CLIENT_SECRET, own.HUAWEI_SECRET_KEY);
  // Logs in, before the upstreams begin to misbehave.
  expect(await post({ query: READ }, inbound.byApiKey('oidc:read'))).toContain(
    '"OidcNotFoundError"',
  );
});
afterAll(async () => {
  await Promise.all([orderCloud.close(), huawei.close()]);
  inbound.remove();
});

/** Sends with canaries in every header that nothing asks for. */
async function post(body: unknown, headers: Headers): Promise<string> {
  const [credential = ''] = Object.values(headers).map((value) => value.replace(/^Bearer /, ''));
  const everywhere = {
    cookie: `session=${credential}`,
    referer: `https://example.com/?token=${credential}`,
    'user-agent': credential,
    'x-request-id': credential.slice(0, 128),
    'x-forwarded-for': credential,
    traceparent: credential,
    'x-auth-token': credential,
    'x-ordercloud-authorization': `Bearer ${credential}`,
  };
  const text = await new Promise<string>((resolve, reject) => {
    // `fetch` would not send some of these.
    const call = request(
      gateway.url,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...everywhere, ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('end', () => {
            resolve(JSON.stringify(response.headers) + Buffer.concat(chunks).toString());
          });
      },
    );
    call.on('error', reject).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  responses.push(text);
  return text;
}

/** Every form in which a canary might come back; of a token also each of its parts. */
const formsOf = (canary: string) => {
  const forms = [
    canary,
    ...canary.split('.').filter((part) => part.length > 30 && canary.split('.').length === 3),
  ];
  return [
    ...forms,
    ...forms.flatMap((form) => [
      JSON.stringify(form).slice(1, -1),
      encodeURIComponent(form),
      Buffer.from(form).toString('base64'),
      Buffer.from(form).toString('base64url'),
    ]),
  ];
};

function expectNoCanary(text: string): void {
  for (const form of canaries.flatMap(formsOf))
    expect(text.includes(form), `found ${form}`).toBe(false);
}

describe('canaries', () => {
  it.each([200, 400, 401, 403, 404, 409, 429, 500])(
    'are in no response when status %i echoes the request',
    async (status) => {
      const fault = { times: 'always', fault: { kind: 'echo', status } };
      // Not where the gateway logs in: a login that was refused is never tried again.
      for (const path of ['/v1/openidconnects', '/v1/openidconnects/canary'])
        await addFault(orderCloud.url, { ...fault, path });
      await addFault(huawei.url, fault);
      for (const headers of Object.values(callers)) {
        for (const body of [
          { query: CREATE, variables: { input: INPUT } },
          { query: DELETE, variables: { id: PASTED } },
          { query: READ },
        ])
          expectNoCanary(await post(body, headers));
      }
      for (const emulator of [orderCloud, huawei])
        await fetch(`${emulator.url}/__emulator/faults`, { method: 'DELETE' });
    },
  );

  it('are in no response to a refused caller', async () => {
    for (const headers of Object.values(strangers)) {
      const text = await post({ query: CREATE, variables: { input: INPUT } }, headers);
      expect(text).toContain('"UNAUTHENTICATED"');
      expectNoCanary(text);
    }
  });

  it('are in no response to bytes that are not a request but contain credentials', async () => {
    for (const headers of Object.values(callers)) {
      const [credential = ''] = Object.values(headers).map((value) =>
        value.replace(/^Bearer /, ''),
      );
      const word = credential.replaceAll(/\W/g, '_');
      for (const body of [
        credential,
        { query: `{ ${word} }` },
        { query: `{ openIdConnect(id: ${JSON.stringify(credential)} }` },
        { query: '{ __typename }', operationName: credential },
        { query: '{ __typename }', [credential]: 1 },
        { query: CREATE, variables: { input: credential } },
        { documentId: credential },
      ]) {
        expectNoCanary(await post(body, headers));
      }
    }
  });

  it('are in no line of the log if they were pasted as ids', async () => {
    for (const headers of Object.values(callers)) {
      const [credential = ''] = Object.values(headers).map((value) =>
        value.replace(/^Bearer /, ''),
      );
      const lines = gateway.logs().length;
      await post({ query: DELETE, variables: { id: credential } }, headers);
      // A response names the requested object, which this caller has sent.
      responses.pop();
      expectNoCanary(JSON.stringify(gateway.logs().slice(lines)));
    }
  });

  it('keep the gateway from nothing: its own credentials work, and the audit trail says who wrote', async () => {
    const created = await post(
      { query: CREATE, variables: { input: { ...INPUT, id: 'kept' } } },
      inbound.byApiKey('oidc:write'),
    );
    expect(created).toContain('"CreateOpenIdConnectSuccess"');
    const trail = () => gateway.logs().filter(({ msg }) => msg === 'audit');
    await vi.waitFor(() => {
      expect(trail().at(-1)).toMatchObject({ object: 'kept' });
    });
    const audit = trail();
    expect(audit.at(-1)).toMatchObject({
      caller: { kind: 'API_KEY', id: 'ci-write' },
      operation: 'createOpenIdConnect',
      object: 'kept',
      member: 'CreateOpenIdConnectSuccess',
      fields: expect.arrayContaining(['connectClientSecret']) as unknown,
    });
    expect(
      audit.some(({ caller }) => (caller as { id?: string } | null)?.id === 'anna@example.com'),
    ).toBe(true);
  });

  it('are in no error of the configuration, if the files contain them', async () => {
    const broken = inbound.write('broken.json', {
      keys: [{ id: PASTED.repeat(3), sha256: PASTED, scopes: [PASTED] }],
      [PASTED]: PASTED,
    });
    const { code, stderr } = await start(process.execPath, ['dist/main.js'], {
      ...orderCloud.environment,
      ...inbound.environment,
      AUTH_API_KEYS_FILE: broken,
      AUTH_JWKS_FILE: broken,
      AUTH_ISSUER: `${PASTED} ${PASTED}`,
      PERSISTED_DOCUMENTS_FILE: broken,
      HUAWEI_SECRET_KEY: PASTED,
    }).exit;
    expect(code).toBe(1);
    for (const variable of [
      'AUTH_API_KEYS_FILE',
      'AUTH_JWKS_FILE',
      'AUTH_ISSUER',
      'PERSISTED_DOCUMENTS_FILE',
      'HUAWEI_SECRET_KEY',
    ])
      expect(stderr).toContain(`  - ${variable} `);
    expectNoCanary(stderr);
  });

  it('are in no response at all, and in nothing that the process printed', async () => {
    const { stdout, stderr } = await gateway.stop();
    expect(responses.length).toBeGreaterThan(150);
    expectNoCanary(responses.join('\n'));
    expect(stdout).toContain('"msg":"audit"');
    expect(stdout).toContain('"msg":"request refused"');
    expectNoCanary(stdout);
    expect(stderr).toBe('');
  });
});
