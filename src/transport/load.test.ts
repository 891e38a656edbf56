import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { stopClock } from '../../test/setup/clock.ts';
import {
  ARGS,
  caller,
  connect,
  CREATED,
  createThing,
  errorOf,
  readThing,
  serving,
  shop,
} from '../../test/setup/fake-upstream.ts';
import type { Thing } from '../../test/setup/fake-upstream.ts';
import { responseText } from '../../test/setup/sockets.ts';
import type { Script } from '../../test/setup/sockets.ts';
import type { Operation } from './operation.ts';
import type { UpstreamEvent } from './upstream-event.ts';
import type { PolicyOptions } from './policy/options.ts';
import { confirmEqual } from './exchange/read-back.ts';

/* What becomes of calls when there are too many of them, or the upstream hangs. */

const FOUND = responseText('{"id":"t1"}');
const silence: Script = () => undefined;
const readBackThing: Operation<Thing, Thing, string> = {
  ...createThing,
  readBack: ({ id }, read) => confirmEqual(read(readThing, { id }), () => []),
};

/** A clock whose deadlines and waits end when the test says so. */
function stop(): (ms: number) => void {
  const { pass, restore } = stopClock();
  onTestFinished(restore);
  return pass;
}

async function open(script: Script, limits: Partial<PolicyOptions>, settings: object = {}) {
  const server = await serving(script);
  const events: UpstreamEvent[] = [];
  const connection = connect(server.origin, {
    settings: { LIMITS: limits, ...settings },
    onEvent: (event) => {
      if (event.kind.startsWith('BREAKER_')) events.push(event);
    },
  });
  const callers = [caller(connection), { ...caller(connection), callerKey: 'another' }] as const;
  return {
    server,
    events,
    connection,
    session: (who: 0 | 1 = 0) => shop.open(callers[who]),
    callers,
  };
}

describe('one call more than may wait', () => {
  it('is refused at once and unsent; when one has ended there is room again', async () => {
    const responses: (() => void)[] = [];
    const { server, session, callers } = await open(
      (socket) => {
        responses.push(() => socket.write(FOUND));
      },
      { maxInFlight: 1, maxWaiting: 2 },
    );
    const first = session().call(readThing, ARGS);
    const second = session().call(readThing, ARGS);
    const third = session().call(readThing, ARGS);
    const error = await errorOf(session().call(createThing, ARGS));
    expect(error).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message:
        'Too many calls are waiting for The SHOP: it is slow, does not respond, or gets more calls than it can handle. Nothing was sent: it is safe to send the request again.',
      retryAfterSeconds: null,
      cause: { reason: 'QUEUE_FULL' },
    });
    expect(callers[0].events).toMatchObject([
      { operation: 'createThing', status: null, failure: { reason: 'QUEUE_FULL', sent: false } },
    ]);
    for (const call of [first, second, third]) {
      await vi.waitFor(() => {
        expect(responses).toHaveLength(1);
      });
      responses.pop()?.();
      expect(await call).toMatchObject({ value: 't1' });
    }
    expect(server.requests).toHaveLength(3);
    const next = session().call(readThing, ARGS);
    await vi.waitFor(() => {
      expect(responses).toHaveLength(1);
    });
    responses.pop()?.();
    expect(await next).toMatchObject({ value: 't1' });
  });

  it('is one more than may have begun, whatever they wait for: here a login', async () => {
    const { server, session } = await open(
      silence,
      { maxInFlight: 1, maxWaiting: 2 },
      { CREDENTIALS: 'gateway' },
    );
    const waiting = Array.from({ length: 3 }, () =>
      session()
        .call(readThing, ARGS)
        .catch(() => undefined),
    );
    expect(await errorOf(session().call(readThing, ARGS))).toMatchObject({
      cause: { reason: 'QUEUE_FULL' },
    });
    await server.received(1);
    expect(server.requests.map(({ target }) => target)).toEqual(['/login']);
    await server.close();
    await Promise.all(waiting);
  });

  it('is not refused if its session has called before: what it has begun it may end', async () => {
    const { session, server } = await open(
      (socket, { method, target }) => {
        if (method === 'POST' || target.endsWith('t2'))
          socket.write(method === 'POST' ? CREATED : FOUND);
      },
      { maxInFlight: 2, maxWaiting: 0 },
    );
    const begun = session();
    await begun.call(createThing, ARGS);
    const others = Array.from({ length: 2 }, () =>
      session()
        .call(readThing, ARGS)
        .catch(() => undefined),
    );
    await server.received(3);
    const next = begun.call(readThing, { id: 't2' });
    expect(await errorOf(session().call(readThing, ARGS))).toMatchObject({
      cause: { reason: 'QUEUE_FULL' },
    });
    await server.close();
    await Promise.all([...others, next.catch(() => undefined)]);
  });
});

