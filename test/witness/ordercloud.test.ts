import {
  Auth,
  Configuration,
  OpenIdConnects,
  type OpenIdConnect,
  type OrderCloudError,
  type PartialDeep,
} from 'ordercloud-javascript-sdk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';

/*
 * OrderCloud's own SDK against the emulator: every operation on an OpenIdConnect, and how the SDK reads what the
 * emulator refuses. It shares no code with the gateway, so that both cannot be wrong in the same way.
 */

let emulator: RunningEmulator;

beforeAll(() => {
  // The SDK's HTTP client would send loopback, too, to a proxy that the environment names.
  vi.stubEnv('no_proxy', '127.0.0.1');
});
beforeEach(async () => {
  emulator = await startEmulator();
  Configuration.Set({ baseApiUrl: emulator.url, timeoutInMilliseconds: 60_000 });
});
afterEach(() => emulator.close());
afterAll(() => {
  vi.unstubAllEnvs();
});

function note(label: string): string {
  const value = emulator.notes.find((each) => each.label === label)?.value;
  if (value === undefined) throw new Error(`no note ${label}`);
  return value;
}

const as = (who: string) => ({ accessToken: note(`token (${who})`) });

const create = (fields: OpenIdConnect) => OpenIdConnects.Create(fields, as('admin'));
const save = (id: string, fields: OpenIdConnect) => OpenIdConnects.Save(id, fields, as('admin'));
const get = (id: string) => OpenIdConnects.Get(id, as('reader'));
/** The SDK's types do not allow null, but it sends null unchanged. */
const patch = (
  id: string,
  fields: { readonly [Field in keyof OpenIdConnect]?: OpenIdConnect[Field] | null },
) => OpenIdConnects.Patch(id, fields as PartialDeep<OpenIdConnect>, as('admin'));

type ListOptions = NonNullable<Parameters<typeof OpenIdConnects.List>[0]>;
const list = (options?: ListOptions) => OpenIdConnects.List(options, as('reader'));

/** The IDs that a list finds, in its order. */
async function listed(options?: ListOptions): Promise<string[]> {
  const { Items } = await list(options);
  return Items.map(({ ID }) => ID);
}

/** What the SDK made of a refusal, without the HTTP exchange that it keeps in there, credentials included. */
async function refusal(
  call: Promise<unknown>,
): Promise<Pick<OrderCloudError, 'status' | 'errorCode' | 'message' | 'errors'>> {
  const error: unknown = await call.then(
    () => new Error('It was not refused.'),
    (reason: unknown) => reason,
  );
  // The SDK's errors are no instances of their class: it is compiled for a language without classes.
  if (!(error instanceof Error && 'isOrderCloudError' in error)) throw error;
  const { status, errorCode, message, errors = [] } = error as OrderCloudError;
  return { status, errorCode, message, errors };
}

const EXISTING = 'example-existing';
const MINIMAL = {
  OrderCloudApiClientID: '11111111-2222-3333-4444-555555555555',
  ConnectClientID: 'idp-app',
  ConnectClientSecret: 'idp-app-secret/+=é',
  AppStartUrl: 'https://shop.example.com/?token={0}&path={2}',
  AuthorizationEndpoint: 'https://idp.example.com/authorize',
  TokenEndpoint: 'https://idp.example.com/token',
};
const DEFAULTS = {
  UrlEncoded: false,
  IntegrationEventID: null,
  CallSyncUserIntegrationEvent: false,
  IntegrationEventName: null,
  AdditionalIdpScopes: [],
  CustomErrorUrl: null,
};
const FULL = {
  ID: 'google',
  ...MINIMAL,
  UrlEncoded: true,
  IntegrationEventID: 'oidc-sync',
  CallSyncUserIntegrationEvent: true,
  AdditionalIdpScopes: ['offline_access', 'https://www.googleapis.com/auth/calendar.readonly'],
  CustomErrorUrl: 'https://shop.example.com/error?message={0}',
};
const STORED = { ...FULL, IntegrationEventName: 'OpenID Connect user sync' };

