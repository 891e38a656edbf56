import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../../transport/emulator/emulator.ts';
import { startEmulator } from './emulator.ts';

let emulator: RunningEmulator;
beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.close());

interface ReceivedResponse {
  status: number;
  /** Of an empty body: the empty text. */
  body: unknown;
}

async function ask(
  method: string,
  id: string,
  body?: unknown,
  contentType = 'application/json',
): Promise<ReceivedResponse> {
  const headers = {
    Authorization: emulator.exampleHeaders['X-OrderCloud-Authorization'] ?? '',
    'Content-Type': contentType,
  };
  const sent =
    body === undefined ? null : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const response = await fetch(`${emulator.url}/v1/openidconnects/${id}`, {
    method,
    headers,
    body: sent,
  });
  const text = await response.text();
  return { status: response.status, body: text && (JSON.parse(text) as unknown) };
}

async function ids(): Promise<string[]> {
  const { body } = await ask('GET', '../openidconnects');
  return (body as { Items: { ID: string }[] }).Items.map(({ ID }) => ID);
}

const EXISTING = 'example-existing';
const VALID = {
  OrderCloudApiClientID: '11111111-2222-3333-4444-555555555555',
  ConnectClientID: 'idp-app',
  ConnectClientSecret: 'idp-app-secret',
  AppStartUrl: 'https://shop.example.com/?token={0}',
  AuthorizationEndpoint: 'https://idp.example.com/authorize',
  TokenEndpoint: 'https://idp.example.com/token',
};
const OPTIONAL = {
  UrlEncoded: true,
  IntegrationEventID: 'oidc-sync',
  CallSyncUserIntegrationEvent: true,
  AdditionalIdpScopes: ['offline_access'],
  CustomErrorUrl: 'https://shop.example.com/error?message={0}',
};
const DEFAULTS = {
  UrlEncoded: false,
  IntegrationEventID: null,
  CallSyncUserIntegrationEvent: false,
  IntegrationEventName: null,
  AdditionalIdpScopes: [],
  CustomErrorUrl: null,
};
const TAKEN = { ErrorCode: 'IdExists', Message: 'Object already exists.' };

describe('save', () => {
  it('creates what is not there, under the ID of the path', async () => {
    const saved = await ask('PUT', 'google', VALID);
    expect(saved).toEqual({ status: 200, body: { ID: 'google', ...VALID, ...DEFAULTS } });
    expect(await ask('GET', 'google')).toEqual(saved);
  });

  it('overwrites the whole configuration: fields left out get their default', async () => {
    await ask('PUT', 'google', { ...VALID, ...OPTIONAL });
    const saved = await ask('PUT', 'google', { ...VALID, ConnectClientID: 'another' });
    expect(saved).toEqual({
      status: 200,
      body: { ID: 'google', ...VALID, ConnectClientID: 'another', ...DEFAULTS },
    });
    expect(await ask('GET', 'google')).toEqual(saved);
    expect(await ids()).toEqual([EXISTING, 'google']);
  });

  it.each([EXISTING, null, '', ' '])('does not rename it for the ID %j in the body', async (ID) => {
    expect(await ask('PUT', EXISTING, { ...VALID, ID })).toMatchObject({
      status: 200,
      body: { ID: EXISTING },
    });
    expect(await ids()).toEqual([EXISTING]);
  });

  it('moves it with another ID in the body', async () => {
    expect(await ask('PUT', EXISTING, { ...VALID, ID: 'moved' })).toMatchObject({
      status: 200,
      body: { ID: 'moved', ...VALID },
    });
    expect(await ids()).toEqual(['moved']);
  });

  it('creates under the ID in the body when there is nothing to move', async () => {
    expect(await ask('PUT', 'nothing', { ...VALID, ID: 'google' })).toMatchObject({
      status: 200,
      body: { ID: 'google' },
    });
    expect(await ids()).toEqual([EXISTING, 'google']);
  });

  it.each(['google', 'nothing'])('does not move %s onto another one', async (id) => {
    await ask('PUT', 'google', VALID);
    const body = {
      Errors: [{ ...TAKEN, Data: { ObjectType: 'OpenIdConnect', ObjectID: EXISTING } }],
    };
    expect(await ask('PUT', id, { ...VALID, ID: EXISTING })).toEqual({ status: 409, body });
    expect(await ids()).toEqual([EXISTING, 'google']);
  });

  it('wants every required field, also of what is there', async () => {
    const { ConnectClientSecret: _, ...rest } = VALID;
    expect(await ask('PUT', EXISTING, rest)).toEqual({
      status: 400,
      body: {
        Errors: [
          {
            ErrorCode: 'Required',
            Message: 'ConnectClientSecret is required.',
            Data: 'ConnectClientSecret',
          },
        ],
      },
    });
  });

  it.each([
    ['of the body', EXISTING, { ID: 'x'.repeat(101) }],
    ['of the path', 'x'.repeat(101), {}],
  ])('refuses too long an ID %s', async (_, id, fields) => {
    const Errors = [
      {
        ErrorCode: 'ValidationFailure',
        Message: 'ID must be at most 100 characters.',
        Data: { ID: 'x'.repeat(101) },
      },
    ];
    expect(await ask('PUT', id, { ...VALID, ...fields })).toEqual({
      status: 400,
      body: { Errors },
    });
  });
});

