import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeApiKey } from '../setup/api-keys.ts';
import { stopClock } from '../setup/clock.ts';
import { createBody, READ, startWithEmulator, startWithScript } from '../setup/ordercloud.ts';
import { startScriptedUpstream } from '../setup/scripted-upstream.ts';
import { responseText } from '../setup/sockets.ts';

/* How many requests are served at the same time, and how long callers may take to send one. */

const FOUND = responseText('{"ID":"example-existing"}');
const OVERLOADED = {
  status: 503,
  errors: [
    {
      message:
        'The gateway is already serving its maximum number of requests (LIMIT_IN_FLIGHT). Nothing was executed: it is safe to send the request again.',
      extensions: { code: 'OVERLOADED', requestId: expect.any(String) as string },
    },
  ],
};

/** A gateway with two concurrency slots, over an upstream that responds when the test says so. */
async function startPatient(environment: Record<string, string> = {}) {
  const waiting: Socket[] = [];
  const gateway = await startWithScript(
    (socket) => {
      waiting.push(socket);
    },
    { LIMIT_IN_FLIGHT: '2', ...environment },
  );
  return {
    ...gateway,
    respondAll: () => {
      for (const socket of waiting.splice(0)) socket.write(FOUND);
    },
  };
}

describe('LIMIT_IN_FLIGHT', () => {
  it('refuses what is too much at once, while the others go on, and then has room again', async () => {
    const { read, create, server, respondAll, origin, logs } = await startPatient();
    const slow = [read(), read()];
    await server.received(2);

    const refused = [await read(), await create('refused')];
    for (const response of refused) {
      expect(response).toMatchObject(OVERLOADED);
      expect(response.headers.has('retry-after')).toBe(false);
    }
    expect((await fetch(`${origin}/livez`)).status).toBe(200);
    expect((await fetch(`${origin}/readyz`)).status).toBe(200);
    expect(server.requests).toHaveLength(2);
    expect(
      logs.filter(({ msg }) => msg === 'request refused').map((line) => line['codes']),
    ).toEqual([['OVERLOADED'], ['OVERLOADED']]);

    respondAll();
    for (const response of await Promise.all(slow))
      expect(response.data).toMatchObject({
        openIdConnect: { __typename: 'OpenIdConnectSuccess' },
      });
    const next = read();
    await server.received(3);
    respondAll();
    expect((await next).data).toMatchObject({
      openIdConnect: { __typename: 'OpenIdConnectSuccess' },
    });
  });

  it('has the places back of callers who hang up', async () => {
    const { say, requestText, server, post } = await startPatient();
    for (let round = 1; round <= 3; round += 1) {
      const clients = [
        await say(requestText(JSON.stringify({ query: READ }))),
        await say(requestText(JSON.stringify({ query: READ }))),
      ];
      await server.received(2 * round);
      expect((await post('{ __typename }')).status).toBe(503);
      for (const { socket } of clients) socket.destroy();
      await vi.waitFor(async () => {
        expect((await post('{ __typename }')).status).toBe(200);
      });
    }
  });

  it('has the places back of requests that wait behind others on their connection', async () => {
    const { say, requestText, server, post } = await startPatient();
    const client = await say(requestText(JSON.stringify({ query: READ })).repeat(2));
    await server.received(2);
    expect((await post('{ __typename }')).status).toBe(503);
    client.socket.destroy();
    await vi.waitFor(async () => {
      expect((await post('{ __typename }')).status).toBe(200);
    });
    const again = await say(requestText(JSON.stringify({ query: READ })).repeat(2));
    // With one place lost there would be room for one of them.
    await server.received(4);
    again.socket.destroy();
  });
});

