import { describe, expect, it } from 'vitest';
import { fieldsNamedIn } from './blamed-fields.ts';

const NAMES = ['ID', 'scope', 'idp_url', 'TokenEndpoint', 'AuthorizationEndpoint'];

describe('fieldsNamedIn', () => {
  it.each([
    ['a name with an inner capital', 'TokenEndpoint is required.', ['TokenEndpoint']],
    ['a name with an underscore', 'Request parameter idp_url is invalid.', ['idp_url']],
    ['a name in quotes', "'scope' is a required property.", ['scope']],
    ['a name in double quotes', 'Bad "scope".', ['scope']],
    ['a name in backticks', 'Bad `ID`.', ['ID']],
    ['an everyday word at the begin', 'ID must be unique.', ['ID']],
    [
      'several names, in the order of the list',
      'Give idp_url, TokenEndpoint and "scope".',
      ['scope', 'idp_url', 'TokenEndpoint'],
    ],
    ['a name at the end', 'Missing: TokenEndpoint', ['TokenEndpoint']],
    ['a name in a path', 'body.TokenEndpoint: required', ['TokenEndpoint']],
    ['an everyday word in the middle', 'The ID of this scope is bad.', []],
    ['an everyday word as a part of another', 'IDs are odd. ID-like, too.', []],
    ['a name as a part of another', 'MyTokenEndpoint, TokenEndpoints, _idp_url and idp_url_2', []],
    ['a name in another case', 'tokenendpoint and IDP_URL', []],
    ['a placeholder that was never filled', 'Request parameter %(key)s is invalid.', []],
    ['nothing', '', []],
  ])('reads %s in a text', (_what, text, fields) => {
    expect(fieldsNamedIn({ text, data: null }, NAMES)).toEqual(fields);
  });

  it('reads no text if none is present', () => {
    expect(fieldsNamedIn({ text: null, data: null }, NAMES)).toEqual([]);
  });

  it.each([
    ['a value', 'TokenEndpoint', ['TokenEndpoint']],
    ['a value in a list', ['ID', 'idp_url'], ['ID', 'idp_url']],
    ['a member name', { TokenEndpoint: ['is required'] }, ['TokenEndpoint']],
    ['a value below members and lists', { errors: [{ field: 'scope' }] }, ['scope']],
    ['no part of a value', { hint: 'TokenEndpoint is required', TokenEndpoints: 1 }, []],
    ['no number or null', { a: 1, b: null, c: true }, []],
  ])('reads %s in the data', (_what, data, fields) => {
    expect(fieldsNamedIn({ text: null, data }, NAMES)).toEqual(fields);
  });

  it('blames no field for data that repeats all that was sent', () => {
    const names = ['FieldA', 'FieldB', 'FieldC', 'FieldD', 'FieldE', 'FieldF', 'FieldG'];
    const data = Object.fromEntries(names.map((name) => [name, 'a value']));
    expect(fieldsNamedIn({ text: 'The model is invalid.', data }, names)).toEqual([]);
    expect(fieldsNamedIn({ text: 'FieldC is invalid.', data }, names)).toEqual(['FieldC']);
  });

  it('trusts data more than the text', () => {
    expect(
      fieldsNamedIn({ text: 'idp_url is invalid.', data: { Field: 'TokenEndpoint' } }, NAMES),
    ).toEqual(['TokenEndpoint']);
    expect(fieldsNamedIn({ text: 'idp_url is invalid.', data: { Hint: 'none' } }, NAMES)).toEqual([
      'idp_url',
    ]);
  });
});
