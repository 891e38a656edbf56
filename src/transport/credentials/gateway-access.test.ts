import { describe, expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../../test/setup/clock.ts';
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
} from '../../../test/setup/fake-upstream.ts';
import type { Thing } from '../../../test/setup/fake-upstream.ts';
import { responseText } from '../../../test/setup/sockets.ts';
import type { Script } from '../../../test/setup/sockets.ts';
import { fingerprintOf } from '../../domain/fingerprint.ts';
import type { Snapshot } from '../../domain/fingerprint.ts';
import type { Operation } from '../operation.ts';
import type { CredentialsEvent } from './gateway-credentials.ts';
import { confirmEqual } from '../exchange/read-back.ts';

const { claims: _claims, ...facts } = createThing;
const changeThing: Operation<Thing, Thing, string> = {
  ...createThing,
  readBack: ({ id }, read) => confirmEqual(read(readThing, { id }), () => []),
};
const thing = ({ id }: Thing): Snapshot => ({ title: 'The thing', content: { id }, secret: null });
/** Nothing shows whether it was applied, so that what is stored is always as before. */
const putThing: Operation<Thing, Thing, string> = {
  ...facts,
  effect: 'write',
  name: 'putThing',
  repeatable: true,
  request: ({ id }) => ({ method: 'PUT', path: `/things/${id}`, body: { id } }),
  verifyWith: () => 'query { thing }',
  readBack: async ({ id }, read) => ({
    finding: 'found the old one',
    stored: thing({ id: await read(readThing, { id }) }),
  }),
  current: async ({ id }, read) => thing({ id: await read(readThing, { id }) }),
};
const repeatedRead: typeof readThing = { ...readThing, repeatable: true };

const status =
  (line: string, body = '', headers: readonly string[] = []): Script =>
  (socket) =>
    socket.write(responseText(body, { status: line, headers }));
const FOUND = status('200 OK', '{"id":"t1"}');
const STALE = status('401 Unauthorized', '"stale"');
const reset: Script = (socket) => {
  socket.resetAndDestroy();
};
const silence: Script = () => undefined;
/** Logs in with `token-1`, `token-2`, … */
const token: Script = (socket, _request, count) => socket.write(responseText(`token-${count}`));

interface Scripts {
  /** What logins get, one after the other; the last again and again. */
  readonly logins?: readonly Script[];
  readonly calls?: readonly Script[];
}

/** A shop with its own credentials, at a server that plays both its login and its API. */
async function open({ logins = [token], calls = [FOUND] }: Scripts) {
  const counts = { login: 0, call: 0 };
  const server = await serving((socket, request) => {
    const kind = request.target === '/login' ? 'login' : 'call';
    const scripts = kind === 'login' ? logins : calls;
    counts[kind] += 1;
    scripts[Math.min(counts[kind], scripts.length) - 1]?.(socket, request, counts[kind]);
  });
  const events: CredentialsEvent[] = [];
  const connection = connect(server.origin, {
    settings: { CREDENTIALS: 'gateway' },
    onEvent: (event) => {
      if (!('scrubber' in event)) return;
      const { scrubber: _scrubber, ...shown } = event;
      events.push(shown);
    },
  });
  return {
    server,
    connection,
    events,
    kinds: () => events.map(({ kind }) => kind),
    ask: (asking = caller(connection)) => shop.open(asking).call,
    /** Every request on the wire, with the token that it carried. */
    wire: () =>
      server.requests.map(
        ({ method, target, headers: { 'x-token': carried = '-' } }) =>
          `${method} ${target} ${carried}`,
      ),
  };
}

const LOGIN = 'POST /login -';
const LOOK_BETWEEN =
  'First check anything between the gateway and The SHOP, such as a proxy: it may have refused the call. If it did not:';
const NO_ACCESS =
  "The SHOP cannot be used through this gateway now: the gateway's own access to it does not work. Nothing was applied. Its operator can find the reason in the log.";

