import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Dispatcher, Pool } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../../test/setup/clock.ts';
import { responseBegun, responseText, listen } from '../../../test/setup/sockets.ts';
import type { Script, ScriptedServer } from '../../../test/setup/sockets.ts';
import { openPool, send, TransportFailure } from './http.ts';
import type { HttpResponse, HttpRequest, SendOptions, TransportFailureReason } from './http.ts';

const BODY = '{"text":"hällo"}';
const READ: HttpRequest = { method: 'GET', path: '/things/1', headers: {} };
const WRITE: HttpRequest = {
  method: 'POST',
  path: '/things',
  headers: { 'content-type': 'application/json' },
  body: BODY,
};
const BOTH = [
  ['GET', READ],
  ['POST', WRITE],
] as const;

const MAX_BYTES = 1000;
const SOON = 100;

function trySend(
  dispatcher: Dispatcher,
  request: HttpRequest,
  { within = 60_000, ...options }: Partial<SendOptions> & { readonly within?: number } = {},
): Promise<HttpResponse> {
  return send(dispatcher, request, {
    deadline: performance.now() + within,
    maxBytes: MAX_BYTES,
    signal: new AbortController().signal,
    cancellable: request.method === 'GET',
    ...options,
  });
}

async function failureOf(
  response: Promise<HttpResponse>,
): Promise<Pick<TransportFailure, 'reason' | 'sent' | 'status'>> {
  const outcome = await response.catch((error: unknown) => error);
  if (!(outcome instanceof TransportFailure))
    throw new Error(`This is no failure of the transport: ${JSON.stringify(outcome)}`);
  const { reason, sent, status } = outcome;
  return { reason, sent, status };
}

function closing(pool: Pool): Pool {
  onTestFinished(() => pool.destroy());
  return pool;
}

async function serving(
  script: Script,
  onConnection?: (socket: Socket) => void,
): Promise<ScriptedServer> {
  const server = await listen(script, onConnection);
  onTestFinished(server.close);
  return server;
}

/** Nothing listens on the discard port; one that was free a moment ago may be another process's by now. */
const REFUSING_ORIGIN = 'http://127.0.0.1:9';

/** A pool of one connection, which a request keeps busy until the test responds. */
async function busyPool() {
  const arrivals = new EventEmitter();
  const server = await serving((socket, { target }) => {
    if (target === '/busy') arrivals.emit('busy', socket);
    else socket.write(responseText('done'));
  });
  const pool = closing(new Pool(server.origin, { connections: 1, pipelining: 1 }));
  const arrived = once(arrivals, 'busy');
  const first = trySend(pool, { ...READ, path: '/busy' });
  const [socket] = (await arrived) as [Socket];
  return { pool, server, first, finishFirst: () => socket.write(responseText('late')) };
}

/** The targets of all requests that came, once the pool has done all that it was going to do. */
async function targetsAfter(pool: Pool, server: ScriptedServer): Promise<string[]> {
  await trySend(pool, { ...READ, path: '/last' });
  await pool.close();
  return server.requests.map(({ target }) => target);
}

