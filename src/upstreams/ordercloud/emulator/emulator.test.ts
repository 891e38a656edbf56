import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EmulatorExample, RunningEmulator } from '../../../transport/emulator/emulator.ts';
import { startEmulator } from './emulator.ts';
import examples from './examples.json' with { type: 'json' };

let emulator: RunningEmulator;
beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.close());

function note(label: string): string {
  const found = emulator.notes.find((each) => each.label === label);
  if (!found) throw new Error(`There is no note "${label}".`);
  return found.value;
}

interface ReceivedResponse {
  status: number;
  /** Of an empty body: the empty text. */
  body: unknown;
  headers: Headers;
}

interface Question {
  /** Whose token of the notes, or else the whole header. */
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
  const token = emulator.notes.find(({ label }) => label === `token (${as ?? ''})`)?.value;
  if (as !== undefined) headers.set('Authorization', token === undefined ? as : `Bearer ${token}`);
  if (contentType !== undefined) headers.set('Content-Type', contentType);
  const sent = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(emulator.url + path, { method, headers, body: sent });
  const text = await response.text();
  return {
    status: response.status,
    body: text && (JSON.parse(text) as unknown),
    headers: response.headers,
  };
}

function create(body: unknown, as = 'admin'): Promise<ReceivedResponse> {
  return ask('POST', '/v1/openidconnects', { as, contentType: 'application/json', body });
}

function getToken(form: Record<string, string>): Promise<ReceivedResponse> {
  const body = new URLSearchParams(form).toString();
  return ask('POST', '/oauth/token', { contentType: 'application/x-www-form-urlencoded', body });
}

function credentials(): Record<string, string> {
  return { client_id: note('OAuth client id'), client_secret: note('OAuth client secret') };
}

function issuedToken({ status, body }: ReceivedResponse): string {
  expect(status).toBe(200);
  return (body as { access_token: string }).access_token;
}

