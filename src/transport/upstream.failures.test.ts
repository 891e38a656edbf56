import { Pool } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../test/setup/clock.ts';
import {
  ARGS,
  caller,
  connect,
  createThing,
  errorOf,
  readThing,
  serving,
  shop,
} from '../../test/setup/fake-upstream.ts';
import { responseBegun, responseText } from '../../test/setup/sockets.ts';
import type { Script, ScriptedServer } from '../../test/setup/sockets.ts';
import { TransportFailure } from './http/http.ts';

describe('a call without a complete response', () => {
  const MIB = 1024 * 1024;
  const truncated = 'HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n{"id"';
  const sent: readonly [
    string,
    Script,
    TransportFailure['reason'],
    number | null,
    string,
    string,
  ][] = [
    ['silence', () => undefined, 'TIMEOUT', null, 'UPSTREAM_UNAVAILABLE', 'TIMEOUT'],
    [
      'silence within the response',
      (socket) => socket.write(truncated),
      'TIMEOUT',
      201,
      'UPSTREAM_UNAVAILABLE',
      'TIMEOUT',
    ],
    [
      'a reset',
      (socket) => {
        socket.resetAndDestroy();
      },
      'CONNECTION_LOST',
      null,
      'UPSTREAM_UNAVAILABLE',
      'CONNECTION_LOST',
    ],
    [
      'a cut response',
      (socket) => socket.end(truncated),
      'CONNECTION_LOST',
      201,
      'UPSTREAM_UNAVAILABLE',
      'CONNECTION_LOST',
    ],
    [
      'a response over 1 MiB',
      (socket) => socket.write(responseText(' '.repeat(MIB + 1))),
      'TOO_LARGE',
      200,
      'UPSTREAM_CONTRACT',
      'UNREADABLE_ANSWER',
    ],
  ];

  /** Makes a call, and lets its deadline pass once all has come that is to come before it. */
  async function inTime(
    reason: TransportFailure['reason'],
    status: number | null,
    { origin, received }: ScriptedServer,
    act: () => Promise<unknown>,
  ): Promise<unknown> {
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    const result = act();
    if (reason === 'TIMEOUT') {
      await (status === null ? received(1) : responseBegun(origin));
      pass(10_000);
    }
    return result;
  }

  it.each(sent)('of a read: %s', async (_what, script, reason, status, code) => {
    const server = await serving(script);
    const asking = caller(connect(server.origin));
    const error = await errorOf(
      inTime(reason, status, server, () => shop.open(asking).call(readThing, ARGS)),
    );
    expect(error).toMatchObject({
      code,
      upstream: { upstream: 'SHOP', status, details: [] },
      cause: { name: 'TransportFailure', reason, sent: true },
    });
    expect(asking.events).toEqual([
      {
        upstream: 'SHOP',
        operation: 'readThing',
        status,
        upstreamRequestId: null,
        durationMs: expect.any(Number) as number,
        failure: error.cause,
      },
    ]);
    expect(server.requests).toHaveLength(1);
  });

  it.each(sent)('of a write: %s', async (_what, script, reason, status, _code, unknownReason) => {
    const server = await serving(script);
    const asking = caller(connect(server.origin));
    const error = await errorOf(
      inTime(reason, status, server, () => shop.open(asking).call(createThing, ARGS)),
    );
    expect(error).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: unknownReason,
      verifyWith: 'query { thing(id: "t1") }',
      upstream: { upstream: 'SHOP', status, requestId: null, details: [] },
      cause: { name: 'TransportFailure', reason, sent: true },
    });
    expect(error.message).toMatch(
      /^The request to create the thing was sent. The SHOP .+ Do not send it again/,
    );
    expect(asking.events).toEqual([
      {
        upstream: 'SHOP',
        operation: 'createThing',
        status,
        upstreamRequestId: null,
        durationMs: expect.any(Number) as number,
        failure: error.cause,
      },
    ]);
    expect(server.requests).toHaveLength(1);
  });

  const blocked: Pool.Options = { connect: () => undefined };
  const refused: Pool.Options = {
    connect: (_options, done) => {
      done(
        Object.assign(new Error('connect ECONNREFUSED secret detail'), { code: 'ECONNREFUSED' }),
        null,
      );
    },
  };
  const notSent: readonly [string, Pool.Options, TransportFailure['reason'], boolean][] = [
    ['no connection before the deadline', blocked, 'TIMEOUT', false],
    ['a connection refused', refused, 'CONNECTION_LOST', false],
    ['a caller who hangs up meanwhile', blocked, 'CANCELLED', true],
  ];

  describe.each([readThing, createThing])('$name, if nothing was sent, because of', (operation) => {
    it.each(notSent)('%s', async (_what, poolOptions, reason, signal) => {
      const asking = caller(
        connect('http://127.0.0.1', {
          timeoutMs: reason === 'TIMEOUT' ? 100 : 10_000,
          openDispatcher: (origin) => new Pool(origin, poolOptions),
        }),
      );
      const call = shop.open(asking).call(operation, ARGS);
      if (signal) asking.hangUpNow();
      const error = await errorOf(call);
      expect(error).toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
        retryAfterSeconds: null,
        upstream: { upstream: 'SHOP', status: null },
        cause: { reason, sent: false },
      });
      expect(error.message).toMatch(/Nothing was sent: it is safe to send the request again\.$/);
      expect(error.message).not.toContain('secret detail');
      const event = {
        upstream: 'SHOP',
        operation: operation.name,
        status: null,
        upstreamRequestId: null,
        durationMs: expect.any(Number) as number,
      };
      // What never left is sent again, a write too, and each time is reported.
      const times = reason === 'CONNECTION_LOST' ? 3 : 1;
      expect(asking.events).toEqual(
        Array.from({ length: times }, () => ({
          ...event,
          failure: expect.objectContaining({ reason, sent: false }) as unknown,
        })),
      );
      expect(asking.events.at(-1)?.failure).toBe(error.cause);
    });
  });

  it('keeps what broke the connection for the log', async () => {
    const server = await serving((socket) => {
      socket.resetAndDestroy();
    });
    const { cause } = await errorOf(
      shop.open(caller(connect(server.origin))).call(createThing, ARGS),
    );
    if (!(cause instanceof TransportFailure))
      throw new Error('the cause is the failure of the transport');
    expect(cause.cause).toMatchObject({
      code: expect.stringMatching(/^(ECONNRESET|UND_ERR_SOCKET)$/) as string,
    });
  });

  it('still has the request id that came before the response was cut, so that the upstream can look it up', async () => {
    const server = await serving((socket) =>
      socket.end('HTTP/1.1 201 Created\r\nX-Upstream-Id: u-1\r\nContent-Length: 20\r\n\r\n{"id"'),
    );
    const asking = caller(connect(server.origin));
    const error = await errorOf(shop.open(asking).call(createThing, ARGS));
    expect(error).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      upstream: { status: 201, requestId: 'u-1' },
    });
    expect(asking.events).toMatchObject([{ status: 201, upstreamRequestId: 'u-1' }]);
  });

  it('of a read whose caller hung up once it was sent', async () => {
    const server = await serving(() => {
      asking.hangUpNow();
    });
    const asking = caller(connect(server.origin));
    expect(await errorOf(shop.open(asking).call(readThing, ARGS))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      cause: { reason: 'CANCELLED', sent: true },
    });
    expect(asking.events).toHaveLength(1);
  });
});
