import { describe, expect, it, onTestFinished } from 'vitest';
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
import { responseText } from '../../test/setup/sockets.ts';
import type { Script } from '../../test/setup/sockets.ts';
import type { Authenticator, RequestCredentials } from './credentials/authenticator.ts';
import { TransportFailure } from './http/http.ts';

const reset: Script = (socket) => {
  socket.resetAndDestroy();
};
const status =
  (line: string, body = ''): Script =>
  (socket) =>
    socket.write(responseText(body, { status: line }));

describe('credentials that hear of their request', () => {
  it.each<[string, Script, (() => void) | undefined, readonly unknown[]]>([
    ['gets a response', status('200 OK', '{"id":"t1"}'), undefined, [200, 'over']],
    ['is lost', reset, undefined, ['CONNECTION_LOST', 'over']],
    [
      'may not be sent any more',
      status('200 OK', '{"id":"t1"}'),
      () => {
        throw new Error('paused');
      },
      ['over'],
    ],
  ])('is reported, and when it is over, if it %s', async (_what, script, check, expected) => {
    const server = await serving(script);
    const connection = connect(server.origin);
    const heard: unknown[] = [];
    const credentials: RequestCredentials = {
      headers: {},
      secrets: [],
      ...(check !== undefined && { check }),
      heard: (outcome) =>
        heard.push(outcome instanceof TransportFailure ? outcome.reason : outcome.status),
      ended: () => heard.push('over'),
    };
    const authenticator: Authenticator = {
      owner: 'gateway',
      credentialsFor: () => credentials,
      refused: () => Promise.resolve(null),
    };
    await connection
      .begin(authenticator, caller(connection))
      .call(readThing, ARGS)
      .catch(() => undefined);
    expect(heard).toEqual(expected);
    expect(server.requests).toHaveLength(check === undefined ? 1 : 0);
  });
});

describe('a session', () => {
  it('has one deadline for all its calls, which begins with the first', async () => {
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    const server = await serving((socket, { method }) => {
      pass(3_000);
      if (method === 'POST') socket.write(CREATED);
    });
    const session = shop.open(caller(connect(server.origin, { timeoutMs: 5_000 })));
    pass(3_000);
    expect((await session.call(createThing, ARGS)).value).toBe('t1');
    expect(await errorOf(session.call(readThing, ARGS))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      cause: { reason: 'TIMEOUT' },
    });
  });

  it('has one that is started earlier for other work, which sends nothing afterwards', async () => {
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    const server = await serving((socket) => socket.write(CREATED));
    const session = shop.open(caller(connect(server.origin, { timeoutMs: 5_000 })));
    session.startDeadline();
    pass(3_000);
    session.startDeadline();
    pass(3_000);
    expect(await errorOf(session.call(createThing, ARGS))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });
    expect(server.requests).toEqual([]);
  });

  it('has one that began when other work did, if it is opened later', async () => {
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    const server = await serving((socket) => socket.write(CREATED));
    const before = performance.now();
    pass(6_000);
    const session = shop.open(caller(connect(server.origin, { timeoutMs: 5_000 })));
    session.startDeadline(before);
    expect(await errorOf(session.call(readThing, ARGS))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });
    expect(server.requests).toEqual([]);
  });
});
