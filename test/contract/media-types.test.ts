import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { CREATE, createVariables, READ, READ_HUAWEI } from '../setup/ordercloud.ts';
import { startScriptedUpstream } from '../setup/scripted-upstream.ts';
import type { ScriptedUpstream } from '../setup/scripted-upstream.ts';

const JSON_TYPES = ['application/json', 'application/graphql-response+json'];
const MEDIA_TYPES = [...JSON_TYPES, 'text/event-stream', 'multipart/mixed'];
const HEADERS = {
  'x-ordercloud-authorization': 'Bearer example-token',
  'x-auth-token': 'example-token',
};
const CREATE_HUAWEI =
  'mutation ($input: CreateOidcConfigInput!) { createOidcConfig(input: $input) { __typename ... on OidcError { code } ... on OidcRateLimitedError { retryAfterSeconds } } }';
const HUAWEI_VARIABLES = {
  input: {
    idpId: 'ACME',
    accessMode: 'PROGRAM',
    idpUrl: 'https://accounts.example.com',
    clientId: 'client_id_example',
    signingKey: { keys: [{ kty: 'RSA', n: 'example', e: 'AQAB' }] },
  },
};

let upstream: ScriptedUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  gateway = await startGateway({
    ORDERCLOUD_API_URL: `${upstream.origin}/v1`,
    HUAWEI_IAM_URL: upstream.origin,
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});
beforeEach(() => {
  upstream.seen.length = 0;
});

interface ParsedResponse {
  readonly response: Response;
  /** The results in it, parsed. */
  readonly results: unknown[];
}

/** Sends a request, and waits for the end of the response. */
async function ask(accept: string, query: string, variables: object = {}): Promise<ParsedResponse> {
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { ...HEADERS, 'content-type': 'application/json', accept },
    body: JSON.stringify({ query, variables }),
  });
  return {
    response,
    results: resultsIn(await response.text(), response.headers.get('content-type') ?? ''),
  };
}

/** Reads a response by its content type, strictly; each deviation from the format is an error. */
function resultsIn(text: string, contentType: string): unknown[] {
  if (contentType.startsWith('text/event-stream')) {
    const events = text
      .split('\n\n')
      .filter((event) => event.trim() !== '' && !event.startsWith(':'));
    expect(events.at(-1)).toMatch(/^event: complete/);
    return events.slice(0, -1).map((event) => {
      const [, data = ''] = /^event: next\ndata: (.*)$/.exec(event) ?? [];
      return JSON.parse(data) as unknown;
    });
  }
  if (contentType.startsWith('multipart/mixed')) {
    const [, boundary = ''] = /boundary="?([^";]+)"?/.exec(contentType) ?? [];
    expect(text.trimEnd().endsWith(`--${boundary}--`), 'the last boundary is there').toBe(true);
    return text
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((part) => JSON.parse(part.slice(part.indexOf('\r\n\r\n'))) as unknown);
  }
  return [JSON.parse(text)];
}

