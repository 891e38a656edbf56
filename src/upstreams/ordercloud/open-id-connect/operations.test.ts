import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { NotFoundError, OIDC_ERRORS, OidcError } from '../../../domain/errors.ts';
import type { OidcErrorCode } from '../../../domain/errors.ts';
import { parseInput } from '../../../domain/parse.ts';
import { Scrubber } from '../../../domain/scrub/scrub.ts';
import { processResponse } from '../../../transport/response/process-response.ts';
import type { ResponseReader } from '../../../transport/response/reader.ts';
import type { Operation } from '../../../transport/operation.ts';
import type { HttpResponse } from '../../../transport/http/http.ts';
import {
  createOpenIdConnect,
  deleteOpenIdConnect,
  getOpenIdConnect,
  listOpenIdConnects,
  saveOpenIdConnect,
  updateOpenIdConnect,
} from './operations.ts';
import { readError } from '../errors.ts';
import { openIdConnectQuery } from './list-input.ts';
import { fromWire } from './translate.ts';
import { openIdConnect } from './wire.ts';
import {
  openIdConnectDraft,
  openIdConnectKey,
  openIdConnectPatch,
  openIdConnectSave,
} from './input.ts';

const INPUT = {
  id: 'acme',
  orderCloudApiClientId: 'API-CLIENT',
  connectClientId: 'client_id_example',
  connectClientSecret: 'canary-secret-77',
  appStartUrl: 'https://host.com{2}?t={0}',
  authorizationEndpoint: 'https://accounts.example.com/auth',
  tokenEndpoint: 'https://accounts.example.com/token',
};
const STORED = {
  ID: 'acme',
  OrderCloudApiClientID: 'API-CLIENT',
  ConnectClientID: 'client_id_example',
  ConnectClientSecret: 'canary-secret-77',
  AppStartUrl: 'https://host.com{2}?t={0}',
  AuthorizationEndpoint: 'https://accounts.example.com/auth',
  TokenEndpoint: 'https://accounts.example.com/token',
  UrlEncoded: false,
  IntegrationEventID: null,
  CallSyncUserIntegrationEvent: false,
  IntegrationEventName: null,
  AdditionalIdpScopes: [],
  CustomErrorUrl: null,
};
const HTML = '<!DOCTYPE html><html><title>502 Bad Gateway</title></html>';

const draft = parseInput(openIdConnectDraft, INPUT);
const key = parseInput(openIdConnectKey, { id: 'acme' });
const reader: ResponseReader = {
  id: 'ORDERCLOUD',
  label: 'OrderCloud',
  requestIdHeader: null,
  readError,
  credentialsAdvice: 'Get a token.',
  urlVariables: ['ORDERCLOUD_API_URL'],
};

function respond(
  status: number,
  body: unknown = '',
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    header: (name) => headers[name] ?? null,
  };
}

/** An error body as the API sends it. */
function errors(
  ...entries: readonly [ErrorCode: string, Message?: string, Data?: unknown][]
): object {
  return {
    Errors: entries.map(([ErrorCode, Message = 'No.', Data = null]) => ({
      ErrorCode,
      Message,
      Data,
    })),
  };
}

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
  failure(createOpenIdConnect, draft, given, scrubber);
const readFailure = (given: HttpResponse) => failure(getOpenIdConnect, key, given);

