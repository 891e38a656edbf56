import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  ARGS,
  bank,
  caller,
  connect,
  CREATED,
  createThing,
  errorOf,
  readThing,
  serving,
  shop,
  TOKEN,
} from '../../test/setup/fake-upstream.ts';
import { responseText } from '../../test/setup/sockets.ts';
import {
  InvalidInputError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import type { OidcError } from '../domain/errors.ts';
import { SharedSecrets } from '../domain/scrub/shared-secrets.ts';
import { openPool } from './http/http.ts';
import { createLoginGate } from './credentials/login-gate.ts';

describe('a session', () => {
  it('does not open if the upstream is not configured, whatever the credentials', () => {
    expect(
      shop.upstream.connect(
        {},
        {
          timeoutMs: 1000,
          userAgent: 'tests/1',
          processes: 1,
          openDispatcher: openPool,
          loginGate: createLoginGate(),
          gatewaySecrets: new SharedSecrets(),
          onEvent: () => undefined,
          maxCalls: Infinity,
        },
      ),
    ).toBeNull();
    for (const asking of [caller(null), caller(null, {})]) {
      expect(() => shop.open(asking)).toThrow(
        new UpstreamUnavailableError(
          'The SHOP is not configured here: the operator must set URL. Nothing was sent.',
        ),
      );
      expect(asking.events).toEqual([]);
    }
  });

  it.each<[string, Record<string, string>]>([
    ['no header', {}],
    ['an empty header', { 'x-shop-authorization': ' ' }],
    ['the header of another upstream', { 'x-bank-authorization': 'Bearer t0ken' }],
    ['a scheme without a token', { 'x-shop-authorization': 'Bearer' }],
    ['another scheme', { 'x-shop-authorization': 'Basic t0ken' }],
    ['a token with a space', { 'x-shop-authorization': 'Bearer t0ken t0ken' }],
    ['a token with a line break', { 'x-shop-authorization': 'Bearer t0ken\r\nx-other: t0ken' }],
    ['a token beyond ASCII', { 'x-shop-authorization': 'Bearer t0kén' }],
    [
      'a bad token in the header that comes first, beside a good one',
      { 'x-shop-authorization': 'Basic t0ken', authorization: 'Bearer t0ken' },
    ],
  ])(
    'does not open with %s; nothing is sent, and no message repeats a token',
    async (_what, headers) => {
      const server = await serving((socket) => socket.write(CREATED));
      const asking = caller(connect(server.origin), headers);
      expect(() => shop.open(asking)).toThrow(UnauthenticatedError);
      expect(() => shop.open(asking)).toThrow(/X-Shop-Authorization.* Nothing was sent\.$/);
      expect(() => shop.open(asking)).not.toThrow(/t0k/);
      expect(asking.events).toEqual([]);
      expect(server.connections()).toBe(0);
    },
  );

  it.each<[string, Record<string, string>]>([
    [
      'the header that comes first',
      { 'x-shop-authorization': 'Bearer right', authorization: 'Bearer wrong' },
    ],
    ['the other header, if the first is not there', { authorization: 'bearer  right ' }],
    [
      'the other header, if the first is empty',
      { 'x-shop-authorization': '', authorization: 'Bearer right' },
    ],
  ])('takes the token from %s', async (_what, headers) => {
    const server = await serving((socket) => socket.write(CREATED));
    await shop.open(caller(connect(server.origin), headers)).call(createThing, ARGS);
    expect(server.requests[0]?.headers['x-token']).toBe('right');
  });

  it('has the settings of its own upstream', async () => {
    const server = await serving((socket) => socket.write(CREATED));
    expect(shop.open(caller(connect(server.origin))).settings).toEqual({
      URL: server.origin,
      COLOUR: 'blue',
    });
  });
});

describe('a request', () => {
  const everything = {
    'x-shop-authorization': `Bearer ${TOKEN}`,
    'x-bank-authorization': 'Bearer bank-token',
    authorization: 'Bearer gateway-token',
    cookie: 'session=1',
    'x-forwarded-for': '10.0.0.1',
    'x-request-id': 'r1',
    'accept-language': 'de',
    'content-type': 'text/plain',
    'user-agent': 'curl',
    traceparent: '00-1-2-03',
  };

  it.each([
    ['read', readThing, 'GET', '/v1/things/t1', '', {}],
    ['write', createThing, 'POST', '/v1/things', '{"id":"t1"}', { 'content-length': '11' }],
  ] as const)(
    'that is a %s has these headers and no other',
    async (_effect, operation, method, target, body, more) => {
      const server = await serving((socket) => socket.write(CREATED));
      await shop.open(caller(connect(`${server.origin}/v1`), everything)).call(operation, ARGS);
      const headers = {
        host: `127.0.0.1:${server.port}`,
        connection: 'keep-alive',
        accept: 'application/json',
        'accept-encoding': 'identity',
        'content-type': 'application/json',
        'user-agent': 'tests/1',
        'x-token': TOKEN,
        ...more,
      };
      expect(server.requests).toEqual([{ method, target, headers, body }]);
    },
  );

  it.each([
    ['', '/things'],
    ['/', '/things'],
    ['/v1', '/v1/things'],
    ['/v1/', '/v1/things'],
    ['/a/b%20c', '/a/b%20c/things'],
  ])('joins the base path "%s" and its own to %s', async (base, target) => {
    const server = await serving((socket) => socket.write(CREATED));
    const connection = connect(server.origin + base);
    await shop.open(caller(connection)).call(createThing, ARGS);
    expect(server.requests.map((request) => request.target)).toEqual([target]);
    expect(connection.baseUrl).toBe(server.origin + base.replace(/\/$/, ''));
  });

  it('sends a token only to the upstream that it belongs to, even if that upstream redirects', async () => {
    const bankServer = await serving((socket) => socket.write(CREATED));
    const shopServer = await serving((socket) =>
      socket.write(
        responseText('', {
          status: '307 Temporary Redirect',
          headers: [`Location: ${bankServer.origin}/things`],
        }),
      ),
    );
    const asking = {
      ...caller(null, everything),
      connections: new Map([
        ['SHOP', connect(shopServer.origin)],
        ['BANK', connect(bankServer.origin, { of: bank })],
      ]),
    };

    await bank.open(asking).call(createThing, ARGS);
    await errorOf(shop.open(asking).call(createThing, ARGS));

    expect(bankServer.requests).toHaveLength(1);
    expect(JSON.stringify(bankServer.requests)).not.toMatch(/shop-token|gateway-token/);
    expect(JSON.stringify(shopServer.requests)).not.toMatch(/bank-token|gateway-token/);
  });
});

describe('a call with a response', () => {
  it.each([
    { operation: readThing, status: '200 OK', body: '{"id":"t1"}', outcome: 't1' },
    { operation: createThing, status: '201 Created', body: '{"id":"t1"}', outcome: 't1' },
    { operation: createThing, status: '201 Created', body: '<html>', outcome: 'OUTCOME_UNKNOWN' },
    { operation: readThing, status: '200 OK', body: '{}', outcome: 'UPSTREAM_CONTRACT' },
    { operation: createThing, status: '401 Unauthorized', body: '', outcome: 'UNAUTHENTICATED' },
    { operation: createThing, status: '503 Later', body: '', outcome: 'OUTCOME_UNKNOWN' },
    { operation: readThing, status: '503 Later', body: '', outcome: 'UPSTREAM_UNAVAILABLE' },
  ])(
    'is reported once, whatever it becomes: $operation.name, $status, $outcome',
    async ({ operation, status, body, outcome }) => {
      const server = await serving((socket) =>
        socket.write(responseText(body, { status, headers: ['X-Upstream-Id: u-1'] })),
      );
      const asking = caller(connect(server.origin));
      const got = await shop
        .open(asking)
        .call(operation, ARGS)
        .then(
          ({ value }) => value,
          (error: unknown) => (error as OidcError).code,
        );
      expect(got).toBe(outcome);
      expect(asking.events).toEqual([
        {
          upstream: 'SHOP',
          operation: operation.name,
          status: Number(status.slice(0, 3)),
          upstreamRequestId: 'u-1',
          durationMs: expect.any(Number) as number,
          failure: null,
        },
      ]);
      expect(asking.events[0]?.durationMs).toBeGreaterThan(0);
    },
  );

  it.each([
    [
      'taken over',
      'Root=1-67891233-abcdef012345678912345678',
      'Root=1-67891233-abcdef012345678912345678',
    ],
    ['left out with a space', 'a b', null],
    ['left out with markup', '<b>', null],
    ['left out with quotes', '"a"', null],
    ['left out if it is too long', 'a'.repeat(129), null],
    ['left out if it is empty', '', null],
    ['scrubbed of the token', `id:${TOKEN}`, 'id:[redacted]'],
  ])("has the upstream's request id %s, in the log and in the error", async (_what, header, id) => {
    const server = await serving((socket) =>
      socket.write(
        responseText('', { status: '403 Forbidden', headers: [`X-Upstream-Id: ${header}`] }),
      ),
    );
    const asking = caller(connect(server.origin));
    const error = await errorOf(shop.open(asking).call(createThing, ARGS));
    expect(asking.events.map(({ upstreamRequestId }) => upstreamRequestId)).toEqual([id]);
    expect(error.upstream?.requestId).toBe(id);
  });

  it('passes on errors that are not failures of the upstream, reported once if it was sent', async () => {
    const server = await serving((socket) => socket.write(CREATED));
    const asking = caller(connect(server.origin));
    const bug = new InvalidInputError('a bug', [
      { path: ['x'], code: 'REQUIRED', message: '', source: 'GATEWAY' },
    ]);
    const thrower = () => {
      throw bug;
    };
    await expect(shop.open(asking).call({ ...createThing, request: thrower }, ARGS)).rejects.toBe(
      bug,
    );
    expect([server.requests.length, asking.events.length]).toEqual([0, 0]);
    await expect(shop.open(asking).call({ ...createThing, result: thrower }, ARGS)).rejects.toBe(
      bug,
    );
    expect([server.requests.length, asking.events.length]).toEqual([1, 1]);
  });
});

describe('a connection', () => {
  /** A server whose test decides when it responds. */
  async function patient() {
    const arrivals = new EventEmitter();
    const server = await serving((socket) => arrivals.emit('request', socket));
    return {
      server,
      arrival: () => once(arrivals, 'request').then(([socket]) => socket as Socket),
    };
  }

  it('is idle at once if no call is open, also after a call', async () => {
    const server = await serving((socket) => socket.write(CREATED));
    const connection = connect(server.origin);
    await connection.idle();
    await shop.open(caller(connection)).call(createThing, ARGS);
    await connection.idle();
  });

  it('is idle only when a write has ended whose caller hung up, and one that began meanwhile', async () => {
    const { server, arrival } = await patient();
    const connection = connect(server.origin);
    const asking = caller(connection);
    const session = shop.open(asking);

    const firstArrival = arrival();
    const first = session.call(createThing, ARGS);
    const firstSocket = await firstArrival;
    let idle = false;
    const ended = connection.idle().then(() => {
      idle = true;
    });
    const secondArrival = arrival();
    const second = session.call(createThing, ARGS);
    const secondSocket = await secondArrival;
    asking.hangUpNow();

    firstSocket.write(CREATED);
    expect((await first).value).toBe('t1');
    await turn();
    expect(idle).toBe(false);

    secondSocket.write(CREATED);
    expect((await second).value).toBe('t1');
    await ended;
    expect(asking.events).toMatchObject([{ status: 201 }, { status: 201 }]);
  });

  it('is idle also after a call that failed', async () => {
    const server = await serving((socket) => {
      socket.resetAndDestroy();
    });
    const connection = connect(server.origin);
    const call = errorOf(shop.open(caller(connection)).call(createThing, ARGS));
    await connection.idle();
    expect(await call).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  it('that is closed cuts what is under way, whose outcome is unknown, and sends nothing any more', async () => {
    const { server, arrival } = await patient();
    const connection = connect(server.origin);
    const session = shop.open(caller(connection));
    const arrived = arrival();
    const call = errorOf(session.call(createThing, ARGS));
    await arrived;
    await connection.close();
    expect(await call).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'CONNECTION_LOST',
      message: expect.stringContaining('had not responded when the gateway shut down') as unknown,
    });
    expect(await errorOf(session.call(createThing, ARGS))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      cause: { sent: false },
    });
    expect(server.requests).toHaveLength(1);
  });
});

describe('an upstream', () => {
  it('shows how its token is sent, and in which headers there may be one', () => {
    expect(shop.upstream.exampleHeaders).toEqual({ 'X-Shop-Authorization': 'Bearer <token>' });
    expect(shop.upstream.tokenHeaders).toEqual(['x-shop-authorization', 'authorization']);
  });
});
