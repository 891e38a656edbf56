import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EmulatorExample, RunningEmulator } from '../../../transport/emulator/emulator.ts';
import { startEmulator } from './emulator.ts';
import examples from './examples.json' with { type: 'json' };

let emulator: RunningEmulator;
beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.close());

interface ReceivedResponse {
  status: number;
  body: unknown;
  headers: Headers;
}

interface Question {
  /** Whose token of the notes, or else the token itself. */
  as?: string | undefined;
  contentType?: string | undefined;
  body?: unknown;
}

async function ask(
  method: string,
  path: string,
  { as, contentType, body }: Question = {},
): Promise<ReceivedResponse> {
  const headers = new Headers();
  const token = emulator.notes.find(({ label }) => label === `token (${as ?? ''})`)?.value ?? as;
  if (token !== undefined) headers.set('X-Auth-Token', token);
  if (contentType !== undefined) headers.set('Content-Type', contentType);
  const sent = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(emulator.url + path, { method, headers, body: sent });
  const text = await response.text();
  return {
    status: response.status,
    body: text === '' ? null : JSON.parse(text),
    headers: response.headers,
  };
}

function send(method: string, path: string, body: unknown, as?: string): Promise<ReceivedResponse> {
  return ask(method, path, { as, contentType: 'application/json', body });
}

const configOf = (idp: string): string =>
  `/v3.0/OS-FEDERATION/identity-providers/${idp}/openid-connect-config`;
const PROVIDERS = '/v3/OS-FEDERATION/identity_providers';
const MAPPINGS = '/v3/OS-FEDERATION/mappings';
const KEY = '{"keys":[{"kty":"RSA","e":"AQAB","n":"example"}]}';
const PROGRAM = {
  access_mode: 'program',
  idp_url: 'https://idp.example.com',
  client_id: 'client',
  signing_key: KEY,
};
const CONSOLE = {
  ...PROGRAM,
  access_mode: 'program_console',
  authorization_endpoint: 'https://idp.example.com/authorize',
  scope: 'openid',
  response_type: 'id_token',
  response_mode: 'form_post',
};

function create(config: unknown, { idp = 'ACME', as = 'admin' } = {}): Promise<ReceivedResponse> {
  return send('POST', configOf(idp), { openid_connect_config: config }, as);
}

function iamError(status: number, error_code: string, error_msg: string): object {
  return { status, body: { error_code, error_msg } };
}

function keystoneError(code: number, title: string, message: string): object {
  return { status: code, body: { error: { code, message, title } } };
}

describe('the documented examples', () => {
  it.each<EmulatorExample>(examples.examples)('$name', async ({ as, request, response }) => {
    const { status, body } = await ask(request.method, request.path, { as, ...request });
    const comparable = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (key, member: unknown) =>
          response.generated?.includes(key) ? typeof member : member,
        ),
      );
    expect({ status, body: comparable(body) }).toEqual({
      status: response.status,
      body: comparable(response.body),
    });
  });
});

describe('configuration', () => {
  it('states its URL and what to send, the same after every start', async () => {
    expect(emulator.environment).toEqual({
      HUAWEI_IAM_URL: emulator.url,
      HUAWEI_REGION: '',
      HUAWEI_CONSOLE_URL: emulator.url,
    });
    const [admin] = emulator.notes;
    expect(admin?.value).toMatch(/^MIIEmulatorAdminToken[\w-]{39}$/);
    expect(emulator.exampleHeaders).toEqual({ 'X-Auth-Token': admin?.value });

    const other = await startEmulator();
    await other.close();
    expect(other.notes).toEqual(emulator.notes);
  });

  it('gives every response a unique request id', async () => {
    await send('POST', '/__emulator/faults', { path: '/page', fault: { kind: 'html' } });
    const responses = [
      await create({}),
      await create(PROGRAM),
      await ask('GET', '/x'),
      await fetch(`${emulator.url}/page`),
    ];
    const ids = responses.map(({ headers }) => headers.get('x-request-id'));
    expect(ids).toEqual(['req-000001', 'req-000002', 'req-000003', 'req-000004']);
  });
});

