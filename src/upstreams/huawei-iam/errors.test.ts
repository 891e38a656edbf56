import { describe, expect, it } from 'vitest';
import table from '../../../test/vectors/huawei-iam-error-codes.json' with { type: 'json' };
import { OIDC_ERRORS, OidcError } from '../../domain/errors.ts';
import type { OidcErrorCode } from '../../domain/errors.ts';
import { parseInput } from '../../domain/parse.ts';
import { Scrubber } from '../../domain/scrub/scrub.ts';
import type { Json } from '../../domain/json/json.ts';
import { processResponse } from '../../transport/response/process-response.ts';
import { createOidcConfig, getOidcConfig } from './oidc-config/operations.ts';
import { errorBody, readError } from './errors.ts';
import { oidcConfigDraft, oidcConfigKey } from './oidc-config/input.ts';

const v30 = (error_code: string, error_msg = 'No.'): Json => ({ error_code, error_msg });

describe('details', () => {
  it.each<[string, Json | undefined, object[]]>([
    [
      'the form of /v3.0',
      v30('IAM.0011', 'Request body is invalid.'),
      [{ code: 'IAM.0011', message: 'Request body is invalid.', data: null }],
    ],
    [
      'the form of /v3',
      { error: { code: 404, message: 'No.', title: 'Not Found' } },
      [{ code: null, message: 'No.', data: '{"title":"Not Found"}' }],
    ],
    [
      'an encoded message',
      { ...(v30('PAP5.0001') as object), encoded_authorization_message: 'abc' },
      [{ code: 'PAP5.0001', message: 'No.', data: '{"encoded_authorization_message":"abc"}' }],
    ],
    ['a list', [1], [{ code: null, message: null, data: '[1]' }]],
    ['a text', 'Bad Gateway', [{ code: null, message: null, data: '"Bad Gateway"' }]],
    ['no JSON', undefined, []],
  ])('of %s', (_what, json, details) => {
    expect(readError({ status: 400, json }).details).toEqual(details);
  });

  it('have the request id of the API gateway, which stands for itself, too', () => {
    expect(
      readError({
        status: 401,
        json: { error_code: 'APIGW.0301', error_msg: 'No.', request_id: 'r-1' },
      }),
    ).toMatchObject({ requestId: 'r-1', details: [{ code: 'APIGW.0301' }] });
  });
});

describe('the code', () => {
  it.each<[OidcErrorCode | undefined, string[]]>([
    [
      'UNAUTHENTICATED',
      [
        'IAM.0001',
        'IAM.0061',
        'IAM.0062',
        'IAM.0063',
        'IAM.0066',
        'IAM.0067',
        'APIGW.0301',
        'APIGW.0307',
      ],
    ],
    ['PERMISSION_DENIED', ['IAM.0002', 'IAM.0003', 'APIGW.0302']],
    ['NOT_FOUND', ['IAM.0004']],
    ['ALREADY_EXISTS', ['IAM.0005']],
    ['RATE_LIMITED', ['IAM.0012', 'APIGW.0308']],
    // Open strings: what is not known says no more than the status, names of what every object has among them.
    [
      undefined,
      ['IAM.0101', 'IAM.0011', 'iam.0004', '404', '', 'constructor', '__proto__', 'toString'],
    ],
  ])('%s for a 422 with one of %j', (expected, codes) => {
    expect(codes.map((code) => [code, readError({ status: 422, json: v30(code) }).code])).toEqual(
      codes.map((code) => [code, expected]),
    );
  });

  it.each([401, 403, 404, 409, 429, 500, 503])('of a %i is left to the status', (status) => {
    for (const code of ['IAM.0001', 'IAM.0003', 'IAM.0004', 'IAM.0005', 'IAM.0012'])
      expect(readError({ status, json: v30(code) }).code).toBeUndefined();
  });

  it.each<[string, number, Json, OidcErrorCode | undefined]>([
    [
      'a number in the form of /v3, which is the status',
      400,
      { error: { code: 404, message: 'No.' } },
      undefined,
    ],
    [
      'a text in the form of /v3',
      400,
      { error: { code: 'IAM.0004', message: 'No.' } },
      'NOT_FOUND',
    ],
    [
      'the form of /v3.0 inside that of /v3',
      400,
      { error: { error_code: 'IAM.0004', error_msg: 'No.' } },
      'NOT_FOUND',
    ],
    ['a token without permissions', 401, v30('IAM.0064'), 'PERMISSION_DENIED'],
    ['an API that the API gateway does not know', 404, v30('APIGW.0101'), 'UPSTREAM_REJECTED'],
  ])('of %s', (_what, status, json, expected) => {
    expect(readError({ status, json }).code).toBe(expected);
  });
});

