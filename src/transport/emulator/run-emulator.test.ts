import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { stopClock } from '../../../test/setup/clock.ts';
import { dial } from '../../../test/setup/sockets.ts';
import { isObject, readJson, Refused } from './emulator.ts';
import type { EmulatorDefinition, RunningEmulator } from './emulator.ts';
import { runEmulator } from './run-emulator.ts';

let written: string[];
let emulator: RunningEmulator;

/** An upstream that keeps notes: enough to see whether a write was applied. */
function notebook(): EmulatorDefinition {
  return {
    environment: (url) => ({ NOTEBOOK_URL: `${url}/v1` }),
    redirectUris: (url) => [`${url}/back`],
    exampleHeaders: { 'X-Notebook': 'token' },
    notes: [{ label: 'token', value: 'token' }],
    everyResponse: () => ({ 'X-Served-By': 'notebook' }),
    errorResponse: ({ method }, status, message, data) => ({
      status,
      body: { problem: message, data, method },
    }),
    routes: [
      {
        method: 'POST',
        path: '/v1/notes',
        handle(request) {
          const note = readJson(request);
          if (!isObject(note)) throw new Refused({ status: 400, body: 'no note' });
          written.push(request.body);
          return { status: 201, body: note, headers: { Location: `/v1/notes/${written.length}` } };
        },
      },
      { method: 'GET', path: '/v1/notes/:id', handle: (_, id) => ({ status: 200, body: { id } }) },
      {
        method: 'GET',
        path: '/v1/notes/:id/pages/:page',
        handle: (_, ...ids) => ({ status: 200, body: ids }),
      },
      {
        method: 'GET',
        path: '/v1/later',
        handle: async ({ origin }) => {
          await Promise.resolve();
          return { status: 200, body: origin };
        },
      },
      { method: 'DELETE', path: '/v1/notes/:id', handle: () => ({ status: 204 }) },
      {
        method: 'GET',
        path: '/v1/broken',
        handle: () => {
          throw new TypeError('oops');
        },
      },
    ],
  };
}

beforeEach(async () => {
  written = [];
  emulator = await runEmulator(notebook());
});
afterEach(() => emulator.close());

const json = { 'Content-Type': 'application/json' };
const NOTE = '{"text":"hällo"}';

function post(path = '/v1/notes', init: RequestInit = {}): Promise<Response> {
  return fetch(emulator.url + path, { method: 'POST', headers: json, body: NOTE, ...init });
}

async function plan(planned: unknown): Promise<{ status: number; body: unknown }> {
  const response = await post('/__emulator/faults', { body: JSON.stringify(planned) });
  return { status: response.status, body: await response.json() };
}

async function reset(promise: Promise<unknown>): Promise<void> {
  await expect(promise).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
}