describe('a write that is compared with a fingerprint, with the credentials of the gateway', () => {
  const expected = fingerprintOf(thing(ARGS).content);

  it('is one attempt, also with another token', async () => {
    const { ask, wire } = await open({ calls: [FOUND, STALE, FOUND] });
    expect(await ask()(putThing, ARGS, { expected })).toEqual({ value: 't1', warnings: [] });
    expect(wire()).toEqual([
      LOGIN,
      'GET /things/t1 token-1',
      'PUT /things/t1 token-1',
      LOGIN,
      'GET /things/t1 token-2',
      'PUT /things/t1 token-2',
    ]);
  });

  it('is not sent again with the token that was just refused, if the read before it has renewed that', async () => {
    const { ask, wire } = await open({ calls: [STALE, FOUND, STALE] });
    expect(await errorOf(ask()(putThing, ARGS, { expected }))).toMatchObject({
      message: NO_ACCESS,
    });
    expect(wire()).toEqual([
      LOGIN,
      'GET /things/t1 token-1',
      LOGIN,
      'GET /things/t1 token-2',
      'PUT /things/t1 token-2',
    ]);
  });
});

describe('a call with the credentials of the gateway', () => {
  it('carries its token, and nothing of the credentials that a caller brings', async () => {
    const { server, connection, ask, wire, events } = await open({});
    const asking = caller(connection, {
      'x-shop-authorization': 'Bearer canary-1',
      authorization: 'Bearer canary-2',
    });
    expect(await ask(asking)(readThing, ARGS)).toEqual({ value: 't1', warnings: [] });
    expect(wire()).toEqual([LOGIN, 'GET /things/t1 token-1']);
    expect(JSON.stringify(server.requests)).not.toContain('canary');
    expect(server.requests[0]).toEqual({
      method: 'POST',
      target: '/login',
      body: 'password=own-password',
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'tests/1',
        host: new URL(server.origin).host,
        connection: 'keep-alive',
        'content-length': '21',
      },
    });
    expect(events).toEqual([{ kind: 'LOGGED_IN', lifetimeMs: 3_600_000 }]);
    expect(asking.scrubber.text('token-1 and own-password')).not.toContain('token-1');
  });

  it('needs no credentials of the caller', async () => {
    const { connection, ask } = await open({});
    expect(await ask(caller(connection, {}))(createThing, ARGS)).toMatchObject({ value: 't1' });
  });

  it('shares one login with all the others', async () => {
    const { ask, wire } = await open({});
    await Promise.all(Array.from({ length: 50 }, () => ask()(readThing, ARGS)));
    expect(wire().filter((line) => line === LOGIN)).toHaveLength(1);
    expect(wire()).toHaveLength(51);
  });

  it('is repeated like others', async () => {
    const { ask, wire, kinds } = await open({ calls: [status('503 Later'), reset, FOUND] });
    expect(await ask()(repeatedRead, ARGS)).toMatchObject({ value: 't1' });
    expect(wire()).toEqual([LOGIN, ...Array.from({ length: 3 }, () => 'GET /things/t1 token-1')]);
    expect(kinds()).toEqual(['LOGGED_IN']);
  });

  it('that is a write whose response is lost is read back with the same token', async () => {
    const { ask, wire } = await open({ calls: [reset, FOUND] });
    expect(await ask()(changeThing, ARGS)).toMatchObject({
      value: 't1',
      warnings: [{ code: 'CONFIRMED_BY_READING' }],
    });
    expect(wire()).toEqual([LOGIN, 'POST /things token-1', 'GET /things/t1 token-1']);
  });

  it('that is a write whose response is lost has an unknown outcome if reading back is refused', async () => {
    const { ask, kinds } = await open({ calls: [reset, status('403 Forbidden')] });
    expect(await errorOf(ask()(changeThing, ARGS))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: expect.stringMatching(
        /It could not be read back \(UPSTREAM_UNAVAILABLE\)\.$/,
      ) as unknown,
    });
    expect(kinds()).toEqual(['LOGGED_IN', 'CALL_REFUSED']);
  });
});