describe('Auth', () => {
  const SELLER_ROLES = ['OpenIDConnectAdmin', 'OpenIDConnectReader'] as const;
  const client = () => [note('OAuth client secret'), note('OAuth client id')] as const;
  const user = () => [note('OAuth user name'), note('OAuth password')] as const;

  it('ClientCredentials without a scope gives a token with every role', async () => {
    const token = await Auth.ClientCredentials(...client());
    expect(token).toEqual({
      access_token: expect.any(String) as string,
      token_type: 'bearer',
      expires_in: 35_999,
      refresh_token: null,
    });
    const accessToken = token.access_token;
    expect(await OpenIdConnects.Create(FULL, { accessToken })).toEqual(STORED);
    expect(await OpenIdConnects.Get('google', { accessToken })).toEqual(STORED);
  });

  it('ClientCredentials with a scope gives a token with that role alone', async () => {
    const { access_token: accessToken } = await Auth.ClientCredentials(...client(), [
      'OpenIDConnectReader',
    ]);
    expect(await OpenIdConnects.Get(EXISTING, { accessToken })).toMatchObject({ ID: EXISTING });
    expect(await refusal(OpenIdConnects.Create(FULL, { accessToken }))).toMatchObject({
      status: 403,
      errorCode: 'Auth.InsufficientRoles',
    });
  });

  it('ClientCredentials with two roles gives a token with both', async () => {
    const { access_token: accessToken } = await Auth.ClientCredentials(...client(), [
      ...SELLER_ROLES,
    ]);
    expect(
      await OpenIdConnects.Patch(EXISTING, { UrlEncoded: true }, { accessToken }),
    ).toMatchObject({ UrlEncoded: true });
  });

  it('ElevatedLogin gives the token of a user', async () => {
    const [secret, id] = client();
    const { access_token: accessToken } = await Auth.ElevatedLogin(secret, ...user(), id, [
      'OpenIDConnectAdmin',
    ]);
    expect(await OpenIdConnects.Save('google', FULL, { accessToken })).toEqual(STORED);
    expect(await get('google')).toEqual(STORED);
  });

  it.each([
    [
      'ClientCredentials with a wrong secret',
      () => Auth.ClientCredentials('wrong', client()[1]),
      'Auth.OauthError',
    ],
    [
      'ClientCredentials for a role that is not assigned',
      () => Auth.ClientCredentials(...client(), ['FullAccess']),
      'Auth.InsufficientRoles',
    ],
    [
      'ElevatedLogin with a wrong password',
      () => Auth.ElevatedLogin(client()[0], user()[0], 'wrong', client()[1]),
      'Auth.InvalidUsernameOrPassword',
    ],
    // A client that has a secret needs it for every grant; these send none.
    ['Login', () => Auth.Login(...user(), client()[1]), 'Auth.OauthError'],
    ['Anonymous', () => Auth.Anonymous(client()[1]), 'Auth.OauthError'],
    ['RefreshToken', () => Auth.RefreshToken('no-such-token', client()[1]), 'Auth.OauthError'],
  ])('%s is refused', async (_, call, ErrorCode) => {
    const { status, errorCode, message, errors } = await refusal(call());
    expect({ status, errorCode }).toEqual({ status: 400, errorCode: ErrorCode });
    expect(errors).toEqual([{ ErrorCode, Message: message, Data: null }]);
  });
});

describe('Create and Get', () => {
  it('give an ID and the defaults to what has none', async () => {
    const created = await create(MINIMAL);
    expect(created).toEqual({
      ID: expect.stringMatching(/^[\w-]+$/) as string,
      ...MINIMAL,
      ...DEFAULTS,
    });
    expect(await get(created.ID)).toEqual(created);
  });

  it('keep every field', async () => {
    expect(await create(FULL)).toEqual(STORED);
    expect(await get('google')).toEqual(STORED);
  });

  it('ignore the read-only name of the integration event, which the SDK sends', async () => {
    expect(await create({ ...FULL, IntegrationEventName: 'mine' })).toEqual(STORED);
    expect(await get('google')).toEqual(STORED);
  });
});

