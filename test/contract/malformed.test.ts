import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestGateway } from '../setup/gateway.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';

let gateway: ScriptedGateway;

beforeAll(async () => {
  gateway = await startScriptedGateway();
});
afterAll(() => gateway.stop());

/** Sends bytes on a separate connection, and reads until the gateway closes it. */
function say({ url }: Pick<TestGateway, 'url'>, ...parts: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: hostname, port: Number(port) });
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('end', () => {
      resolve(text);
    });
    for (const part of parts) socket.write(part);
  });
}

/** A response as text, taken apart. */
function taken(text: string): {
  readonly status: string | undefined;
  readonly headers: Headers;
  readonly body: unknown;
} {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [first, ...lines] = head.split('\r\n');
  return {
    status: first,
    headers: new Headers(
      lines.map((line): [string, string] => [
        line.slice(0, line.indexOf(':')),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    ),
    body: JSON.parse(body) as unknown,
  };
}

describe('a request that cannot be read as HTTP', () => {
  const malformed = {
    errors: [
      {
        message: 'This is not a valid HTTP/1.1 request.',
        extensions: { code: 'BAD_REQUEST', requestId: expect.any(String) as unknown },
      },
    ],
  };

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a header without a colon', 'POST /graphql HTTP/1.1\r\nHost: x\r\nhello\r\n\r\n'],
    [
      'two lengths',
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
    ],
    [
      'a length beside chunks',
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
    ],
    ['a handshake of TLS', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('gets an error in JSON, and the connection is closed: %s', async (_what, request) => {
    const { status, headers, body } = taken(await say(gateway, request));
    expect(status).toBe('HTTP/1.1 400 Bad Request');
    expect(body).toEqual(malformed);
    expect(Object.fromEntries(headers)).toMatchObject({
      connection: 'close',
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-request-id': expect.any(String) as unknown,
    });
  });
});

describe('a valid HTTP request that this server does not support', () => {
  const HEAD = 'POST /graphql HTTP/1.1\r\nContent-Length: 2\r\n';
  it.each<[string, string, string, RegExp]>([
    ['no Host', `${HEAD}\r\n{}`, '400 Bad Request', /^Send the header Host\./],
    [
      'an expectation that nothing here meets',
      `${HEAD}Host: x\r\nExpect: canary\r\n\r\n{}`,
      '417 Expectation Failed',
      /^The header Expect must be "100-continue"\./,
    ],
    [
      'a tunnel',
      'CONNECT elsewhere.example.com:443 HTTP/1.1\r\nHost: elsewhere.example.com\r\n\r\n',
      '405 Method Not Allowed',
      /^The gateway is not a proxy:/,
    ],
    [
      'a target that is no path',
      'POST graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}',
      '400 Bad Request',
      /^The target of the request is not a path, or /,
    ],
  ])(
    'gets an error in JSON, and the connection is closed: %s',
    async (_what, request, reason, message) => {
      const { status, headers, body } = taken(await say(gateway, request));
      expect(status).toBe(`HTTP/1.1 ${reason}`);
      expect(body).toEqual({
        errors: [
          {
            message: expect.stringMatching(message) as unknown,
            extensions: { code: 'BAD_REQUEST', requestId: headers.get('x-request-id') },
          },
        ],
      });
      expect(JSON.stringify(body)).not.toContain('canary');
      expect(Object.fromEntries(headers)).toMatchObject({
        connection: 'close',
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'x-request-id': expect.any(String) as unknown,
      });
    },
  );

  it('needs no Host in HTTP/1.0', async () => {
    expect(await say(gateway, 'GET /livez HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });
});

it.each([
  ['no HTTP', '\x16\x03\x01'],
  ['a tunnel', 'CONNECT elsewhere.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
])('what follows a request at once does not take its response: %s', async (_what, behind) => {
  const body = '{"query":"{ __typename }"}';
  const said = await say(
    gateway,
    `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}${behind}`,
  );
  expect(said).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(said.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(said).toMatch(/\{"data":\{"__typename":"Query"\}\}$/);
});

describe('headers of a request', () => {
  it('name one caller: of two tokens none is used, whatever the header is called', async () => {
    const query = JSON.stringify({
      query: '{ result: openIdConnect(id: "a") { ... on OidcError { code message } } }',
    });
    for (const name of ['Authorization', 'X-OrderCloud-Authorization']) {
      const said = await say(
        gateway,
        `POST /graphql HTTP/1.1\r\nHost: x\r\n${name}: Bearer canary-of-one\r\n${name}: Bearer canary-of-another\r\nContent-Type: application/json\r\nContent-Length: ${query.length}\r\nConnection: close\r\n\r\n${query}`,
      );
      expect(taken(said).body).toEqual({
        data: {
          result: {
            code: 'UNAUTHENTICATED',
            message: expect.stringContaining(`header ${name} `) as unknown,
          },
        },
      });
      expect(said).not.toContain('canary');
    }
  });

  it.each([
    ['a token', `X-Auth-Token: ${'t'.repeat(66_000)}`],
    ['a token that goes on and on', `X-Auth-Token: ${'t'.repeat(4_000_000)}`],
    [
      'many of them',
      Array.from({ length: 1_500 }, (_, index) => `X-Header-${index}: ${'v'.repeat(40)}`).join(
        '\r\n',
      ),
    ],
  ])('over 64 KiB are refused with the limit: %s', async (_what, header) => {
    const { status, body } = taken(
      await say(
        gateway,
        `POST /graphql HTTP/1.1\r\nHost: x\r\n${header}\r\nContent-Length: 2\r\n\r\n{}`,
      ),
    );
    expect(status).toBe('HTTP/1.1 431 Request Header Fields Too Large');
    expect(body).toEqual({
      errors: [
        {
          message:
            'The request line and headers have more than 64 KiB, the most that the gateway reads. Send a shorter token or fewer headers.',
          extensions: {
            code: 'REQUEST_HEADER_FIELDS_TOO_LARGE',
            requestId: expect.any(String) as unknown,
          },
        },
      ],
    });
  });
});