describe('a token that has grown stale', () => {
  it.each([
    ['a read', readThing, 'GET /things/t1'],
    ['a create, which must not be repeated otherwise', createThing, 'POST /things'],
  ])('is replaced, and %s sent once more', async (_what, operation, line) => {
    const { ask, wire, kinds } = await open({
      calls: [STALE, operation === readThing ? FOUND : (socket) => socket.write(CREATED)],
    });
    expect(await ask()(operation, ARGS)).toEqual({ value: 't1', warnings: [] });
    expect(wire()).toEqual([LOGIN, `${line} token-1`, LOGIN, `${line} token-2`]);
    expect(kinds()).toEqual(['LOGGED_IN', 'LOGGED_IN']);
  });

  it('is replaced by one login for all who met it', async () => {
    const { ask, wire } = await open({
      calls: [
        (socket, { headers }, count) => {
          (headers['x-token'] === 'token-1' ? STALE : FOUND)(
            socket,
            { method: '', target: '', headers, body: '' },
            count,
          );
        },
      ],
    });
    const values = await Promise.all(Array.from({ length: 50 }, () => ask()(readThing, ARGS)));
    expect(new Set(values.map(({ value }) => value))).toEqual(new Set(['t1']));
    expect(wire().filter((line) => line === LOGIN)).toHaveLength(2);
    expect(wire()).toHaveLength(102);
  });

  it('is not a refusal for the log, whatever the outcome of the second request', async () => {
    const { ask, kinds } = await open({ calls: [STALE, status('409 Conflict')] });
    expect(await errorOf(ask()(createThing, ARGS))).toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(kinds()).toEqual(['LOGGED_IN', 'LOGGED_IN']);
  });

  it.each([
    ['a page of HTML', '<html>Sign in</html>', `${LOOK_BETWEEN} mend UNAUTHENTICATED`],
    ['other words', '"locked"', 'mend UNAUTHENTICATED'],
    ['nothing', '', `${LOOK_BETWEEN} mend UNAUTHENTICATED`],
  ])('is not what a 401 with %s proves', async (_what, body, advice) => {
    const { ask, wire, events } = await open({ calls: [status('401 Unauthorized', body)] });
    const error = await errorOf(ask()(readThing, ARGS));
    expect(error).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: NO_ACCESS,
      upstream: null,
    });
    expect(wire()).toEqual([LOGIN, 'GET /things/t1 token-1']);
    expect(events.at(-1)).toMatchObject({
      kind: 'CALL_REFUSED',
      advice,
      error: { code: 'UNAUTHENTICATED', upstream: { status: 401 } },
    });
  });

  it('leaves the outcome of a write that may have arrived unknown if there is no new token', async () => {
    const { ask, wire } = await open({
      logins: [token, status('503 Later')],
      calls: [reset, FOUND, STALE],
    });
    expect(await errorOf(ask()(putThing, ARGS, { before: thing(ARGS) }))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'CONNECTION_LOST',
      message: expect.stringMatching(
        /It could not be read back \(UPSTREAM_UNAVAILABLE\)\.$/,
      ) as unknown,
    });
    expect(wire()).toEqual([
      LOGIN,
      'PUT /things/t1 token-1',
      'GET /things/t1 token-1',
      'PUT /things/t1 token-1',
      LOGIN,
    ]);
  });

  it('is also replaced if the read before a write meets it, and the write uses the new one', async () => {
    const { ask, wire } = await open({ calls: [STALE, FOUND, FOUND] });
    expect(await ask()(putThing, ARGS, { expected: fingerprintOf(thing(ARGS).content) })).toEqual({
      value: 't1',
      warnings: [],
    });
    expect(wire()).toEqual([
      LOGIN,
      'GET /things/t1 token-1',
      LOGIN,
      'GET /things/t1 token-2',
      'PUT /things/t1 token-2',
    ]);
  });

  it('is replaced if only the write meets it: the object is read before each attempt', async () => {
    const { ask, wire } = await open({ calls: [FOUND, STALE, FOUND, FOUND] });
    expect(
      await ask()(putThing, ARGS, { expected: fingerprintOf(thing(ARGS).content) }),
    ).toMatchObject({ value: 't1' });
    expect(wire()).toEqual([
      LOGIN,
      'GET /things/t1 token-1',
      'PUT /things/t1 token-1',
      LOGIN,
      'GET /things/t1 token-2',
      'PUT /things/t1 token-2',
    ]);
  });
});