describe('List', () => {
  beforeEach(async () => {
    await create({ ...FULL, ID: 'google' });
    await create({ ...MINIMAL, ID: 'a', ConnectClientID: 'app & co' });
    await create({ ...MINIMAL, ID: 'go-daddy', ConnectClientID: 'app-2' });
    await create({ ...MINIMAL, ID: 'okta', UrlEncoded: true });
  });
  const ALL = ['a', EXISTING, 'go-daddy', 'google', 'okta'];

  it('returns whole configurations and their position', async () => {
    const page = await list();
    expect(page.Meta).toEqual({
      Page: 1,
      PageSize: 20,
      TotalCount: 5,
      TotalPages: 1,
      ItemRange: [1, 5],
      NextPageKey: null,
    });
    expect(page.Items.map(({ ID }) => ID)).toEqual(ALL);
    expect(page.Items).toContainEqual(STORED);
  });

  it('gives one page of them', async () => {
    const { Meta, Items } = await list({ page: 2, pageSize: 2 });
    expect(Meta).toEqual({
      Page: 2,
      PageSize: 2,
      TotalCount: 5,
      TotalPages: 3,
      ItemRange: [3, 4],
      NextPageKey: null,
    });
    expect(Items.map(({ ID }) => ID)).toEqual(['go-daddy', 'google']);
  });

  it.each<[string, ListOptions, string[]]>([
    ['search', { search: 'go' }, ['go-daddy', 'google']],
    ['search and searchOn', { search: 'oo', searchOn: ['ID'] }, ['google']],
    ['search for nothing that is there', { search: 'zz' }, []],
    ['sortBy', { sortBy: ['ID'] }, ALL],
    ['sortBy, reversed', { sortBy: ['!ID'] }, ALL.toReversed()],
    ['a text', { filters: { ConnectClientID: 'app & co' } }, ['a']],
    ['false', { filters: { UrlEncoded: false } }, ['a', EXISTING, 'go-daddy']],
    ['true', { filters: { UrlEncoded: true } }, ['google', 'okta']],
    ['a negation', { filters: { ID: '!a' } }, ALL.slice(1)],
    ['a wildcard', { filters: { ID: 'go*' } }, ['go-daddy', 'google']],
    ['a wildcard at the front', { filters: { ConnectClientID: '*app*' } }, ALL],
    ['alternatives', { filters: { ID: 'a|okta' } }, ['a', 'okta']],
    ['several at once', { filters: { ID: ['!a', '!go*'], UrlEncoded: true } }, ['okta']],
    ['presence', { filters: { IntegrationEventID: '*' } }, [EXISTING, 'google']],
    ['absence', { filters: { IntegrationEventID: '!*' } }, ['a', 'go-daddy', 'okta']],
    ['a comparison of IDs', { filters: { ID: '>go-daddy' } }, ['google', 'okta']],
    [
      'all of it',
      {
        search: 'o',
        searchOn: ['ID'],
        sortBy: ['!ID'],
        page: 1,
        pageSize: 2,
        filters: { ID: '!google' },
      },
      ['okta', 'go-daddy'],
    ],
  ])('finds by %s', async (_, options, expected) => {
    expect(await listed(options)).toEqual(expected);
  });

  it('is read to its end by the last ID, as the vendor advises for many', async () => {
    const found: string[] = [];
    for (let last = ''; found.length <= ALL.length;) {
      const ids = await listed({
        page: 1,
        pageSize: 2,
        sortBy: ['ID'],
        ...(last && { filters: { ID: `>${last}` } }),
      });
      if (ids.length === 0) break;
      found.push(...ids);
      last = ids.at(-1) ?? '';
    }
    expect(found).toEqual(ALL);
  });

  it.each<[string, ListOptions, string]>([
    ['a page size over 100', { pageSize: 101 }, 'List.InvalidPageSize'],
    ['a filter for no field', { filters: { Nothing: 'x' } }, 'List.InvalidProperty'],
    ['a boolean that is none', { filters: { UrlEncoded: 'yes' } }, 'List.InvalidType'],
  ])('refuses %s', async (_, options, errorCode) => {
    expect(await refusal(list(options))).toMatchObject({ status: 400, errorCode });
  });
});

