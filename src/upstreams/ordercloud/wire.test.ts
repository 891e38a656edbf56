import { describe, expect, it } from 'vitest';
import type { Json } from '../../domain/json.ts';
import { errorEntries, openIdConnect } from './wire.ts';

const STORED = {
  ID: 'acme',
  OrderCloudApiClientID: 'API-CLIENT',
  ConnectClientID: 'client_id_example',
  ConnectClientSecret: 'secret_example',
  AppStartUrl: 'https://host.com{2}?t={0}',
  AuthorizationEndpoint: 'https://accounts.example.com/auth',
  TokenEndpoint: 'https://accounts.example.com/token',
  UrlEncoded: false,
  IntegrationEventID: 'event',
  CallSyncUserIntegrationEvent: true,
  IntegrationEventName: 'Event',
  AdditionalIdpScopes: ['a'],
  CustomErrorUrl: 'https://host.com/error',
};

describe('openIdConnect', () => {
  it.each<[string, object]>([
    ['every member', STORED],
    ['an ID alone', { ID: 'acme' }],
    [
      'null wherever there may be nothing',
      { ...Object.fromEntries(Object.keys(STORED).map((name) => [name, null])), ID: 'acme' },
    ],
    ['the list of scopes as the specification shows it', { ID: 'acme', AdditionalIdpScopes: [''] }],
  ])('takes %s', (_what, body) => {
    expect(openIdConnect.parse(body)).toEqual(body);
  });

  it('leaves out members that it does not know', () => {
    expect(openIdConnect.parse({ ...STORED, xp: {} })).toEqual(STORED);
  });

  it.each<[string, unknown]>([
    ['no ID', { ...STORED, ID: undefined }],
    ['an ID that is null', { ...STORED, ID: null }],
    ['an empty ID', { ...STORED, ID: '' }],
    ['an ID that is no text', { ...STORED, ID: 1 }],
    ['a text for a boolean', { ...STORED, UrlEncoded: 'false' }],
    ['a number for a text', { ...STORED, AppStartUrl: 1 }],
    ['a text for a list', { ...STORED, AdditionalIdpScopes: 'a b' }],
    ['an item that is no text', { ...STORED, AdditionalIdpScopes: [null] }],
    ['a list of configurations', { Meta: {}, Items: [STORED] }],
    ['an error', { Errors: [{ ErrorCode: 'NotFound', Message: 'Not found.', Data: null }] }],
    ['a list', [STORED]],
    ['nothing', undefined],
  ])('refuses %s', (_what, body) => {
    expect(openIdConnect.safeParse(body).success).toBe(false);
  });
});

describe('errorEntries', () => {
  const nothing = { ErrorCode: null, Message: null, Data: null };

  it.each<[string, Json, object[]]>([
    [
      'the list of the API',
      {
        Errors: [
          {
            ErrorCode: 'NotFound',
            Message: 'Not found.',
            Data: { ObjectType: 'OpenIdConnect', ObjectID: 'acme' },
          },
        ],
      },
      [
        {
          ErrorCode: 'NotFound',
          Message: 'Not found.',
          Data: { ObjectType: 'OpenIdConnect', ObjectID: 'acme' },
        },
      ],
    ],
    [
      'several of them, in order',
      {
        Errors: [
          { ErrorCode: 'B', Message: 'b', Data: 1 },
          { ErrorCode: 'A', Message: 'a', Data: [false] },
        ],
      },
      [
        { ErrorCode: 'B', Message: 'b', Data: 1 },
        { ErrorCode: 'A', Message: 'a', Data: [false] },
      ],
    ],
    [
      'the flat form of the specification',
      {
        StatusCode: 404,
        ErrorCode: 'NotFoundError',
        Message: 'Object not found',
        Data: { ObjectType: '', ObjectID: '' },
      },
      [
        {
          ErrorCode: 'NotFoundError',
          Message: 'Object not found',
          Data: { ObjectType: '', ObjectID: '' },
        },
      ],
    ],
    [
      'the flat form with a code alone',
      { ErrorCode: 'NotFoundError' },
      [{ ...nothing, ErrorCode: 'NotFoundError' }],
    ],
    [
      'the flat form with a message alone',
      { Message: 'Object not found' },
      [{ ...nothing, Message: 'Object not found' }],
    ],
    [
      'OAuth',
      { error: 'invalid_grant', error_description: 'Bad password.' },
      [{ ErrorCode: 'invalid_grant', Message: 'Bad password.', Data: null }],
    ],
    [
      'OAuth without a description',
      { error: 'invalid_grant' },
      [{ ...nothing, ErrorCode: 'invalid_grant' }],
    ],
    [
      'OAuth beside the list, which comes first',
      {
        error: 'invalid_grant',
        error_description: 'Bad password.',
        Errors: [{ ErrorCode: 'Auth.InvalidUsernameOrPassword', Message: 'Bad.', Data: null }],
      },
      [
        { ErrorCode: 'Auth.InvalidUsernameOrPassword', Message: 'Bad.', Data: null },
        { ErrorCode: 'invalid_grant', Message: 'Bad password.', Data: null },
      ],
    ],
    [
      'OAuth beside a list of nothing',
      { error: 'invalid_grant', Errors: [] },
      [{ ...nothing, ErrorCode: 'invalid_grant' }],
    ],
    [
      'the flat form beside a list of nothing',
      { ErrorCode: 'X', Errors: [] },
      [{ ...nothing, ErrorCode: 'X' }],
    ],
    [
      'a numeric code',
      { Errors: [{ ErrorCode: 500, Message: 1 }] },
      [{ ErrorCode: '500', Message: '1', Data: null }],
    ],
    // What has not the form is kept as data.
    [
      'entries of another kind',
      { Errors: ['text', 1, null, ['a']] },
      [{ ...nothing, Data: 'text' }, { ...nothing, Data: 1 }, nothing, { ...nothing, Data: ['a'] }],
    ],
    [
      'an entry with other members',
      { Errors: [{ code: 'x', reason: 'y' }] },
      [{ ...nothing, Data: { code: 'x', reason: 'y' } }],
    ],
    ['a list of nothing', { Errors: [] }, [{ ...nothing, Data: { Errors: [] } }]],
    ['errors that are no list', { Errors: 'many' }, [{ ...nothing, Data: { Errors: 'many' } }]],
    [
      'an error that is an object',
      { error: { code: 1 } },
      [{ ...nothing, Data: { error: { code: 1 } } }],
    ],
    ['a status alone', { StatusCode: 404 }, [{ ...nothing, Data: { StatusCode: 404 } }]],
    ['an empty object', {}, [{ ...nothing, Data: {} }]],
    ['a list', ['a'], [{ ...nothing, Data: ['a'] }]],
    ['a number', 404, [{ ...nothing, Data: 404 }]],
    ['a text', 'Service Unavailable', [{ ...nothing, Data: 'Service Unavailable' }]],
  ])('reads %s', (_what, body, entries) => {
    expect(errorEntries(body)).toEqual(entries);
  });

  it.each<[string, Json]>([
    ['a code', { Errors: [{ ErrorCode: { a: 1 }, Message: 'kept', Data: null }] }],
    ['a message', { Errors: [{ ErrorCode: 'kept', Message: ['x'], Data: null }] }],
  ])('bears %s of another type', (_what, body) => {
    expect(JSON.stringify(errorEntries(body))).toContain('kept');
  });
});
