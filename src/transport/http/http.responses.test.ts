import { EventEmitter, getEventListeners, once } from 'node:events';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import type { Pool } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../../test/setup/clock.ts';
import { responseText, listen } from '../../../test/setup/sockets.ts';
import type { Script, ScriptedServer } from '../../../test/setup/sockets.ts';
import { openPool, send, TransportFailure } from './http.ts';
import type { HttpResponse, HttpRequest, SendOptions } from './http.ts';

const READ: HttpRequest = { method: 'GET', path: '/things/1', headers: {} };
const WRITE: HttpRequest = {
  method: 'POST',
  path: '/things',
  headers: { 'content-type': 'application/json' },
  body: '{"text":"hällo"}',
};
const MAX_BYTES = 1000;

async function open(
  script: Script,
): Promise<{ readonly server: ScriptedServer; readonly pool: Pool }> {
  const server = await listen(script);
  const pool = openPool(server.origin);
  onTestFinished(async () => {
    await pool.destroy();
    await server.close();
  });
  return { server, pool };
}

function trySend(
  pool: Pool,
  request: HttpRequest = READ,
  { within = 60_000, ...options }: Partial<SendOptions> & { readonly within?: number } = {},
): Promise<HttpResponse> {
  return send(pool, request, {
    deadline: performance.now() + within,
    maxBytes: MAX_BYTES,
    signal: new AbortController().signal,
    cancellable: request.method === 'GET',
    ...options,
  });
}

/** Time goes by when the test says so. */
function stop(): (ms: number) => void {
  const { pass, restore } = stopClock();
  onTestFinished(restore);
  return pass;
}

/** The response to a read, for which the server sends these bytes. */
async function responseTo(bytes: string | Buffer): Promise<HttpResponse> {
  const { pool } = await open((socket) => socket.write(bytes));
  return trySend(pool);
}

describe('the request', () => {
  it('is sent unchanged, and requests nothing more', async () => {
    const { server, pool } = await open((socket) => socket.write(responseText('')));
    await trySend(pool, {
      ...WRITE,
      path: '/v1/things?q=%20%2f',
      headers: { 'content-type': 'application/json', 'x-token': 't' },
    });
    expect(server.requests).toEqual([
      {
        method: 'POST',
        target: '/v1/things?q=%20%2f',
        headers: {
          host: `127.0.0.1:${server.port}`,
          connection: 'keep-alive',
          'content-type': 'application/json',
          'content-length': '17',
          'x-token': 't',
        },
        body: WRITE.body,
      },
    ]);
  });

  it('does not leave with a header that would end the line', async () => {
    const { server, pool } = await open((socket) => socket.write(responseText('')));
    await expect(
      trySend(pool, { ...WRITE, headers: { 'x-token': 'a\r\nx-other: b' } }),
    ).rejects.toMatchObject({ reason: 'CONNECTION_LOST', sent: false });
    await trySend(pool);
    expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
  });
});

describe('a request that is still going out', () => {
  const large: HttpRequest = { ...WRITE, body: 'x'.repeat(8 * 1024 * 1024) };

  async function openRaw(onConnection: (socket: Socket) => void) {
    const server = await listen(() => undefined, onConnection);
    const pool = openPool(server.origin);
    onTestFinished(async () => {
      await pool.destroy();
      await server.close();
    });
    return { server, pool };
  }

  it('and is cut counts as sent, and goes out no second time', async () => {
    const { server, pool } = await openRaw((socket) =>
      socket.once('data', () => {
        socket.resetAndDestroy();
      }),
    );
    await expect(trySend(pool, large)).rejects.toMatchObject({
      reason: 'CONNECTION_LOST',
      sent: true,
      status: null,
    });
    await pool.close();
    expect(server.connections()).toBe(1);
  });

  it('and runs into the deadline counts as sent', async () => {
    const pass = stop();
    const { pool } = await openRaw((socket) =>
      socket.once('data', () => {
        socket.pause();
        pass(60_000);
      }),
    );
    await expect(trySend(pool, large)).rejects.toMatchObject({
      reason: 'TIMEOUT',
      sent: true,
      status: null,
    });
  });

  it('may already have a response', async () => {
    const { pool } = await openRaw((socket) =>
      socket
        .once('data', () => socket.write(responseText('too much', { status: '413 Too Large' })))
        .resume(),
    );
    expect(await trySend(pool, large)).toMatchObject({ status: 413, body: 'too much' });
  });
});