describe('an upstream that does not respond', () => {
  const reset: Script = (socket) => {
    socket.resetAndDestroy();
  };

  it('is not called any more: nothing is sent, and the error says when to try again', async () => {
    const pass = stop();
    const { server, session, events, callers } = await open(
      (socket, request, count) => {
        (count <= 3 ? reset : (one: typeof socket) => one.write(CREATED))(socket, request, count);
      },
      { breakerFailures: 3 },
    );
    for (const who of [0, 1, 0] as const)
      expect(await errorOf(session(who).call(createThing, ARGS))).toMatchObject({
        code: 'OUTCOME_UNKNOWN',
      });
    expect(events).toMatchObject([
      { kind: 'BREAKER_OPENED', failures: 3, reason: 'CONNECTION_LOST' },
    ]);
    const error = await errorOf(session().call(createThing, ARGS));
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfterSeconds: 5 });
    expect(error.message).toBe(
      'The SHOP did not respond to the last calls, so the gateway has paused calls to it. Nothing was sent: it is safe to send the request again in 5 s.',
    );
    expect(callers[0].events.at(-1)).toMatchObject({
      status: null,
      failure: { reason: 'BREAKER_OPEN', sent: false },
    });
    expect(server.requests).toHaveLength(3);
    pass(5_000);
    expect(await session().call(createThing, ARGS)).toMatchObject({ value: 't1' });
    expect(events.map(({ kind }) => kind)).toEqual(['BREAKER_OPENED', 'BREAKER_CLOSED']);
  });

  it('is called on for others if only the calls of one of several callers fail', async () => {
    const { session, events } = await open(
      (socket, request, count) => {
        if (request.body.includes('bad')) reset(socket, request, count);
        else socket.write(CREATED);
      },
      { breakerFailures: 3 },
    );
    await session(1).call(createThing, ARGS);
    for (let times = 0; times < 5; times += 1)
      await session(0)
        .call(createThing, { id: 'bad' })
        .catch(() => undefined);
    expect(await session(1).call(createThing, ARGS)).toMatchObject({ value: 't1' });
    expect(events).toEqual([]);
  });

  it('is still read back from', async () => {
    const { session, server, events } = await open(
      (socket, request, count) => {
        if (request.method === 'POST') reset(socket, request, count);
        else socket.write(FOUND);
      },
      { breakerFailures: 2 },
    );
    for (let times = 0; times < 2; times += 1)
      expect(await session().call(readBackThing, ARGS)).toMatchObject({
        value: 't1',
        warnings: [{ code: 'CONFIRMED_BY_READING' }],
      });
    expect(events).toHaveLength(1);
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST', 'GET']);
    expect(await errorOf(session().call(readBackThing, ARGS))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      cause: { reason: 'BREAKER_OPEN' },
    });
  });

  it('is still logged in at', async () => {
    const pass = stop();
    const { session, server, events } = await open(
      (socket, request, count) => {
        if (request.target === '/login') socket.write(responseText('own-token'));
        else reset(socket, request, count);
      },
      { breakerFailures: 2 },
      { CREDENTIALS: 'gateway', LIFETIME: 2_000 },
    );
    await session()
      .call(createThing, ARGS)
      .catch(() => undefined);
    // A token is used for 10 seconds at least.
    pass(8_000);
    await session()
      .call(createThing, ARGS)
      .catch(() => undefined);
    expect(events).toHaveLength(1);
    pass(3_000);
    expect(await errorOf(session().call(createThing, ARGS))).toMatchObject({
      cause: { reason: 'BREAKER_OPEN' },
    });
    expect(server.requests.map(({ target }) => target)).toEqual([
      '/login',
      '/things',
      '/things',
      '/login',
    ]);
  });
});