describe('Save', () => {
  it('creates what is not there', async () => {
    expect(await save('okta', MINIMAL)).toEqual({ ID: 'okta', ...MINIMAL, ...DEFAULTS });
    expect(await get('okta')).toEqual({ ID: 'okta', ...MINIMAL, ...DEFAULTS });
  });

  it('overwrites all of what is there', async () => {
    await create(FULL);
    const changed = { ...MINIMAL, ConnectClientID: 'another-app' };
    expect(await save('google', changed)).toEqual({ ID: 'google', ...changed, ...DEFAULTS });
    expect(await get('google')).toEqual({ ID: 'google', ...changed, ...DEFAULTS });
  });

  it('renames', async () => {
    await create(FULL);
    expect(await save('google', { ...FULL, ID: 'google-2' })).toEqual({
      ...STORED,
      ID: 'google-2',
    });
    expect(await listed()).toEqual([EXISTING, 'google-2']);
    expect(await get('google-2')).toEqual({ ...STORED, ID: 'google-2' });
  });
});

describe('Patch', () => {
  beforeEach(async () => {
    await create(FULL);
  });

  it.each<[string, Parameters<typeof patch>[1], Partial<Record<keyof OpenIdConnect, unknown>>]>([
    ['one field', { ConnectClientSecret: 'rotated' }, { ConnectClientSecret: 'rotated' }],
    ['a boolean to false', { UrlEncoded: false }, { UrlEncoded: false }],
    ['a list to another', { AdditionalIdpScopes: ['phone'] }, { AdditionalIdpScopes: ['phone'] }],
    ['a list to an empty one', { AdditionalIdpScopes: [] }, { AdditionalIdpScopes: [] }],
    ['a list to null', { AdditionalIdpScopes: null }, { AdditionalIdpScopes: [] }],
    [
      'texts to null',
      { CustomErrorUrl: null, IntegrationEventID: null },
      { CustomErrorUrl: null, IntegrationEventID: null, IntegrationEventName: null },
    ],
    [
      'booleans to null',
      { UrlEncoded: null, CallSyncUserIntegrationEvent: null },
      { UrlEncoded: false, CallSyncUserIntegrationEvent: false },
    ],
    ['nothing', {}, {}],
  ])('changes %s', async (_, fields, changed) => {
    expect(await patch('google', fields)).toEqual({ ...STORED, ...changed });
    expect(await get('google')).toEqual({ ...STORED, ...changed });
  });

  it('renames', async () => {
    expect(await patch('google', { ID: 'google-2' })).toEqual({ ...STORED, ID: 'google-2' });
    expect(await listed()).toEqual([EXISTING, 'google-2']);
    expect(await get('google-2')).toEqual({ ...STORED, ID: 'google-2' });
  });
});

describe('Delete', () => {
  it('deletes that object, and returns nothing', async () => {
    await create(FULL);
    await expect(OpenIdConnects.Delete('google', as('admin'))).resolves.toBe(''); // the SDK's result for an empty response
    expect(await refusal(get('google'))).toMatchObject({ status: 404 });
    expect(await listed()).toEqual([EXISTING]);
  });
});