describe('requests', () => {
  it('create', () => {
    expect(createOpenIdConnect.request(draft)).toEqual({
      method: 'POST',
      path: '/openidconnects',
      body: {
        ID: 'acme',
        OrderCloudApiClientID: 'API-CLIENT',
        ConnectClientID: 'client_id_example',
        ConnectClientSecret: 'canary-secret-77',
        AppStartUrl: 'https://host.com{2}?t={0}',
        AuthorizationEndpoint: 'https://accounts.example.com/auth',
        TokenEndpoint: 'https://accounts.example.com/token',
      },
    });
  });

  it.each([
    ['acme', '/openidconnects/acme'],
    ['a b', '/openidconnects/a%20b'],
    ['ä&=+;', '/openidconnects/%C3%A4%26%3D%2B%3B'],
    ['.a.', '/openidconnects/.a.'],
  ])('read %j', (id, path) => {
    expect(getOpenIdConnect.request(parseInput(openIdConnectKey, { id }))).toEqual({
      method: 'GET',
      path,
    });
    expect(deleteOpenIdConnect.request(parseInput(openIdConnectKey, { id }))).toEqual({
      method: 'DELETE',
      path,
    });
    expect(updateOpenIdConnect.request(parseInput(openIdConnectPatch, { id }))).toEqual({
      method: 'PATCH',
      path,
      body: {},
    });
  });

  it('save', () => {
    expect(saveOpenIdConnect.request(parseInput(openIdConnectSave, INPUT))).toEqual({
      ...createOpenIdConnect.request(draft),
      method: 'PUT',
      path: '/openidconnects/acme',
    });
  });

  it.each<[object, object]>([
    [
      { tokenEndpoint: 'https://idp.example.com/t' },
      { TokenEndpoint: 'https://idp.example.com/t' },
    ],
    [
      { urlEncoded: false, callSyncUserIntegrationEvent: true },
      { UrlEncoded: false, CallSyncUserIntegrationEvent: true },
    ],
    [
      { integrationEventId: null, additionalIdpScopes: null, customErrorUrl: null },
      { IntegrationEventID: null, AdditionalIdpScopes: [], CustomErrorUrl: null },
    ],
    [{ connectClientSecret: 'new' }, { ConnectClientSecret: 'new' }],
    [{ newId: 'other' }, { ID: 'other' }],
    [{ newId: 'acme' }, {}],
    [{ newId: null }, {}],
  ])('update with %j sends %j', (change, body) => {
    expect(
      updateOpenIdConnect.request(parseInput(openIdConnectPatch, { id: 'acme', ...change })),
    ).toEqual({ method: 'PATCH', path: '/openidconnects/acme', body });
  });

  it.each<[object, string]>([
    [{}, ''],
    [
      { search: 'goo gle&', sort: 'ID_DESC', page: 2, pageSize: 100 },
      '?search=goo%20gle%26&sortBy=!ID&page=2&pageSize=100',
    ],
    [{ sort: 'ID_ASC' }, '?sortBy=ID'],
    [{ filter: { id: { after: 'a&b=c' } } }, '?ID=%3Ea%26b%3Dc'],
    [{ filter: { id: { before: 'z', not: 'm', notMatches: 'b*' } } }, '?ID=!m&ID=!b*&ID=%3Cz'],
    [
      { filter: { connectClientId: { equals: 'x' }, tokenEndpoint: { matches: 'https://*' } } },
      '?ConnectClientID=x&TokenEndpoint=https%3A%2F%2F*',
    ],
    [
      { filter: { integrationEventId: { absent: true }, customErrorUrl: { absent: false } } },
      '?IntegrationEventID=!*&CustomErrorUrl=*',
    ],
    [
      {
        filter: {
          additionalIdpScopes: { anyOf: ['a', 'b c'] },
          urlEncoded: false,
          callSyncUserIntegrationEvent: true,
        },
      },
      '?UrlEncoded=false&CallSyncUserIntegrationEvent=true&AdditionalIdpScopes=a%7Cb%20c',
    ],
    [{ filter: { id: { noneOf: ['a', 'b&c'] } } }, '?ID=!a&ID=!b%26c'],
    [{ filter: { id: null } }, ''],
  ])('list with %j asks for %s', (query, target) => {
    expect(listOpenIdConnects.request(parseInput(openIdConnectQuery, query))).toEqual({
      method: 'GET',
      path: `/openidconnects${target}`,
    });
  });
});

