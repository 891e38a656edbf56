import { z } from 'zod';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../test/setup/clock.ts';
import { ARGS, caller, connect, CREATED, createThing, errorOf, readThing, serving, shop } from '../../test/setup/fake-upstream.ts';
import type { Thing } from '../../test/setup/fake-upstream.ts';
import { answerText } from '../../test/setup/sockets.ts';
import type { Script } from '../../test/setup/sockets.ts';
import { confirmEqual, confirmGone } from './read-back.ts';
import type { Operation } from './operation.ts';
import type { Authenticator, Pass } from './authenticator.ts';
import { TransportFailure } from './http.ts';

const { claims: _claims, isAbout: _isAbout, ...facts } = createThing;
const putThing: Operation<Thing, Thing, string> = {
  ...facts,
  name: 'putThing',
  purpose: 'put the thing',
  effect: 'write',
  repeatable: true,
  request: ({ id }) => ({ method: 'PUT', path: `/things/${id}`, body: { id } }),
  verifyWith: () => 'query { thing }',
};
const deleteThing: Operation<Thing, undefined, string> = {
  ...facts,
  name: 'deleteThing',
  purpose: 'delete the thing',
  effect: 'write',
  repeatable: true,
  request: ({ id }) => ({ method: 'DELETE', path: `/things/${id}` }),
  verifyWith: () => 'query { thing }',
  response: z.undefined(),
  result: (_wire, { id }) => id,
  whenGone: ({ id }) => id,
};

const reset: Script = (socket) => { socket.resetAndDestroy(); };
const status = (line: string, body = '', headers: readonly string[] = []): Script => (socket) => socket.write(answerText(body, { status: line, headers }));

/** A 404 in the words of the upstream. */
const GONE = status('404 Not Found', '"gone"');

/** A server whose answers come one after the other; the last one again and again. */
async function answering(...scripts: readonly Script[]) {
  const left = [...scripts];
  return serving((socket, request, count) => { (left.length > 1 ? left.shift() : left[0])?.(socket, request, count); });
}

async function attempt<Wire, Result>(operation: Operation<Thing, Wire, Result>, ...scripts: readonly Script[]) {
  const server = await answering(...scripts);
  const session = shop.open(caller(connect(server.origin)));
  return { outcome: await session.call(operation, ARGS).catch((error: unknown) => error), methods: server.requests.map(({ method }) => method) };
}

describe('a write that may be repeated', () => {
  it('is sent again where its answer is lost, and succeeds', async () => {
    const { outcome, methods } = await attempt(putThing, reset, (socket) => socket.write(CREATED));
    expect(outcome).toEqual({ value: 't1', warnings: [] });
    expect(methods).toEqual(['PUT', 'PUT']);
  });

  it.each<[string, Script, string]>([
    ['refused', status('429 Slow Down'), 'RATE_LIMITED'],
    ['unauthorized', status('401 Unauthorized'), 'UNAUTHENTICATED'],
    ['not found', status('404 Not Found'), 'NOT_FOUND'],
    ['rejected', status('400 Bad Request'), 'UPSTREAM_REJECTED'],
  ])('has an unknown outcome where its repeat is %s: the first may have been applied', async (_what, second, code) => {
    const { outcome } = await attempt(putThing, reset, second);
    expect(outcome).toMatchObject({ code: 'OUTCOME_UNKNOWN', reason: 'CONNECTION_LOST', message: expect.stringContaining(`It was sent again, which is safe for this operation, but that failed (${code}).`) as unknown });
  });

  it('has an unknown outcome where an answer of 503 is followed by a refusal', async () => {
    const { outcome } = await attempt(putThing, status('503 Later'), status('401 Unauthorized'));
    expect(outcome).toMatchObject({ code: 'OUTCOME_UNKNOWN', reason: 'UPSTREAM_ERROR' });
  });

  it('is surely not applied where every attempt was refused', async () => {
    const { outcome, methods } = await attempt(putThing, status('429 Slow Down'), status('400 Bad Request'));
    expect(outcome).toMatchObject({ code: 'UPSTREAM_REJECTED' });
    expect(methods).toEqual(['PUT', 'PUT']);
  });
});

