import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { NotFoundError, OIDC_ERRORS, OidcError } from '../../../domain/errors.ts';
import type { OidcErrorCode } from '../../../domain/errors.ts';
import { parseInput } from '../../../domain/parse.ts';
import { Scrubber } from '../../../domain/scrub/scrub.ts';
import { processResponse } from '../../../transport/response/process-response.ts';
import type { ResponseReader } from '../../../transport/response/reader.ts';
import type { Operation, ReadOperation } from '../../../transport/operation.ts';
import type { HttpResponse } from '../../../transport/http/http.ts';
import { createOidcConfig, getOidcConfig, updateOidcConfig } from './operations.ts';
import { readError } from '../errors.ts';
import { changed } from './change.ts';
import { ALL_FIELDS } from './fields.ts';
import { oidcConfigDraft, oidcConfigKey, oidcConfigPatch } from './input.ts';
import { fromWire } from './translate.ts';
import { openIdConnectConfig } from './wire.ts';

const KEY = { kty: 'RSA', e: 'AQAB', use: 'sig', n: 'example', kid: 'kid_example', alg: 'RS256' };
const INPUT = {
  idpId: 'ACME',
  accessMode: 'PROGRAM',
  idpUrl: 'https://accounts.example.com',
  clientId: 'client_id_example',
  signingKey: { keys: [KEY] },
};
const PATH = '/v3.0/OS-FEDERATION/identity-providers/ACME/openid-connect-config';
const CONFIG = {
  access_mode: 'program',
  idp_url: 'https://accounts.example.com',
  client_id: 'client_id_example',
  signing_key:
    '{"keys":[{"kty":"RSA","e":"AQAB","use":"sig","n":"example","kid":"kid_example","alg":"RS256"}]}',
};
const STORED = { openid_connect_config: CONFIG };
const HTML = '<!DOCTYPE html><html><title>502 Bad Gateway</title></html>';

const draft = parseInput(oidcConfigDraft, INPUT);
const key = parseInput(oidcConfigKey, { idpId: 'ACME' });
/** What an update sends: the stored configuration with another client id. */
const whole = changed(
  parseInput(oidcConfigPatch, { idpId: 'ACME', clientId: 'client_2' }),
  fromWire({ openid_connect_config: { ...CONFIG, access_mode: 'program' } }, 'ACME'),
);
const UPDATED = { openid_connect_config: { ...CONFIG, client_id: 'client_2' } };
const reader: ResponseReader = {
  id: 'HUAWEI_IAM',
  label: 'Huawei Cloud IAM',
  requestIdHeader: 'x-request-id',
  readError,
  credentialsAdvice: 'Get a token.',
  urlVariables: ['HUAWEI_IAM_URL'],
};

function respond(
  status: number,
  body: unknown = '',
  headers: Readonly<Record<string, string>> = { 'x-request-id': 'req-0001' },
): HttpResponse {
  return {
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    header: (name) => headers[name] ?? null,
  };
}

/** Error bodies of the `/v3.0` and of the `/v3` APIs. */
const v30 = (error_code: string, error_msg = 'No.') => ({ error_msg, error_code });
const v3 = (code: number, message = 'No.') => ({ error: { code, message, title: 'Error' } });

