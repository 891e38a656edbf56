import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { answering, dataFor } from './fake-fetch.ts';
import type { Answer } from './fake-fetch.ts';
import { createClient, GatewayRequestError } from './index.ts';
import type { ClientOptions, MutationOptions } from './index.ts';

const SECRET = 'canary/of+the=client';

/** What a write fails with. */
async function failure(
  options: Omit<ClientOptions, 'url'> & { readonly url?: string },
  given?: MutationOptions,
): Promise<GatewayRequestError> {
  const client = createClient({ url: 'https://gateway.example.com/graphql', ...options });
  const error: unknown = await client
    .updateOpenIdConnect({ id: 'google', connectClientSecret: SECRET }, given)
    .catch((reason: unknown) => reason);
  if (!(error instanceof GatewayRequestError)) throw new Error(`not expected: ${inspect(error)}`);
  expect(error.message).not.toContain(SECRET);
  expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
  return error;
}

const answered = (answer: Answer) => failure(answering(answer));
const broken = (code: string) =>
  failure({
    fetch: () =>
      Promise.reject(
        new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }),
      ),
  });

describe('a response', () => {
  const refusal = {
    errors: [
      {
        message: 'Field "a" is missing.',
        extensions: { code: 'BAD_USER_INPUT', requestId: 'id-1' },
      },
    ],
  };

  it.each([400, 401, 429, 503])('with status %i and errors is a refusal', async (status) => {
    const error = await answered({ status, body: refusal });
    expect(error).toMatchObject({
      code: 'REFUSED',
      sent: true,
      status,
      requestId: 'id-1',
      errors: [{ message: 'Field "a" is missing.', code: 'BAD_USER_INPUT' }],
      message: 'The gateway refused the request: Field "a" is missing.',
    });
  });

  it.each([200, 500])(
    'with status %i and errors without data may have been executed',
    async (status) => {
      expect(await answered({ status, body: refusal })).toMatchObject({ code: 'FAILED', status });
    },
  );

  it('with a field that failed keeps the other data, which a log does not show', async () => {
    const data = { updateOpenIdConnect: null, other: { connectClientSecret: SECRET } };
    const errors = [
      {
        message: 'Unexpected error.',
        path: ['updateOpenIdConnect', 0],
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      },
    ];
    const error = await answered({ body: { data, errors }, headers: { 'x-request-id': 'id-2' } });
    expect(error).toMatchObject({
      code: 'FAILED',
      status: 200,
      requestId: 'id-2',
      errors: [{ path: ['updateOpenIdConnect', 0], code: 'INTERNAL_SERVER_ERROR' }],
    });
    expect(error.data).toEqual(data);
    expect(JSON.stringify(error)).not.toContain(SECRET);
  });

  it.each([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ connectClientSecret: SECRET })],
  ])('is shown without the values that it repeats %s', async (_name, text) => {
    const { errors } = await answered({
      status: 400,
      body: { errors: [{ message: `$input got invalid value ${text}` }] },
    });
    expect(errors).toEqual([
      { message: expect.stringContaining('[redacted]') as string, code: null },
    ]);
    expect(errors[0]?.message).toMatch(/^\$input got invalid value /);
  });

  it.each(['Bearer token-of-the-caller', 'token-"of"-the-caller'])(
    'is shown without the token that it repeats: %s',
    async (token) => {
      const error = await failure(
        answering({
          status: 401,
          body: {
            errors: [{ message: `bad ${JSON.stringify(token)}, ${token}. Send: Bearer <token>` }],
          },
        }),
        { headers: { Authorization: token } },
      );
      expect(error.message).not.toContain('-the-caller');
      expect(error.message).toMatch(/bad "(?:Bearer )?\[redacted\]", .* Send: Bearer <token>$/);
    },
  );

  it('is shown with words that only look like values', async () => {
    const { errors } = await failure({
      ...answering({ status: 400, body: { errors: [{ message: 'input.id is missing' }] } }),
      headers: { 'X-Name': 'missing' },
    });
    expect(errors[0]?.message).toBe('input.id is missing');
  });

  it.each([404, 413, 500, 502])('with status %i and a page may be of a proxy', async (status) => {
    const error = await answered({ status, body: `<h1>${SECRET}</h1>` });
    expect(error).toMatchObject({ code: 'HTTP_STATUS', status, sent: 'unknown', errors: [] });
  });

  it('is cut if it is very long, also in the middle of a secret', async () => {
    const long = 'x'.repeat(10_000 - 10) + SECRET + 'x'.repeat(1_000_000);
    const errors = Array.from({ length: 100_000 }, () => ({ message: long }));
    const error = await answered({
      status: 400,
      body: JSON.stringify({ errors: errors.slice(0, 20) }),
    });
    expect(error.errors[0]?.message).toMatch(/^x{9000,10000}…$/);
    expect(error.message.length).toBeLessThan(11_000);
    const many = { errors: errors.map(() => ({ message: 'a' })) };
    expect((await answered({ status: 400, body: many })).errors).toHaveLength(100);
  });

  it('that redirects is not followed', async () => {
    const error = await answered({
      status: 307,
      headers: { location: `/${encodeURIComponent(SECRET)}` },
      body: '',
    });
    expect(error).toMatchObject({ code: 'HTTP_STATUS', status: 307 });
    expect(error.message).toContain('redirect');
  });

  it.each([
    ['a page', '<html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['other JSON', { ok: true }],
    ['errors that are no list', { errors: 'many' }],
    ['no errors', { errors: [] }],
    ['no data', { data: null }],
  ])('that is %s is not a GraphQL response', async (_name, body) => {
    expect(await answered({ body })).toMatchObject({
      code: 'NOT_GRAPHQL',
      status: 200,
      sent: 'unknown',
    });
  });

  it('with errors of any shape is read', async () => {
    const { errors } = await answered({ body: { errors: [null, 'text', { message: 1 }] } });
    expect(errors).toEqual([1, 2, 3].map(() => ({ message: '', code: null })));
  });

  it('is read up to the limit', async () => {
    const answer = dataFor('updateOpenIdConnect');
    const size = JSON.stringify(answer.body).length;
    const error = await failure({ ...answering(answer), maxResponseBytes: size - 1 });
    expect(error).toMatchObject({ code: 'TOO_LARGE', sent: true, status: 200 });
    const client = createClient({
      url: 'https://gateway.example.com/',
      ...answering(answer),
      maxResponseBytes: size,
    });
    await expect(client.updateOpenIdConnect({ id: 'a' })).resolves.toBeDefined();
  });
});