describe('a refusal of the credentials of the gateway', () => {
  it.each([
    [
      'the new token too',
      [STALE, STALE],
      ['GET /things/t1 token-1', LOGIN, 'GET /things/t1 token-2'],
      'UNAUTHENTICATED',
      401,
    ],
    [
      'what it may not do',
      [status('403 Forbidden', '"no role"')],
      ['GET /things/t1 token-1'],
      'PERMISSION_DENIED',
      403,
    ],
  ])(
    'of %s is reported to the operator, not to the caller',
    async (_what, calls, lines, code, status) => {
      const { connection, ask, wire, events } = await open({ calls });
      const asking = caller(connection);
      const error = await errorOf(ask(asking)(readThing, ARGS));
      expect(error).toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
        message: NO_ACCESS,
        upstream: null,
        retryAfterSeconds: null,
      });
      expect(wire()).toEqual([LOGIN, ...lines]);
      expect(events.filter(({ kind }) => kind === 'CALL_REFUSED')).toMatchObject([
        { advice: `mend ${code}`, error: { code, upstream: { status } } },
      ]);
      expect(asking.events.at(-1), 'it is in the log of calls').toMatchObject({ status });
    },
  );
});

describe('a login', () => {
  it.each<[string, Script, object]>([
    [
      'is refused',
      status('401 Unauthorized', 'wrong password'),
      {
        kind: 'LOGIN_REFUSED',
        error: { message: 'status 401: wrong password', advice: 'mend the password' },
      },
    ],
    [
      'is refused without a word',
      status('401 Unauthorized'),
      {
        kind: 'LOGIN_FAILED',
        retryMs: 300_000,
        error: {
          message:
            'the login returned status 401, and the response is not in the format of the upstream',
        },
        advice: expect.stringMatching(
          /^First check anything between .* If it did not: mend the password$/,
        ) as unknown,
      },
    ],
    [
      'is refused by something in between',
      status('403 Forbidden'),
      {
        kind: 'LOGIN_FAILED',
        retryMs: 300_000,
        error: {
          message:
            'the login returned status 403, and the response is not in the format of the upstream',
        },
      },
    ],
    [
      'is bad',
      status('400 Bad Request', 'what?'),
      { kind: 'LOGIN_REFUSED', error: { message: 'status 400: what?' } },
    ],
    [
      'fails',
      status('500 Oh'),
      {
        kind: 'LOGIN_FAILED',
        retryMs: 1_000,
        error: { message: 'the login returned status 500' },
      },
    ],
    [
      'comes too often, and must wait',
      status('429 Slow Down', '', ['Retry-After: 60']),
      { kind: 'LOGIN_FAILED', retryMs: 60_000 },
    ],
    [
      'must wait longer than anybody would',
      status('503 Later', '', ['Retry-After: 86400']),
      { kind: 'LOGIN_FAILED', retryMs: 300_000 },
    ],
    [
      'comes too often',
      status('429 Slow Down'),
      { kind: 'LOGIN_FAILED', error: { message: 'the login returned status 429' } },
    ],
    [
      'is at another place',
      status('302 Found', '', ['Location: /elsewhere']),
      { kind: 'LOGIN_FAILED', error: { message: 'the login returned status 302' } },
    ],
    [
      'is at no place',
      status('404 Not Found'),
      { kind: 'LOGIN_FAILED', error: { message: 'the login returned status 404' } },
    ],
    [
      'breaks off',
      reset,
      {
        kind: 'LOGIN_FAILED',
        error: {
          message: 'The SHOP reset the connection before its response was complete',
          cause: { reason: 'CONNECTION_LOST', sent: true },
        },
      },
    ],
    [
      'gets a response that is too large',
      status('200 OK', ' '.repeat(1024 * 1024 + 1)),
      { kind: 'LOGIN_FAILED', error: { cause: { reason: 'TOO_LARGE' } } },
    ],
  ])(
    'that %s leaves the upstream unavailable, and nothing is sent to it',
    async (_what, login, event) => {
      const { ask, wire, events } = await open({ logins: [login] });
      for (const error of await Promise.all(
        [ask()(createThing, ARGS), ask()(readThing, ARGS)].map(errorOf),
      )) {
        expect(error).toMatchObject({
          code: 'UPSTREAM_UNAVAILABLE',
          message: NO_ACCESS,
          upstream: null,
        });
      }
      expect(await errorOf(ask()(readThing, ARGS))).toMatchObject({ message: NO_ACCESS });
      expect(wire()).toEqual([LOGIN]);
      expect(events).toMatchObject([event]);
    },
  );

  it('that hangs keeps a caller no longer than the deadline', async () => {
    const { ask, wire, server, events } = await open({ logins: [silence] });
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    const call = errorOf(ask()(createThing, ARGS));
    await server.received(1);
    pass(9_999);
    // Before the deadline, so that the reason is reported to the operator.
    expect(await call).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: NO_ACCESS,
      upstream: null,
    });
    expect(events).toMatchObject([
      {
        kind: 'LOGIN_FAILED',
        error: { cause: { reason: 'TIMEOUT' } },
        advice: 'look at the network',
      },
    ]);
    expect(wire()).toEqual([LOGIN]);
  });

  it('continues for others if a caller hangs up', async () => {
    let respond: () => void = () => undefined;
    const { server, connection, ask, wire } = await open({
      logins: [
        (socket) => {
          respond = () => socket.write(responseText('token-1'));
        },
      ],
    });
    const leaving = caller(connection);
    const left = errorOf(ask(leaving)(createThing, ARGS));
    const staying = ask()(readThing, ARGS);
    await server.received(1);
    leaving.hangUpNow();
    expect(await left).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: 'The caller hung up. Nothing was applied: it is safe to send the request again.',
    });
    respond();
    expect(await staying).toMatchObject({ value: 't1' });
    expect(wire()).toEqual([LOGIN, 'GET /things/t1 token-1']);
  });

  it('that is under way ends with the connection', async () => {
    const { server, connection, ask, wire } = await open({ logins: [silence] });
    const call = errorOf(ask()(createThing, ARGS));
    await server.received(1);
    await connection.close();
    expect(await call).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    await connection.idle();
    expect(wire()).toEqual([LOGIN]);
  });
});

