import type { Socket } from 'node:net';
import { setTimeout as later } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
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
import type { Thing } from '../../test/setup/fake-upstream.ts';
import { responseText } from '../../test/setup/sockets.ts';
import type { WireRequest } from '../../test/setup/sockets.ts';
import type { Operation } from './operation.ts';
import { confirmEqual } from './exchange/read-back.ts';

const isAbout = (found: Thing, { id }: Thing) => found.id === id;
const readOwn: Operation<Thing, Thing, string> = { ...readThing, isAbout };
const writeOwn: Operation<Thing, Thing, string> = {
  ...createThing,
  isAbout,
  readBack: ({ id }, read) => confirmEqual(read(readOwn, { id }), () => []),
};

/** Data of another customer: none of it may be shown. */
const OTHERS = responseText('{"id":"secret-of-somebody-else"}');
const right = ({ target, body }: WireRequest) =>
  responseText(JSON.stringify({ id: target.split('/')[2] ?? (JSON.parse(body) as Thing).id }));

/** A server that responds as it should, and does something else at the first request or the second. */
async function server(act: (socket: Socket, request: WireRequest, count: number) => string) {
  const at: number[] = [];
  const sockets: Socket[] = [];
  const started = await serving((socket, request, count) => {
    if (!sockets.includes(socket)) sockets.push(socket);
    at.push(sockets.indexOf(socket));
    socket.write(act(socket, request, count));
  });
  const connection = connect(started.origin);
  return {
    at,
    sockets,
    methods: () => started.requests.map(({ method }) => method),
    call: shop.open(caller(connection)).call,
  };
}

/** Until a connection that was used is free again. */
async function free(): Promise<void> {
  for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('a response about another object', () => {
  it('is a contract error for a read that shows nothing of it, and closes its connection', async () => {
    const { call, at, sockets } = await server((_socket, request, count) =>
      count === 2 ? OTHERS : right(request),
    );
    expect((await call(readOwn, ARGS)).value).toBe('t1');
    await free();
    const error = await errorOf(call(readOwn, ARGS));
    expect(error).toMatchObject({
      code: 'UPSTREAM_CONTRACT',
      message:
        'The SHOP returned 200, but with a different object than the requested one. Report this to the operator of the gateway, with the request id.',
    });
    expect(JSON.stringify([error, error.message, String(error.cause)])).not.toContain('somebody');
    expect((await call(readOwn, ARGS)).value).toBe('t1');
    expect(at).toEqual([0, 0, 1]);
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
  });

  it('is a lost response for a write, which is read back over another connection', async () => {
    const { call, at, methods } = await server((_socket, request, count) =>
      count === 1 ? OTHERS : right(request),
    );
    expect(await call(writeOwn, ARGS)).toMatchObject({
      value: 't1',
      warnings: [{ code: 'CONFIRMED_BY_READING' }],
    });
    expect(methods()).toEqual(['POST', 'GET']);
    expect(at).toEqual([0, 1]);
  });

  it('leaves a write unknown that cannot be read back', async () => {
    const { call } = await server(() => OTHERS);
    expect(await errorOf(call({ ...createThing, isAbout }, ARGS))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'UNREADABLE_ANSWER',
      message: expect.not.stringContaining('somebody') as unknown,
    });
  });

  it('closes no connection of others', async () => {
    const { call, at } = await server((_socket, request) =>
      request.target.endsWith('bad') ? OTHERS : right(request),
    );
    await Promise.all([call(readOwn, ARGS), errorOf(call(readOwn, { id: 'bad' }))]);
    const good = at[0];
    await free();
    await call(readOwn, ARGS);
    expect(at).toEqual([0, 1, good]);
  });
});

describe('a second, unrequested response', () => {
  it.each<[string, (socket: Socket, request: WireRequest) => string]>([
    ['right after the first', (_socket, request) => right(request) + OTHERS],
    [
      'in pieces, within and after the first',
      (socket, request) => {
        setImmediate(() => socket.write(OTHERS.slice(20)));
        return right(request) + OTHERS.slice(0, 20);
      },
    ],
  ])('is never taken for that to another request: %s', async (_what, act) => {
    const { call, at } = await server((socket, request, count) =>
      count === 1 ? act(socket, request) : right(request),
    );
    expect((await call(readOwn, ARGS)).value).toBe('t1');
    expect((await call(readOwn, { id: 't2' })).value).toBe('t2');
    expect(at).toEqual([0, 1]);
  });

  it('is never taken for that of another request if it comes while no request is open', async () => {
    const { call, at, sockets } = await server((_socket, request) => right(request));
    await call(readOwn, ARGS);
    sockets[0]?.write(OTHERS);
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
    expect((await call(readOwn, { id: 't2' })).value).toBe('t2');
    expect(at).toEqual([0, 1]);
  });

  it('ahead of the right one is recognized by its object, and the right one is never read', async () => {
    const { call, at } = await server((_socket, request, count) =>
      count === 2 ? OTHERS + right(request) : right(request),
    );
    await call(readOwn, ARGS);
    await free();
    expect(await errorOf(call(readOwn, { id: 't2' }))).toMatchObject({ code: 'UPSTREAM_CONTRACT' });
    expect((await call(readOwn, { id: 't3' })).value).toBe('t3');
    expect(at).toEqual([0, 0, 1]);
  });

  it('ahead of the right one, which comes much later, ends with its connection', async () => {
    const { call, at } = await server((socket, request, count) => {
      if (count === 2) void later(20).then(() => socket.write(right(request)));
      return count === 2 ? OTHERS : right(request);
    });
    await call(readOwn, ARGS);
    await free();
    expect(await errorOf(call(readOwn, { id: 't2' }))).toMatchObject({ code: 'UPSTREAM_CONTRACT' });
    await later(40);
    expect((await call(readOwn, { id: 't3' })).value).toBe('t3');
    expect(at).toEqual([0, 0, 1]);
  });

  it('is seen by a response that its request cannot have, so that the right one is not taken for that to the next request', async () => {
    const { call, at } = await server((_socket, request, count) =>
      count === 2 ? responseText('{"stranger":true}') : right(request),
    );
    await call(readOwn, ARGS);
    await free();
    expect(await errorOf(call(readThing, ARGS))).toMatchObject({ code: 'UPSTREAM_CONTRACT' });
    await free();
    expect((await call(readOwn, ARGS)).value).toBe('t1');
    expect(at).toEqual([0, 0, 1]);
  });

  it('that was there before the request was written is seen, although nothing was read meanwhile', async () => {
    const { call, at, sockets } = await server((_socket, request) => right(request));
    await call(readOwn, ARGS);
    await free();
    // In the same turn of the event loop: it is on the connection, and nobody has looked.
    sockets[0]?.write(OTHERS);
    expect((await call(readOwn, { id: 't2' })).value).toBe('t2');
    expect(at).toEqual([0, 1]);
  });
});
