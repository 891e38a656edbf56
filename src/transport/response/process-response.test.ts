import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { OIDC_ERRORS, OidcError } from '../../domain/errors.ts';
import type { OidcErrorCode } from '../../domain/errors.ts';
import type { InputIssue } from '../../domain/input-issue.ts';
import { Scrubber } from '../../domain/scrub/scrub.ts';
import type { Json } from '../../domain/json/json.ts';
import { processResponse } from './process-response.ts';
import type { ErrorReading, ResponseReader } from './reader.ts';
import type { Operation } from '../operation.ts';
import { UnreadableBody } from '../http/response-body.ts';
import type { HttpResponse } from '../http/http.ts';

/** A small upstream: notes with a page number. */
const wire = z.object({ note: z.string(), pages: z.array(z.object({ number: z.number() })) });
type Wire = z.output<typeof wire>;
interface Args {
  readonly id: string;
}
type NoteOperation = Operation<Args, Wire, string>;

const facts = {
  fields: ['id', 'title'],
  response: wire,
  result: ({ note }: Wire, { id }: Args) => `${id}: ${note}`,
  subject: ({ id }: Args) => ({ resource: 'Note', id }),
};
const read: NoteOperation = {
  ...facts,
  name: 'getNote',
  purpose: 'read the note',
  effect: 'read',
  repeatable: true,
  request: ({ id }) => ({ method: 'GET', path: `/notes/${id}` }),
};
const write: NoteOperation = {
  ...facts,
  name: 'createNote',
  purpose: 'create the note',
  effect: 'write',
  repeatable: false,
  request: () => ({ method: 'POST', path: '/notes', body: {} }),
  verifyWith: ({ id }) => `{ note(id: "${id}") { id } }`,
  claims: ({ id }) => ({ resource: 'Note', id }),
};
const needy: NoteOperation = {
  ...write,
  needs: () => ({ resource: 'Shelf', id: 's1', advice: 'Put up the shelf first.' }),
};

const NOTE = { note: 'milk', pages: [{ number: 1 }] };
const args: Args = { id: 'n1' };

function readerOf(reading: Partial<ErrorReading> = {}): ResponseReader {
  return {
    id: 'NOTEBOOK',
    label: 'Notebook',
    requestIdHeader: 'x-request-id',
    readError: () => ({ details: [], ...reading }),
    credentialsAdvice: 'Get a ticket.',
    urlVariables: ['NOTEBOOK_URL'],
  };
}

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

function process(
  operation: NoteOperation,
  given: HttpResponse,
  reader: ResponseReader = readerOf(),
  scrubber = new Scrubber(),
): string {
  return processResponse(operation, args, given, reader, scrubber);
}