describe('callers who wait to be let in', () => {
  it('take no place of those who are: these are served while the issuer does not respond', async () => {
    const { restore } = stopClock();
    onTestFinished(restore);
    const issuer = await startScriptedUpstream();
    onTestFinished(issuer.close);
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    issuer.respondWith(() => released.then(() => ({ status: 200, body: '{"keys":[]}' })));
    const apiKey = makeApiKey();
    onTestFinished(apiKey.remove);
    const { post } = await startWithEmulator({
      ...apiKey.environment,
      AUTH_JWKS_URL: `${issuer.origin}/jwks`,
      AUTH_ISSUER: 'https://idp.example.com',
      AUTH_AUDIENCE: 'gateway',
      LIMIT_IN_FLIGHT: '2',
    });
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const strange = {
      authorization: `Bearer ${part({ alg: 'RS256', kid: 'unknown' })}.${part({ iss: 'https://idp.example.com' })}.AAAA`,
    };
    const waiting = [post('{ __typename }', {}, strange), post('{ __typename }', {}, strange)];
    // As many may wait; the next one does not.
    await vi.waitFor(async () => {
      const late = post('{ __typename }', {}, strange);
      waiting.push(late);
      const response = await Promise.race([
        late,
        new Promise<null>((resolve) => {
          setTimeout(resolve, 100, null);
        }),
      ]);
      expect(response).toMatchObject({
        status: 503,
        errors: [{ extensions: { code: 'AUTHENTICATION_UNAVAILABLE' } }],
      });
    });
    for (let times = 0; times < 3; times += 1)
      expect(await post('{ __typename }', {}, apiKey.headers)).toMatchObject({
        status: 200,
        data: { __typename: 'Query' },
      });
    expect(
      (await Promise.all([1, 2].map(() => post('{ __typename }', {}, apiKey.headers)))).map(
        ({ status }) => status,
      ),
    ).toEqual([200, 200]);
    release();
    expect((await Promise.all(waiting)).filter(({ status }) => status === 401)).toHaveLength(2);
  });
});

describe.each([
  ['LIMIT_HEADERS_MS', { LIMIT_HEADERS_MS: '200' }],
  ['LIMIT_REQUEST_MS, which is for the headers too', { LIMIT_REQUEST_MS: '200' }],
])('%s', (_variable, environment) => {
  it.each([
    ['nothing at all', ''],
    ['half of a line', 'POST /gra'],
    ['headers without an end', 'POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: '],
  ])('ends a connection that sends %s', async (_what, text) => {
    const { say, read } = await startWithEmulator(environment);
    const client = await say(text);
    expect(await client.ended).toMatch(/^(HTTP\/1\.1 408 Request Timeout\r\n[^]*)?$/);
    // One that this machine takes too long to send meets the same limit.
    await vi.waitFor(async () => {
      expect((await read()).status).toBe(200);
    });
  });
});

describe('LIMIT_REQUEST_MS', () => {
  const HEAD = 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  it.each([
    [
      'a body that stops',
      `${HEAD}Content-Length: ${Buffer.byteLength(createBody('slow'))}\r\n\r\n${createBody('slow').slice(0, -1)}`,
    ],
    ['chunks that stop', `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n{"que\r\n`],
  ])('ends %s: nothing of it is executed, and its place is free again', async (_what, text) => {
    const { say, read, emulator, logs } = await startWithEmulator({
      LIMIT_REQUEST_MS: '200',
      LIMIT_IN_FLIGHT: '1',
    });
    const client = await say(text);
    expect(await client.ended).toMatch(/^(HTTP\/1\.1 408 Request Timeout\r\n[^]*)?$/);
    await vi.waitFor(async () => {
      expect((await read()).status).toBe(200);
    });
    expect(emulator.requests.map(({ method }) => method)).toEqual(['GET']);
    expect(logs.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('does not limit how long a response takes', async () => {
    const { say, requestText, server, respondAll } = await startPatient({
      LIMIT_REQUEST_MS: '2000',
      LIMIT_HEADERS_MS: '2000',
    });
    const client = await say(requestText(JSON.stringify({ query: READ })));
    await server.received(1);
    // It has waited for longer than one that was cut off.
    await (
      await say('POST /gra')
    ).ended;
    respondAll();
    await client.sees('"__typename":"OpenIdConnectSuccess"');
    expect(server.requests).toHaveLength(1);
  });
});