describe('fields', () => {
  it.each<[string, string, string, string[]]>([
    ['IAM.0007', 'IAM.0007', 'Request parameter idp_url is invalid.', ['idpUrl']],
    ['IAM.0007 of an everyday word', 'IAM.0007', 'Request parameter scope is invalid.', ['scope']],
    ['IAM.0072', 'IAM.0072', "'signing_key' is a required property.", ['signingKey']],
    ['IAM.0072 of an everyday word', 'IAM.0072', "'scope' is a required property.", ['scope']],
    [
      'IAM.0073',
      'IAM.0073',
      "Invalid input for field 'response_type'. The value is 'code'.",
      ['responseType'],
    ],
    [
      'IAM.0073 with a value that names another',
      'IAM.0073',
      "Invalid input for field 'client_id'. The value is 'idp_url'.",
      ['clientId'],
    ],
    ['IAM.1102', 'IAM.1102', 'The access_mode in the request body is invalid.', ['accessMode']],
    [
      'IAM.1102 of an everyday word',
      'IAM.1102',
      'The scope in the request body is invalid.',
      ['scope'],
    ],
    [
      'IAM.1103',
      'IAM.1103',
      'The response_mode is required in the request body.',
      ['responseMode'],
    ],
    [
      'IAM.1103 of an everyday word',
      'IAM.1103',
      'The scope is required in the request body.',
      ['scope'],
    ],
    ['1120', '1120', 'Invalid access_mode.', ['accessMode']],
    ['a part of the path', 'IAM.0007', 'Request parameter idp_id is invalid.', ['idpId']],
    [
      'no field: a placeholder that was never filled',
      'IAM.0007',
      'Request parameter %(key)s is invalid.',
      [],
    ],
    ['no field: another placeholder', 'IAM.1102', 'The %s in the request body is invalid.', []],
    [
      'no field: a placeholder, and a value that is the name of one',
      'IAM.0073',
      "Invalid input for field '%(key)s'. The value is 'idp_url'.",
      [],
    ],
    ['no field: one of another API', 'IAM.0072', "'display_name' is a required property.", []],
    ['no field: the body as a whole', 'IAM.0011', 'Request body is invalid.', []],
  ])('%s', (_what, code, message, fields) => {
    expect(readError({ status: 400, json: v30(code, message) }).issues).toEqual(
      fields.map((field) => ({
        path: [field],
        code: 'REFUSED_BY_UPSTREAM',
        message,
        source: 'UPSTREAM',
      })),
    );
  });

  /** The form of the /v3 APIs. */
  const v3 = (message: string): Json => ({ error: { code: 400, message, title: 'Bad Request' } });

  it.each<[string, string, string[]]>([
    [
      'an identity provider',
      "Invalid input for field 'description'. The value is ''.",
      ['description'],
    ],
    [
      'an identity provider',
      "Invalid input for field 'enabled'. The value is 'description'.",
      ['enabled'],
    ],
    ['an identity provider', "Invalid input for field 'sso_type'. The value is 'x'.", ['ssoType']],
    ['an identity provider', 'Request parameter id is invalid.', ['id']],
    ['a protocol', "'mapping_id' is a required property.", ['mappingId']],
    ['a protocol', 'Invalid mapping id: m1', ['mappingId']],
    ['a protocol', 'Invalid mapping id: rules.', ['mappingId']],
    ['a mapping', "'rules' is a required property.", ['rules']],
    ['a mapping', "Invalid input for field 'rules'. The value is '[]'.", ['rules']],
    // A member of a rule is a part of the rules.
    ['a mapping', "Invalid input for field 'local'. The value is 'null'.", ['rules']],
    ['a mapping', "'remote' is a required property.", ['rules']],
    ['a mapping', 'A rule has any_one_of beside not_any_of.', ['rules']],
    ['a body as a whole', 'The request body is invalid.', []],
    [
      'words that are no fields there',
      'The identity provider is not enabled, its description and rules are.',
      [],
    ],
    ['an id in a text', 'No valid id was found.', []],
  ])('in the form of /v3: %s: %s', (_what, message, fields) => {
    expect(readError({ status: 400, json: v3(message) }).issues).toEqual(
      fields.map((field) => ({
        path: [field],
        code: 'REFUSED_BY_UPSTREAM',
        message,
        source: 'UPSTREAM',
      })),
    );
  });

  it.each<[string, Json, string[]]>([
    [
      'a member of the body that is called like a field',
      { error_code: 'IAM.0011', error_msg: 'No.', id: 'r-1', description: 'x', rules: [] },
      [],
    ],
    [
      'the same beside a text that names one',
      { error_code: '1120', error_msg: 'Invalid access_mode.', id: 'r-1' },
      ['accessMode'],
    ],
    [
      'the same in the form of /v3',
      {
        error: { code: 400, message: 'Invalid sso_type.', title: 'Bad Request', description: 'x' },
      },
      ['ssoType'],
    ],
    [
      'a member of a member',
      { error_code: 'IAM.0011', details: { mapping_id: 'Unknown.' } },
      ['mappingId'],
    ],
  ])('tell the form of the body from what it says: %s', (_what, json, fields) => {
    expect(readError({ status: 400, json }).issues?.map(({ path }) => path.join('.'))).toEqual(
      fields,
    );
  });

  it('are found in other members, too', () => {
    expect(
      readError({
        status: 400,
        json: { error_code: 'IAM.0011', details: [{ field: 'client_id' }] },
      }).issues,
    ).toEqual([
      { path: ['clientId'], code: 'REFUSED_BY_UPSTREAM', message: 'IAM.0011', source: 'UPSTREAM' },
    ]);
  });
});