function claims(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

const VALID = {
  OrderCloudApiClientID: '11111111-2222-3333-4444-555555555555',
  ConnectClientID: 'idp-app',
  ConnectClientSecret: 'idp-app-secret',
  AppStartUrl: 'https://shop.example.com/?token={0}',
  AuthorizationEndpoint: 'https://idp.example.com/authorize',
  TokenEndpoint: 'https://idp.example.com/token',
};

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
  it('states its URL and what to send', () => {
    expect(emulator.environment).toEqual({
      ORDERCLOUD_API_URL: `${emulator.url}/v1`,
      ORDERCLOUD_REGION: '',
      ORDERCLOUD_ENVIRONMENT: '',
    });
    expect(emulator.exampleHeaders).toEqual({
      'X-OrderCloud-Authorization': `Bearer ${note('token (checker)')}`,
    });
  });

  it('is the same after every start, and starts with its own state', async () => {
    const other = await startEmulator();
    try {
      expect(other.notes).toEqual(emulator.notes);
      const first = await create(VALID);
      const response = await fetch(`${other.url}/v1/openidconnects`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${note('token (admin)')}`,
          'Content-Type': 'application/json',
        },
        body: JSON.stringify(VALID),
      });
      expect(await response.json()).toEqual(first.body);
    } finally {
      await other.close();
    }
  });
});

describe('create', () => {
  it('makes up an ID for each, and sends its location', async () => {
    const ids = new Set<string>();
    for (const ID of [undefined, null, '', ' ']) {
      const { body, headers } = await create({ ...VALID, ID });
      const id = (body as { ID: string }).ID;
      expect(headers.get('location')).toBe(`/v1/openidconnects/${id}`);
      expect(await ask('GET', `/v1/openidconnects/${id}`, { as: 'reader' })).toMatchObject({
        status: 200,
        body,
      });
      ids.add(id);
    }
    expect(ids.size).toBe(4);
  });

  it('skips an ID that is taken', async () => {
    const { body } = await create(VALID);
    await emulator.close();
    emulator = await startEmulator();
    const { ID } = body as { ID: string };
    expect(await create({ ...VALID, ID })).toMatchObject({ status: 201 });
    const second = await create(VALID);
    expect(second).toMatchObject({
      status: 201,
      body: { ID: expect.stringMatching(/^[\w-]{22}$/) as unknown },
    });
    expect(second).not.toMatchObject({ body: { ID } });
  });

  it('keeps an ID that has to be encoded in a path', async () => {
    expect((await create({ ...VALID, ID: 'a/b c' })).headers.get('location')).toBe(
      '/v1/openidconnects/a%2Fb%20c',
    );
    expect(await ask('GET', '/v1/openidconnects/a%2Fb%20c', { as: 'reader' })).toMatchObject({
      body: { ID: 'a/b c' },
    });
  });

  it('takes an ID of 100 characters, and refuses one of 101', async () => {
    expect((await create({ ...VALID, ID: 'x'.repeat(100) })).status).toBe(201);
    const ID = 'x'.repeat(101);
    expect(await create({ ...VALID, ID })).toMatchObject({
      status: 400,
      body: {
        Errors: [
          {
            ErrorCode: 'ValidationFailure',
            Message: 'ID must be at most 100 characters.',
            Data: { ID },
          },
        ],
      },
    });
  });

  it('names what is missing and what is too long at once', async () => {
    const { body } = await create({
      ...VALID,
      ID: 'x'.repeat(101),
      TokenEndpoint: ' ',
      ConnectClientID: null,
    });
    expect(
      (body as { Errors: { Message: string }[] }).Errors.map(({ Message }) => Message),
    ).toEqual([
      'ConnectClientID is required.',
      'TokenEndpoint is required.',
      'ID must be at most 100 characters.',
    ]);
  });

  const LIST_MESSAGE = 'AdditionalIdpScopes must be an array of strings.';
  it.each([
    ['no JSON', '{', 'The body must be a JSON object.', null],
    ['no object', [], 'The body must be a JSON object.', null],
    [
      'a number for a string',
      { ...VALID, AppStartUrl: 1 },
      'AppStartUrl must be a string.',
      'AppStartUrl',
    ],
    [
      'a string for a boolean',
      { ...VALID, UrlEncoded: 'true' },
      'UrlEncoded must be a boolean.',
      'UrlEncoded',
    ],
    [
      'a string for a list',
      { ...VALID, AdditionalIdpScopes: 'a' },
      LIST_MESSAGE,
      'AdditionalIdpScopes',
    ],
    [
      'a mixed list',
      { ...VALID, AdditionalIdpScopes: ['a', 1] },
      LIST_MESSAGE,
      'AdditionalIdpScopes',
    ],
  ])('refuses %s', async (_, body, Message, Data) => {
    const Errors = [{ ErrorCode: 'Request.InvalidRequestBody', Message, Data }];
    expect(await create(body)).toMatchObject({ status: 400, body: { Errors } });
  });

  it.each([undefined, 'text/plain', 'application/x-www-form-urlencoded'])(
    'refuses the content type %s',
    async (contentType) => {
      const body = Buffer.from(JSON.stringify(VALID));
      const headers = {
        Authorization: `Bearer ${note('token (admin)')}`,
        ...(contentType && { 'Content-Type': contentType }),
      };
      const response = await fetch(`${emulator.url}/v1/openidconnects`, {
        method: 'POST',
        headers,
        body,
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        Errors: [{ ErrorCode: 'Request.InvalidContentType' }],
      });
    },
  );

  it.each([
    [
      'an unknown API client',
      { OrderCloudApiClientID: 'nobody' },
      400,
      'ApiClient.InvalidClientID',
      'OrderCloudApiClientID nobody is not the ID of an API client.',
      { OrderCloudApiClientID: 'nobody' },
    ],
    [
      'an unknown integration event',
      { IntegrationEventID: 'zz' },
      404,
      'NotFound',
      'Object not found.',
      { ObjectType: 'IntegrationEvent', ObjectID: 'zz' },
    ],
    [
      'an integration event of another type',
      { IntegrationEventID: 'order-checkout' },
      400,
      'IntegrationEvent.IncompatibleEventType',
      'The integration event must be of type OpenIDConnect.',
      { IntegrationEventID: 'order-checkout', EventType: 'OrderCheckout' },
    ],
  ])('refuses %s, and keeps nothing', async (_, fields, status, ErrorCode, Message, Data) => {
    expect(await create({ ...VALID, ID: 'refused', ...fields })).toMatchObject({
      status,
      body: { Errors: [{ ErrorCode, Message, Data }] },
    });
    expect((await ask('GET', '/v1/openidconnects/refused', { as: 'reader' })).status).toBe(404);
  });
});

describe('access', () => {
  it.each([
    ['admin', 201, 200],
    ['reader', 403, 200],
    ['no role', 403, 403],
    ['buyer', 403, 403],
    ['expired', 401, 401],
    ['Bearer garbage', 401, 401],
    ['Basic abc.def.ghi', 401, 401],
  ])('%s: create %i, read %i', async (as, write, read) => {
    expect((await create(VALID, as)).status).toBe(write);
    expect((await ask('GET', '/v1/openidconnects/example-existing', { as })).status).toBe(read);
  });

  it.each([
    ['admin', 200, 200, 200, 204],
    ['reader', 200, 403, 403, 403],
    ['no role', 403, 403, 403, 403],
    ['buyer', 403, 403, 403, 403],
    ['expired', 401, 401, 401, 401],
  ])('%s: list %i, save %i, patch %i, delete %i', async (as, ...statuses) => {
    const write = { as, contentType: 'application/json', body: VALID };
    expect([
      (await ask('GET', '/v1/openidconnects', { as })).status,
      (await ask('PUT', '/v1/openidconnects/example-existing', write)).status,
      (await ask('PATCH', '/v1/openidconnects/example-existing', write)).status,
      (await ask('DELETE', '/v1/openidconnects/example-existing', { as })).status,
    ]).toEqual(statuses);
  });

  it('knows a token that was tampered with', async () => {
    const [head = '', , mark = ''] = note('token (reader)').split('.');
    const [, payload = ''] = note('token (admin)').split('.');
    expect((await create(VALID, `Bearer ${head}.${payload}.${mark}`)).status).toBe(401);
  });

  it.each([
    [
      'reader',
      'Auth.InsufficientRoles',
      {
        SufficientRoles: ['FullAccess', 'OpenIDConnectAdmin'],
        AssignedRoles: ['OpenIDConnectReader'],
      },
    ],
    ['buyer', 'Auth.UserNotAuthorizedToAdmin', null],
  ])('refuses the %s with %s', async (as, ErrorCode, Data) => {
    expect(await create(VALID, as)).toMatchObject({
      status: 403,
      body: { Errors: [{ ErrorCode, Data }] },
    });
  });

  it.each([
    '/v2/openidconnects',
    '/v1/openidconnects/',
    '/v1/openidconnects/a/b',
    '/v1/me',
    '/oauth/authorize',
  ])('GET %s is not found, in the usual shape', async (path) => {
    const { status, body } = await ask('GET', path, { as: 'admin' });
    expect({ status, body }).toMatchObject({
      status: 404,
      body: { Errors: [{ ErrorCode: 'NotFound', Data: null }] },
    });
  });

  it('decodes the query string of a list', async () => {
    await create({ ...VALID, ID: 'a b&c' });
    expect(
      await ask('GET', '/v1/openidconnects?ID=%3Ca%20b%26d&pageSize=1', { as: 'reader' }),
    ).toMatchObject({
      status: 200,
      body: { Items: [{ ID: 'a b&c' }] },
    });
  });

  it('survives a path that cannot be decoded', async () => {
    expect(await ask('GET', '/v1/openidconnects/%zz', { as: 'reader' })).toMatchObject({
      status: 404,
      body: { Errors: [{ Data: { ObjectID: '%zz' } }] },
    });
  });
});

describe('tokens', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    [undefined, ['OpenIDConnectAdmin', 'OpenIDConnectReader'], 201],
    ['', ['OpenIDConnectAdmin', 'OpenIDConnectReader'], 201],
    ['OpenIDConnectReader', ['OpenIDConnectReader'], 403],
  ])('issued for the scope %j hold the roles %j', async (scope, role, status) => {
    const asked = scope === undefined ? {} : { scope };
    const token = issuedToken(
      await getToken({ grant_type: 'client_credentials', ...credentials(), ...asked }),
    );
    expect(claims(token)).toMatchObject({
      usr: 'example-service',
      cid: note('OAuth client id'),
      role,
      usrtype: 'seller',
    });
    expect((await create(VALID, `Bearer ${token}`)).status).toBe(status);
  });

  it('issued for a password act as that user', async () => {
    const user = { username: note('OAuth user name'), password: note('OAuth password') };
    const token = issuedToken(
      await getToken({ grant_type: 'password', ...credentials(), ...user }),
    );
    expect(claims(token)).toMatchObject({ usr: 'admin@example.com' });
    expect((await create(VALID, `bearer ${token}`)).status).toBe(201);
  });

  it('issued expire after ten hours, to the second', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_999 });
    const token = issuedToken(
      await getToken({ grant_type: 'client_credentials', ...credentials() }),
    );
    expect(claims(token)).toMatchObject({ exp: 1_800_036_000 });
    vi.setSystemTime(1_800_035_999_999);
    expect((await ask('GET', '/v1/openidconnects/zz', { as: `Bearer ${token}` })).status).toBe(404);
    vi.setSystemTime(1_800_036_000_000);
    expect((await ask('GET', '/v1/openidconnects/zz', { as: `Bearer ${token}` })).status).toBe(401);
  });

  it.each([
    ['another grant', { grant_type: 'refresh_token' }, 'unsupported_grant_type', 'Auth.OauthError'],
    ['an unknown client', { client_id: 'x' }, 'invalid_client', 'Auth.OauthError'],
    ['no client', { client_id: '' }, 'invalid_client', 'Auth.OauthError'],
    ['a wrong secret', { client_secret: 'x' }, 'invalid_client', 'Auth.OauthError'],
    ['no secret', { client_secret: '' }, 'invalid_client', 'Auth.OauthError'],
    ['no grant', { grant_type: '' }, 'unsupported_grant_type', 'Auth.OauthError'],
    [
      'a wrong password',
      { grant_type: 'password', username: 'admin@example.com', password: 'x' },
      'invalid_grant',
      'Auth.InvalidUsernameOrPassword',
    ],
    ['no user', { grant_type: 'password' }, 'invalid_grant', 'Auth.UsernameAndPasswordRequired'],
    [
      'no password',
      { grant_type: 'password', username: 'x' },
      'invalid_grant',
      'Auth.UsernameAndPasswordRequired',
    ],
    [
      'another user',
      { grant_type: 'password', username: 'x', password: 'x' },
      'invalid_grant',
      'Auth.InvalidUsernameOrPassword',
    ],
    [
      'a role that is not assigned',
      { scope: 'OpenIDConnectReader FullAccess' },
      'invalid_scope',
      'Auth.InsufficientRoles',
    ],
  ])('are refused for %s', async (_, form, error, ErrorCode) => {
    const { status, body } = await getToken({
      grant_type: 'client_credentials',
      ...credentials(),
      ...form,
    });
    const { error_description: Message } = body as { error_description: string };
    const Errors = [{ ErrorCode, Message, Data: null }];
    expect({ status, body }).toEqual({
      status: 400,
      body: { error, error_description: Message, Errors },
    });
  });

  it('are refused for a secret that is not encoded, and for one in a header', async () => {
    const contentType = 'application/x-www-form-urlencoded';
    const { client_id: id = '', client_secret: secret = '' } = credentials();
    const plain = `grant_type=client_credentials&client_id=${id}&client_secret=${secret}`;
    const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    for (const question of [
      { contentType, body: plain },
      { contentType, body: 'grant_type=client_credentials', as: basic },
    ]) {
      expect(await ask('POST', '/oauth/token', question)).toMatchObject({
        status: 400,
        body: { error: 'invalid_client' },
      });
    }
  });

  it('are refused for JSON', async () => {
    expect(
      await ask('POST', '/oauth/token', { contentType: 'application/json', body: credentials() }),
    ).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', Errors: [{ ErrorCode: 'Request.InvalidContentType' }] },
    });
  });
});

describe('errors of injected faults', () => {
  it.each([
    [400, 'ValidationFailure'],
    [401, 'InvalidToken'],
    [403, 'Auth.InsufficientRoles'],
    [409, 'IdExists'],
    [500, 'ServerError'],
  ])('%i has the code %s, in the shape of the route', async (status, ErrorCode) => {
    const body = { times: 2, fault: { kind: 'echo', status } };
    await ask('POST', '/__emulator/faults', { contentType: 'application/json', body });

    const quoted = {
      Authorization: `Bearer ${note('token (admin)')}`,
      Body: JSON.stringify(VALID),
    };
    expect(await create(VALID)).toMatchObject({
      status,
      body: { Errors: [{ ErrorCode, Data: quoted }] },
    });

    const form = { Body: new URLSearchParams(credentials()).toString() };
    const refused = { error: 'invalid_request', Errors: [{ ErrorCode, Data: form }] };
    expect(await getToken(credentials())).toMatchObject({ status, body: refused });
  });
});

describe('the lists of API clients and integration events', () => {
  it('give those with the IDs that are asked for, described as each by itself', async () => {
    for (const [path, ids] of [
      ['/v1/apiclients', [note('API client'), 'aaaaaaaa-0000-4000-8000-000000000001']],
      ['/v1/integrationEvents', ['oidc-sync', 'order-checkout']],
    ] as const) {
      const query = `?ID=${encodeURIComponent(`${ids.join('|')}|none`)}&pageSize=100`;
      const { status, body } = await ask('GET', path + query, { as: 'checker' });
      const one = async (id: string) => (await ask('GET', `${path}/${id}`, { as: 'checker' })).body;
      expect([status, body]).toEqual([
        200,
        {
          Meta: expect.objectContaining({ TotalCount: 2, PageSize: 100 }) as unknown,
          Items: await Promise.all(ids.map(one)),
        },
      ]);
      expect((await ask('GET', path, { as: 'admin' })).status).toBe(403);
      expect((await ask('GET', `${path}?Name=x`, { as: 'checker' })).body).toMatchObject({
        Errors: [{ ErrorCode: 'List.InvalidProperty', Data: 'Name' }],
      });
    }
  });
});