describe('the header Host', () => {
  const ask = async (host: string, path = '/v1/notes/1') => {
    const client = await dial(emulator.url);
    client.socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    return client.ended;
  };

  it.each(['localhost', 'localhost:80', '[::1]:80', 'notes.localhost'])(
    'may be %s',
    async (host) => {
      expect(await ask(host)).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

  it.each([
    ['evil.example.com', '/v1/notes/1'],
    ['evil.example.com:80', '/__emulator/faults'],
    ['192.168.0.7', '/v1/notes/1'],
  ])('of another machine is refused, and nothing is done: %s %s', async (host, path) => {
    const response = await ask(host, path);
    expect(response).toMatch(/^HTTP\/1\.1 403 /);
    expect(response).toContain('development on this machine alone');
    expect(emulator.requests).toEqual([]);
  });
});

describe('routes', () => {
  it('serves on loopback, on a free port, what its definition says', () => {
    expect(emulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(emulator.environment).toEqual({ NOTEBOOK_URL: `${emulator.url}/v1` });
    expect(emulator.exampleHeaders).toEqual({ 'X-Notebook': 'token' });
    expect(emulator.notes).toEqual([{ label: 'token', value: 'token' }]);
  });

  it('sends JSON with the headers of the response and of the upstream', async () => {
    const response = await post();
    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('location')).toBe('/v1/notes/1');
    expect(response.headers.get('x-served-by')).toBe('notebook');
    expect(await response.json()).toEqual({ text: 'hällo' });
  });

  it.each([
    ['/v1/notes/a%20b%2Fc?x=%zz', 200, { id: 'a b/c' }],
    ['/v1/notes/%zz', 200, { id: '%zz' }],
    ['/v1/notes/1/pages/2', 200, ['1', '2']],
    ['/v1/notes/', 404, { problem: 'There is no GET /v1/notes/ here.', data: null, method: 'GET' }],
    ['/v1/notes', 404, { problem: 'There is no GET /v1/notes here.', data: null, method: 'GET' }],
    [
      '/v1/broken',
      500,
      { problem: 'The emulator failed: TypeError: oops', data: null, method: 'GET' },
    ],
    [
      '/__emulator/other',
      404,
      { message: 'There is only /__emulator/faults here, with GET, POST and DELETE.' },
    ],
  ])('responds to GET %s with %i', async (path, status, body) => {
    const response = await fetch(emulator.url + path);
    expect({ status: response.status, body: (await response.json()) as unknown }).toEqual({
      status,
      body,
    });
  });

  it('refuses a body that is not UTF-8', async () => {
    const response = await post('/v1/notes', { body: Buffer.from('{"text":"café"}', 'latin1') });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('The body is not valid UTF-8.');
    expect(emulator.requests.at(-1)?.body).toBe('{"text":"café"}');
  });

  it('does not read a body of more than a megabyte', async () => {
    const body = (length: number) => ({ body: JSON.stringify({ text: 'x'.repeat(length) }) });
    expect((await post('/v1/notes', body(1_048_565))).status).toBe(201);
    await expect(post('/v1/notes', body(1_048_566))).rejects.toThrow();
    expect(written).toHaveLength(1);
  });

  it('waits for a handler, and tells it where the emulator is', async () => {
    const response = await fetch(`${emulator.url}/v1/later`);
    expect([response.status, await response.text()]).toEqual([200, emulator.url]);
    expect(emulator.redirectUris).toEqual([`${emulator.url}/back`]);
  });

  it.each([
    ['text that is not JSON', { body: '{' }],
    ['another content type', { headers: { 'Content-Type': 'text/plain' } }],
    [
      'a content type that only begins like JSON',
      { headers: { 'Content-Type': 'application/json5' } },
    ],
    ['no body and no content type', { headers: {}, body: null }],
  ])('does not read %s as JSON, and responds with a refusal', async (_, init) => {
    const response = await post('/v1/notes', init);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('no note');
  });

  it('responds without a body', async () => {
    const response = await fetch(`${emulator.url}/v1/notes/1`, { method: 'DELETE' });
    expect([response.status, await response.text(), response.headers.get('content-type')]).toEqual([
      204,
      '',
      null,
    ]);
  });
});

describe('records', () => {
  it('every request as it came, but not those to its own routes', async () => {
    await post('/v1/notes?a=%20b', { headers: { ...json, Authorization: 'Bearer t' } });
    await fetch(`${emulator.url}/__emulator/faults`);
    expect(emulator.requests).toEqual([
      {
        method: 'POST',
        target: '/v1/notes?a=%20b',
        headers: expect.objectContaining({ authorization: 'Bearer t' }) as unknown,
        body: NOTE,
      },
    ]);
  });

  it('the latest thousand', async () => {
    for (let sent = 0; sent < 1002; sent += 1)
      await (await fetch(`${emulator.url}/v1/notes/${sent}`)).text();
    expect(emulator.requests).toHaveLength(1000);
    expect(emulator.requests[0]?.target).toBe('/v1/notes/2');
    expect(emulator.requests.at(-1)?.target).toBe('/v1/notes/1001');
  });
});

/** Time goes by when the test says so. */
function stop(): (ms: number) => void {
  const { pass, restore } = stopClock();
  onTestFinished(restore);
  return pass;
}

/** Posts a note. @returns once it has arrived */
async function postAndArrive(
  init: RequestInit = {},
): Promise<{ readonly response: Promise<Response> }> {
  const before = emulator.requests.length;
  const response = post('/v1/notes', init);
  response.catch(() => undefined);
  await vi.waitFor(() => {
    expect(emulator.requests).toHaveLength(before + 1);
  });
  return { response };
}

/** Posts a note, and hangs up once it has arrived and the test has done something more: no sooner, however busy the machine is. */
async function signal(meanwhile: () => void = () => undefined): Promise<void> {
  const caller = new AbortController();
  const { response } = await postAndArrive({ signal: caller.signal });
  meanwhile();
  caller.abort();
  await expect(response).rejects.toMatchObject({ name: 'AbortError' });
}

describe('faults', () => {
  it('hit the requests they are for, as often as they say, the oldest first', async () => {
    await plan({
      method: 'post',
      path: '/v1/no',
      times: 2,
      fault: { kind: 'status', status: 503 },
    });
    await plan({ times: 'always', fault: { kind: 'status', status: 418 } });
    const statuses: number[] = [];
    for (let sent = 0; sent < 3; sent += 1) statuses.push((await post()).status);
    statuses.push((await fetch(`${emulator.url}/v1/notes/1`)).status);
    expect(statuses).toEqual([503, 503, 418, 418]);
  });

  it('match the decoded path', async () => {
    await plan({ path: '/v1/notes/a b', fault: { kind: 'status', status: 503 } });
    expect((await fetch(`${emulator.url}/v1/notes/other`)).status).toBe(200);
    expect((await fetch(`${emulator.url}/v1/notes/a%20b`)).status).toBe(503);
  });

  it('are listed with what is left of them, and cleared', async () => {
    const fault = { kind: 'hang' };
    expect(await plan({ times: 3, fault })).toEqual({ status: 201, body: { times: 3, fault } });
    expect(await plan({ path: '/x', fault })).toEqual({
      status: 201,
      body: { path: '/x', times: 1, fault },
    });
    await plan({ method: 'GET', times: 'always', fault: { kind: 'delay', ms: 0 } });
    await signal();

    const listed = await fetch(`${emulator.url}/__emulator/faults`);
    expect(await listed.json()).toEqual([
      { times: 2, fault },
      { path: '/x', times: 1, fault },
      { method: 'GET', times: 'always', fault: { kind: 'delay', ms: 0 } },
    ]);
    expect((await fetch(`${emulator.url}/__emulator/faults`, { method: 'DELETE' })).status).toBe(
      204,
    );
    expect((await post()).status).toBe(201);
  });

  it.each([
    ['what is not a JSON object', 'x', /^the JSON body: .*expected object/],
    ['a missing fault', {}, /^fault: wants a kind: status, html/],
    ['an unknown kind', { fault: { kind: 'x' } }, /^fault\.kind: wants a kind: status, html/],
    ['an unknown member', { tims: 1, fault: { kind: 'hang' } }, /^the JSON body: .*"tims"/],
    ['a member of another kind', { fault: { kind: 'hang', ms: 1 } }, /^fault: .*"ms"/],
    ['a missing delay', { fault: { kind: 'delay' } }, /^fault\.ms: .*expected number/],
    ['a delay below zero', { fault: { kind: 'applyLater', ms: -1 } }, /^fault\.ms: /],
    ['a status that ends nothing', { fault: { kind: 'status', status: 100 } }, /^fault\.status: /],
    ['a missing status', { fault: { kind: 'echo' } }, /^fault\.status: /],
    [
      'a bad header',
      { fault: { kind: 'status', status: 200, headers: { A: 'b\r\n' } } },
      /^fault\.headers: holds a name/,
    ],
    ['a relative path', { path: 'v1', fault: { kind: 'hang' } }, /^path: /],
    ['no times at all', { times: 0, fault: { kind: 'hang' } }, /^times: /],
    [
      'other words for times',
      { times: 'never', fault: { kind: 'hang' } },
      /^times: wants a whole number from 1, or "always"/,
    ],
    ['a method that is not text', { method: 1, fault: { kind: 'hang' } }, /^method: /],
  ])('%s is refused by name', async (_, planned, message) => {
    expect(await plan(planned)).toEqual({
      status: 400,
      body: { message: expect.stringMatching(message) as unknown },
    });
    expect((await post()).status).toBe(201);
  });

  it('has the kinds that docs/emulators.md lists', async () => {
    const page = readFileSync(new URL('../../../docs/emulators.md', import.meta.url), 'utf8');
    const [, table = ''] = /^\| `kind` [^]*?\n([^]*?)\n\n/m.exec(page) ?? [];
    const listed = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, kind]) => kind);
    const { body } = await plan({});
    const [, kinds = ''] = /wants a kind: (.*)$/.exec((body as { message: string }).message) ?? [];
    expect(listed.sort()).toEqual(kinds.split(/, | or /).sort());
  });

  it.each<[string, { body?: unknown; headers?: Record<string, string> }, string, string | null]>([
    ['JSON', { body: { a: 1 } }, '{"a":1}', 'application/json; charset=utf-8'],
    ['null', { body: null }, 'null', 'application/json; charset=utf-8'],
    ['text', { body: 'busy' }, 'busy', 'text/plain; charset=utf-8'],
    [
      'text of a type',
      { body: '<x/>', headers: { 'content-type': 'text/xml' } },
      '<x/>',
      'text/xml',
    ],
    ['nothing', { headers: { 'Retry-After': '3' } }, '', null],
  ])('status sends %s, nothing applied', async (_, rest, body, type) => {
    await plan({ fault: { kind: 'status', status: 429, ...rest } });
    const response = await post();
    expect([response.status, await response.text(), response.headers.get('content-type')]).toEqual([
      429,
      body,
      type,
    ]);
    for (const [name, value] of Object.entries(rest.headers ?? {}))
      expect(response.headers.get(name)).toBe(value);
    expect(response.headers.get('x-served-by')).toBe('notebook');
    expect(written).toEqual([]);
  });

  it.each([
    [{}, 502],
    [{ status: 200 }, 200],
  ])('html sends a page, nothing applied (%j)', async (rest, status) => {
    await plan({ fault: { kind: 'html', ...rest } });
    const response = await post();
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      'text/html; charset=utf-8',
    ]);
    expect(await response.text()).toMatch(/^<!DOCTYPE html>/);
    expect(written).toEqual([]);
  });

  it("echo sends the upstream's error with credentials and body in message and data", async () => {
    await plan({ fault: { kind: 'echo', status: 400 } });
    const response = await post('/v1/notes', {
      headers: { ...json, Authorization: 'Bearer abc', 'X-Auth-Token': 'xyz' },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      problem: `Refused: Bearer abc xyz ${NOTE}`,
      data: { Authorization: 'Bearer abc', 'X-Auth-Token': 'xyz', Body: NOTE },
      method: 'POST',
    });
    expect(written).toEqual([]);
  });

  it('delay applies and responds late', async () => {
    const pass = stop();
    await plan({ fault: { kind: 'delay', ms: 5_000 } });
    const { response } = await postAndArrive();
    pass(4_999);
    expect(written).toEqual([]);
    pass(1);
    expect((await response).status).toBe(201);
    expect(written).toEqual([NOTE]);
  });

  it('delay outlives a caller who hung up', async () => {
    const pass = stop();
    await plan({ fault: { kind: 'delay', ms: 5_000 } });
    await signal();
    pass(5_000);
    expect(written).toEqual([NOTE]);
    expect((await post()).status).toBe(201);
  });

  it('reset ends the connection once the request is read, nothing applied', async () => {
    await plan({ fault: { kind: 'reset' } });
    await reset(post());
    expect(emulator.requests.map(({ body }) => body)).toEqual([NOTE]);
    expect(written).toEqual([]);
  });

  it('applyThenReset ends the connection after applying', async () => {
    await plan({ fault: { kind: 'applyThenReset' } });
    await reset(post());
    expect(written).toEqual([NOTE]);
  });

  it('truncate applies, and sends half of the body under the length of the whole', async () => {
    await plan({ fault: { kind: 'truncate' } });
    const response = await post();
    expect([response.status, response.headers.get('content-length')]).toEqual([
      201,
      String(Buffer.byteLength(NOTE)),
    ]);
    const received = await response.body?.getReader().read();
    expect(Buffer.from(received?.value ?? []).toString()).toBe('{"text":');
    expect(written).toEqual([NOTE]);

    await plan({ fault: { kind: 'truncate' } });
    await expect((await post()).text()).rejects.toMatchObject({ message: 'terminated' });
  });

  it.each<[string, string[]]>([
    ['hang', []],
    ['applyThenHang', [NOTE]],
  ])('%s never responds', async (kind, applied) => {
    const pass = stop();
    await plan({ fault: { kind } });
    await signal(() => {
      pass(3_600_000);
    });
    expect(written).toEqual(applied);
  });

  it('applyLater never responds, and applies although the caller has hung up', async () => {
    const pass = stop();
    await plan({ fault: { kind: 'applyLater', ms: 5_000 } });
    await signal();
    expect(written).toEqual([]);
    pass(5_000);
    expect(written).toEqual([NOTE]);
  });
});

describe('closing', () => {
  it('ends idle and hanging connections, drops what was still to be applied, and may be repeated', async () => {
    const pass = stop();
    await (await post()).text();
    await plan({ fault: { kind: 'applyLater', ms: 5_000 } });
    const { response } = await postAndArrive();
    await emulator.close();
    await expect(response).rejects.toThrow('fetch failed');
    pass(5_000);
    expect(written).toHaveLength(1);
    await emulator.close();
    await expect(post()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  it('leaves the port free for the next one, and a taken port is an error', async () => {
    const port = Number(new URL(emulator.url).port);
    await expect(runEmulator(notebook(), { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await emulator.close();
    emulator = await runEmulator(notebook(), { port, host: '127.0.0.1' });
    expect(emulator.url).toBe(`http://127.0.0.1:${port}`);
    expect((await post()).status).toBe(201);
  });
});
