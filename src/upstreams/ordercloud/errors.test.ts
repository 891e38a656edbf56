import { describe, expect, it } from 'vitest';
import type { OidcErrorCode } from '../../domain/errors.ts';
import type { Json } from '../../domain/json/json.ts';
import { readError } from './errors.ts';

const errors = (...entries: Json[]): Json => ({ Errors: entries });
const coded = (ErrorCode: string, Message = 'No.', Data: Json = null): Json => ({
  ErrorCode,
  Message,
  Data,
});

describe('details', () => {
  it('are every entry, in order, with their data as JSON text', () => {
    const body = {
      error: 'invalid_grant',
      error_description: 'Bad password.',
      Errors: [coded('B', 'b', { x: [1] }), coded('A', 'a', 'text'), 'odd', { ErrorCode: 'C' }],
    };
    expect(readError({ status: 400, json: body }).details).toEqual([
      { code: 'B', message: 'b', data: '{"x":[1]}' },
      { code: 'A', message: 'a', data: '"text"' },
      { code: null, message: null, data: '"odd"' },
      { code: 'C', message: null, data: null },
      { code: 'invalid_grant', message: 'Bad password.', data: null },
    ]);
  });

  it.each<[string, Json | undefined, object[]]>([
    ['no JSON', undefined, []],
    ['a list', [1], [{ code: null, message: null, data: '[1]' }]],
    ['a number', 0, [{ code: null, message: null, data: '0' }]],
    ['an empty object', {}, [{ code: null, message: null, data: '{}' }]],
  ])('of a body that is %s', (_what, json, details) => {
    expect(readError({ status: 500, json })).toMatchObject({ details });
  });
});

describe('the code', () => {
  it.each<[OidcErrorCode | undefined, string[]]>([
    [
      'UNAUTHENTICATED',
      [
        'InvalidToken',
        'Auth.TokenRevoked',
        'Auth.InvalidUsernameOrPassword',
        'Auth.UserNotActive',
        'Auth.ClientNotActive',
        'Auth.LockedOut',
        'invalid_token',
        'invalid_grant',
        'invalid_client',
      ],
    ],
    [
      'PERMISSION_DENIED',
      [
        'Auth.InsufficientRoles',
        'Auth.InsufficientRole',
        'InsufficientRoles',
        'Auth.UserNotAuthorizedToAdmin',
        'insufficient_scope',
        'unauthorized_client',
      ],
    ],
    ['NOT_FOUND', ['NotFound', 'NotFoundError']],
    ['ALREADY_EXISTS', ['IdExists']],
    ['UPSTREAM_UNAVAILABLE', ['Api.Offline']],
    // Open strings: what is not known says no more than the status, names of what every object has among them.
    [
      undefined,
      [
        'ValidationFailure',
        'Request.InvalidRequestBody',
        'ServerError',
        'idexists',
        '',
        '400',
        'constructor',
        '__proto__',
        'toString',
      ],
    ],
  ])('%s for a 400 with one of %j', (expected, codes) => {
    expect(
      codes.map((code) => [code, readError({ status: 400, json: errors(coded(code)) }).code]),
    ).toEqual(codes.map((code) => [code, expected]));
  });

  it.each([401, 403, 404, 409, 429])('of a %i is left to the status', (status) => {
    for (const code of ['IdExists', 'NotFound', 'InvalidToken', 'Auth.InsufficientRoles'])
      expect(readError({ status, json: errors(coded(code)) }).code).toBeUndefined();
  });

  it.each([500, 502, 503, 504])(
    'of a %i says only that OrderCloud is offline, with 503',
    (status) => {
      expect(readError({ status, json: errors(coded('Api.Offline')) }).code).toBe(
        status === 503 ? 'UPSTREAM_UNAVAILABLE' : undefined,
      );
      for (const code of ['IdExists', 'ServerError', 'InvalidToken'])
        expect(readError({ status, json: errors(coded(code)) }).code).toBeUndefined();
    },
  );

  it.each<[string, Json, OidcErrorCode | undefined]>([
    ['the first entry', errors(coded('NotFound'), coded('IdExists')), 'NOT_FOUND'],
    [
      'the first entry, also where it says nothing',
      errors(coded('ValidationFailure'), coded('IdExists')),
      undefined,
    ],
    [
      'the flat form',
      { StatusCode: 404, ErrorCode: 'NotFoundError', Message: 'Object not found' },
      'NOT_FOUND',
    ],
    ['OAuth alone', { error: 'invalid_grant', error_description: 'No.' }, 'UNAUTHENTICATED'],
    [
      'the list rather than OAuth',
      { error: 'invalid_grant', Errors: [coded('IdExists')] },
      'ALREADY_EXISTS',
    ],
  ])('is decided by %s', (_what, json, expected) => {
    expect(readError({ status: 400, json }).code).toBe(expected);
  });
});