describe.each(BOTH)('a %s that never left', (_method, request) => {
  const notSent = (reason: TransportFailureReason) => ({ reason, sent: false, status: null });

  it('because the port is closed', async () => {
    const pool = closing(openPool(REFUSING_ORIGIN));
    expect(await failureOf(trySend(pool, request))).toEqual(notSent('CONNECTION_LOST'));
  });

  it('because the name does not exist', async () => {
    const noSuchName = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const pool = closing(
      new Pool('http://does-not-exist.invalid', {
        connect: {
          lookup: (_name, _options, done) => {
            done(noSuchName, []);
          },
        },
      }),
    );
    expect(await failureOf(trySend(pool, request))).toEqual(notSent('CONNECTION_LOST'));
  });

  it.each<[string, TransportFailureReason, (socket: Socket) => void]>([
    [
      'a response in plain text',
      'TLS_FAILED',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    ],
    [
      'an alert',
      'TLS_FAILED',
      (socket) => socket.once('data', () => socket.end(Buffer.of(0x15, 3, 3, 0, 2, 2, 40))),
    ],
    [
      'cut',
      'CONNECTION_LOST',
      (socket) =>
        socket.once('data', () => {
          socket.resetAndDestroy();
        }),
    ],
    ['refused by a close', 'CONNECTION_LOST', (socket) => socket.once('data', () => socket.end())],
  ])('because the TLS handshake was %s: %s', async (_what, reason, onConnection) => {
    const server = await serving(() => undefined, onConnection);
    const pool = closing(openPool(`https://127.0.0.1:${server.port}`));
    expect(await failureOf(trySend(pool, request))).toEqual(notSent(reason));
    expect(server.connections()).toBe(1);
  });

  it('because the TLS handshake did not end before the deadline', async () => {
    const server = await serving(
      () => undefined,
      () => undefined,
    );
    const pool = closing(openPool(`https://127.0.0.1:${server.port}`));
    expect(await failureOf(trySend(pool, request, { within: SOON }))).toEqual(notSent('TIMEOUT'));
  });

  it('because no connection came about before the deadline', async () => {
    const pool = closing(new Pool('http://127.0.0.1', { connect: () => undefined }));
    expect(await failureOf(trySend(pool, request, { within: SOON }))).toEqual(notSent('TIMEOUT'));
  });

  it('because no connection was free before the deadline; it does not leave later either', async () => {
    const { pool, server, first, finishFirst } = await busyPool();
    expect(await failureOf(trySend(pool, request, { within: SOON }))).toEqual(notSent('TIMEOUT'));
    finishFirst();
    expect((await first).body).toBe('late');
    expect(await targetsAfter(pool, server)).toEqual(['/busy', '/last']);
  });

  it('because the deadline was over from the start', async () => {
    class Eager extends Dispatcher {
      override dispatch(
        _options: Dispatcher.DispatchOptions,
        handler: Dispatcher.DispatchHandler,
      ): boolean {
        handler.onRequestStart?.(
          {
            paused: false,
            aborted: false,
            reason: null,
            abort: () => undefined,
            pause: () => undefined,
            resume: () => undefined,
          },
          null,
        );
        return true;
      }
    }
    expect(await failureOf(trySend(new Eager(), request, { within: -1 }))).toEqual(
      notSent('TIMEOUT'),
    );
  });

  it('because the caller had hung up before', async () => {
    const server = await serving((socket) => socket.write(responseText('done')));
    const pool = closing(openPool(server.origin));
    expect(await failureOf(trySend(pool, request, { signal: AbortSignal.abort() }))).toEqual(
      notSent('CANCELLED'),
    );
    expect(await targetsAfter(pool, server)).toEqual(['/last']);
  });

  it.each([[true], [false]])(
    'because the caller hung up while it waited for a connection; cancellable: %s',
    async (cancellable) => {
      const { pool, server, first, finishFirst } = await busyPool();
      const caller = new AbortController();
      const second = trySend(pool, request, { signal: caller.signal, cancellable });
      caller.abort();
      expect(await failureOf(second)).toEqual(notSent('CANCELLED'));
      finishFirst();
      await first;
      expect(await targetsAfter(pool, server)).toEqual(['/busy', '/last']);
    },
  );

  it('because the pool is closed', async () => {
    const server = await serving((socket) => socket.write(responseText('done')));
    const pool = openPool(server.origin);
    await pool.destroy();
    expect(await failureOf(trySend(pool, request))).toEqual(notSent('CLOSED'));
    expect(server.connections()).toBe(0);
  });
});

interface Broken {
  readonly what: string;
  readonly script: Script;
  readonly reason: TransportFailureReason;
  /** Null if no response began; a list if that depends on the operating system. */
  readonly status: number | null | readonly (number | null)[];
}

const HEAD = 'HTTP/1.1 201 Created\r\n';
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const lost = (what: string, script: Script, status: Broken['status'] = null): Broken => ({
  what,
  script,
  status,
  reason: 'CONNECTION_LOST',
});
const invalid = (what: string, script: Script, status: Broken['status'] = null): Broken => ({
  what,
  script,
  status,
  reason: 'PROTOCOL_ERROR',
});
const late = (what: string, script: Script, status: Broken['status'] = null): Broken => ({
  what,
  script,
  status,
  reason: 'TIMEOUT',
});
const large = (what: string, script: Script, status: number): Broken => ({
  what,
  script,
  status,
  reason: 'TOO_LARGE',
});