describe('create a configuration', () => {
  it('keeps it, with the words of the scope in their order, but not what it does not know', async () => {
    const config = { ...CONSOLE, scope: 'email openid custom_1' };
    expect(await create({ ...config, more: 1 })).toMatchObject({ status: 201 });
    expect((await ask('GET', configOf('ACME'), { as: 'reader' })).body).toEqual({
      openid_connect_config: config,
    });
    expect(await create(CONSOLE)).toMatchObject({ status: 409 });
  });

  it.each([
    ['ZZ', 'Could not find identity_provider: ZZ.'],
    ['%zz', 'Could not find identity_provider: %zz.'],
    ['ACME-NO-PROTOCOL', 'Could not find protocol: oidc.'],
  ])('needs what comes first: %s', async (idp, message) => {
    expect(await create(PROGRAM, { idp })).toMatchObject(iamError(404, 'IAM.0004', message));
  });

  it('works after provider, mapping and protocol were made', async () => {
    expect(
      (await send('PUT', `${PROVIDERS}/NEW`, { identity_provider: { enabled: true } }, 'admin'))
        .status,
    ).toBe(201);
    const rules = [{ local: [{ user: { name: '{0}' } }], remote: [{ type: 'sub' }] }];
    expect((await send('PUT', `${MAPPINGS}/new`, { mapping: { rules } }, 'admin')).status).toBe(
      201,
    );
    const protocol = { protocol: { mapping_id: 'new' } };
    expect((await send('PUT', `${PROVIDERS}/NEW/protocols/oidc`, protocol, 'admin')).status).toBe(
      201,
    );
    expect((await create(PROGRAM, { idp: 'NEW' })).status).toBe(201);
  });

  it.each(Object.keys(CONSOLE))('requires %s', async (field) => {
    const error = iamError(400, 'IAM.0072', `'${field}' is a required property.`);
    expect(await create({ ...CONSOLE, [field]: undefined })).toMatchObject(error);
    expect(await create({ ...CONSOLE, [field]: null })).toMatchObject(error);
  });

  it.each([
    ['access_mode', 'console'],
    ['idp_url', 'x'.repeat(9)],
    ['idp_url', 'x'.repeat(256)],
    ['client_id', 'x'.repeat(4)],
    ['client_id', 'x'.repeat(256)],
    ['client_id', 12345],
    ['authorization_endpoint', 'x'.repeat(9)],
    ['authorization_endpoint', 'x'.repeat(256)],
    ['scope', ''],
    ['scope', 'email'],
    ['scope', 'openid  email'],
    ['scope', 'openid a-b'],
    ['scope', 'openid 1 2 3 4 5 6 7 8 9 10'],
    ['scope', `openid ${'x'.repeat(249)}`],
    ['response_type', 'code'],
    ['response_mode', 'query'],
    ['signing_key', '{"keys":[]}'],
    ['signing_key', '{"keys":{}}'],
    ['signing_key', '[1,2,3,4,5,6]'],
    ['signing_key', '-----BEGIN PUBLIC KEY-----'],
    ['signing_key', '{"k":[1]}'],
    ['signing_key', { keys: [{}] }],
    ['signing_key', `{"keys":["${'x'.repeat(29_988)}"]}`],
  ])('refuses the %s %j by name', async (field, value) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const message = `Invalid input for field '${field}'. The value is '${text}'.`;
    expect(await create({ ...CONSOLE, [field]: value })).toMatchObject(
      iamError(400, 'IAM.0073', message),
    );
  });

  it.each([
    { idp_url: 'x'.repeat(10), client_id: 'x'.repeat(5), authorization_endpoint: 'x'.repeat(10) },
    {
      idp_url: 'x'.repeat(255),
      client_id: 'x'.repeat(255),
      authorization_endpoint: 'x'.repeat(255),
    },
    { scope: 'openid 1 2 3 4 5 6 7 8 9', response_mode: 'fragment' },
    { scope: `openid ${'x'.repeat(248)}` },
    { signing_key: '{"keys":[1]}' },
    { signing_key: `{"keys":["${'x'.repeat(29_987)}"]}` },
  ])('takes what is just inside the limits (%#)', async (fields) => {
    const config = { ...CONSOLE, ...fields };
    expect(await create(config)).toMatchObject({
      status: 201,
      body: { openid_connect_config: config },
    });
  });

  it.each(['authorization_endpoint', 'scope', 'response_type', 'response_mode'] as const)(
    'refuses %s for programmatic access',
    async (field) => {
      const error = iamError(400, 'IAM.0011', 'Request body is invalid.');
      expect(await create({ ...PROGRAM, [field]: CONSOLE[field] })).toMatchObject(error);
    },
  );

  it('takes a body of 32,768 bytes, and refuses one of 32,769 and an empty one', async () => {
    const body = JSON.stringify({ openid_connect_config: PROGRAM });
    const padded = (size: number): string => body + ' '.repeat(size - body.length);
    const tooLarge = iamError(400, 'IAM.1101', 'The request body size 32769 is invalid.');
    expect(await send('POST', configOf('ACME'), padded(32_769), 'admin')).toMatchObject(tooLarge);
    const empty = iamError(400, 'IAM.1101', 'The request body size 0 is invalid.');
    expect(await ask('POST', configOf('ACME'), { as: 'admin' })).toMatchObject(empty);
    expect(await send('POST', configOf('ACME'), padded(32_768), 'admin')).toMatchObject({
      status: 201,
    });
  });

  it.each([
    ['no JSON', '{', 'application/json'],
    ['another content type', { openid_connect_config: PROGRAM }, 'text/plain'],
    ['a configuration that is no object', { openid_connect_config: 'x' }, 'application/json'],
  ])('refuses %s', async (_, body, contentType) => {
    const response = await ask('POST', configOf('ACME'), { as: 'admin', contentType, body });
    expect(response).toMatchObject(iamError(400, 'IAM.0011', 'Request body is invalid.'));
  });

  it('requires the configuration', async () => {
    const error = iamError(400, 'IAM.0072', "'openid_connect_config' is a required property.");
    expect(await create(undefined)).toMatchObject(error);
    expect(await create(null)).toMatchObject(error);
  });
});

