import { describe, expect, it, onTestFinished } from 'vitest';
import { addFault } from '../setup/built-gateway.ts';
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

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

describe('paths', () => {
  it.each([
    ['GET', '/livez', 200, 'alive\n'],
    ['GET', '/readyz', 200, 'ready\n'],
    ['GET', '/livez?verbose', 200, 'alive\n'],
    ['HEAD', '/livez', 200, ''],
    ['HEAD', '/readyz', 200, ''],
    ['GET', '//', 404, 'Not here: the API is at /graphql.\n'],
    ['GET', '/favicon.ico', 404, 'Not here: the API is at /graphql.\n'],
    ['GET', '/livez/', 404, 'Not here: the API is at /graphql.\n'],
    ['GET', '/LIVEZ', 404, 'Not here: the API is at /graphql.\n'],
    ['GET', '/x/livez', 404, 'Not here: the API is at /graphql.\n'],
    ['GET', '/health', 404, 'Not here: the API is at /graphql.\n'],
    ['POST', '/graphql/', 404, 'Not here: the API is at /graphql.\n'],
    ['POST', '/', 404, 'Not here: the API is at /graphql.\n'],
  ])('%s %s gets %i, and no upstream is called', async (method, path, status, body) => {
    const { origin, emulator, logs } = await startWithEmulator();
    const response = await fetch(origin + path, { method });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      status,
      'text/plain; charset=utf-8',
      body,
    ]);
    expect(response.headers.get('x-request-id')).toMatch(UUID);
    expect(emulator.requests).toEqual([]);
    expect(logs).toEqual([]);
  });

  it.each(['/graphql?z=/livez', '/graphql?/readyz', '/graphql?operationName='])(
    '%s is the API',
    async (path) => {
      const { origin, emulator, headers } = await startWithEmulator();
      const response = await fetch(origin + path, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ query: READ }),
      });
      expect(await response.json()).toMatchObject({
        data: { openIdConnect: { __typename: 'OpenIdConnectSuccess' } },
      });
      expect(emulator.requests).toHaveLength(1);
    },
  );

  it.each([
    'http://gateway.example.com',
    'HTTPS://elsewhere.example.com:8443',
    'http://user@[::1]:1',
    'http://x.y',
  ])('targets may be complete URLs, with any host: %s', async (host) => {
    const { emulator, say, requestText } = await startWithEmulator();
    for (const search of ['', '?', '?a=https://b/livez']) {
      const client = await say(
        requestText(createBody(`whole-url-${search.length}`), {
          target: `${host}/graphql${search}`,
          headers: ['Host: x', 'Connection: close'],
        }),
      );
      expect(await client.ended).toMatch(/^HTTP\/1\.1 200 [^]*CreateOpenIdConnectSuccess/);
    }
    expect(emulator.requests).toHaveLength(3);
    for (const [path, body] of [
      ['/livez', 'alive'],
      ['/readyz?x', 'ready'],
    ] as const) {
      const client = await say(
        `GET ${host}${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      expect(await client.ended).toMatch(new RegExp(`^HTTP/1\\.1 200 [^]*${body}`));
    }
  });

  it('targets may be whole URLs in a query by GET too', async () => {
    const { say } = await startWithEmulator();
    const client = await say(
      'GET https://gateway.example.com/graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: x\r\nApollo-Require-Preflight: 1\r\nConnection: close\r\n\r\n',
    );
    expect(await client.ended).toMatch(/^HTTP\/1\.1 200 [^]*{"data":{"__typename":"Query"}}/);
  });

  it.each([
    '//graphql',
    '/%67raphql',
    '/graphql%3f',
    '/graphql;x',
    '/graphql#x',
    '/./graphql',
    '/livez/../graphql',
    'http://gateway.example.com/',
    'http://gateway.example.com',
    'http://x?/graphql',
    'http:///graphql',
    'ftp://x/graphql',
    'https://x/graphql/',
    'http://x/http://x/graphql',
    '*',
  ])('the target %s is none of its paths: nothing is executed', async (target) => {
    const { emulator, say, requestText } = await startWithEmulator();
    const client = await say(
      requestText(createBody('odd-target'), { target, headers: ['Host: x', 'Connection: close'] }),
    );
    expect(await client.ended).toMatch(/^HTTP\/1\.1 404 /);
    expect(emulator.requests).toEqual([]);
  });
});

describe('the request id', () => {
  it.each(['a', 'Az09._-', '0af7651916cd43dd8448eb211c80319c', 'x'.repeat(128)])(
    '%s is taken over',
    async (id) => {
      const { read } = await startWithEmulator();
      expect((await read({ 'X-Request-Id': id })).headers.get('x-request-id')).toBe(id);
    },
  );

  it.each([
    ['it is too long', ['X-Request-Id: ' + 'x'.repeat(129)]],
    ['it is empty', ['X-Request-Id:']],
    ['it has a space', ['X-Request-Id: a b']],
    ['it has a tab', ['X-Request-Id: a\tb']],
    ['it has a quote', ['X-Request-Id: a"b']],
    ['it has a comma', ['X-Request-Id: a,b']],
    ['it has markup', ['X-Request-Id: <b>']],
    ['it is not ASCII', ['X-Request-Id: ä']],
    ['there are two', ['X-Request-Id: a', 'X-Request-Id: b']],
    ['there is none', []],
  ])('is replaced when %s', async (_what, lines) => {
    const { say, requestText } = await startWithEmulator();
    const client = await say(
      requestText(JSON.stringify({ query: READ }), {
        headers: ['Host: x', 'Connection: close', ...lines],
      }),
    );
    const response = await client.ended;
    const [, id] = /^x-request-id: (.*)\r$/im.exec(response) ?? [];
    expect(id).toMatch(UUID);
    expect(response).toContain(`"requestId":"${String(id)}"`);
  });

  it('is the same in the header, in the response and in every log line', async () => {
    const { read, create, logs } = await startWithEmulator();
    const responses = [
      await read(),
      await create('same-id'),
      await create('same-id', { 'X-Request-Id': 'mine' }),
    ];
    const ids = responses.map(({ headers }) => headers.get('x-request-id'));
    expect(ids[2]).toBe('mine');
    expect(new Set(ids).size).toBe(3);
    expect(
      responses.map(
        ({ data }) => (Object.values(data ?? {})[0] as { requestId: string }).requestId,
      ),
    ).toEqual(ids);
    // A read has one line, a write has two of the audit trail beside.
    expect(logs.map(({ requestId }) => requestId)).toEqual([
      ids[0],
      ...ids.slice(1).flatMap((id) => [id, id, id]),
    ]);
  });

  it.each([
    ['a refused request', '{"query":"{ nothing }"}'],
    ['a body that is not JSON', '{'],
    ['an empty body', ''],
  ])('comes back with %s', async (_what, body) => {
    const { url, logs } = await startWithEmulator();
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'mine' },
      body,
    });
    expect(response.headers.get('x-request-id')).toBe('mine');
    expect(logs.map(({ requestId }) => requestId)).toEqual(['mine']);
  });
});

describe('the log', () => {
  const upstreamCall = {
    upstream: 'ORDERCLOUD',
    upstreamRequestId: null,
    durationMs: expect.any(Number) as number,
  };
  const operation = {
    level: 'info',
    time: expect.any(String) as string,
    msg: 'operation',
    requestId: 'mine',
    caller: null,
    durationMs: expect.any(Number) as number,
    errors: 0,
    upstreamCalls: [] as object[],
    status: 200,
    hungUp: false,
  };

  const WRITTEN = [
    'appStartUrl',
    'authorizationEndpoint',
    'connectClientId',
    'connectClientSecret',
    'orderCloudApiClientId',
    'tokenEndpoint',
  ];
  const audit = {
    level: 'info',
    time: expect.any(String) as string,
    msg: 'audit',
    requestId: 'mine',
    caller: null,
    operation: 'createOpenIdConnect',
    path: 'createOpenIdConnect',
  };
  const intent = {
    ...audit,
    event: 'intent',
    upstream: 'ORDERCLOUD',
    upstreamOperation: 'createOpenIdConnect',
    attempt: 1,
  };
  const outcome = {
    ...audit,
    event: 'outcome',
    intents: 1,
    upstreamRequestId: null,
    fields: WRITTEN,
  };

  it('has one line for each operation, with its calls to upstreams, and two for each write, with these fields and no other', async () => {
    const { read, create, logs } = await startWithEmulator();
    const id = { 'X-Request-Id': 'mine' };
    await create('logged', id);
    await create('logged', id);
    await read(id);
    expect(logs).toEqual([
      { ...intent, object: 'logged' },
      { ...outcome, object: 'logged', member: 'CreateOpenIdConnectSuccess' },
      {
        ...operation,
        operationName: 'CreateOne',
        operationType: 'mutation',
        fields: [{ field: 'createOpenIdConnect', member: 'CreateOpenIdConnectSuccess' }],
        upstreamCalls: [{ ...upstreamCall, operation: 'createOpenIdConnect', status: 201 }],
      },
      { ...intent, object: 'logged' },
      { ...outcome, object: 'logged', member: 'OidcAlreadyExistsError' },
      {
        ...operation,
        operationName: 'CreateOne',
        operationType: 'mutation',
        fields: [{ field: 'createOpenIdConnect', member: 'OidcAlreadyExistsError' }],
        codes: ['ALREADY_EXISTS'],
        upstreamCalls: [{ ...upstreamCall, operation: 'createOpenIdConnect', status: 409 }],
      },
      {
        ...operation,
        operationName: 'ReadOne',
        operationType: 'query',
        fields: [{ field: 'openIdConnect', member: 'OpenIdConnectSuccess' }],
        upstreamCalls: [{ ...upstreamCall, operation: 'getOpenIdConnect', status: 200 }],
      },
    ]);
  });

  it('shows no call to an upstream if there was none, and each code once', async () => {
    const { post, logs } = await startWithEmulator();
    await post(
      'query Mine { a: openIdConnect(id: "x") { __typename } b: openIdConnect(id: "../x") { __typename } __typename }',
      {},
      { 'X-Request-Id': 'mine' },
    );
    const member = 'OidcUnauthenticatedError';
    expect(logs).toEqual([
      {
        ...operation,
        operationName: 'Mine',
        operationType: 'query',
        fields: [
          { field: 'openIdConnect', member },
          { field: 'openIdConnect', member },
        ],
        codes: ['UNAUTHENTICATED'],
      },
    ]);
  });

  it('tells of a call that failed why, and whether it was sent', async () => {
    const { create, logs } = await startWithScript((socket) => {
      socket.resetAndDestroy();
    });
    await create('x', { 'X-Request-Id': 'mine' });
    const error = {
      name: expect.any(String) as string,
      message: expect.any(String) as string,
      code: expect.any(String) as string,
    };
    const failed = {
      ...upstreamCall,
      status: null,
      failure: 'CONNECTION_LOST',
      sent: true,
      error,
    };
    expect(logs).toEqual([
      { ...intent, object: 'x' },
      { ...outcome, level: 'warn', object: 'x', member: 'OidcOutcomeUnknownError' },
      {
        ...operation,
        level: 'warn',
        operationName: 'CreateOne',
        operationType: 'mutation',
        fields: [{ field: 'createOpenIdConnect', member: 'OidcOutcomeUnknownError' }],
        codes: ['OUTCOME_UNKNOWN'],
        upstreamCalls: [
          { ...failed, operation: 'createOpenIdConnect' },
          // It is read back again and again.
          ...Array.from({ length: 7 }, () => ({ ...failed, operation: 'getOpenIdConnect' })),
        ],
      },
    ]);
  });

  it('tells of a call that ran out of time no error that there was not', async () => {
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    const { create, logs, server } = await startWithScript(() => undefined);
    const created = create('x', { 'X-Request-Id': 'mine' });
    await server.received(1);
    pass(10_000);
    // It is read back.
    await server.received(2);
    pass(3_000);
    await created;
    const failed = { ...upstreamCall, status: null, failure: 'TIMEOUT', sent: true };
    expect(logs.at(-1)).toMatchObject({
      level: 'warn',
      upstreamCalls: [
        { ...failed, operation: 'createOpenIdConnect' },
        { ...failed, operation: 'getOpenIdConnect' },
      ],
    });
    expect(JSON.stringify(logs)).not.toContain('"error"');
  });

  it.each([
    ['application/json', {}],
    ['application/graphql-response+json', {}],
    ['text/event-stream', {}],
    ['application/json', { extra: true }],
    ['application/graphql-response+json', { extra: true }],
    ['text/event-stream', { extra: true }],
  ])('has the status of the response: %s, variables %j', async (accept, variables) => {
    const { url, logs } = await startWithEmulator();
    const query = 'query ($extra: ID! = "x") { openIdConnect(id: $extra) { __typename } }';
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query, variables }),
    });
    await response.text();
    expect(logs).toMatchObject([{ msg: 'operation', status: response.status }]);
  });

  it('shows the first calls to upstreams, and counts the others', async () => {
    const { post, headers, logs } = await startWithEmulator();
    const fields = Array.from(
      { length: 12 },
      (_, index) => `a${index}: openIdConnect(id: "x${index}") { __typename }`,
    );
    await post(`{ ${fields.join(' ')} }`, {}, headers);
    expect(logs).toMatchObject([{ codes: ['NOT_FOUND'], moreUpstreamCalls: 4 }]);
    expect(logs[0]?.['upstreamCalls']).toHaveLength(8);
  });

  it('counts variables of wrong types as an operation with errors', async () => {
    const { post, logs } = await startWithEmulator();
    await post(CREATE, { input: 'canary' }, { 'X-Request-Id': 'mine' });
    expect(logs).toEqual([
      {
        ...operation,
        operationName: 'CreateOne',
        operationType: 'mutation',
        fields: [],
        errors: 1,
        codes: ['BAD_USER_INPUT'],
        status: 400,
      },
    ]);
  });

  it.each<
    [
      string,
      string,
      {
        readonly method?: string;
        readonly path?: string;
        readonly type?: string;
        readonly body?: string;
      },
    ]
  >([
    ['a syntax error', 'GRAPHQL_PARSE_FAILED', { body: '{"query":"{"}' }],
    [
      'an unknown field',
      'GRAPHQL_VALIDATION_FAILED',
      { body: '{"query":"{ nothing(canary: 1) }"}' },
    ],
    [
      'an operation that does not exist',
      'OPERATION_RESOLUTION_FAILURE',
      {
        body: '{"query":"query A { __typename } query B { __typename }","operationName":"canary"}',
      },
    ],
    ['a batch', 'BAD_REQUEST', { body: '[{"query":"{ __typename }"}]' }],
    ['a body that is not JSON', 'BAD_REQUEST', { body: 'canary' }],
    [
      'a body that is too large',
      'REQUEST_ENTITY_TOO_LARGE',
      { body: `{"query":"${'x'.repeat(256 * 1024)}"}` },
    ],
    ['a method that is not supported', 'BAD_REQUEST', { method: 'DELETE', body: '{}' }],
    [
      'a mutation by GET',
      'BAD_REQUEST',
      { method: 'GET', path: '?query=mutation{createOpenIdConnect(input:{}){__typename}}' },
    ],
    [
      'a body of another type',
      'UNSUPPORTED_MEDIA_TYPE',
      { type: 'application/xml', body: '<canary/>' },
    ],
  ])(
    'has one line for a request that is refused: %s',
    async (_what, code, { method = 'POST', path = '', type = 'application/json', body }) => {
      const { url, logs, emulator } = await startWithEmulator();
      const response = await fetch(url + path, {
        method,
        headers: { 'content-type': type, 'x-request-id': 'mine' },
        ...(body !== undefined && { body }),
      });
      await response.text();
      expect(logs).toEqual([
        {
          level: 'info',
          time: expect.any(String) as string,
          msg: 'request refused',
          requestId: 'mine',
          caller: null,
          codes: [code],
          reasons: expect.any(Array) as string[],
        },
      ]);
      expect(JSON.stringify(logs)).not.toContain('canary');
      expect(emulator.requests).toEqual([]);
    },
  );

  it('repeats no header, no variable and no body, even if the upstream echoes them', async () => {
    const { emulator, create, read, post, headers, logs } = await startWithEmulator();
    const canaries = {
      cookie: 'canary-cookie',
      'x-forwarded-for': 'canary-address',
      'user-agent': 'canary-agent',
      referer: 'https://canary.example.com/',
    };
    for (const status of [400, 401, 403, 409, 500, 200]) {
      await addFault(emulator.url, { fault: { kind: 'echo', status } });
      await create('canary-id', canaries);
    }
    for (const kind of ['truncate', 'applyThenReset', 'html']) {
      await addFault(emulator.url, { fault: { kind } });
      await create(`canary-${kind}`, canaries);
    }
    await read({ ...canaries, 'X-OrderCloud-Authorization': 'Bearer canary-token' });
    await post(CREATE, createVariables('not valid canary'), { ...headers, ...canaries });
    // Ten operations, nine of them writes with two lines more, and a write that is refused.
    expect(logs).toHaveLength(10 + 2 * 9 + 2);
    // Each of the ten had a call. Two writes are read back once and three, which were not applied, seven times.
    expect(logs.flatMap((line) => line['upstreamCalls'] ?? [])).toHaveLength(10 + 2 + 3 * 7);
    // The id of the object is in the audit trail, unless it is none.
    expect(
      JSON.stringify(logs).replaceAll(/"object":"canary-(id|truncate|applyThenReset|html)"/g, ''),
    ).not.toMatch(/canary/);
    expect(JSON.stringify(logs)).not.toContain(
      headers['X-OrderCloud-Authorization']?.split(' ')[1],
    );
  });

  it.each([
    ['huawei-1', 'huawei-1'],
    ['echo-of-canary-token', 'echo-of-[redacted]'],
    ['not an id', null],
  ])("has the upstream's request id: of %s, %s", async (header, id) => {
    const { logs, post } = await startWithScript((socket) =>
      socket.write(
        responseText('{}', { status: '404 Not Found', headers: [`X-Request-Id: ${header}`] }),
      ),
    );
    const { data } = await post(
      READ_HUAWEI,
      {},
      { 'X-Auth-Token': 'canary-token', 'X-Request-Id': 'mine' },
    );
    expect(data).toMatchObject({
      oidcConfig: {
        __typename: 'OidcNotFoundError',
        requestId: 'mine',
        upstream: { requestId: id },
      },
    });
    expect(logs[0]).toMatchObject({
      upstreamCalls: [
        {
          ...upstreamCall,
          upstream: 'HUAWEI_IAM',
          operation: 'getOidcConfig',
          status: 404,
          upstreamRequestId: id,
        },
      ],
    });
  });
});