describe('actions that are missing', () => {
  it.each<[string, string[]]>([
    [
      "Policy doesn't allow iam:identityProviders:createOpenIDConnectConfig to be performed.",
      ['iam:identityProviders:createOpenIDConnectConfig'],
    ],
    ["Policy doesn't allow iam:a:b, iam:c:* to be performed.", ['iam:a:b', 'iam:c:*']],
    ["Policy doesn't allow %(actions)s to be performed.", []],
    ['You are not authorized to perform the requested action.', []],
  ])('in %j', (message, missing) => {
    expect(readError({ status: 403, json: v30('IAM.0003', message) }).missing).toEqual(missing);
  });

  it.each(["doesn't allow ", "doesn't allow a:b ", "doesn't allow a to be performe "])(
    'cost no more time for a message that repeats %j',
    (part) => {
      // A pattern that tries each place to its end would take minutes.
      expect(
        readError({ status: 403, json: v30('IAM.0003', part.repeat(70_000)) }).missing,
      ).toEqual([]);
    },
  );
});

describe('the object', () => {
  it.each<[number, string, object | undefined]>([
    [
      404,
      'Could not find openid_connect_config: ACME.',
      { resource: 'openid_connect_config', id: 'ACME' },
    ],
    [
      404,
      'Could not find identity_provider: acme_2-x',
      { resource: 'identity_provider', id: 'acme_2-x' },
    ],
    [404, 'Could not find %(target)s: %(target_id)s.', undefined],
    [
      404,
      'Could not find federated protocol: oidc',
      { resource: 'federated protocol', id: 'oidc' },
    ],
    [404, 'Could not find Identity Provider: ACME.', { resource: 'Identity Provider', id: 'ACME' }],
    [404, 'Could not find mapping: mapping_ACME.', { resource: 'mapping', id: 'mapping_ACME' }],
    [404, 'Could not find federated protocol oidc for Identity Provider: ACME.', undefined],
    [404, 'Could not find it.', undefined],
    [409, 'Conflict occurred attempting to store federation_protocol', undefined],
    [409, 'Conflict occurred when attempting to store %(type)s - %(details)s.', undefined],
    [
      409,
      'Conflict occurred attempting to store openid_connect_config - it exists already.',
      undefined,
    ],
    // What comes after the dash is details, not an id.
    [409, 'Conflict occurred attempting to store openid_connect_config - Duplicate.', undefined],
  ])('of a %i in %j', (status, message, object) => {
    const read = readError({ status, json: v30('IAM', message) }).object;
    if (object === undefined) expect(read?.id ?? null).toBeNull();
    else expect(read).toEqual(object);
  });
});