describe('success', () => {
  it.each([200, 201])('of status %i gives the configuration', (status) => {
    const expected = {
      id: 'acme',
      connectClientId: 'client_id_example',
      appStartUrl: 'https://host.com{2}?t={0}',
      scopes: [],
      integrationEventId: null,
    };
    expect(
      processResponse(createOpenIdConnect, draft, respond(status, STORED), reader, new Scrubber()),
    ).toMatchObject(expected);
    expect(
      processResponse(getOpenIdConnect, key, respond(status, STORED), reader, new Scrubber()),
    ).toMatchObject(expected);
  });

  it.each<[string, number, unknown]>([
    ['an empty body', 201, ''],
    ['no content', 204, ''],
    ['HTML', 200, HTML],
    ['an error', 200, errors(['NotFound'])],
    ['a list', 200, { Meta: { Page: 1 }, Items: [STORED] }],
    ['no ID', 201, { ...STORED, ID: undefined }],
    ['a member of another type', 201, { ...STORED, UrlEncoded: 'no' }],
    ['a part of a body', 201, JSON.stringify(STORED).slice(0, -1)],
  ])(
    'with %s is an unknown outcome of a create and a broken contract of a read',
    (_what, status, body) => {
      expect(createFailure(respond(status, body))).toMatchObject({
        code: 'OUTCOME_UNKNOWN',
        reason: 'UNREADABLE_ANSWER',
        upstream: { status, details: [] },
      });
      expect(readFailure(respond(status, body))).toMatchObject({
        code: 'UPSTREAM_CONTRACT',
        upstream: { status, details: [] },
      });
    },
  );
});

describe('a deletion', () => {
  it('is a success with an empty response', () => {
    expect(processResponse(deleteOpenIdConnect, key, respond(204), reader, new Scrubber())).toEqual(
      {
        id: 'acme',
      },
    );
  });

  it.each([
    ['HTML', 200, HTML],
    ['JSON', 200, {}],
  ])('with %s has an unknown outcome', (_what, status, body) => {
    expect(failure(deleteOpenIdConnect, key, respond(status, body))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'UNREADABLE_ANSWER',
    });
  });
});

describe('an ID that OrderCloud refuses', () => {
  it.each([
    [{ newId: 'new' }, 'newId'],
    [{}, 'id'],
  ])('of an update with %j is %s', (change, field) => {
    const error = failure(
      updateOpenIdConnect,
      parseInput(openIdConnectPatch, { id: 'acme', ...change }),
      respond(400, errors(['ValidationFailure', 'ID is invalid.'])),
    );
    expect(error).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: [field] }] });
  });
});

describe('reading back', () => {
  const read = (found: object | Error) => () =>
    (found instanceof Error
      ? Promise.reject(found)
      : Promise.resolve(fromWire(openIdConnect.parse(found)))) as Promise<never>;
  const save = parseInput(openIdConnectSave, INPUT);

  it.each<[string, object, object]>([
    ['is applied where everything is there', STORED, { applied: { id: 'acme' } }],
    [
      'is not where something that was left out still stands',
      { ...STORED, CustomErrorUrl: 'https://a.example' },
      { finding: 'found an object that differs in customErrorUrl' },
    ],
  ])('a save %s', async (_what, stored, expected) => {
    expect(await saveOpenIdConnect.readBack?.(save, read(stored))).toMatchObject(expected);
  });

  it('a renaming proves nothing, because what has the new ID may be another one', () => {
    expect(
      updateOpenIdConnect.readBack?.(
        parseInput(openIdConnectPatch, { id: 'acme', newId: 'new' }),
        read(STORED),
      ),
    ).toBeNull();
  });

  it('a deletion counts as applied only if OrderCloud itself confirms it', async () => {
    const absent = (attested: boolean) =>
      read(new NotFoundError('Not there.', 'OpenIdConnect', 'acme', { attested }));
    expect(await deleteOpenIdConnect.readBack?.(key, absent(true))).toEqual({
      applied: { id: 'acme' },
    });
    expect(await deleteOpenIdConnect.readBack?.(key, absent(false))).toMatchObject({
      finding: expect.stringContaining('404') as unknown,
    });
    expect(readFailure(respond(404, errors(['NotFound'])))).toMatchObject({ attested: true });
    expect(readFailure(respond(404, HTML))).toMatchObject({ attested: false });
  });
});