describe('a deletion', () => {
  it('that finds nothing when it is repeated is a success', async () => {
    const { outcome, methods } = await attempt(deleteThing, reset, GONE);
    expect(outcome).toEqual({ value: 't1', warnings: [] });
    expect(methods).toEqual(['DELETE', 'DELETE']);
  });

  it('has an unknown outcome where a 404 to its repeat is not in the words of the upstream', async () => {
    const { outcome } = await attempt(deleteThing, reset, status('404 Not Found', '<html>default backend</html>'));
    expect(outcome).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  it('that finds nothing at once says so', async () => {
    const { outcome } = await attempt(deleteThing, status('404 Not Found'));
    expect(outcome).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('that finds nothing after a refusal says so', async () => {
    const { outcome } = await attempt(deleteThing, status('429 Slow Down'), status('404 Not Found'));
    expect(outcome).toMatchObject({ code: 'NOT_FOUND' });
  });

  const confirmed: typeof deleteThing = { ...deleteThing, repeatable: false, readBack: ({ id }, read) => confirmGone(read(readThing, { id }), id, thing) };

  it('whose answer is lost is confirmed where nothing is there any more', async () => {
    const { outcome, methods } = await attempt(confirmed, reset, GONE);
    expect(outcome).toMatchObject({ value: 't1', warnings: [{ code: 'CONFIRMED_BY_READING' }] });
    expect(methods).toEqual(['DELETE', 'GET']);
  });

  it.each<[string, Script, string]>([
    ['it is still there', status('200 OK', '{"id":"t1"}'), 'Reading it back found it still there, but the deletion may still be under way.'],
    ['a 404 is not in its own words', status('404 Not Found', '<html>default backend</html>'), 'Reading it back met a 404 that is not in its own words, and may come from something in between.'],
    ['it cannot be read', status('401 Unauthorized'), 'It could not be read back (UNAUTHENTICATED).'],
  ])('whose answer is lost has an unknown outcome where %s', async (_what, second, finding) => {
    const { outcome } = await attempt(confirmed, reset, second);
    expect(outcome).toMatchObject({ code: 'OUTCOME_UNKNOWN', message: expect.stringMatching(new RegExp(`${finding.replace(/[().]/g, '\\$&')}$`)) as unknown });
  });
});

describe('a change', () => {
  const changed: Operation<Thing, Thing, string> = { ...createThing, readBack: ({ id }, read) => confirmEqual(read(readThing, { id }), (found) => (found === id ? [] : ['name'])) };

  it('whose answer is lost is confirmed where everything is there', async () => {
    const { outcome } = await attempt(changed, reset, status('200 OK', '{"id":"t1"}'));
    expect(outcome).toMatchObject({ value: 't1', warnings: [{ code: 'CONFIRMED_BY_READING' }] });
  });

  it('whose answer is lost has an unknown outcome where something else is there', async () => {
    const { outcome } = await attempt(changed, reset, status('200 OK', '{"id":"other"}'));
    expect(outcome).toMatchObject({ code: 'OUTCOME_UNKNOWN', message: expect.stringMatching(/found another one, which differs in name\.$/) as unknown });
  });
});

describe('a pass that hears of its request', () => {
  it.each<[string, Script, (() => void) | undefined, readonly unknown[]]>([
    ['is answered', status('200 OK', '{"id":"t1"}'), undefined, [200, 'over']],
    ['is lost', reset, undefined, ['CONNECTION_LOST', 'over']],
    ['may not be sent any more', status('200 OK', '{"id":"t1"}'), () => { throw new Error('paused'); }, ['over']],
  ])('is told, and when it is over, where it %s', async (_what, script, check, expected) => {
    const server = await answering(script);
    const connection = connect(server.origin);
    const heard: unknown[] = [];
    const pass: Pass = {
      headers: {},
      secrets: [],
      ...(check !== undefined && { check }),
      heard: (outcome) => heard.push(outcome instanceof TransportFailure ? outcome.reason : outcome.status),
      ended: () => heard.push('over'),
    };
    const authenticator: Authenticator = { owner: 'gateway', pass: () => pass, refused: () => Promise.resolve(null) };
    await connection.begin(authenticator, caller(connection))(readThing, ARGS).catch(() => undefined);
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
    expect(await errorOf(session.call(readThing, ARGS))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', cause: { reason: 'TIMEOUT' } });
  });
});