/** The house error that is thrown. Anything else that is thrown fails the test. */
function failure(run: () => unknown): OidcError {
  try {
    run();
  } catch (error) {
    if (error instanceof OidcError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const issue = (field: string): InputIssue => ({
  path: [field],
  code: 'REFUSED_BY_UPSTREAM',
  message: `${field} is bad`,
  source: 'UPSTREAM',
});

describe('a 2xx response', () => {
  it.each([200, 201, 203, 226])('of status %i gives the result', (status) => {
    expect(process(write, respond(status, NOTE))).toBe('n1: milk');
    expect(process(read, respond(status, NOTE))).toBe('n1: milk');
  });

  it.each([
    ['empty', '', 'the body is empty'],
    ['HTML', '<html>canary</html>', 'the body is not JSON'],
    ['JSON that breaks off', '{"note":"canary', 'the body is not JSON'],
    [
      'of another shape',
      { notes: ['canary'] },
      'the body does not match its contract: note is missing, pages is missing',
    ],
    [
      'a list',
      ['canary'],
      'the body does not match its contract: the body should be an object but is a list',
    ],
    [
      'null',
      'null',
      'the body does not match its contract: the body should be an object but is null',
    ],
    [
      'of other types',
      { note: 'a', pages: [{ number: 1 }, { number: 'canary' }] },
      'the body does not match its contract: pages.1.number should be a number but is a string',
    ],
    [
      'wrong in many places, of which five are named',
      { note: 1, pages: ['canary', 'canary', 'canary', 'canary', 'canary', 'canary'] },
      'the body does not match its contract: note should be a string but is a number, pages.0 should be an object but is a string, pages.1 should be an object but is a string, pages.2 should be an object but is a string, pages.3 should be an object but is a string',
    ],
  ])(
    'that is %s is nonsense of a read and an unknown outcome of a write',
    (_how, body, problem) => {
      const headers = { 'x-request-id': 'r-1' };
      const upstream = { upstream: 'NOTEBOOK', status: 200, requestId: 'r-1', details: [] };

      const ofRead = failure(() => process(read, respond(200, body, headers)));
      expect(ofRead).toMatchObject({
        code: 'UPSTREAM_CONTRACT',
        upstream,
        message: `Notebook returned 200, but ${problem}. Report this to the operator of the gateway, with the request id.`,
      });

      const ofWrite = failure(() => process(write, respond(200, body, headers)));
      expect(ofWrite).toMatchObject({
        code: 'OUTCOME_UNKNOWN',
        reason: 'UNREADABLE_ANSWER',
        verifyWith: '{ note(id: "n1") { id } }',
        upstream,
      });
      expect(ofWrite.message).toContain(problem);
      expect(ofRead.message + ofWrite.message).not.toContain('canary');
    },
  );
});

describe('the deciding code', () => {
  it.each<[number, OidcErrorCode | undefined, OidcErrorCode, OidcErrorCode]>([
    // Within 4xx the upstream's own code refines the status.
    [400, undefined, 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [400, 'UNAUTHENTICATED', 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    [400, 'PERMISSION_DENIED', 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    [400, 'NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'],
    [400, 'RATE_LIMITED', 'RATE_LIMITED', 'RATE_LIMITED'],
    [400, 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE'],
    [401, 'PERMISSION_DENIED', 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    [404, 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    // A read cannot collide with what is there, and its outcome is never unknown.
    [400, 'ALREADY_EXISTS', 'UPSTREAM_REJECTED', 'ALREADY_EXISTS'],
    [409, undefined, 'UPSTREAM_REJECTED', 'ALREADY_EXISTS'],
    [400, 'OUTCOME_UNKNOWN', 'UPSTREAM_REJECTED', 'OUTCOME_UNKNOWN'],
    // Invalid input without a named field counts only as rejected.
    [400, 'INVALID_INPUT', 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    // Whether a write was applied is beyond what a code in these can say; that the upstream is offline, it can.
    [408, 'ALREADY_EXISTS', 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    [500, 'ALREADY_EXISTS', 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    [500, 'UPSTREAM_REJECTED', 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    [500, 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE'],
    [302, 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN'],
    [302, 'ALREADY_EXISTS', 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN'],
  ])('of status %i with %s: %s for a read, %s for a write', (status, code, ofRead, ofWrite) => {
    const reader = readerOf({ code });
    for (const [operation, expected] of [
      [read, ofRead],
      [write, ofWrite],
    ] as const) {
      const error = failure(() => process(operation, respond(status, {}), reader));
      expect(error.code).toBe(expected);
      expect(error).toBeInstanceOf(OIDC_ERRORS[expected]);
    }
  });

  it('says of a status without a whole outcome why it is unknown', () => {
    expect(failure(() => process(write, respond(502)))).toMatchObject({
      reason: 'UPSTREAM_ERROR',
      verifyWith: '{ note(id: "n1") { id } }',
    });
  });
});

describe('fields that the upstream names', () => {
  it.each([400, 422])('make a %i invalid input, each an issue', (status) => {
    const issues = [issue('title'), issue('id')];
    expect(
      failure(() => process(write, respond(status), readerOf({ issues, inOwnWords: true }))),
    ).toMatchObject({
      code: 'INVALID_INPUT',
      issues,
      message: 'Notebook refused the input. Nothing was applied.',
    });
  });

  it('count only as far as the operation has them', () => {
    const issues = [issue('colour'), issue('title'), { ...issue('id'), path: [] }];
    expect(failure(() => process(write, respond(400), readerOf({ issues })))).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [issue('title')],
    });
    expect(
      failure(() => process(write, respond(400), readerOf({ issues: [issue('colour')] }))),
    ).toMatchObject({ code: 'UPSTREAM_REJECTED' });
  });

  it.each<[number, OidcErrorCode | undefined, OidcErrorCode]>([
    [401, undefined, 'UNAUTHENTICATED'],
    [403, undefined, 'PERMISSION_DENIED'],
    [404, undefined, 'NOT_FOUND'],
    [409, undefined, 'ALREADY_EXISTS'],
    [410, undefined, 'UPSTREAM_REJECTED'],
    [413, undefined, 'UPSTREAM_REJECTED'],
    [500, undefined, 'OUTCOME_UNKNOWN'],
    [400, 'ALREADY_EXISTS', 'ALREADY_EXISTS'],
    [422, 'NOT_FOUND', 'NOT_FOUND'],
  ])('do not change what a %i with %s is: %s', (status, code, expected) => {
    expect(
      failure(() => process(write, respond(status), readerOf({ code, issues: [issue('title')] })))
        .code,
    ).toBe(expected);
  });
});

describe('what an error says', () => {
  const details = [
    { code: 'N.1', message: 'No luck.', data: null },
    { code: 'N.2', message: 'Not this either', data: '{"a":1}' },
  ];

  it.each<[string, NoteOperation, number, Partial<ErrorReading>, object]>([
    [
      '401',
      read,
      401,
      {},
      { message: 'Notebook does not accept the credentials (N.1: No luck). Get a ticket.' },
    ],
    [
      '403',
      read,
      403,
      {},
      {
        message: 'Notebook does not allow the caller to read the note (N.1: No luck).',
        missing: [],
      },
    ],
    [
      '403 that names roles',
      read,
      403,
      { missing: ['Writer', 'Admin'] },
      {
        message:
          'Notebook does not allow the caller to read the note (N.1: No luck). This requires Writer or Admin.',
        missing: ['Writer', 'Admin'],
      },
    ],
    [
      '404',
      read,
      404,
      {},
      { message: 'Notebook has no Note "n1" (N.1: No luck).', resource: 'Note', id: 'n1' },
    ],
    [
      '404 of what is needed first',
      needy,
      404,
      {},
      {
        message:
          'Notebook reports that something is missing (N.1: No luck), probably the Shelf "s1". Put up the shelf first.',
        resource: 'Shelf',
        id: 's1',
      },
    ],
    [
      '404 that names an object',
      needy,
      404,
      { object: { resource: 'Pen', id: null } },
      {
        message: 'Notebook has no Pen (N.1: No luck). Put up the shelf first.',
        resource: 'Pen',
        id: null,
      },
    ],
    [
      '409',
      write,
      409,
      {},
      {
        message: 'Notebook already has Note "n1" (N.1: No luck). Nothing was changed.',
        resource: 'Note',
        id: 'n1',
      },
    ],
    [
      '409 that names an object',
      write,
      409,
      { object: { resource: 'Pen', id: 'p1' } },
      {
        message: 'Notebook already has Pen "p1" (N.1: No luck). Nothing was changed.',
        resource: 'Pen',
        id: 'p1',
      },
    ],
    [
      '409 that names an object without its id',
      write,
      409,
      { object: { resource: 'Pen', id: null } },
      { resource: 'Pen', id: 'n1' },
    ],
    [
      '410',
      write,
      410,
      {},
      {
        message:
          'Notebook refused to create the note (status 410) (N.1: No luck). Nothing was applied.',
      },
    ],
    [
      '429',
      write,
      429,
      {},
      {
        message:
          'Notebook asks for fewer requests (N.1: No luck). Nothing was applied. Wait before sending it again.',
        retryAfterSeconds: null,
      },
    ],
    [
      '503',
      read,
      503,
      {},
      {
        message: 'Notebook is unavailable now (status 503) (N.1: No luck). Try again later.',
        retryAfterSeconds: null,
      },
    ],
    [
      '503 of a write, by which the upstream says that it is offline',
      write,
      503,
      { code: 'UPSTREAM_UNAVAILABLE' },
      {
        message:
          'Notebook is unavailable now (status 503) (N.1: No luck). Nothing was applied. Try again later.',
      },
    ],
    [
      '302',
      read,
      302,
      {},
      {
        message:
          'Notebook returned status 302, which its contract does not define here (N.1: No luck).',
      },
    ],
    [
      '500 of a write',
      write,
      500,
      {},
      {
        message:
          'The request to create the note was sent. Notebook returned status 500 (N.1: No luck). It may or may not have been applied (Note "n1"). ' +
          'Do not send it again before you have checked with the query in verifyWith.',
      },
    ],
  ])('%s', (_status, operation, status, reading, expected) => {
    expect(
      failure(() =>
        process(operation, respond(status), readerOf({ details, inOwnWords: true, ...reading })),
      ),
    ).toMatchObject({
      ...expected,
      upstream: { upstream: 'NOTEBOOK', status, requestId: null, details },
    });
  });

  it.each<[string, NoteOperation, number, Partial<ErrorReading>, string]>([
    [
      '401',
      read,
      401,
      {},
      'it may not accept the credentials, or an intermediary such as a proxy refused the request. Get a ticket.',
    ],
    [
      '403',
      write,
      403,
      {},
      'it may not allow the caller to create the note, or an intermediary such as a proxy refused the request.',
    ],
    [
      '404',
      read,
      404,
      {},
      'the Note "n1" may not exist, or NOTEBOOK_URL may be wrong at this gateway.',
    ],
    [
      '404 of what is needed first',
      needy,
      404,
      {},
      'something may be missing, probably the Shelf "s1", or NOTEBOOK_URL may be wrong at this gateway. Put up the shelf first.',
    ],
    [
      '409',
      write,
      409,
      {},
      'it may already have Note "n1", or an intermediary such as a proxy refused the request. According to that status, nothing was changed.',
    ],
    [
      '413',
      write,
      413,
      {},
      'it, or an intermediary such as a proxy, refused to create the note. According to that status, nothing was applied.',
    ],
    [
      '429',
      write,
      429,
      {},
      'it, or an intermediary such as a proxy, asks for fewer requests. According to that status, nothing was applied. Wait before sending it again.',
    ],
    [
      '422 that names a field',
      write,
      422,
      { issues: [issue('title')] },
      'it, or an intermediary such as a proxy, refused the input. According to that status, nothing was applied.',
    ],
  ])('claims no more than the response shows: %s', (_status, operation, status, reading, words) => {
    const messageOf = (given: HttpResponse) => {
      const error = failure(() => process(operation, given, readerOf(reading)));
      expect(error.attested).toBe(false);
      return error.message;
    };
    expect(messageOf(respond(status, '<html>'))).toBe(
      `Notebook returned status ${status}, but not in its own error format: ${words}`,
    );
    expect(messageOf(respond(status, ' '))).toBe(
      `Notebook returned status ${status} with an empty body: ${words}`,
    );
    const unreadable = {
      ...respond(status),
      unreadable: new UnreadableBody('its body is not valid UTF-8'),
    };
    expect(messageOf(unreadable)).toBe(
      `Notebook returned status ${status}, but its body is not valid UTF-8: ${words}`,
    );
  });

  it('does not blame the upstream alone if a proxy may have failed', () => {
    expect(failure(() => process(read, respond(502, '<html>'))).message).toBe(
      'Notebook, or an intermediary such as a proxy, is unavailable now (status 502). Try again later.',
    );
  });

  it.each([
    ['nothing', [], ''],
    ['a code alone', [{ code: 'N.1', message: null, data: null }], ' (N.1)'],
    ['a message alone', [{ code: null, message: 'No luck!', data: null }], ' (No luck!)'],
    ['data alone', [{ code: null, message: null, data: '{"a":1}' }], ''],
    ['blank parts', [{ code: '', message: ' ', data: null }], ''],
    ['points at the end', [{ code: null, message: 'No luck... \n', data: null }], ' (No luck)'],
    [
      'a long message, of which 300 characters are repeated',
      [{ code: 'N.1', message: 'x'.repeat(1000), data: null }],
      ` (N.1: ${'x'.repeat(300)})`,
    ],
  ])('repeats of the upstream %s', (_what, details, said) => {
    expect(
      failure(() => process(write, respond(400), readerOf({ details, inOwnWords: true }))).message,
    ).toBe(`Notebook refused to create the note (status 400)${said}. Nothing was applied.`);
  });

  it.each<[string, number, Partial<ErrorReading>]>([
    ['RATE_LIMITED', 429, {}],
    ['UPSTREAM_UNAVAILABLE', 503, { code: 'UPSTREAM_UNAVAILABLE' }],
  ])('%s has how long to wait', (code, status, reading) => {
    const header = { 'retry-after': '120' };
    expect(
      failure(() => process(write, respond(status, '', header), readerOf(reading))),
    ).toMatchObject({ code, retryAfterSeconds: 120 });
  });

  it('RATE_LIMITED says how long to wait, also to a date', () => {
    const header = { 'retry-after': new Date(Date.now() + 60_000).toUTCString() };
    const error = failure(() => process(read, respond(429, '', header)));
    expect(error).toMatchObject({
      retryAfterSeconds: expect.toSatisfy(
        (seconds: number) => seconds > 0 && seconds <= 60,
      ) as unknown,
    });
    expect(error.message).toMatch(/ Send it again in \d+ s\.$/);
  });
});

describe('the request id', () => {
  const LONGEST = 'r'.repeat(128);

  it.each([
    ['req-0001', 'req-0001'],
    ['a.b:c/d+e=_-', 'a.b:c/d+e=_-'],
    [LONGEST, LONGEST],
    [`${LONGEST}r`, null],
    ['', null],
    ['two words', null],
    ['<b>', null],
    ['a\nb', null],
    ['ä', null],
  ])('%j in the header is taken as %j', (header, requestId) => {
    expect(
      failure(() => process(read, respond(404, '', { 'x-request-id': header }))).upstream
        ?.requestId,
    ).toBe(requestId);
  });

  it.each([
    ['the header first', { 'x-request-id': 'r-header' }, 'r-body', 'r-header'],
    ['the body where there is no header', {}, 'r-body', 'r-body'],
    ['the body where the header is no id', { 'x-request-id': 'not an id' }, 'r-body', 'r-body'],
    ['nowhere where the body has no id either', {}, '<script>not an id</script>', null],
  ])('is taken from %s', (_where, headers, inBody, requestId) => {
    expect(
      failure(() => process(read, respond(404, {}, headers), readerOf({ requestId: inBody })))
        .upstream?.requestId,
    ).toBe(requestId);
  });

  it('is not read if the upstream sends none', () => {
    const reader = { ...readerOf(), requestIdHeader: null };
    expect(
      failure(() => process(read, respond(404, '', { 'x-request-id': 'r-1' }), reader)).upstream
        ?.requestId,
    ).toBeNull();
  });

  it('holds no secret', () => {
    const scrubber = new Scrubber();
    scrubber.add('canary');
    expect(
      failure(() =>
        process(read, respond(404, '', { 'x-request-id': 'r-canary' }), readerOf(), scrubber),
      ).upstream?.requestId,
    ).toBe('r-[redacted]');
  });
});

describe('the body of an error', () => {
  it.each<[string, unknown, Json | undefined]>([
    ['JSON', { a: ['canary', 1], 'canary!': null }, { a: ['[redacted]', 1], '[redacted]!': null }],
    ['JSON text', '"canary"', '[redacted]'],
    ['null', 'null', null],
    ['HTML', '<html>canary</html>', undefined],
    ['nothing', '', undefined],
    ['JSON that breaks off', '{"a":"canary"', undefined],
  ])('reaches the reader without secrets: %s', (_what, body, expected) => {
    const scrubber = new Scrubber();
    scrubber.add('canary');
    const seen: unknown[] = [];
    const reader: ResponseReader = {
      ...readerOf(),
      readError: (given) => {
        seen.push(given);
        return { details: [] };
      },
    };
    failure(() => process(read, respond(418, body), reader, scrubber));
    expect(seen).toEqual([{ status: 418, json: expected }]);
  });

  it.each([100, 10_000, 100_000])('may be nested %i levels deep', (levels) => {
    const body = `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    const reader: ResponseReader = {
      ...readerOf(),
      readError: ({ json }) => ({
        details: [{ code: null, message: null, data: JSON.stringify(json) }],
      }),
    };
    expect(failure(() => process(read, respond(403, body), reader)).code).toBe('PERMISSION_DENIED');
  });
});
