import { describe, expect, it } from 'vitest';
import type { Json } from '../../domain/json/json.ts';
import { errorEntries } from './error-body.ts';

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