describe('update a configuration', () => {
  const CONFIGURED = 'ACME-CONFIGURED';
  const STORED = {
    access_mode: 'program_console',
    idp_url: 'https://accounts.example.com',
    client_id: 'client_id_example',
    authorization_endpoint: 'https://accounts.example.com/o/oauth2/v2/auth',
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
  };
  const PROGRAM_ONLY = {
    access_mode: 'program',
    idp_url: STORED.idp_url,
    client_id: STORED.client_id,
  };

  function update(config: unknown, idp = CONFIGURED): Promise<ReceivedResponse> {
    return send('PUT', configOf(idp), { openid_connect_config: config }, 'admin');
  }

  async function stored(): Promise<unknown> {
    const { body } = await ask('GET', configOf(CONFIGURED), { as: 'reader' });
    return body;
  }

  it('leaves the fields that were not sent, and those sent as null', async () => {
    const openid_connect_config = { ...STORED, client_id: 'other', scope: 'openid email' };
    const response = await update({ client_id: 'other', scope: 'openid email', idp_url: null });
    expect(response).toMatchObject({ status: 200, body: { openid_connect_config } });
    expect(await stored()).toEqual(response.body);
  });

  it('to programmatic access drops what console access needs', async () => {
    const { status, body } = await update({ access_mode: 'program' });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        openid_connect_config: { ...PROGRAM_ONLY, signing_key: expect.any(String) as unknown },
      },
    });
    expect(await stored()).toEqual(body);
  });

  it.each(['authorization_endpoint', 'scope', 'response_type', 'response_mode'] as const)(
    'to console access needs %s as well',
    async (field) => {
      await update({ access_mode: 'program' });
      const error = iamError(400, 'IAM.0072', `'${field}' is a required property.`);
      expect(await update({ ...CONSOLE, [field]: undefined })).toMatchObject(error);
      expect(await update(CONSOLE)).toMatchObject({
        status: 200,
        body: { openid_connect_config: CONSOLE },
      });
    },
  );

  it.each(['authorization_endpoint', 'scope', 'response_type', 'response_mode'] as const)(
    'refuses %s for programmatic access, chosen now or before',
    async (field) => {
      const error = iamError(400, 'IAM.0011', 'Request body is invalid.');
      expect(await update({ access_mode: 'program', [field]: CONSOLE[field] })).toMatchObject(
        error,
      );
      await update({ access_mode: 'program' });
      expect(await update({ [field]: CONSOLE[field] })).toMatchObject(error);
    },
  );

  it('checks the fields as a create does, and keeps what there was', async () => {
    const before = await stored();
    const error = iamError(
      400,
      'IAM.0073',
      "Invalid input for field 'scope'. The value is 'email'.",
    );
    expect(await update({ scope: 'email' })).toMatchObject(error);
    expect(await stored()).toEqual(before);
  });

  it('requires the configuration, and a body of at most 32,768 bytes', async () => {
    expect(await update(undefined)).toMatchObject(
      iamError(400, 'IAM.0072', "'openid_connect_config' is a required property."),
    );
    const tooLarge = `{"openid_connect_config":{}}${' '.repeat(32_741)}`;
    const error = iamError(400, 'IAM.1101', 'The request body size 32769 is invalid.');
    expect(await send('PUT', configOf(CONFIGURED), tooLarge, 'admin')).toMatchObject(error);
  });

  it.each([
    ['ZZ', 'Could not find identity_provider: ZZ.'],
    ['ACME', 'Could not find openid_connect_config: ACME.'],
  ])('finds none at %s', async (idp, message) => {
    expect(await update({}, idp)).toMatchObject(iamError(404, 'IAM.0004', message));
  });

  it('is all there is: none deletes a configuration', async () => {
    const message = `There is no DELETE ${configOf(CONFIGURED)} here.`;
    expect(await ask('DELETE', configOf(CONFIGURED), { as: 'admin' })).toMatchObject(
      iamError(404, 'IAM.0004', message),
    );
  });
});

