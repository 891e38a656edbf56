import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { stopClock } from '../setup/clock.ts';
import {
  CREATE,
  createBody,
  createVariables,
  READ,
  READ_HUAWEI,
  startWithEmulator,
  startWithScript,
} from '../setup/ordercloud.ts';
import { responseText } from '../setup/sockets.ts';

const MAX_BODY = 256 * 1024;
const KIB = 1024;

/** A query of exactly so many bytes. */
function bodyOf(bytes: number): string {
  return '{"query":"{ __typename }"}'.padEnd(bytes, ' ');
}

const tooLarge = {
  errors: [
    {
      message:
        'Request body too large: at most 262144 bytes are read. Send less, or ask the operator of the gateway to raise LIMIT_BODY_BYTES.',
      extensions: { code: 'REQUEST_ENTITY_TOO_LARGE', requestId: expect.any(String) as string },
    },
  ],
};

describe('a request body', () => {
  it.each<[string, (body: string) => RequestInit]>([
    ['with its length', (body) => ({ body })],
    ['in chunks', (body) => ({ body: new Blob([body]).stream(), duplex: 'half' }) as RequestInit],
  ])('%s may have 256 KiB, and not a byte more', async (_form, sending) => {
    const { url } = await startWithEmulator();
    const post = async (bytes: number) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        ...sending(bodyOf(bytes)),
      });
      return { status: response.status, body: (await response.json()) as unknown };
    };
    expect(await post(MAX_BODY)).toEqual({ status: 200, body: { data: { __typename: 'Query' } } });
    expect(await post(MAX_BODY + 1)).toEqual({ status: 413, body: tooLarge });
  });

  it('that announces too many bytes is refused before it arrives', async () => {
    const { say } = await startWithEmulator();
    const client = await say(
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{',
    );
    await client.sees('"extensions":{"code":"REQUEST_ENTITY_TOO_LARGE","requestId":"');
    expect(client.text()).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('without an end is refused if it becomes too large', async () => {
    const { say } = await startWithEmulator();
    const chunk = `${(16 * KIB).toString(16)}\r\n${' '.repeat(16 * KIB)}\r\n`;
    const client = await say(
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      ...Array.from({ length: 20 }, () => chunk),
    );
    await client.sees('"extensions":{"code":"REQUEST_ENTITY_TOO_LARGE","requestId":"');
    expect(client.text()).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('that comes byte by byte is read', async () => {
    const { say, requestText } = await startWithEmulator();
    const client = await say();
    for (const byte of requestText(bodyOf(100), { headers: ['Host: x', 'Connection: close'] })) {
      if (!client.socket.write(byte)) await once(client.socket, 'drain');
    }
    expect(await client.ended).toContain('{"data":{"__typename":"Query"}}');
  });
});

describe('request headers', () => {
  it('may be near 60 KiB, for the tokens of Huawei Cloud IAM are long; the token arrives whole', async () => {
    const { post, server } = await startWithScript((socket) =>
      socket.write(responseText('{}', { status: '404 Not Found' })),
    );
    const token = 'a'.repeat(60 * KIB);
    expect((await post(READ_HUAWEI, {}, { 'X-Auth-Token': token })).data).toMatchObject({
      oidcConfig: { __typename: 'OidcNotFoundError' },
    });
    expect(server.requests[0]?.headers['x-auth-token']).toBe(token);
  });

  it('over 64 KiB are refused', async () => {
    const { say, requestText } = await startWithEmulator();
    const client = await say(
      requestText(bodyOf(100), { headers: ['Host: x', `X-Auth-Token: ${'a'.repeat(65 * KIB)}`] }),
    );
    expect(await client.ended).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('with two tokens for one upstream are not guessed about', async () => {
    const { say, requestText, emulator } = await startWithEmulator();
    const client = await say(
      requestText(JSON.stringify({ query: READ }), {
        headers: ['Host: x', 'Connection: close', 'X-OrderCloud-Authorization: Bearer other'],
      }),
    );
    expect(await client.ended).toContain('"__typename":"OidcUnauthenticatedError"');
    expect(emulator.requests).toEqual([]);
  });
});

describe('a Host header', () => {
  it.each([
    'gateway.example.com',
    'localhost:4000',
    '[::1]:4000',
    '',
    'a b',
    '[',
    'x:99999999',
    '%zz',
    'x/y',
    'x/livez?',
    'x#y',
    'x\\y',
    'user:password@x',
    '<script>',
  ])(
    'of "%s" leads to the API, or to a refusal that tells nothing of the gateway',
    async (host) => {
      const { say, requestText, emulator } = await startWithEmulator();
      for (const text of [
        requestText(JSON.stringify({ query: READ }), {
          headers: [`Host: ${host}`, 'Connection: close'],
        }),
        `GET /graphql?query={__typename} HTTP/1.1\r\nHost: ${host}\r\nX-GraphQL-Yoga-CSRF: 1\r\nConnection: close\r\n\r\n`,
      ]) {
        const response = await (await say(text)).ended;
        expect(response).toMatch(/^HTTP\/1\.1 (200|400|404) /);
        expect(response).not.toMatch(/node_modules|\bat .*:\d+:\d+|Error: /);
      }
      expect(
        emulator.requests.every(({ target }) => target === '/v1/openidconnects/example-existing'),
      ).toBe(true);
    },
  );

  it.each([
    'a b',
    '[',
    'x:99999999',
    '%zz',
    'x/y',
    'x/livez?',
    'x#y',
    'x\\y',
    'user:password@x',
    'user@x',
    'x, y',
    'x,x',
    '<script>',
    '[::1',
    'x:y',
  ])('of "%s" is refused: it is none', async (host) => {
    const { say, requestText, emulator } = await startWithEmulator();
    const response = await (
      await say(
        requestText(JSON.stringify({ query: READ }), {
          headers: [`Host: ${host}`, 'Connection: close'],
        }),
      )
    ).ended;
    expect(response).toMatch(/^HTTP\/1\.1 400 .*Send the header Host once/s);
    expect(emulator.requests).toEqual([]);
  });

  it.each([
    'gateway.example.com',
    'localhost:4000',
    'LOCALHOST:',
    '[::1]:4000',
    '[fe80::1%25eth0]',
    '127.0.0.1',
    'my_service.default.svc',
    '',
  ])('of "%s" is taken', async (host) => {
    const { say, requestText } = await startWithEmulator();
    expect(
      await (
        await say(
          requestText(JSON.stringify({ query: READ }), {
            headers: [`Host: ${host}`, 'Connection: close'],
          }),
        )
      ).ended,
    ).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('may be left out in HTTP/1.0', async () => {
    const { say } = await startWithEmulator();
    expect(await (await say('GET /livez HTTP/1.0\r\n\r\n')).ended).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('may not be left out, nor come twice', async () => {
    const { say, requestText, emulator } = await startWithEmulator();
    const none = await say(requestText(JSON.stringify({ query: READ }), { headers: [] }));
    expect(await none.ended).toMatch(/^HTTP\/1\.1 400 /);
    for (const second of ['Host: y', 'HOST: x', 'Host: ']) {
      const two = await say(
        requestText(JSON.stringify({ query: READ }), {
          headers: ['Host: x', second, 'Connection: close'],
        }),
      );
      expect(await two.ended).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(emulator.requests).toEqual([]);
  });
});

describe('an Accept header', () => {
  it.each(['application/json', 'application/graphql-response+json', '*/*', 'application/*'])(
    '%s gets its response',
    async (accept) => {
      const { create, emulator } = await startWithEmulator();
      expect(await create('acceptable', { accept })).toMatchObject({
        status: 200,
        data: { createOpenIdConnect: { __typename: 'CreateOpenIdConnectSuccess' } },
      });
      expect(emulator.requests).toHaveLength(1);
    },
  );

  it.each([
    'image/png',
    'text/html',
    'application/xml;q=0.9, image/*',
    'application/json;charset=latin1',
    'application/json;x-charset=latin1',
  ])(
    '%s that cannot be met does not lose the outcome of a create: it gets a response, or is not executed',
    async (accept) => {
      const { url, headers, emulator } = await startWithEmulator();
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, accept, 'content-type': 'application/json' },
        body: JSON.stringify({ query: CREATE, variables: createVariables('unacceptable') }),
      });
      const text = await response.text();
      if (response.status === 406) expect(emulator.requests).toEqual([]);
      else expect(text).toContain('"__typename":"CreateOpenIdConnectSuccess"');
    },
  );
});

describe('a broken client', () => {
  const CL = `Content-Length: ${Buffer.byteLength(createBody('broken'))}`;
  const HEAD = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
  const broken: readonly [string, readonly string[]][] = [
    ['speaks no HTTP', ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']],
    ['speaks HTTP/2', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']],
    ['sends a header that is none', [`${HEAD}no colon\r\n\r\n`]],
    [
      'sends two ways to tell the length',
      [`${HEAD}${CL}\r\nTransfer-Encoding: chunked\r\n\r\n${createBody('broken')}`],
    ],
    ['sends a length that is no number', [`${HEAD}Content-Length: many\r\n\r\n{}`]],
    ['sends a chunk of no readable size', [`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, 'zz\r\n']],
    ['expects what the gateway does not know', [`${HEAD}Expect: the-impossible\r\n${CL}\r\n\r\n`]],
    [
      'asks for a tunnel',
      ['CONNECT elsewhere.example.com:443 HTTP/1.1\r\nHost: elsewhere.example.com\r\n\r\n'],
    ],
    ['stops within its headers', ['POST /graphql HT']],
    ['stops within its body', [`${HEAD}${CL}\r\n\r\n`, createBody('broken').slice(0, -10)]],
    ['stops within its chunks', [`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, `ff\r\n{"query":`]],
  ];

  it.each(broken)('that %s does not affect others', async (_what, parts) => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => {
      printed.mockRestore();
    });
    const { say, create, emulator, stop } = await startWithEmulator();

    const reset = await say(...parts);
    const ended = await say(...parts);
    const response = create('good'); // comes after the parts have been sent
    expect((await response).data).toMatchObject({
      createOpenIdConnect: { __typename: 'CreateOpenIdConnectSuccess' },
    });
    reset.socket.resetAndDestroy();
    ended.socket.end();
    await Promise.all([reset.ended, ended.ended]);

    expect(ended.text()).not.toMatch(/node_modules|Error: /);
    expect(await stop()).toBe(true);
    expect(emulator.requests).toHaveLength(1);
    expect(printed).not.toHaveBeenCalled();
  });

  it('that sends many requests at once on one connection, and goes, leaves nothing behind', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    onTestFinished(() => {
      process.off('warning', warned);
    });
    const { say, requestText, server, stop } = await startWithScript(() => undefined);
    const client = await say(requestText(JSON.stringify({ query: READ })).repeat(20));
    await server.received(20);
    client.socket.destroy();
    expect(await stop()).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('that does not read its response does not keep the gateway from serving others, nor from stopping once it is gone', async () => {
    const { say, requestText, create, server, stop } = await startWithScript((socket, { body }) =>
      socket.write(
        responseText(
          JSON.stringify({
            ID: (JSON.parse(body) as { readonly ID: string }).ID,
            AppStartUrl: 'x'.repeat(900_000),
          }),
          { status: '201 Created' },
        ),
      ),
    );
    // The same megabyte many times over: more than any socket takes by itself.
    const fields = Array.from({ length: 20 }, (_, index) => `a${index}: appStartUrl`).join(' ');
    const query = CREATE.replace('id appStartUrl', fields);
    const client = await say();
    client.socket.pause();
    client.socket.write(
      requestText(JSON.stringify({ query, variables: createVariables('unread') })),
    );
    await server.received(1);
    expect((await create('good')).status).toBe(200);
    client.socket.destroy();
    expect(await stop()).toBe(true);
  });

  it('that does not read its response has its connection closed after LIMIT_REQUEST_MS, which frees its concurrency slot', async () => {
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    const large = responseText(JSON.stringify({ ID: 'unread', AppStartUrl: 'x'.repeat(900_000) }), {
      status: '201 Created',
    });
    const { say, requestText, post, server, logs } = await startWithScript(
      (socket) => socket.write(large),
      { LIMIT_IN_FLIGHT: '1' },
    );
    const fields = Array.from({ length: 20 }, (_, index) => `a${index}: appStartUrl`).join(' ');
    const body = JSON.stringify({
      query: CREATE.replace('id appStartUrl', fields),
      variables: createVariables('unread'),
    });
    const client = await say();
    client.socket.pause();
    client.socket.write(requestText(body));
    await server.received(1);
    expect((await post('{ __typename }')).status).toBe(503);
    await vi.waitFor(async () => {
      pass(1_000);
      expect((await post('{ __typename }')).status).toBe(200);
    });
    expect(logs.filter(({ msg }) => /did not read/.test(String(msg)))).toEqual([
      expect.objectContaining({ level: 'info', requestId: expect.any(String) as string }),
    ]);
    client.socket.destroy();
  });

  it.each<[string, string]>([
    ['/livez', 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['/readyz', 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['the page at /', 'GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n'],
    ['a path that is not there', 'GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n'],
    [
      'what a browser asks before it calls',
      'OPTIONS /graphql HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example.com\r\nAccess-Control-Request-Method: POST\r\n\r\n',
    ],
    ['a refusal of the API', 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'],
  ])(
    'that reads nothing of %s has its connection closed after LIMIT_REQUEST_MS, not when it would be idle for too long',
    async (_what, request) => {
      const { pass, restore } = stopClock();
      onTestFinished(restore);
      const { say, logs, origin } = await startWithEmulator({
        CORS_ORIGINS: 'https://a.example.com',
      });
      const client = await say();
      client.socket.pause();
      // More than the operating system takes for a caller who does not read.
      const many = request.repeat(1_000);
      const write = () => {
        client.socket.write(many);
      };
      for (let times = 0; times < 10; times += 1) write();
      const unread = () => logs.filter(({ msg }) => /did not read/.test(String(msg)));
      await vi.waitFor(async () => {
        write();
        expect((await fetch(`${origin}/livez`)).status).toBe(200);
        pass(1_000);
        expect(unread()).toHaveLength(1);
      });
      client.socket.resume();
      await client.ended;
    },
  );

  it('that is idle keeps its connection, for load balancers reuse it', async () => {
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    const { say, origin } = await startWithEmulator();
    const client = await say('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.sees('alive');
    for (let seconds = 0; seconds < 60; seconds += 10) {
      pass(10_000);
      expect((await fetch(`${origin}/livez`)).status).toBe(200);
    }
    client.socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.sees('ready');
    client.socket.destroy();
  });

  it('that reads nothing of GraphiQL takes no place of an operation, however often it comes', async () => {
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    const { say, read, origin } = await startWithEmulator({
      GRAPHIQL: 'true',
      LIMIT_IN_FLIGHT: '1',
    });
    const html = await (
      await fetch(`${origin}/graphql`, { headers: { accept: 'text/html' } })
    ).text();
    // Of all that the page loads, the script is the largest.
    const [, script = ''] = /<script defer src="([^"]+)"/.exec(html) ?? [];
    const page = `GET /${script} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const clients = await Promise.all(Array.from({ length: 32 }, () => say()));
    for (const { socket } of clients) socket.pause();
    const ask = async () => {
      const response = await fetch(`${origin}/graphql`, { headers: { accept: 'text/html' } });
      await response.text();
      return response.status;
    };
    // The operating system takes one file or two of a connection before it stops.
    await vi.waitFor(async () => {
      for (const { socket } of clients) socket.write(page);
      expect(await ask()).toBe(503);
    });
    expect((await read()).status).toBe(200);
    await vi.waitFor(async () => {
      pass(1_000);
      expect(await ask()).toBe(200);
    });
    for (const { socket } of clients) socket.destroy();
  });
});