describe('a connection', () => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED'])(
    'that fails with %s has sent nothing',
    async (code) => {
      expect(await broken(code)).toMatchObject({
        code: 'NETWORK',
        sent: false,
        status: null,
        message: `The gateway cannot be reached (${code}).`,
      });
    },
  );

  it.each(['ECONNRESET', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT'])(
    'that fails with %s may have sent the request',
    async (code) => {
      expect(await broken(code)).toMatchObject({ code: 'NETWORK', sent: 'unknown' });
    },
  );

  it('that fails in a browser, which says no more, may have sent it', async () => {
    const error = await failure({ fetch: () => Promise.reject(new TypeError('Failed to fetch')) });
    expect(error).toMatchObject({
      code: 'NETWORK',
      sent: 'unknown',
      cause: new TypeError('Failed to fetch'),
    });
  });

  it('that fails during the response has sent it', async () => {
    const error = await failure({
      fetch: () => {
        const body = new ReadableStream({
          pull: () => Promise.reject(new TypeError('terminated')),
        });
        return Promise.resolve(new Response(body, { headers: { 'x-request-id': 'id-3' } }));
      },
    });
    expect(error).toMatchObject({ code: 'NETWORK', sent: true, status: 200, requestId: 'id-3' });
  });
});

describe('a signal', () => {
  it('that was aborted sends nothing', async () => {
    const { fetch, sent } = answering(dataFor('updateOpenIdConnect'));
    const error = await failure({ fetch }, { signal: AbortSignal.abort('too late') });
    expect(error).toMatchObject({ code: 'ABORTED', sent: false, cause: 'too late' });
    expect(sent).toThrow('nothing was sent');
  });

  it('that ends the request leaves open whether it arrived', async () => {
    const stop = new AbortController();
    const error = await failure(
      {
        fetch: (_url, init) =>
          new Promise((_resolve, reject) => {
            init?.signal?.addEventListener('abort', () => {
              reject(new Error('aborted'));
            });
            stop.abort();
          }),
      },
      { signal: stop.signal },
    );
    expect(error).toMatchObject({ code: 'ABORTED', sent: 'unknown', status: null });
  });

  it('that ends the response knows that it arrived', async () => {
    const stop = new AbortController();
    const body = new ReadableStream({
      pull: () => {
        stop.abort();
        return Promise.reject(new Error('aborted'));
      },
    });
    const error = await failure(
      { fetch: () => Promise.resolve(new Response(body)) },
      { signal: stop.signal },
    );
    expect(error).toMatchObject({ code: 'ABORTED', sent: true, status: 200 });
  });
});

describe('what cannot be sent', () => {
  it.each([
    ['a header', { headers: { 'X-Auth-Token': `a\n${SECRET}` } }],
    ['a URL with a password', { url: `https://user:${SECRET}@gateway.example.com/` }],
    ['no URL', { url: SECRET }],
  ])('is not shown: %s', async (_name, options) => {
    const error = await failure({ ...options, fetch: () => Promise.reject(new Error('called')) });
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', sent: false });
  });
});