describe('access', () => {
  it.each([
    ['unknown', 'IAM.0067', 'Invalid token.'],
    ['expired', 'IAM.0066', 'The token has expired.'],
    ['', 'IAM.0001', 'The request you have made requires authentication.'],
  ])('is refused to the token "%s", in the shape of the route', async (as, code, message) => {
    expect(await create(PROGRAM, { as })).toMatchObject(iamError(401, code, message));
    expect(await ask('GET', PROVIDERS, { as })).toMatchObject(
      keystoneError(401, 'Unauthorized', message),
    );
  });

  it.each([
    ['POST', configOf('ACME'), 'createOpenIDConnectConfig'],
    ['GET', configOf('ACME'), 'getOpenIDConnectConfig'],
    ['PUT', configOf('ACME'), 'updateOpenIDConnectConfig'],
    ['GET', PROVIDERS, 'listIdentityProviders'],
    ['GET', `${PROVIDERS}/ACME`, 'getIdentityProvider'],
    ['PUT', `${PROVIDERS}/NEW`, 'createIdentityProvider'],
    ['PATCH', `${PROVIDERS}/ACME`, 'updateIdentityProvider'],
    ['DELETE', `${PROVIDERS}/ACME`, 'deleteIdentityProvider'],
    ['GET', `${PROVIDERS}/ACME/protocols`, 'listProtocols'],
    ['GET', `${PROVIDERS}/ACME/protocols/oidc`, 'getProtocol'],
    ['PUT', `${PROVIDERS}/ACME/protocols/oidc`, 'createProtocol'],
    ['PATCH', `${PROVIDERS}/ACME/protocols/oidc`, 'updateProtocol'],
    ['DELETE', `${PROVIDERS}/ACME/protocols/oidc`, 'deleteProtocol'],
    ['GET', MAPPINGS, 'listMappings'],
    ['GET', `${MAPPINGS}/mapping_ACME`, 'getMapping'],
    ['PUT', `${MAPPINGS}/new`, 'createMapping'],
    ['PATCH', `${MAPPINGS}/mapping_ACME`, 'updateMapping'],
    ['DELETE', `${MAPPINGS}/mapping_ACME`, 'deleteMapping'],
  ])('to %s %s needs the action %s', async (method, path, action) => {
    const message = `Policy doesn't allow iam:identityProviders:${action} to be performed.`;
    const error = path.startsWith('/v3.0')
      ? iamError(403, 'IAM.0003', message)
      : keystoneError(403, 'Forbidden', message);
    expect(await ask(method, path, { as: 'no permission' })).toMatchObject(error);
    expect((await ask(method, path, { as: 'reader' })).status === 403).toBe(method !== 'GET');
  });

  it('has unknown routes, in the shape of their part of the API', async () => {
    const [v30, v3] = ['/v3.0/x', '/v3/x'].map(
      (path) => [path, `There is no GET ${path} here.`] as const,
    );
    expect(await ask('GET', v30?.[0] ?? '')).toMatchObject(
      iamError(404, 'IAM.0004', v30?.[1] ?? ''),
    );
    expect(await ask('GET', v3?.[0] ?? '')).toMatchObject(
      keystoneError(404, 'Not Found', v3?.[1] ?? ''),
    );
  });
});