describe('a response', () => {
  it.each([
    '200 OK',
    '204 No Content',
    '304 Not Modified',
    '400 Bad Request',
    '401 Unauthorized',
    '418 I am a teapot',
    '500 Oops',
    '503 Later',
    '599 Odd',
  ])('%s resolves with its status', async (status) => {
    const { status: got } = await responseTo(
      `HTTP/1.1 ${status}\r\n${/^(204|304)/.test(status) ? '' : 'Content-Length: 0\r\n'}\r\n`,
    );
    expect(got).toBe(Number(status.slice(0, 3)));
  });

  it.each([
    '301 Moved',
    '302 Found',
    '303 See Other',
    '307 Temporary Redirect',
    '308 Permanent Redirect',
  ])('%s is a response like others: no request goes to the other place', async (status) => {
    const elsewhere = await open((socket) => socket.write(responseText('elsewhere')));
    const { server, pool } = await open((socket) =>
      socket.write(
        responseText('moved', { status, headers: [`Location: ${elsewhere.server.origin}/`] }),
      ),
    );
    const response = await trySend(pool, WRITE);
    expect([response.status, response.body, response.header('location')]).toEqual([
      Number(status.slice(0, 3)),
      'moved',
      `${elsewhere.server.origin}/`,
    ]);
    expect(server.requests).toHaveLength(1);
    expect(elsewhere.server.connections()).toBe(0);
  });

  it.each([
    ['with a length', responseText('')],
    ['of chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['ended by a close', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'],
  ])('without a body, %s, has an empty one', async (_form, bytes) => {
    const { pool } = await open((socket) =>
      bytes.includes('close') ? socket.end(bytes) : socket.write(bytes),
    );
    expect((await trySend(pool)).body).toBe('');
  });

  it('may be ended by a close alone, as in HTTP/1.0', async () => {
    const { pool } = await open((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\n{"id":1}'));
    expect((await trySend(pool)).body).toBe('{"id":1}');
  });

  it.each([
    ['with a length', responseText('x'.repeat(MAX_BYTES))],
    [
      'of chunks',
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${MAX_BYTES.toString(16)}\r\n${'x'.repeat(MAX_BYTES)}\r\n0\r\n\r\n`,
    ],
  ])('%s passes when it is exactly as large as allowed', async (_form, bytes) => {
    expect((await responseTo(bytes)).body).toBe('x'.repeat(MAX_BYTES));
  });

  it('whose characters are cut apart on the way is put together again', async () => {
    const bytes = Buffer.from(responseText('{"text":"hällo 🗝"}'));
    const writeSlowly = async (socket: Socket) => {
      for (const byte of bytes) {
        socket.write(Buffer.of(byte));
        await turn(); // so that the bytes are read one by one
      }
    };
    const { pool } = await open((socket) => {
      void writeSlowly(socket);
    });
    expect((await trySend(pool)).body).toBe('{"text":"hällo 🗝"}');
  });

  it('loses a byte order mark at its begin, and only there', async () => {
    expect((await responseTo(responseText('\uFEFF{"a":"\uFEFF"}'))).body).toBe('{"a":"\uFEFF"}');
  });

  it.each([
    [
      'with a length over the limit',
      `HTTP/1.1 500 Oops\r\nX-Id: 1\r\nContent-Length: ${MAX_BYTES + 1}\r\n\r\n`,
    ],
    [
      'with more bytes than that',
      `HTTP/1.1 500 Oops\r\nX-Id: 1\r\n\r\n${'x'.repeat(MAX_BYTES + 1)}`,
    ],
  ])('that is an error %s is as good as its status', async (_what, text) => {
    const response = await responseTo(text);
    expect([
      response.status,
      response.header('x-id'),
      response.body,
      response.unreadable?.message,
    ]).toEqual([
      500,
      '1',
      '',
      `its body has more than the ${MAX_BYTES} bytes that the gateway reads`,
    ]);
  });

  it('is the final one: informational ones before it count for nothing', async () => {
    const hints =
      'HTTP/1.1 103 Early Hints\r\nX-Request-Id: early\r\nContent-Length: 5000\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n';
    const response = await responseTo(
      hints + responseText('{"id":1}', { status: '201 Created', headers: ['X-Request-Id: final'] }),
    );
    expect([response.status, response.header('x-request-id'), response.body]).toEqual([
      201,
      'final',
      '{"id":1}',
    ]);
  });

  it('has headers that are found whatever their case; of one that is repeated, the first', async () => {
    const response = await responseTo(
      responseText('', {
        headers: ['X-ReQuest-ID: abc', 'Retry-After: 1', 'retry-after: 2', 'X-Empty:'],
      }),
    );
    expect(
      ['x-request-id', 'X-Request-Id', 'RETRY-AFTER', 'x-empty', 'x-none'].map((name) =>
        response.header(name),
      ),
    ).toEqual(['abc', 'abc', '1', '', null]);
  });
});

describe('a caller who hangs up', () => {
  const seenClosing = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

  /** A server that leaves it to the test when to response. */
  async function patient() {
    const arrivals = new EventEmitter();
    const arrived = once(arrivals, 'request').then(([socket]) => socket as Socket);
    return { ...(await open((socket) => arrivals.emit('request', socket))), arrived };
  }

  it('cuts a read that was sent', async () => {
    const { server, pool, arrived } = await patient();
    const caller = new AbortController();
    const response = trySend(pool, READ, { signal: caller.signal });
    const socket = await arrived;
    const closed = seenClosing(socket);
    caller.abort();
    await expect(response).rejects.toMatchObject({ reason: 'CANCELLED', sent: true, status: null });
    await closed; // the server has seen it
    await pool.close();
    expect(server.requests).toHaveLength(1);
  });

  it('cuts a read in the middle of its response', async () => {
    const { pool, arrived } = await patient();
    const caller = new AbortController();
    const response = trySend(pool, READ, { signal: caller.signal });
    const socket = await arrived;
    const closed = seenClosing(socket);
    await new Promise((done) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{', done),
    );
    caller.abort();
    await expect(response).rejects.toMatchObject({ reason: 'CANCELLED', sent: true });
    await closed;
  });

  it('does not cut a write that was sent: it runs to its end', async () => {
    const { server, pool, arrived } = await patient();
    const caller = new AbortController();
    const response = trySend(pool, WRITE, { signal: caller.signal });
    const socket = await arrived;
    caller.abort();
    socket.write(responseText('{"id":1}', { status: '201 Created' }));
    expect(await response).toMatchObject({ status: 201, body: '{"id":1}' });
    expect(server.requests).toHaveLength(1);
  });

  it('does not lift the deadline of a write', async () => {
    const pass = stop();
    const { pool, arrived } = await patient();
    const caller = new AbortController();
    const response = trySend(pool, WRITE, { signal: caller.signal });
    void arrived.then(() => {
      caller.abort();
      pass(60_000);
    });
    await expect(response).rejects.toMatchObject({ reason: 'TIMEOUT', sent: true });
  });
});

it.each<[string, Script, { readonly within?: number; readonly abort?: boolean }]>([
  ['a response', (socket) => socket.write(responseText('')), {}],
  [
    'a reset',
    (socket) => {
      socket.resetAndDestroy();
    },
    {},
  ],
  [
    'a response that is too large',
    (socket) => socket.write(responseText('x'.repeat(MAX_BYTES + 1))),
    {},
  ],
  ['the deadline', () => undefined, { within: 50 }],
  ['a hang-up', () => undefined, { abort: true }],
])('leaves no listener at the caller after %s', async (_end, script, { within, abort }) => {
  const caller = new AbortController();
  const { pool } = await open((socket, request, count) => {
    script(socket, request, count);
    if (abort === true) caller.abort();
  });
  const ended = trySend(pool, READ, {
    signal: caller.signal,
    ...(within !== undefined && { within }),
  }).catch(() => undefined);
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(1);
  await ended;
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
});

describe('a connection that is kept', () => {
  it('serves one request after the other', async () => {
    const { server, pool } = await open((socket, { target }) => socket.write(responseText(target)));
    for (const path of ['/1', '/2', '/3']) {
      expect((await trySend(pool, { ...WRITE, path })).body).toBe(path);
      await turn(); // undici takes a connection back with the next turn of the event loop
    }
    expect(server.connections()).toBe(1);
  });

  it('never gives an unrequested response to the next request', async () => {
    const { server, pool } = await open((socket, { target }, count) =>
      socket.write(responseText(target) + (count === 1 ? responseText('unrequested') : '')),
    );
    expect((await trySend(pool, { ...WRITE, path: '/1' })).body).toBe('/1');
    expect((await trySend(pool, { ...WRITE, path: '/2' })).body).toBe('/2');
    expect(server.requests.map(({ target }) => target)).toEqual(['/1', '/2']);
  });

  it('may be closed by the server meanwhile: the next request takes another', async () => {
    const closed = new EventEmitter();
    const gone = once(closed, 'gone');
    const { server, pool } = await open((socket, { target }, count) => {
      if (count > 1) socket.write(responseText(target));
      else socket.once('close', () => closed.emit('gone')).end(responseText(target));
    });
    await trySend(pool, { ...WRITE, path: '/1' });
    await gone;
    expect((await trySend(pool, { ...WRITE, path: '/2' })).body).toBe('/2');
    expect(server.requests.map(({ target }) => target)).toEqual(['/1', '/2']);
  });

  it('may be closed by the server as the next request arrives: the request is lost, and not delivered twice', async () => {
    const { server, pool } = await open((socket, { target }, count) => {
      if (count === 2) socket.resetAndDestroy();
      else socket.write(responseText(target));
    });
    await trySend(pool, { ...WRITE, path: '/1' });
    await expect(trySend(pool, { ...WRITE, path: '/2' })).rejects.toMatchObject({
      reason: 'CONNECTION_LOST',
      sent: true,
    });
    expect((await trySend(pool, { ...WRITE, path: '/3' })).body).toBe('/3');
    expect(server.requests.map(({ target }) => target)).toEqual(['/1', '/2', '/3']);
  });

  it('may be closed by the server at the very moment: the next request gets a response or is lost, but never delivered twice', async () => {
    // The response does not say that the connection ends, so the next request may already be on it.
    const { server, pool } = await open((socket, { target }) => socket.end(responseText(target)));
    for (let round = 0; round < 50; round += 1) {
      const path = `/${round}`;
      const outcome: unknown = await trySend(pool, { ...WRITE, path }).catch(
        (error: unknown) => error,
      );
      if (outcome instanceof TransportFailure)
        expect(outcome).toMatchObject({ reason: 'CONNECTION_LOST', sent: true });
      else expect(outcome).toMatchObject({ body: path });
    }
    const targets = server.requests.map(({ target }) => target);
    expect(targets).toEqual([...new Set(targets)]);
  });
});