describe('patch', () => {
  beforeEach(() => ask('PUT', 'google', { ...VALID, ...OPTIONAL }));
  const FULL = {
    ID: 'google',
    ...VALID,
    ...OPTIONAL,
    IntegrationEventName: 'OpenID Connect user sync',
  };

  it('changes what is given and keeps the rest', async () => {
    const patched = await ask('PATCH', 'google', {
      AppStartUrl: 'https://new.example.com/{0}',
      UrlEncoded: false,
    });
    expect(patched).toEqual({
      status: 200,
      body: { ...FULL, AppStartUrl: 'https://new.example.com/{0}', UrlEncoded: false },
    });
    expect(await ask('GET', 'google')).toEqual(patched);
  });

  it.each([
    ['nothing', {}],
    ['the read-only name', { IntegrationEventName: 'ignored' }],
    ['a field that there is not', { xp: {} }],
  ])('changes nothing for %s', async (_, fields) => {
    expect(await ask('PATCH', 'google', fields)).toEqual({ status: 200, body: FULL });
  });

  it('resets a field that is null to its default', async () => {
    const nulls = Object.fromEntries(Object.keys(OPTIONAL).map((field) => [field, null]));
    expect(await ask('PATCH', 'google', nulls)).toEqual({
      status: 200,
      body: { ID: 'google', ...VALID, ...DEFAULTS },
    });
  });

  it('renews the name of the integration event', async () => {
    expect(await ask('PATCH', EXISTING, { IntegrationEventID: null })).toMatchObject({
      body: { IntegrationEventName: null },
    });
    expect(await ask('PATCH', EXISTING, { IntegrationEventID: 'oidc-sync' })).toMatchObject({
      body: { IntegrationEventName: 'OpenID Connect user sync' },
    });
  });

  it('renames', async () => {
    expect(await ask('PATCH', 'google', { ID: 'renamed' })).toEqual({
      status: 200,
      body: { ...FULL, ID: 'renamed' },
    });
    expect(await ids()).toEqual([EXISTING, 'renamed']);
  });

  it.each(['google', null, '', ' '])('keeps the ID when given %j', async (ID) => {
    expect(await ask('PATCH', 'google', { ID })).toEqual({ status: 200, body: FULL });
  });

  it('does not rename onto another one', async () => {
    const body = {
      Errors: [{ ...TAKEN, Data: { ObjectType: 'OpenIdConnect', ObjectID: EXISTING } }],
    };
    expect(await ask('PATCH', 'google', { ID: EXISTING, UrlEncoded: false })).toEqual({
      status: 409,
      body,
    });
    expect(await ask('GET', 'google')).toMatchObject({ body: FULL });
  });

  it('does not give too long an ID', async () => {
    expect(await ask('PATCH', 'google', { ID: 'x'.repeat(101) })).toMatchObject({
      status: 400,
      body: {
        Errors: [{ ErrorCode: 'ValidationFailure', Message: 'ID must be at most 100 characters.' }],
      },
    });
  });

  it.each([null, '', ' '])('does not clear a required field with %j', async (value) => {
    const fields = { TokenEndpoint: value, ConnectClientSecret: value };
    expect(await ask('PATCH', 'google', fields)).toEqual({
      status: 400,
      body: {
        Errors: [
          {
            ErrorCode: 'Required',
            Message: 'ConnectClientSecret is required.',
            Data: 'ConnectClientSecret',
          },
          { ErrorCode: 'Required', Message: 'TokenEndpoint is required.', Data: 'TokenEndpoint' },
        ],
      },
    });
    expect(await ask('GET', 'google')).toMatchObject({ body: FULL });
  });

  it('finds nothing under an unknown ID', async () => {
    const Data = { ObjectType: 'OpenIdConnect', ObjectID: 'zz' };
    const body = { Errors: [{ ErrorCode: 'NotFound', Message: 'Object not found.', Data }] };
    expect(await ask('PATCH', 'zz', VALID)).toEqual({ status: 404, body });
    expect(await ids()).toEqual([EXISTING, 'google']);
  });
});