const BROKEN: readonly Broken[] = [
  lost('a reset once it was read', (socket) => {
    socket.resetAndDestroy();
  }),
  lost('a close without a response', (socket) => socket.end()),
  lost('a close within the status line', (socket) => socket.end('HTTP/1.1 20')),
  lost('a close within the headers', (socket) => socket.end(`${HEAD}Content-Length: 1`)),
  lost('a close before the body', (socket) => socket.end(`${HEAD}Content-Length: 10\r\n\r\n`), 201),
  lost(
    'a body that is shorter than its length',
    (socket) => socket.end(`${HEAD}Content-Length: 10\r\n\r\n{"id":`),
    201,
  ),
  lost(
    'a body that is shorter than its length, on a connection to be closed',
    (socket) => socket.end(`${HEAD}Connection: close\r\nContent-Length: 10\r\n\r\n{"id":`),
    201,
  ),
  lost(
    'a reset within the body',
    (socket) =>
      socket.write(`${HEAD}Content-Length: 10\r\n\r\n{"id":`, () => {
        socket.resetAndDestroy();
      }),
    [null, 201],
  ),
  lost(
    'chunks without the last one',
    (socket) => socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunk('{"id":1}')}`),
    201,
  ),
  lost(
    'chunks without the last one, on a connection to be closed',
    (socket) =>
      socket.end(
        `${HEAD}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('{"id":1}')}`,
      ),
    201,
  ),
  lost(
    'a chunk that is cut',
    (socket) => socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\nff\r\n{"id":1}`),
    201,
  ),
  invalid(
    'a chunk of no readable size',
    (socket) => socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{"id":1}`),
    201,
  ),
  invalid('something that is no HTTP', (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')),
  invalid('a length that is no number', (socket) =>
    socket.write(`${HEAD}Content-Length: ten\r\n\r\n{}`),
  ),
  invalid('two lengths that differ', (socket) =>
    socket.write(`${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`),
  ),
  {
    what: 'headers without an end',
    script: (socket) => socket.write(`${HEAD}X-Filler: ${'x'.repeat(100_000)}`),
    status: null,
    reason: 'HEADERS_TOO_LARGE',
  },
  invalid('a protocol switch that nobody asked for', (socket) =>
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    ),
  ),
  invalid('a protocol switch that does not say to what', (socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
  ),
  invalid('100 Continue that nobody asked for', (socket) =>
    socket.write(
      `HTTP/1.1 100 Continue\r\n\r\n${responseText('{"id":1}', { status: '201 Created' })}`,
    ),
  ),
  invalid('a body as HTTP/0.9 has it', (socket) => socket.end('<html>hello</html>')),
  invalid('HTTP/2', (socket) => socket.write(Buffer.of(0, 0, 0, 4, 0, 0, 0, 0, 0))),
  invalid('an alert of TLS', (socket) => socket.end(Buffer.of(0x15, 3, 3, 0, 2, 2, 40))),
  invalid('a status that is no number', (socket) => socket.write('HTTP/1.1 abc OK\r\n\r\n')),
  invalid('a status below 100', (socket) =>
    socket.write('HTTP/1.1 099 Hm\r\nContent-Length: 2\r\n\r\n{}'),
  ),
  invalid('lines without a carriage return', (socket) =>
    socket.write('HTTP/1.1 200 OK\nContent-Length: 2\n\n{}'),
  ),
  invalid('a header with a space in its name', (socket) =>
    socket.write(`${HEAD}Bad Header: x\r\nContent-Length: 2\r\n\r\n{}`),
  ),
  invalid('a header with a zero byte', (socket) =>
    socket.write(`${HEAD}X: a\0b\r\nContent-Length: 2\r\n\r\n{}`),
  ),
  invalid('a length beside chunks', (socket) =>
    socket.write(
      `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    ),
  ),
  invalid(
    'a 204 with a body',
    (socket) => socket.write('HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}'),
    204,
  ),
  late('silence', () => undefined),
  late('an informational response, then silence', (socket) =>
    socket.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'),
  ),
  late('silence within the headers', (socket) => socket.write(`${HEAD}Content-Length: 10\r\n`)),
  late(
    'silence after the headers',
    (socket) => socket.write(`${HEAD}Content-Length: 10\r\n\r\n`),
    201,
  ),
  late(
    'silence within the body',
    (socket) => socket.write(`${HEAD}Content-Length: 10\r\n\r\n{"id":`),
    201,
  ),
  late(
    'silence after a chunk',
    (socket) => socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunk('{"id":1}')}`),
    201,
  ),
  large(
    'a length over the limit',
    (socket) => socket.write(`${HEAD}Content-Length: ${MAX_BYTES + 1}\r\n\r\n`),
    201,
  ),
  large(
    'chunks over the limit',
    (socket) =>
      socket.write(
        `${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunk('x'.repeat(MAX_BYTES))}${chunk('x')}`,
      ),
    201,
  ),
  large(
    'bytes over the limit, although not characters',
    (socket) =>
      socket.write(
        `${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunk('ä'.repeat(MAX_BYTES / 2 + 1))}`,
      ),
    201,
  ),
  large(
    'a body over the limit that only a close would end',
    (socket) => socket.write(`${HEAD}\r\n${'x'.repeat(MAX_BYTES + 1)}`),
    201,
  ),
];

describe.each(BOTH)('a %s that was sent, and met with', (_method, request) => {
  it.each(BROKEN)('$what: $reason', async ({ script, reason, status }) => {
    const server = await serving(script);
    const pool = closing(openPool(server.origin));
    const { pass, restore } = stopClock();
    onTestFinished(restore);

    const sending = failureOf(trySend(pool, request));
    if (reason === 'TIMEOUT') {
      await (status === null ? server.received(1) : responseBegun(server.origin));
      pass(60_000);
    }
    const failure = await sending;

    expect(failure).toEqual({
      reason,
      sent: true,
      status: Array.isArray(status) ? (expect.toBeOneOf(status) as unknown) : status,
    });
    await pool.close(); // whatever the pool still wanted to send would go now
    expect(
      server.requests.map(({ method, target, body }) => ({ method, path: target, body })),
    ).toEqual([{ method: request.method, path: request.path, body: request.body ?? '' }]);
  });
});