describe('tokens', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const USER = { name: 'IAMUser', password: 'Example+Passw0rd/1', domain: { name: 'IAMDomain' } };

  function getToken(
    scope: unknown,
    user: unknown = USER,
    methods: unknown = ['password'],
  ): Promise<ReceivedResponse> {
    return send('POST', '/v3/auth/tokens', {
      auth: { identity: { methods, password: { user } }, scope },
    });
  }

  it.each([
    ['no scope', undefined, 'domain', 404],
    ['the name of the account', { domain: { name: 'IAMDomain' } }, 'domain', 404],
    [
      'the id of the account',
      { domain: { id: '0123456789abcdef0123456789abcdef' } },
      'domain',
      404,
    ],
    ['a project', { project: { name: 'ap-southeast-1' } }, 'project', 403],
    [
      'a project and the account',
      { project: { name: 'ap-southeast-1' }, domain: { name: 'IAMDomain' } },
      'project',
      403,
    ],
  ])('issued for %s are accepted as far as they reach', async (_, scope, owner, status) => {
    const { status: issued, body, headers } = await getToken(scope);
    expect(issued).toBe(201);
    expect(body).toMatchObject({ token: { [owner]: expect.any(Object) as unknown } });
    const token = headers.get('x-subject-token') ?? '';
    expect(token).toMatch(/^MIIEmulatorIssued1Token[\w-]{37}$/);
    expect((await ask('GET', configOf('ACME'), { as: token })).status).toBe(status);
  });

  it('issued last a day', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2030, 0, 1) });
    const { body, headers } = await getToken(undefined);
    expect(body).toMatchObject({
      token: {
        issued_at: '2030-01-01T00:00:00.000000Z',
        expires_at: '2030-01-02T00:00:00.000000Z',
      },
    });
    const as = headers.get('x-subject-token') ?? '';
    vi.setSystemTime(Date.UTC(2030, 0, 2) - 1);
    expect((await ask('GET', PROVIDERS, { as })).status).toBe(200);
    vi.setSystemTime(Date.UTC(2030, 0, 2));
    expect((await ask('GET', PROVIDERS, { as })).status).toBe(401);
  });

  it.each([
    ['the user', undefined, { ...USER, name: 'x' }, undefined, 401],
    ['the password', undefined, { ...USER, password: 'x' }, undefined, 401],
    ["the user's account", undefined, { ...USER, domain: { name: 'x' } }, undefined, 401],
    ['the account of the scope', { domain: { name: 'x' } }, USER, undefined, 401],
    ['a scope of nothing', {}, USER, undefined, 400],
    ['a user without an account', undefined, { ...USER, domain: undefined }, undefined, 400],
    ['a password that is not text', undefined, { ...USER, password: 1 }, undefined, 400],
    ['other methods', undefined, USER, ['totp'], 400],
    ['methods that are no list', undefined, USER, 'password', 400],
  ])('are refused for %s', async (_, scope, user, methods, status) => {
    const error =
      status === 401
        ? keystoneError(401, 'Unauthorized', 'The username or password is wrong.')
        : keystoneError(400, 'Bad Request', 'The request body is invalid.');
    expect(await getToken(scope, user, methods)).toMatchObject(error);
  });
});

describe('errors of injected faults', () => {
  it.each([
    [400, 'IAM.0011', 'Bad Request'],
    [401, 'IAM.0001', 'Unauthorized'],
    [403, 'IAM.0003', 'Forbidden'],
    [404, 'IAM.0004', 'Not Found'],
    [409, 'IAM.0005', 'Conflict'],
    [429, 'IAM.0012', 'Too Many Requests'],
    [500, 'IAM.0006', 'Internal Server Error'],
    [599, 'IAM.0006', 'Error'],
  ])('%i has the code %s, in the shape of the route', async (status, code, title) => {
    await send('POST', '/__emulator/faults', { times: 2, fault: { kind: 'echo', status } });
    const token = emulator.exampleHeaders['X-Auth-Token'] ?? '';
    const message = `Refused:  ${token} ${JSON.stringify({ openid_connect_config: PROGRAM })}`;
    expect(await create(PROGRAM)).toMatchObject(iamError(status, code, message));
    const v3 = keystoneError(status, title, 'Refused:  secret {"auth":1}');
    expect(await send('POST', '/v3/auth/tokens', { auth: 1 }, 'secret')).toMatchObject(v3);
  });
});