describe.each(MEDIA_TYPES)('a response as %s', (accept) => {
  const expectType = ({ headers }: Response) => {
    expect(headers.get('content-type')?.split(';')[0]).toBe(accept);
  };

  it('is whole for a create that succeeds', async () => {
    upstream.respondWith({ status: 201, body: '{"ID":"made"}' });
    const { response, results } = await ask(accept, CREATE, createVariables('made'));
    expect(response.status).toBe(200);
    expectType(response);
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({
      data: {
        createOpenIdConnect: {
          __typename: 'CreateOpenIdConnectSuccess',
          openIdConnect: { id: 'made' },
        },
      },
    });
    expect(results[0]).not.toHaveProperty('errors');
    expect(upstream.seen).toHaveLength(1);
  });

  it('is whole for an input that is refused', async () => {
    const { response, results } = await ask(accept, CREATE, createVariables('no id'));
    expect(response.status).toBe(200);
    expectType(response);
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({
      data: { createOpenIdConnect: { __typename: 'OidcInvalidInputError', code: 'INVALID_INPUT' } },
    });
    expect(results[0]).not.toHaveProperty('errors');
    expect(upstream.seen).toEqual([]);
  });

  it.each<[string, string, object]>([
    ['a syntax error', '{', {}],
    ['a field that does not exist', '{ nothing }', {}],
    ['a variable of the wrong type', CREATE, { input: 1 }],
  ])('is whole for %s', async (_what, query, variables) => {
    const { response, results } = await ask(accept, query, variables);
    expectType(response);
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({
      errors: [{ message: expect.stringMatching(/\S/) as string }],
    });
    expect(upstream.seen).toEqual([]);
  });

  it.each([429, 503])('has no Retry-After of a %i of the upstream', async (status) => {
    // Longer than a gateway waits.
    upstream.respondWith({
      status,
      headers: { 'retry-after': '60', 'content-type': 'application/json' },
      body: '{}',
    });
    const write = status === 429 ? 'OidcRateLimitedError' : 'OidcOutcomeUnknownError';
    const read = status === 429 ? 'OidcRateLimitedError' : 'OidcUpstreamUnavailableError';
    const asked: [string, object, string, string][] = [
      [CREATE, createVariables('limited'), 'createOpenIdConnect', write],
      [READ, {}, 'openIdConnect', read],
      [CREATE_HUAWEI, HUAWEI_VARIABLES, 'createOidcConfig', write],
      [READ_HUAWEI, {}, 'oidcConfig', read],
    ];
    for (const [query, variables, field, member] of asked) {
      const { response, results } = await ask(accept, query, variables);
      expect(response.status).toBe(200);
      expect(response.headers.get('retry-after')).toBeNull();
      expect(results).toEqual([
        { data: { [field]: expect.objectContaining({ __typename: member }) as object } },
      ]);
    }
    expect(
      upstream.seen.filter(({ method }) => method === 'POST'),
      'each create is sent once',
    ).toHaveLength(2);
  });
});

describe('a media type that is not taken', () => {
  it.each([
    [
      'of the request',
      { 'content-type': 'application/xml' },
      415,
      {
        message:
          'Send JSON, with the header "Content-Type: application/json". Nothing was executed.',
        extensions: { code: 'UNSUPPORTED_MEDIA_TYPE', requestId: expect.any(String) as string },
      },
    ],
    [
      'of the response',
      { 'content-type': 'application/json', accept: 'image/png' },
      406,
      {
        message:
          'The header Accept must allow for one of application/json, application/graphql-response+json, text/event-stream and multipart/mixed. Nothing was executed.',
        extensions: { code: 'NOT_ACCEPTABLE', requestId: expect.any(String) as string },
      },
    ],
  ])('%s is refused in words', async (_what, headers, status, error) => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { ...HEADERS, 'apollo-require-preflight': '1', ...headers },
      body: JSON.stringify({ query: CREATE, variables: createVariables('none') }),
    });
    expect([response.status, response.headers.get('content-type'), await response.json()]).toEqual([
      status,
      'application/json; charset=utf-8',
      { errors: [error] },
    ]);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(gateway.logs.at(-1)).toMatchObject({
      msg: 'request refused',
      codes: [error.extensions.code],
    });
    expect(upstream.seen).toEqual([]);
  });
});

describe('a client secret in the response to a create', () => {
  const SECRET = 'canary-stored-secret';
  const QUERY =
    'mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { __typename ... on CreateOpenIdConnectSuccess { openIdConnect { connectClientSecret hasConnectClientSecret } } } }';
  const stored = JSON.stringify({ ID: 'made', ConnectClientSecret: SECRET });

  it.each(MEDIA_TYPES)('is shown to the caller who sent it, as %s', async (accept) => {
    upstream.respondWith({ status: 201, body: stored });
    const { results } = await ask(accept, QUERY, createVariables('made'));
    expect(results).toMatchObject([
      {
        data: {
          createOpenIdConnect: {
            openIdConnect: { connectClientSecret: SECRET, hasConnectClientSecret: true },
          },
        },
      },
    ]);
  });

  it('is null if the operator turned that off', async () => {
    const strict = await startGateway({
      ORDERCLOUD_API_URL: `${upstream.origin}/v1`,
      ORDERCLOUD_REVEAL_SECRET: 'false',
    });
    try {
      upstream.respondWith({ status: 201, body: stored });
      for (const accept of JSON_TYPES) {
        const { data, text } = await strict.post(QUERY, createVariables('made'), {
          ...HEADERS,
          accept,
        });
        expect(data).toEqual({
          createOpenIdConnect: {
            __typename: 'CreateOpenIdConnectSuccess',
            openIdConnect: { connectClientSecret: null, hasConnectClientSecret: true },
          },
        });
        expect(text).not.toContain(SECRET);
      }
    } finally {
      await strict.stop();
    }
  });
});