describe.each(['PUT', 'PATCH'])('%s', (method) => {
  it.each([
    ['text that is not JSON', '{', 'The body must be a JSON object.', null],
    ['no body', undefined, 'The body must be a JSON object.', null],
    ['a list', [], 'The body must be a JSON object.', null],
    ['a number for the ID', { ...VALID, ID: 1 }, 'ID must be a string.', 'ID'],
    [
      'a text for a boolean',
      { ...VALID, UrlEncoded: 'true' },
      'UrlEncoded must be a boolean.',
      'UrlEncoded',
    ],
  ])('refuses %s', async (_, body, Message, Data) => {
    const Errors = [{ ErrorCode: 'Request.InvalidRequestBody', Message, Data }];
    expect(await ask(method, EXISTING, body)).toEqual({ status: 400, body: { Errors } });
  });

  it('refuses another content type', async () => {
    expect(await ask(method, EXISTING, VALID, 'text/plain')).toMatchObject({
      status: 400,
      body: { Errors: [{ ErrorCode: 'Request.InvalidContentType' }] },
    });
  });

  it.each([
    [
      'an unknown API client',
      { OrderCloudApiClientID: 'nobody' },
      400,
      'ApiClient.InvalidClientID',
    ],
    ['an unknown integration event', { IntegrationEventID: 'zz' }, 404, 'NotFound'],
    [
      'an integration event of another type',
      { IntegrationEventID: 'order-checkout' },
      400,
      'IntegrationEvent.IncompatibleEventType',
    ],
  ])('refuses %s, and changes nothing', async (_, fields, status, ErrorCode) => {
    const before = await ask('GET', EXISTING);
    const refused = { status, body: { Errors: [{ ErrorCode }] } };
    expect(await ask(method, EXISTING, { ...VALID, ID: 'moved', ...fields })).toMatchObject(
      refused,
    );
    expect(await ask('GET', EXISTING)).toEqual(before);
    expect(await ids()).toEqual([EXISTING]);
  });
});

describe('delete', () => {
  it('responds with no body, and removes the configuration', async () => {
    expect(await ask('DELETE', EXISTING)).toEqual({ status: 204, body: '' });
    expect((await ask('GET', EXISTING)).status).toBe(404);
    expect(await ids()).toEqual([]);
  });

  it('finds nothing the second time', async () => {
    await ask('DELETE', EXISTING);
    const Data = { ObjectType: 'OpenIdConnect', ObjectID: EXISTING };
    const body = { Errors: [{ ErrorCode: 'NotFound', Message: 'Object not found.', Data }] };
    expect(await ask('DELETE', EXISTING)).toEqual({ status: 404, body });
  });

  it('leaves the ID free', async () => {
    await ask('DELETE', EXISTING);
    expect(await ask('PUT', 'google', { ...VALID, ID: EXISTING })).toMatchObject({
      status: 200,
      body: { ID: EXISTING },
    });
  });
});