describe('every documented code', () => {
  const KEY = { kty: 'RSA', e: 'AQAB', use: 'sig', n: 'example' };
  const draft = parseInput(oidcConfigDraft, {
    idpId: 'ACME',
    accessMode: 'PROGRAM',
    idpUrl: 'https://accounts.example.com',
    clientId: 'client_id_example',
    signingKey: { keys: [KEY] },
  });
  const key = parseInput(oidcConfigKey, { idpId: 'ACME' });

  /** The meaning of a status if the code adds nothing. */
  const BY_STATUS: Readonly<
    Record<number, readonly [ofCreate: OidcErrorCode, ofRead: OidcErrorCode]>
  > = {
    400: ['UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    401: ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
    403: ['PERMISSION_DENIED', 'PERMISSION_DENIED'],
    404: ['NOT_FOUND', 'NOT_FOUND'],
    409: ['ALREADY_EXISTS', 'UPSTREAM_REJECTED'],
    410: ['UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    429: ['RATE_LIMITED', 'RATE_LIMITED'],
    500: ['OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
  };

  /** Codes that say more than their status. */
  const DEVIATING: Readonly<
    Record<string, readonly [ofCreate: OidcErrorCode, ofRead: OidcErrorCode]>
  > = {
    // "Invalid access_mode.": names a field of the create.
    '1120': ['INVALID_INPUT', 'UPSTREAM_REJECTED'],
    // The access key is on the blacklist, has expired, is unknown or inactive; its security token has expired.
    'IAM.1104': ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
    'IAM.1105': ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
    'IAM.1106': ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
    'IAM.1107': ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
    'IAM.1108': ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
    // The token is good but has no permissions: a new one would not help.
    'IAM.0064': ['PERMISSION_DENIED', 'PERMISSION_DENIED'],
  };

  function failure(run: () => unknown): OidcError {
    try {
      run();
    } catch (error) {
      if (error instanceof OidcError) return error;
      throw error;
    }
    throw new Error('nothing was thrown');
  }

  const rows = table.codes.map(({ status, code, message }) => ({
    status,
    code,
    message,
    expected: DEVIATING[code] ?? BY_STATUS[status],
  }));

  it.each(rows)('$status $code: $expected', ({ status, code, message, expected }) => {
    const response = {
      status,
      header: () => null,
      body: JSON.stringify({ error_code: code, error_msg: message }),
    };
    const reader = {
      id: 'HUAWEI_IAM',
      label: 'Huawei Cloud IAM',
      requestIdHeader: 'x-request-id',
      readError,
      credentialsAdvice: 'Get a token.',
      urlVariables: ['HUAWEI_IAM_URL'],
    };
    const errors = [
      failure(() => processResponse(createOidcConfig, draft, response, reader, new Scrubber())),
      failure(() => processResponse(getOidcConfig, key, response, reader, new Scrubber())),
    ];
    expect(errors.map((error) => error.code)).toEqual(expected);
    for (const error of errors) {
      expect(error).toBeInstanceOf(OIDC_ERRORS[error.code]);
      expect(error.upstream).toEqual({
        upstream: 'HUAWEI_IAM',
        status,
        requestId: null,
        details: [{ code, message, data: null }],
      });
    }
  });

  it('is in the table once, and so is every deviation', () => {
    const codes = table.codes.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes).toEqual(expect.arrayContaining(Object.keys(DEVIATING)));
    expect(codes.length).toBeGreaterThan(100);
  });
});

describe('errorBody', () => {
  const nothing = { code: null, message: null, requestId: null, rest: null };

  it.each<[string, Json, object]>([
    [
      'the form of /v3.0',
      { error_msg: 'Request body is invalid.', error_code: 'IAM.0011' },
      { ...nothing, code: 'IAM.0011', message: 'Request body is invalid.' },
    ],
    [
      'a bare number as text',
      { error_msg: 'Mandatory parameters are not specified.', error_code: '1100' },
      { ...nothing, code: '1100', message: 'Mandatory parameters are not specified.' },
    ],
    [
      'a bare number',
      { error_msg: 'Mandatory parameters are not specified.', error_code: 1100 },
      { ...nothing, code: '1100', message: 'Mandatory parameters are not specified.' },
    ],
    ['a code alone', { error_code: 'IAM.0011' }, { ...nothing, code: 'IAM.0011' }],
    ['a message alone', { error_msg: 'No.' }, { ...nothing, message: 'No.' }],
    [
      'the API gateway',
      {
        error_msg: 'Incorrect IAM authentication information: x',
        error_code: 'APIGW.0301',
        request_id: 'r-1',
      },
      {
        code: 'APIGW.0301',
        message: 'Incorrect IAM authentication information: x',
        requestId: 'r-1',
        rest: { request_id: 'r-1' },
      },
    ],
    [
      'an encoded message about authorization',
      { error_code: 'PAP5.0001', error_msg: 'Denied.', encoded_authorization_message: 'abc' },
      {
        ...nothing,
        code: 'PAP5.0001',
        message: 'Denied.',
        rest: { encoded_authorization_message: 'abc' },
      },
    ],
    [
      'the form of /v3, whose number is the status and no code',
      {
        error: {
          code: 401,
          message: 'The request you have made requires authentication.',
          title: 'Unauthorized',
        },
      },
      {
        ...nothing,
        message: 'The request you have made requires authentication.',
        rest: { title: 'Unauthorized' },
      },
    ],
    [
      'the form of /v3.0 inside that of /v3',
      { error: { error_code: 'IAM.0011', error_msg: 'No.' } },
      { ...nothing, code: 'IAM.0011', message: 'No.' },
    ],
    [
      'a code and a message under other names',
      { code: 'IAM.0011', message: 'No.' },
      { ...nothing, code: 'IAM.0011', message: 'No.' },
    ],
    // What has not the form is kept.
    [
      'OAuth',
      { error: 'invalid_token', error_description: 'No.' },
      { ...nothing, rest: { error: 'invalid_token', error_description: 'No.' } },
    ],
    ['a null for an error', { error: null }, { ...nothing, rest: { error: null } }],
    ['an empty object', {}, nothing],
    ['a list', ['a'], { ...nothing, rest: ['a'] }],
    ['a number', 500, { ...nothing, rest: 500 }],
    ['a text', 'Service Unavailable', { ...nothing, rest: 'Service Unavailable' }],
    ['null', null, nothing],
  ])('reads %s', (_what, body, expected) => {
    expect(errorBody(body)).toEqual(expected);
  });

  it.each<[string, Json]>([
    [
      'the form of /v3',
      { error: { code: 401, message: 'No.', title: 'Unauthorized' }, kept: 'kept' },
    ],
    ['the form of /v3.0', { error_code: 'IAM.0011', error_msg: 'No.', kept: 'kept' }],
    ['an error code of another type', { error_code: { kept: 'kept' }, error_msg: 'No.' }],
  ])('keeps what stands beside %s', (_what, body) => {
    expect(JSON.stringify(errorBody(body).rest)).toContain('kept');
  });
});