describe('fields', () => {
  const fieldsOf = (...entries: Json[]) =>
    readError({ status: 400, json: errors(...entries) }).issues?.map(({ path }) => path.join('.'));

  it.each<[string, Json, string[]]>([
    [
      'a code that means one',
      coded('ApiClient.InvalidClientID', 'Nope'),
      ['orderCloudApiClientId'],
    ],
    [
      'another code that means one',
      coded('IntegrationEvent.IncompatibleEventType', 'Nope'),
      ['integrationEventId'],
    ],
    ['a message', coded('ValidationFailure', 'TokenEndpoint is not valid.'), ['tokenEndpoint']],
    ['a message with quotes', coded('ValidationFailure', "Property 'ID' is not valid."), ['id']],
    [
      'data with a value',
      coded('ValidationFailure', 'Model or property was invalid', { Property: 'AppStartUrl' }),
      ['appStartUrl'],
    ],
    [
      'data with a member name',
      coded('ValidationFailure', 'Model or property was invalid', { CustomErrorUrl: ['too long'] }),
      ['customErrorUrl'],
    ],
    [
      'data with several',
      coded('ValidationFailure', 'Model or property was invalid', [
        'UrlEncoded',
        'AdditionalIdpScopes',
        'ID',
      ]),
      ['id', 'urlEncoded', 'additionalIdpScopes'],
    ],
    ['no field of the input', coded('ValidationFailure', 'IntegrationEventName is read-only.'), []],
    [
      'the object that was not found',
      coded('NotFound', 'Not found.', { ObjectType: 'OpenIdConnect', ObjectID: 'acme' }),
      [],
    ],
    ['nothing', coded('ValidationFailure', 'Model or property was invalid'), []],
    [
      'a code that every object has a member for',
      coded('constructor', 'TokenEndpoint is not valid.'),
      ['tokenEndpoint'],
    ],
  ])('%s', (_what, entry, fields) => {
    expect(fieldsOf(entry)).toEqual(fields);
  });

  it('are taken from every entry, each with its own words', () => {
    const json = errors(
      coded('ValidationFailure', 'TokenEndpoint is not valid.'),
      coded('ApiClient.InvalidClientID'),
      { ErrorCode: 'ValidationFailure', Data: 'UrlEncoded' },
    );
    expect(readError({ status: 400, json }).issues).toEqual([
      {
        path: ['tokenEndpoint'],
        code: 'REFUSED_BY_UPSTREAM',
        message: 'TokenEndpoint is not valid.',
        source: 'UPSTREAM',
      },
      {
        path: ['orderCloudApiClientId'],
        code: 'REFUSED_BY_UPSTREAM',
        message: 'No.',
        source: 'UPSTREAM',
      },
      {
        path: ['urlEncoded'],
        code: 'REFUSED_BY_UPSTREAM',
        message: 'ValidationFailure',
        source: 'UPSTREAM',
      },
    ]);
  });
});

describe('roles that are missing', () => {
  it.each<[string, Json, string[]]>([
    [
      'as the API sends them',
      {
        SufficientRoles: ['FullAccess', 'OpenIDConnectAdmin'],
        AssignedRoles: ['OpenIDConnectReader'],
      },
      ['FullAccess', 'OpenIDConnectAdmin'],
    ],
    ['as far as they are texts', { SufficientRoles: ['FullAccess', null, 1] }, ['FullAccess']],
    ['not as a list', { SufficientRoles: 'FullAccess' }, []],
    ['not at all', { AssignedRoles: ['OpenIDConnectReader'] }, []],
    ['null', null, []],
    ['a list', ['FullAccess'], []],
  ])('%s', (_what, data, missing) => {
    expect(
      readError({ status: 403, json: errors(coded('Auth.InsufficientRoles', 'No.', data)) })
        .missing,
    ).toEqual(missing);
  });
});

describe('the object', () => {
  it.each<[string, Json, object | undefined]>([
    [
      'as the API sends it',
      { ObjectType: 'ApiClient', ObjectID: 'nobody' },
      { resource: 'ApiClient', id: 'nobody' },
    ],
    ['without an id', { ObjectType: 'ApiClient' }, { resource: 'ApiClient', id: null }],
    [
      'with an empty id',
      { ObjectType: 'ApiClient', ObjectID: '' },
      { resource: 'ApiClient', id: null },
    ],
    ['as the example of the specification', { ObjectType: '', ObjectID: '' }, undefined],
    ['without a type', { ObjectID: 'nobody' }, undefined],
    ['null', null, undefined],
    ['a text', 'ApiClient', undefined],
  ])('%s', (_what, data, object) => {
    expect(readError({ status: 404, json: errors(coded('NotFound', 'No.', data)) }).object).toEqual(
      object,
    );
  });
});

it('reads no more than 100 entries of a body', () => {
  const Errors = Array.from({ length: 12_000 }, (_, index) => ({
    ErrorCode: `N.${index}`,
    Message: 'No.',
    Data: null,
  }));
  const { details, inOwnWords } = readError({ status: 400, json: { Errors } });
  expect([details.length, details[0]?.code, inOwnWords]).toEqual([100, 'N.0', true]);
});