function failure<Args, Wire, Result>(
  operation: Operation<Args, Wire, Result>,
  args: Args,
  given: HttpResponse,
  scrubber = new Scrubber(),
): OidcError {
  try {
    processResponse(operation, args, given, reader, scrubber);
  } catch (error) {
    if (error instanceof OidcError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const createFailure = (given: HttpResponse, scrubber?: Scrubber) =>
  failure(createOidcConfig, draft, given, scrubber);
const readFailure = (given: HttpResponse) => failure(getOidcConfig, key, given);
const updateFailure = (given: HttpResponse) => failure(updateOidcConfig, whole, given);

describe('requests', () => {
  it('create', () => {
    expect(createOidcConfig.request(draft)).toEqual({ method: 'POST', path: PATH, body: STORED });
  });

  it('read', () => {
    expect(getOidcConfig.request(key)).toEqual({ method: 'GET', path: PATH });
  });

  it('update', () => {
    expect(updateOidcConfig.request(whole)).toEqual({ method: 'PUT', path: PATH, body: UPDATED });
  });

  it('are repeatable, except the create, which conflicts with itself', () => {
    expect(
      [createOidcConfig, getOidcConfig, updateOidcConfig].map(({ repeatable }) => repeatable),
    ).toEqual([false, true, true]);
  });
});

describe('success', () => {
  it.each([200, 201])(
    'of status %i gives the configuration, under the id that was asked for',
    (status) => {
      const expected = {
        idpId: 'ACME',
        accessMode: 'PROGRAM',
        idpUrl: 'https://accounts.example.com',
        scope: null,
        signingKey: JSON.stringify({ keys: [KEY] }),
      };
      expect(
        processResponse(createOidcConfig, draft, respond(status, STORED), reader, new Scrubber()),
      ).toMatchObject(expected);
      expect(
        processResponse(getOidcConfig, key, respond(status, STORED), reader, new Scrubber()),
      ).toMatchObject(expected);
      expect(
        processResponse(updateOidcConfig, whole, respond(status, UPDATED), reader, new Scrubber()),
      ).toMatchObject({ ...expected, clientId: 'client_2' });
    },
  );

  it.each<[string, number, unknown]>([
    ['an empty body', 201, ''],
    ['no content', 204, ''],
    ['HTML', 200, HTML],
    ['an error', 200, v30('IAM.0011')],
    ['the configuration without its wrapper', 201, CONFIG],
    [
      'an access mode that there is not',
      201,
      { openid_connect_config: { ...CONFIG, access_mode: 'console' } },
    ],
    [
      'a member of another type',
      201,
      { openid_connect_config: { ...CONFIG, signing_key: { keys: [KEY] } } },
    ],
    ['a part of a body', 201, JSON.stringify(STORED).slice(0, -1)],
  ])(
    'with %s is an unknown outcome of a write and a broken contract of a read',
    (_what, status, body) => {
      for (const error of [
        createFailure(respond(status, body)),
        updateFailure(respond(status, body)),
      ]) {
        expect(error).toMatchObject({
          code: 'OUTCOME_UNKNOWN',
          reason: 'UNREADABLE_ANSWER',
          upstream: { status, requestId: 'req-0001', details: [] },
        });
      }
      expect(readFailure(respond(status, body))).toMatchObject({
        code: 'UPSTREAM_CONTRACT',
        upstream: { status, requestId: 'req-0001', details: [] },
      });
    },
  );
});

describe('failures', () => {
  it.each<[number, string, unknown, OidcErrorCode, OidcErrorCode]>([
    [301, 'nothing', '', 'OUTCOME_UNKNOWN', 'UPSTREAM_CONTRACT'],
    [302, 'HTML', HTML, 'OUTCOME_UNKNOWN', 'UPSTREAM_CONTRACT'],
    [304, 'nothing', '', 'OUTCOME_UNKNOWN', 'UPSTREAM_CONTRACT'],
    [307, 'IAM.0005', v30('IAM.0005'), 'OUTCOME_UNKNOWN', 'UPSTREAM_CONTRACT'],
    [400, 'nothing', '', 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [400, 'HTML', HTML, 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [
      400,
      'IAM.0011, which names no field',
      v30('IAM.0011', 'Request body is invalid.'),
      'UPSTREAM_REJECTED',
      'UPSTREAM_REJECTED',
    ],
    [
      400,
      'IAM.0073 of a field of the create',
      v30('IAM.0073', "Invalid input for field 'idp_url'. The value is 'x'."),
      'INVALID_INPUT',
      'UPSTREAM_REJECTED',
    ],
    [
      400,
      'IAM.0007 of the path',
      v30('IAM.0007', 'Request parameter idp_id is invalid.'),
      'INVALID_INPUT',
      'INVALID_INPUT',
    ],
    [
      400,
      'IAM.0072 as its template',
      v30('IAM.0072', "'%(key)s' is a required property."),
      'UPSTREAM_REJECTED',
      'UPSTREAM_REJECTED',
    ],
    [
      400,
      'IAM.1101',
      v30('IAM.1101', 'The request body size 40000 is invalid.'),
      'UPSTREAM_REJECTED',
      'UPSTREAM_REJECTED',
    ],
    [400, 'IAM.0067', v30('IAM.0067', 'Invalid token.'), 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    [400, 'IAM.0004', v30('IAM.0004'), 'NOT_FOUND', 'NOT_FOUND'],
    [400, 'IAM.0005', v30('IAM.0005'), 'ALREADY_EXISTS', 'UPSTREAM_REJECTED'],
    [
      400,
      'the form of /v3, whose number is no code',
      v3(404),
      'UPSTREAM_REJECTED',
      'UPSTREAM_REJECTED',
    ],
    [400, 'a code of another family', v30('IAM.0101'), 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [401, 'IAM.0001', v30('IAM.0001'), 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    [401, 'the form of /v3', v3(401), 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    [
      401,
      'APIGW.0301',
      { ...v30('APIGW.0301', 'Incorrect IAM authentication information: x'), request_id: 'r-2' },
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
    ],
    [
      401,
      'IAM.0007, which names a field',
      v30('IAM.0007', 'Request parameter idp_id is invalid.'),
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
    ],
    [401, 'IAM.0064', v30('IAM.0064'), 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    [401, 'nothing', '', 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    [403, 'IAM.0002', v30('IAM.0002'), 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    [403, 'APIGW.0302', v30('APIGW.0302'), 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    [
      403,
      'an encoded message',
      { ...v30('PAP5.0001'), encoded_authorization_message: 'abc' },
      'PERMISSION_DENIED',
      'PERMISSION_DENIED',
    ],
    [403, 'HTML', HTML, 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    [404, 'IAM.0004', v30('IAM.0004'), 'NOT_FOUND', 'NOT_FOUND'],
    [404, 'the form of /v3', v3(404), 'NOT_FOUND', 'NOT_FOUND'],
    [
      404,
      'APIGW.0101, an API that is not there',
      v30('APIGW.0101', 'The API does not exist.'),
      'UPSTREAM_REJECTED',
      'UPSTREAM_REJECTED',
    ],
    [404, 'HTML', HTML, 'NOT_FOUND', 'NOT_FOUND'],
    [405, 'nothing', '', 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [408, 'nothing', '', 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [409, 'IAM.0005', v30('IAM.0005'), 'ALREADY_EXISTS', 'UPSTREAM_REJECTED'],
    [409, 'nothing', '', 'ALREADY_EXISTS', 'UPSTREAM_REJECTED'],
    [410, 'IAM.0020', v30('IAM.0020'), 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [413, 'nothing', '', 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [418, 'nothing', '', 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [422, 'no field', v30('IAM.0011'), 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [
      422,
      'a field of the create',
      v30('IAM.0072', "'signing_key' is a required property."),
      'INVALID_INPUT',
      'UPSTREAM_REJECTED',
    ],
    [
      429,
      'IAM.0012',
      v30(
        'IAM.0012',
        'The throttling threshold has been reached. Threshold: 5 times per 60 seconds',
      ),
      'RATE_LIMITED',
      'RATE_LIMITED',
    ],
    [429, 'nothing', '', 'RATE_LIMITED', 'RATE_LIMITED'],
    [500, 'IAM.0006', v30('IAM.0006'), 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [500, 'IAM.0005', v30('IAM.0005'), 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [502, 'HTML', HTML, 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [503, 'nothing', '', 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [504, 'nothing', '', 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
  ])('%i with %s', (status, _what, body, ofCreate, ofRead) => {
    for (const [error, code] of [
      [createFailure(respond(status, body)), ofCreate],
      [readFailure(respond(status, body)), ofRead],
    ] as const) {
      expect(error.code).toBe(code);
      expect(error).toBeInstanceOf(OIDC_ERRORS[code]);
      expect(error.upstream).toMatchObject({
        upstream: 'HUAWEI_IAM',
        status,
        requestId: 'req-0001',
      });
      if (code === 'OUTCOME_UNKNOWN') expect(error).toMatchObject({ reason: 'UPSTREAM_ERROR' });
    }
  });

  it.each([
    [{}, null],
    [{ 'retry-after': '60' }, 60],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0],
  ])('with the headers %j say how long to wait', (headers, retryAfterSeconds) => {
    expect(createFailure(respond(429, v30('IAM.0012'), headers))).toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterSeconds,
    });
    expect(readFailure(respond(503, '', headers))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      retryAfterSeconds,
    });
  });

  it('take the request id of the API gateway from its body if there is no header', () => {
    const body = { ...v30('APIGW.0301'), request_id: 'r-2' };
    expect(createFailure(respond(401, body, {})).upstream?.requestId).toBe('r-2');
    expect(createFailure(respond(401, body)).upstream?.requestId).toBe('req-0001');
  });

  it('name the field in the words of the input', () => {
    const message = "Invalid input for field 'signing_key'. The value is 'idp_url'.";
    expect(createFailure(respond(400, v30('IAM.0073', message)))).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: ['signingKey'], code: 'REFUSED_BY_UPSTREAM', message, source: 'UPSTREAM' }],
      upstream: { details: [{ code: 'IAM.0073', message, data: null }] },
    });
  });

  it('name the actions that are missing', () => {
    const body = v30(
      'IAM.0003',
      "Policy doesn't allow iam:identityProviders:createOpenIDConnectConfig to be performed.",
    );
    expect(createFailure(respond(403, body))).toMatchObject({
      missing: ['iam:identityProviders:createOpenIDConnectConfig'],
    });
  });

  it.each<[string, unknown, object]>([
    [
      'the object that the platform names',
      v30('IAM.0004', 'Could not find identity_provider: ACME.'),
      { resource: 'identity_provider', id: 'ACME' },
    ],
    [
      'what the create needs first, where it names none',
      v30('IAM.0004', 'Could not find %(target)s: %(target_id)s.'),
      { resource: 'identity_provider or protocol', id: 'ACME' },
    ],
  ])('of a create without what it needs name %s, with advice', (_what, body, expected) => {
    expect(createFailure(respond(404, body))).toMatchObject({
      ...expected,
      message: expect.stringContaining(
        'The identity provider must exist and have the protocol "oidc"',
      ) as unknown,
    });
  });

  it.each<[string, unknown, object]>([
    [
      'nothing',
      '',
      {
        resource: 'openid_connect_config',
        id: 'ACME',
        attested: false,
        message:
          'Huawei Cloud IAM returned status 404 with an empty body: the identity provider "ACME" may have no OpenID Connect configuration, or HUAWEI_IAM_URL may be wrong at this gateway.',
      },
    ],
    [
      'a page of HTML',
      '<html>',
      {
        resource: 'openid_connect_config',
        id: 'ACME',
        attested: false,
        message:
          'Huawei Cloud IAM returned status 404, but not in its own error format: the identity provider "ACME" may have no OpenID Connect configuration, or HUAWEI_IAM_URL may be wrong at this gateway.',
      },
    ],
    [
      'no more than its code',
      v30('IAM.0004'),
      {
        attested: true,
        message: expect.stringMatching(
          /^Identity provider "ACME" has no OpenID Connect configuration \(IAM\.0004\b/,
        ) as unknown,
      },
    ],
    [
      'the configuration',
      v30('IAM.0004', 'Could not find openid_connect_config: ACME.'),
      {
        resource: 'openid_connect_config',
        id: 'ACME',
        message:
          'Identity provider "ACME" has no OpenID Connect configuration (IAM.0004: Could not find openid_connect_config: ACME).',
      },
    ],
    [
      'the protocol',
      v30('IAM.0004', 'Could not find protocol: oidc.'),
      {
        resource: 'protocol',
        id: 'oidc',
        message:
          'Identity provider "ACME" has no protocol oidc (IAM.0004: Could not find protocol: oidc).',
      },
    ],
    [
      'the protocol, as Keystone has it',
      {
        error: {
          code: 404,
          message: 'Could not find federated protocol oidc for identity provider: ACME.',
          title: 'Not Found',
        },
      },
      {
        resource: 'federated protocol',
        id: 'oidc',
        message:
          'Identity provider "ACME" has no protocol oidc (Could not find federated protocol oidc for identity provider: ACME).',
      },
    ],
    [
      'the identity provider',
      v30('IAM.0004', 'Could not find identity_provider: ACME.'),
      {
        resource: 'identity_provider',
        id: 'ACME',
        message:
          'Huawei Cloud IAM has no identity_provider "ACME" (IAM.0004: Could not find identity_provider: ACME).',
      },
    ],
  ])(
    'of a read that found nothing name the identity provider, and what the response names: %s',
    (_what, body, expected) => {
      expect(readFailure(respond(404, body))).toMatchObject({ code: 'NOT_FOUND', ...expected });
    },
  );

  it('of a create that collides name the configuration', () => {
    const body = v30(
      'IAM.0005',
      'Conflict occurred attempting to store openid_connect_config - it exists already.',
    );
    expect(createFailure(respond(409, body))).toMatchObject({
      resource: 'openid_connect_config',
      id: 'ACME',
    });
  });

  it.each<[number, unknown, object]>([
    [
      400,
      v30('IAM.0073', "Invalid input for field 'scope'. The value is 'x'."),
      { code: 'INVALID_INPUT', issues: [{ path: ['scope'] }] },
    ],
    [
      404,
      v30('IAM.0004', 'Could not find openid_connect_config: ACME.'),
      { code: 'NOT_FOUND', resource: 'openid_connect_config', id: 'ACME' },
    ],
    [
      404,
      v30('IAM.0004', 'Could not find federated protocol: oidc.'),
      { code: 'NOT_FOUND', resource: 'federated protocol', id: 'oidc' },
    ],
    [404, '', { code: 'NOT_FOUND', resource: 'openid_connect_config', id: 'ACME' }],
    // It takes no id, so that none can be taken already.
    [
      409,
      v30('IAM.0005', 'Conflict occurred attempting to store openid_connect_config - x.'),
      { code: 'UPSTREAM_REJECTED' },
    ],
    [500, v30('IAM.0006'), { code: 'OUTCOME_UNKNOWN', reason: 'UPSTREAM_ERROR' }],
  ])('of an update: %i with %j', (status, body, expected) => {
    expect(updateFailure(respond(status, body))).toMatchObject(expected);
  });

  it('show no secret that the platform echoes', () => {
    const scrubber = new Scrubber();
    scrubber.add('canary-token-42');
    const body = {
      ...v30('IAM.0073', "Invalid input for field 'client_id'. The value is 'canary-token-42'."),
      request_id: 'canary-token-42',
      'canary-token-42': ['Bearer canary-token-42'],
    };
    const error = createFailure(respond(400, body, {}), scrubber);
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [
        {
          path: ['clientId'],
          message: "Invalid input for field 'client_id'. The value is '[redacted]'.",
        },
      ],
    });
    expect(JSON.stringify([error.message, error])).not.toContain('canary-token');
  });
});

describe('verifyWith', () => {
  const schema = buildSchema(
    readFileSync(new URL('../../../../schema/schema.graphql', import.meta.url), 'utf8'),
  );

  it.each([
    ['create', createFailure],
    ['update', updateFailure],
  ])('of a %s is a query of this gateway that reads all of the configuration', (_what, fail) => {
    const { verifyWith } = fail(respond(500)) as OidcError & { verifyWith: string };
    expect(validate(schema, parse(verifyWith))).toEqual([]);
    expect(verifyWith).toContain('oidcConfig(idpId: "ACME")');
    for (const field of [...ALL_FIELDS, 'fingerprint'])
      expect(verifyWith).toMatch(new RegExp(`\\b${field}\\b`));
  });
});

describe('reading back', () => {
  const reading =
    (found: object | Error): ReadOperation =>
    (operation, args) => {
      expect(operation.request(args)).toEqual({ method: 'GET', path: PATH });
      return found instanceof Error
        ? Promise.reject(found)
        : Promise.resolve(
            processResponse(operation, args, respond(200, found), reader, new Scrubber()),
          );
    };
  const gone = new NotFoundError('Not there.', 'x', null, { attested: true });
  const reordered = (config: object) => ({
    openid_connect_config: {
      ...config,
      scope: null,
      signing_key: JSON.stringify(
        { keys: [Object.fromEntries(Object.entries(KEY).toReversed())] },
        null,
        2,
      ),
    },
  });

  it.each<[string, (read: ReadOperation) => unknown, object, object]>([
    ['create', (read) => createOidcConfig.readBack?.(draft, read), STORED, UPDATED],
    ['update', (read) => updateOidcConfig.readBack?.(whole, read), UPDATED, STORED],
  ])('finds a %s applied, another one, or nothing', async (_what, readBack, same, other) => {
    const { clientId } = fromWire(openIdConnectConfig.parse(same), 'ACME');
    expect(await readBack(reading(same))).toMatchObject({ applied: { idpId: 'ACME', clientId } });
    // The keys are compared as a set, never as text.
    expect(
      await readBack(reading(reordered((same as typeof STORED).openid_connect_config))),
    ).toMatchObject({ applied: { idpId: 'ACME', clientId } });
    expect(await readBack(reading(other))).toMatchObject({
      finding: 'found an object that differs in clientId',
      stored: { title: 'The configuration of "ACME"' },
    });
    await expect(readBack(reading(gone))).rejects.toBe(gone);
  });
});