describe('a 409', () => {
  const rename = parseInput(openIdConnectPatch, { id: 'acme', newId: 'new' });

  it('names the new ID if an update renames', () => {
    expect(failure(updateOpenIdConnect, rename, respond(409))).toMatchObject({
      code: 'ALREADY_EXISTS',
      resource: 'OpenIdConnect',
      id: 'new',
    });
  });

  it.each<[string, () => OidcError]>([
    [
      'an update that does not rename',
      () =>
        failure(
          updateOpenIdConnect,
          { ...rename, newId: 'acme' },
          respond(409, errors(['IdExists'])),
        ),
    ],
    [
      'a save',
      () =>
        failure(
          saveOpenIdConnect,
          parseInput(openIdConnectSave, INPUT),
          respond(409, errors(['IdExists'])),
        ),
    ],
    ['a deletion', () => failure(deleteOpenIdConnect, key, respond(409, errors(['IdExists'])))],
  ])('is not a taken ID to %s', (_what, given) => {
    expect(given()).toMatchObject({
      code: 'UPSTREAM_REJECTED',
      upstream: { details: [{ code: 'IdExists' }] },
    });
  });
});

describe('failures', () => {
  it.each<[number, string, unknown, OidcErrorCode, OidcErrorCode]>([
    [301, 'nothing', '', 'OUTCOME_UNKNOWN', 'UPSTREAM_CONTRACT'],
    [302, 'HTML', HTML, 'OUTCOME_UNKNOWN', 'UPSTREAM_CONTRACT'],
    [304, 'nothing', '', 'OUTCOME_UNKNOWN', 'UPSTREAM_CONTRACT'],
    [307, 'IdExists', errors(['IdExists']), 'OUTCOME_UNKNOWN', 'UPSTREAM_CONTRACT'],
    [400, 'nothing', '', 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [400, 'HTML', HTML, 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [
      400,
      'ValidationFailure',
      errors(['ValidationFailure', 'Model or property was invalid']),
      'UPSTREAM_REJECTED',
      'UPSTREAM_REJECTED',
    ],
    [
      400,
      'ValidationFailure of a field of the create',
      errors(['ValidationFailure', 'TokenEndpoint is not valid.']),
      'INVALID_INPUT',
      'UPSTREAM_REJECTED',
    ],
    [
      400,
      'ValidationFailure of the ID',
      errors(['ValidationFailure', 'Model or property was invalid', { ID: 'too odd' }]),
      'INVALID_INPUT',
      'INVALID_INPUT',
    ],
    [
      400,
      'Request.InvalidRequestBody',
      errors(['Request.InvalidRequestBody']),
      'UPSTREAM_REJECTED',
      'UPSTREAM_REJECTED',
    ],
    [
      400,
      'ApiClient.InvalidClientID',
      errors(['ApiClient.InvalidClientID']),
      'INVALID_INPUT',
      'UPSTREAM_REJECTED',
    ],
    [
      400,
      'IntegrationEvent.IncompatibleEventType',
      errors(['IntegrationEvent.IncompatibleEventType']),
      'INVALID_INPUT',
      'UPSTREAM_REJECTED',
    ],
    [400, 'InvalidToken', errors(['InvalidToken']), 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    [
      400,
      'OAuth',
      { error: 'invalid_grant', error_description: 'No.' },
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
    ],
    [
      400,
      'Auth.InsufficientRoles',
      errors(['Auth.InsufficientRoles']),
      'PERMISSION_DENIED',
      'PERMISSION_DENIED',
    ],
    [400, 'NotFound', errors(['NotFound']), 'NOT_FOUND', 'NOT_FOUND'],
    [400, 'IdExists', errors(['IdExists']), 'ALREADY_EXISTS', 'UPSTREAM_REJECTED'],
    [
      400,
      'a code that decides before one that names a field',
      errors(['IdExists'], ['ValidationFailure', 'TokenEndpoint is not valid.']),
      'ALREADY_EXISTS',
      'UPSTREAM_REJECTED',
    ],
    [
      400,
      'a field named after the first entry',
      errors(['ValidationFailure'], ['ValidationFailure', 'TokenEndpoint is not valid.']),
      'INVALID_INPUT',
      'UPSTREAM_REJECTED',
    ],
    [
      401,
      'InvalidToken',
      errors(['InvalidToken', 'Access token is invalid or expired.']),
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
    ],
    [401, 'Auth.TokenRevoked', errors(['Auth.TokenRevoked']), 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    [401, 'nothing', '', 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    [401, 'a code of another status', errors(['NotFound']), 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    [
      403,
      'Auth.InsufficientRoles',
      errors(['Auth.InsufficientRoles']),
      'PERMISSION_DENIED',
      'PERMISSION_DENIED',
    ],
    [
      403,
      'Auth.UserNotAuthorizedToAdmin',
      errors(['Auth.UserNotAuthorizedToAdmin']),
      'PERMISSION_DENIED',
      'PERMISSION_DENIED',
    ],
    [403, 'HTML', HTML, 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    [
      404,
      'NotFound',
      errors(['NotFound', 'Not found.', { ObjectType: 'OpenIdConnect', ObjectID: 'acme' }]),
      'NOT_FOUND',
      'NOT_FOUND',
    ],
    [404, 'NotFound without data', errors(['NotFound']), 'NOT_FOUND', 'NOT_FOUND'],
    [
      404,
      'the flat form',
      {
        StatusCode: 404,
        ErrorCode: 'NotFoundError',
        Message: 'Object not found',
        Data: { ObjectType: '', ObjectID: '' },
      },
      'NOT_FOUND',
      'NOT_FOUND',
    ],
    [404, 'HTML', HTML, 'NOT_FOUND', 'NOT_FOUND'],
    [408, 'nothing', '', 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [
      409,
      'IdExists',
      errors(['IdExists', 'Object already exists.']),
      'ALREADY_EXISTS',
      'UPSTREAM_REJECTED',
    ],
    [409, 'nothing', '', 'ALREADY_EXISTS', 'UPSTREAM_REJECTED'],
    [410, 'nothing', '', 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [413, 'HTML', HTML, 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [
      415,
      'Request.InvalidContentType',
      errors(['Request.InvalidContentType']),
      'UPSTREAM_REJECTED',
      'UPSTREAM_REJECTED',
    ],
    [418, 'nothing', '', 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [422, 'no field', errors(['ValidationFailure']), 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [
      422,
      'a field of the create',
      errors(['ValidationFailure', 'Bad.', 'AppStartUrl']),
      'INVALID_INPUT',
      'UPSTREAM_REJECTED',
    ],
    [429, 'nothing', '', 'RATE_LIMITED', 'RATE_LIMITED'],
    [429, 'a code of another status', errors(['IdExists']), 'RATE_LIMITED', 'RATE_LIMITED'],
    [500, 'ServerError', errors(['ServerError']), 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [500, 'nothing', '', 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [500, 'IdExists', errors(['IdExists']), 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [500, 'Api.Offline', errors(['Api.Offline']), 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [502, 'HTML', HTML, 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [503, 'HTML', HTML, 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [503, 'Api.Offline', errors(['Api.Offline']), 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE'],
    [
      503,
      'the flat form',
      { ErrorCode: 'Api.Offline', Message: 'Down briefly.' },
      'UPSTREAM_UNAVAILABLE',
      'UPSTREAM_UNAVAILABLE',
    ],
    [
      503,
      'Api.Offline after another',
      errors(['ServerError'], ['Api.Offline']),
      'OUTCOME_UNKNOWN',
      'UPSTREAM_UNAVAILABLE',
    ],
    [504, 'nothing', '', 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
  ])('%i with %s', (status, _what, body, ofCreate, ofRead) => {
    for (const [error, code] of [
      [createFailure(respond(status, body)), ofCreate],
      [readFailure(respond(status, body)), ofRead],
    ] as const) {
      expect(error.code).toBe(code);
      expect(error).toBeInstanceOf(OIDC_ERRORS[code]);
      expect(error.upstream).toMatchObject({ upstream: 'ORDERCLOUD', status, requestId: null });
      if (code === 'OUTCOME_UNKNOWN') expect(error).toMatchObject({ reason: 'UPSTREAM_ERROR' });
    }
  });

  it.each([
    ['30', 30],
    [new Date(Date.now() - 60_000).toUTCString(), 0],
    ['later', null],
  ])('with Retry-After %j say how long to wait', (header, retryAfterSeconds) => {
    const headers = { 'retry-after': header };
    expect(createFailure(respond(429, '', headers))).toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterSeconds,
    });
    expect(readFailure(respond(429, '', headers))).toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterSeconds,
    });
    expect(createFailure(respond(503, errors(['Api.Offline']), headers))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      retryAfterSeconds,
    });
    expect(readFailure(respond(503, '', headers))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      retryAfterSeconds,
    });
  });

  it('keep every entry, the deciding one first', () => {
    const body = errors(
      ['IdExists', 'Object already exists.', { a: 1 }],
      ['ValidationFailure', 'Bad.', 'x'],
      ['Other', 'More.'],
    );
    expect(createFailure(respond(400, body)).upstream?.details).toEqual([
      { code: 'IdExists', message: 'Object already exists.', data: '{"a":1}' },
      { code: 'ValidationFailure', message: 'Bad.', data: '"x"' },
      { code: 'Other', message: 'More.', data: null },
    ]);
  });

  it('name the fields in the words of the input', () => {
    const body = errors(
      ['ValidationFailure', 'TokenEndpoint and "ID" are not valid.'],
      ['ValidationFailure', 'Bad.', ['ConnectClientSecret', 'IntegrationEventName']],
    );
    expect(createFailure(respond(400, body))).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: ['id'] }, { path: ['tokenEndpoint'] }, { path: ['connectClientSecret'] }],
    });
  });

  it('name the roles, one of which is enough', () => {
    const body = errors([
      'Auth.InsufficientRoles',
      'User does not have role(s) required to perform this action.',
      { SufficientRoles: ['FullAccess', 'OpenIDConnectAdmin'], AssignedRoles: [] },
    ]);
    expect(createFailure(respond(403, body))).toMatchObject({
      code: 'PERMISSION_DENIED',
      missing: ['FullAccess', 'OpenIDConnectAdmin'],
    });
  });

  it.each<[string, unknown, object]>([
    [
      'the object that OrderCloud names',
      errors(['NotFound', 'Not found.', { ObjectType: 'ApiClient', ObjectID: 'API-CLIENT' }]),
      { resource: 'ApiClient', id: 'API-CLIENT' },
    ],
    [
      'what the create needs first, where it names none',
      errors(['NotFound']),
      { resource: 'API client or integration event', id: null },
    ],
  ])('of a create without what it needs name %s, with advice', (_what, body, expected) => {
    expect(createFailure(respond(404, body))).toMatchObject({
      ...expected,
      message: expect.stringContaining(
        'Check orderCloudApiClientId and integrationEventId',
      ) as unknown,
    });
  });

  it('of a read name the configuration', () => {
    const about = { code: 'NOT_FOUND', resource: 'OpenIdConnect', id: 'acme' };
    expect(readFailure(respond(404))).toMatchObject({
      ...about,
      attested: false,
      message:
        'OrderCloud returned status 404 with an empty body: the OpenIdConnect "acme" may not exist, or ORDERCLOUD_API_URL may be wrong at this gateway.',
    });
    const said = errors([
      'NotFound',
      'Object not found.',
      { ObjectType: 'OpenIdConnect', ObjectID: 'acme' },
    ]);
    expect(readFailure(respond(404, said))).toMatchObject({
      ...about,
      attested: true,
      message: 'OrderCloud has no OpenIdConnect "acme" (NotFound: Object not found).',
    });
  });

  it('of a create that collides name the configuration', () => {
    expect(createFailure(respond(409))).toMatchObject({ resource: 'OpenIdConnect', id: 'acme' });
    expect(
      failure(
        createOpenIdConnect,
        parseInput(openIdConnectDraft, { ...INPUT, id: undefined }),
        respond(409),
      ),
    ).toMatchObject({ resource: 'OpenIdConnect', id: null });
  });

  it('show no secret that OrderCloud echoes', () => {
    const scrubber = new Scrubber();
    scrubber.add(draft.connectClientSecret, 'canary-token-42');
    const body = {
      'canary-token-42': 1,
      ...errors(
        [
          'ValidationFailure',
          'ConnectClientSecret canary-secret-77 is too weak for canary-token-42.',
          {
            ConnectClientSecret: ['canary-secret-77'],
            'x-canary-token-42': 'Bearer canary-token-42',
          },
        ],
        ['canary-secret-77', 'More.', ['canary-secret-77', { Sent: JSON.stringify(STORED) }]],
      ),
    };
    const error = createFailure(respond(400, body), scrubber);
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [
        {
          path: ['connectClientSecret'],
          message: 'ConnectClientSecret [redacted] is too weak for [redacted].',
        },
      ],
    });
    expect(JSON.stringify([error.message, error])).not.toMatch(/canary-(secret|token)/);
  });
});

describe('verifyWith', () => {
  const schema = buildSchema(
    readFileSync(new URL('../../../../schema/schema.graphql', import.meta.url), 'utf8'),
  );

  const ofCreate = (input: object) =>
    failure(
      createOpenIdConnect,
      parseInput(openIdConnectDraft, { ...INPUT, ...input }),
      respond(500),
    );

  it.each<[string, () => OidcError, string]>([
    ['a create', () => ofCreate({}), 'openIdConnect(id: "acme")'],
    [
      'a create without an id',
      () => ofCreate({ id: undefined }),
      'openIdConnects(filter: { orderCloudApiClientId: { equals: "API-CLIENT" } connectClientId: { equals: "client_id_example" } })',
    ],
    [
      'a create without an id whose values are signs of a filter',
      () => ofCreate({ id: undefined, connectClientId: 'a*' }),
      'openIdConnects(filter: { orderCloudApiClientId: { equals: "API-CLIENT" } })',
    ],
    [
      'a save',
      () => failure(saveOpenIdConnect, parseInput(openIdConnectSave, INPUT), respond(500)),
      'openIdConnect(id: "acme")',
    ],
    [
      'an update',
      () =>
        failure(updateOpenIdConnect, parseInput(openIdConnectPatch, { id: 'a "b"' }), respond(500)),
      'openIdConnect(id: "a \\"b\\"")',
    ],
    [
      'a renaming',
      () =>
        failure(
          updateOpenIdConnect,
          parseInput(openIdConnectPatch, { id: 'acme', newId: 'new' }),
          respond(500),
        ),
      'renamed: openIdConnect(id: "new")',
    ],
    [
      'a deletion',
      () => failure(deleteOpenIdConnect, key, respond(500)),
      'openIdConnect(id: "acme")',
    ],
  ])('of %s is a query of this gateway', (_what, given, text) => {
    const { verifyWith } = given() as OidcError & { verifyWith: string };
    expect(validate(schema, parse(verifyWith))).toEqual([]);
    expect(verifyWith).toContain(text);
    expect(verifyWith).not.toContain('connectClientSecret');
  });
});