describe('OrderCloudError', () => {
  // The SDK makes this message itself, from the data.
  const NOT_FOUND = {
    status: 404,
    errorCode: 'NotFound',
    message: 'OpenIdConnect zz not found',
    errors: [
      {
        ErrorCode: 'NotFound',
        Message: 'Object not found.',
        Data: { ObjectType: 'OpenIdConnect', ObjectID: 'zz' },
      },
    ],
  };

  it.each([
    ['Get', () => get('zz')],
    ['Patch', () => patch('zz', { UrlEncoded: true })],
    ['Delete', () => OpenIdConnects.Delete('zz', as('admin'))],
  ])('names what %s does not find', async (_, call) => {
    expect(await refusal(call())).toEqual(NOT_FOUND);
  });

  it.each([
    ['Create', () => create({ ...FULL, ID: EXISTING })],
    ['Save', () => save('google', { ...FULL, ID: EXISTING })],
    ['Patch', () => patch('google', { ID: EXISTING })],
  ])('names the ID that %s finds taken, and nothing is changed', async (name, call) => {
    if (name !== 'Create') await create(FULL);
    const before = await list();
    expect(await refusal(call())).toEqual({
      status: 409,
      errorCode: 'IdExists',
      message: 'Object already exists.',
      errors: [
        {
          ErrorCode: 'IdExists',
          Message: 'Object already exists.',
          Data: { ObjectType: 'OpenIdConnect', ObjectID: EXISTING },
        },
      ],
    });
    expect(await list()).toEqual(before);
  });

  it('has every error of a body, the first one on top', async () => {
    const { status, errorCode, message, errors } = await refusal(
      create({ ...MINIMAL, ID: 'x'.repeat(101), ConnectClientID: '', TokenEndpoint: '' }),
    );
    expect({ status, errorCode, message }).toEqual({
      status: 400,
      errorCode: 'Required',
      message: 'ConnectClientID is required.',
    });
    expect(errors).toMatchObject([
      { ErrorCode: 'Required', Data: 'ConnectClientID' },
      { ErrorCode: 'Required', Data: 'TokenEndpoint' },
      { ErrorCode: 'ValidationFailure', Data: { ID: 'x'.repeat(101) } },
    ]);
  });

  it.each<[string, Partial<OpenIdConnect>, number, string, string]>([
    [
      'API client',
      { OrderCloudApiClientID: 'zz' },
      400,
      'ApiClient.InvalidClientID',
      'OrderCloudApiClientID zz is not the ID of an API client.',
    ],
    [
      'integration event',
      { IntegrationEventID: 'zz' },
      404,
      'NotFound',
      'IntegrationEvent zz not found',
    ],
  ])('names an unknown %s', async (_, fields, status, errorCode, message) => {
    expect(await refusal(create({ ...FULL, ...fields }))).toMatchObject({
      status,
      errorCode,
      message,
    });
  });

  it.each(['expired', 'tampered with'])('reads that a token is %s', async (kind) => {
    const accessToken = kind === 'expired' ? note('token (expired)') : `${note('token (admin)')}x`;
    expect(await refusal(OpenIdConnects.List({}, { accessToken }))).toEqual({
      status: 401,
      errorCode: 'InvalidToken',
      message: 'Access token is invalid or expired.',
      errors: [
        { ErrorCode: 'InvalidToken', Message: 'Access token is invalid or expired.', Data: null },
      ],
    });
  });

  it('has the roles that would have been enough', async () => {
    const { status, errorCode, errors } = await refusal(
      OpenIdConnects.Delete(EXISTING, as('reader')),
    );
    expect({ status, errorCode }).toEqual({ status: 403, errorCode: 'Auth.InsufficientRoles' });
    expect(errors).toMatchObject([
      {
        Data: {
          SufficientRoles: ['FullAccess', 'OpenIDConnectAdmin'],
          AssignedRoles: ['OpenIDConnectReader'],
        },
      },
    ]);
    expect(await get(EXISTING)).toMatchObject({ ID: EXISTING });
  });

  it('says that a buyer may not read', async () => {
    expect(await refusal(OpenIdConnects.Get(EXISTING, as('buyer')))).toMatchObject({
      status: 403,
      errorCode: 'Auth.UserNotAuthorizedToAdmin',
    });
  });
});