describe("the upstream's clock", () => {
  const at = (ms: number) => `Date: ${new Date(Date.now() + ms).toUTCString()}`;

  it.each<[string, Scripts]>([
    ['a login', { logins: [status('200 OK', 'token-1', [at(-3_600_000)])] }],
    ['a call', { calls: [status('200 OK', '{"id":"t1"}', [at(-3_600_000)])] }],
    [
      'a call that breaks off',
      {
        calls: [
          (socket) =>
            socket.end(`HTTP/1.1 200 OK\r\n${at(-3_600_000)}\r\nContent-Length: 9\r\n\r\n{`),
        ],
      },
    ],
  ])('is checked on the response to %s', async (_what, scripts) => {
    const { ask, events } = await open(scripts);
    await ask()(readThing, ARGS).catch(() => undefined);
    const [skew] = events.filter((event) => event.kind === 'CLOCK_SKEW');
    expect(Math.round((skew?.skewMs ?? 0) / 60_000)).toBe(60);
  });

  it('is right again once it agrees', async () => {
    const { ask, kinds, events } = await open({
      logins: [status('200 OK', 'token-1', [at(3_600_000)])],
      calls: [status('200 OK', '{"id":"t1"}', [at(0)])],
    });
    await ask()(readThing, ARGS);
    expect(kinds()).toEqual(['CLOCK_SKEW', 'LOGGED_IN', 'CLOCK_SKEW']);
    expect(events.at(-1)).toEqual({ kind: 'CLOCK_SKEW', skewMs: 0 });
  });
});
