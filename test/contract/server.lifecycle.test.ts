import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { addFault } from '../setup/built-gateway.ts';
import { stopClock } from '../setup/clock.ts';
import {
  CREATE,
  createBody,
  createVariables,
  READ,
  startWithEmulator,
  startWithScript,
} from '../setup/ordercloud.ts';
import type { OrderCloudGateway } from '../setup/ordercloud.ts';
import { responseText, dial } from '../setup/sockets.ts';

/** Long enough that it does not go out in one piece. */
const APP_START_URL = `https://shop.example.com/${'x'.repeat(500_000)}`;
const created = (id: string) =>
  responseText(JSON.stringify({ ID: id, AppStartUrl: APP_START_URL }), { status: '201 Created' });

/** A gateway over an upstream that responds when the test says so. */
async function startPatient(environment: Record<string, string> = {}) {
  const sockets: Socket[] = [];
  const waiting: { readonly socket: Socket; readonly id: string }[] = [];
  const gateway = await startWithScript((socket, { body }) => {
    sockets.push(socket);
    waiting.push({
      socket,
      id: body === '' ? '' : (JSON.parse(body) as { readonly ID: string }).ID,
    });
  }, environment);
  return {
    ...gateway,
    respondAll: (text: (id: string) => string) => {
      for (const { socket, id } of waiting.splice(0)) socket.write(text(id));
    },
    sockets,
  };
}

/** The same with a grace period that ends soon. What the gateway has to say after it may take as long as it does. */
async function startWithShortGrace() {
  onTestFinished(stopClock().restore);
  return startPatient({ SHUTDOWN_GRACE_MS: '50' });
}

async function get({ origin }: OrderCloudGateway, path: string): Promise<string> {
  const client = await dial(origin);
  client.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  return client.ended;
}

const messages = (logs: readonly Record<string, unknown>[]) => logs.map(({ msg }) => msg);

describe('draining', () => {
  it('lets a create that is under way finish, and refuses all else', async () => {
    const gateway = await startPatient();
    const { create, server, respondAll, stop, say, requestText } = gateway;
    const old = await say('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n');
    await old.sees('ready\n');
    const response = create('slow');
    await server.received(1);

    const stopped = stop();

    expect(await get(gateway, '/readyz')).toMatch(/^HTTP\/1\.1 503 [^]*draining\n/);
    expect(await get(gateway, '/livez')).toMatch(/^HTTP\/1\.1 200 /);
    old.socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n');
    await old.sees('draining\n');
    for (const client of [await say(requestText(createBody('refused'))), old]) {
      if (client === old) old.socket.write(requestText(createBody('refused')));
      const refusal = await client.ended; // the gateway closes the connection
      expect(refusal).toContain('HTTP/1.1 503 Service Unavailable');
      expect(refusal).toMatch(/content-type: application\/json/i);
      expect(refusal).toContain(
        '{"errors":[{"message":"The gateway is shutting down. Nothing was executed: it is safe to send the request again.","extensions":{"code":"SHUTTING_DOWN","requestId":"',
      );
      expect(refusal).toMatch(/connection: close/i);
      expect(refusal).not.toMatch(/retry-after/i);
    }

    respondAll(created);
    expect(await response).toMatchObject({
      status: 200,
      data: {
        createOpenIdConnect: {
          openIdConnect: { appStartUrl: expect.stringMatching(/x{500000}$/) as string },
        },
      },
    });
    expect(await stopped).toBe(true);
    expect(server.requests).toHaveLength(1);
    await expect(get(gateway, '/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('ends at once if nothing is in flight, even with open connections', async () => {
    const { say, stop } = await startPatient();
    const idle = await say();
    const used = await say('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await used.sees('alive');
    expect(await stop()).toBe(true);
    await Promise.all([idle.ended, used.ended]);
  });

  it('is the same stop for all callers of it', async () => {
    const { stop, create, server, respondAll } = await startPatient();
    const response = create('slow');
    await server.received(1);
    const stopped = stop();
    expect(stop()).toBe(stopped);
    respondAll(created);
    expect(await stopped).toBe(true);
    expect((await response).status).toBe(200);
  });

  it('waits for several creates, even several in one operation', async () => {
    const { post, headers, server, stop, create, respondAll } = await startPatient();
    const [one, other] = [createVariables('a').input, createVariables('b').input];
    const twoInOne = post(
      'mutation Two($one: CreateOpenIdConnectInput!, $other: CreateOpenIdConnectInput!) { a: createOpenIdConnect(input: $one) { __typename } b: createOpenIdConnect(input: $other) { __typename } }',
      { one, other },
      headers,
    );
    const alone = create('c');
    await server.received(2);
    const stopped = stop();
    respondAll(created);
    await server.received(3);
    respondAll(created);
    expect((await twoInOne).data).toEqual({
      a: { __typename: 'CreateOpenIdConnectSuccess' },
      b: { __typename: 'CreateOpenIdConnectSuccess' },
    });
    expect((await alone).status).toBe(200);
    expect(await stopped).toBe(true);
  });

  it('ends with the grace period, and says that something was cut off', async () => {
    const { say, requestText, server, stop } = await startWithShortGrace();
    const client = await say(requestText(createBody('slow')));
    await server.received(1);
    expect(await stop()).toBe(false);
    await client.ended;
  });

  it('that ends with the grace period has logged what was cut off', async () => {
    const { say, requestText, server, stop, logs } = await startWithShortGrace();
    await say(requestText(createBody('slow')));
    await server.received(1);
    await stop();
    expect([...logs]).toMatchObject([
      { msg: 'audit', event: 'intent', object: 'slow' },
      {
        msg: 'audit',
        event: 'outcome',
        operation: 'createOpenIdConnect',
        object: 'slow',
        member: 'OidcOutcomeUnknownError',
      },
      {
        msg: 'operation',
        operationName: 'CreateOne',
        fields: [{ member: 'OidcOutcomeUnknownError' }],
        upstreamCalls: [{ operation: 'createOpenIdConnect', failure: 'CLOSED', sent: true }],
      },
    ]);
  });

  it('does not wait for a response whose caller has gone', async () => {
    const { say, requestText, server, stop, respondAll, logs } = await startPatient();
    // The second request waits on the same connection behind the first (HTTP pipelining), and the caller goes.
    const client = await say(requestText(createBody('first')), requestText(createBody('second')));
    await server.received(2);
    client.socket.destroy();
    respondAll(created);
    await vi.waitFor(() => {
      expect(messages(logs).filter((message) => message === 'operation')).toHaveLength(2);
    });
    expect(await stop()).toBe(true);
  });
});

describe('retiring', () => {
  it('accepts no new connection, and responds once more on each old one', async () => {
    const gateway = await startPatient();
    const { say, requestText, server, respondAll, retire } = gateway;
    const [busy, idle, health] = [
      await say(requestText(createBody('under-way'))),
      await say('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'),
      await say('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'),
    ];
    await server.received(1);
    for (const client of [idle, health]) await client.sees('alive');

    const retired = retire();
    await expect(get(gateway, '/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    health.socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await health.ended).toMatch(
      /HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*ready\n/i,
    );

    respondAll(created);
    await busy.sees('"CreateOpenIdConnectSuccess"');
    // Earlier requests get their responses as usual; the next request is the last one.
    busy.socket.write(requestText(createBody('next')));
    await server.received(2);
    idle.socket.write(requestText(createBody('late')));
    await server.received(3);
    respondAll(created);
    for (const client of [busy, idle])
      expect(await client.ended).toMatch(
        /HTTP\/1\.1 200 OK\r\n(?:[^]*\r\n)?connection: close\r\n[^]*"CreateOpenIdConnectSuccess"[^]*$/i,
      );
    expect(await retired).toBe(true);
  });

  it('ends with the grace period if connections stay idle', async () => {
    const { say, retire } = await startWithShortGrace();
    const client = await say('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.sees('alive');
    expect(await retire()).toBe(true);
    await client.ended;
  });

  it('ends with the grace period if a request outlives it, and logs that', async () => {
    const { say, requestText, server, retire } = await startWithShortGrace();
    const client = await say(requestText(createBody('slow')));
    await server.received(1);
    expect(await retire()).toBe(false);
    expect(await client.ended).toContain('"OidcOutcomeUnknownError"');
  });

  it('waits for a create whose caller has hung up', async () => {
    const { say, requestText, server, respondAll, retire, logs } = await startPatient();
    const client = await say(requestText(createBody('slow')));
    await server.received(1);
    client.socket.destroy();
    await client.ended;
    const retired = retire();
    respondAll(created);
    expect(await retired).toBe(true);
    expect(messages(logs)).toEqual(['audit', 'audit', 'operation']);
  });
});

describe('a worker', () => {
  it('takes no more than its part of what an upstream may be asked for', async () => {
    const { create, server, respondAll, stop } = await startPatient({
      WORKERS: '2',
      ORDERCLOUD_MAX_IN_FLIGHT: '3',
    });
    const both = [create('first'), create('second')];
    await server.received(1);
    // As long as the other one takes, were it sent.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.requests).toHaveLength(1);
    respondAll(created);
    await server.received(2);
    respondAll(created);
    expect(await Promise.all(both)).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(await stop()).toBe(true);
  });
});

describe('a caller who hangs up', () => {
  it.each([
    ['as soon as the request has arrived: nothing is sent', 0, ['audit', 'audit', 'operation']],
    ['before the whole request has arrived: nothing is executed', 10, []],
  ])('%s', async (_when, missing, logged) => {
    const { gateway, emulator, requestText, logs } = await startWithEmulator();
    const front = createServer((request, response) => {
      gateway.listener(request, response);
      process.nextTick(() => {
        request.socket.destroy();
      });
    });
    await once(front.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      front.close();
    });
    const client = await dial(`http://127.0.0.1:${(front.address() as AddressInfo).port}`);
    const text = requestText(createBody('left-alone'));
    client.socket.write(text.slice(0, text.length - missing));
    await client.ended;
    await gateway.idle();
    await setImmediate();
    expect(messages(logs)).toEqual(logged);
    expect(emulator.requests).toEqual([]);
  });

  it('during a create: it is applied and logged', async () => {
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    const gateway = await startWithEmulator();
    const { emulator, headers, say, requestText, stop, logs } = gateway;
    await addFault(emulator.url, { method: 'POST', fault: { kind: 'delay', ms: 5_000 } });
    const client = await say(
      requestText(createBody('left-alone'), { headers: ['Host: x', 'X-Request-Id: mine'] }),
    );
    await vi.waitFor(() => {
      expect(emulator.requests).toHaveLength(1);
    });
    client.socket.resetAndDestroy();
    await get(gateway, '/livez'); // by now the gateway has seen it
    pass(5_000);

    await vi.waitFor(() => {
      expect(logs).toHaveLength(3);
    });
    expect(logs).toMatchObject([
      { requestId: 'mine', msg: 'audit', event: 'intent', object: 'left-alone' },
      {
        requestId: 'mine',
        msg: 'audit',
        object: 'left-alone',
        member: 'CreateOpenIdConnectSuccess',
      },
      {
        requestId: 'mine',
        msg: 'operation',
        operationName: 'CreateOne',
        fields: [{ field: 'createOpenIdConnect', member: 'CreateOpenIdConnectSuccess' }],
        upstreamCalls: [{ operation: 'createOpenIdConnect', status: 201 }],
        status: null,
        hungUp: true,
      },
    ]);
    const stored = await fetch(`${emulator.url}/v1/openidconnects/left-alone`, {
      headers: { authorization: headers['X-OrderCloud-Authorization'] ?? '' },
    });
    expect(stored.status).toBe(200);
    expect(await stop()).toBe(true);
  });

  it('during a create: the drain waits for it, and the log is whole when the gateway has stopped', async () => {
    const { say, requestText, server, respondAll, stop, logs } = await startPatient();
    const client = await say(requestText(createBody('slow')));
    await server.received(1);
    client.socket.destroy();
    await client.ended;
    const stopped = stop();
    respondAll(created);
    expect(await stopped).toBe(true);
    expect(messages(logs)).toEqual(['audit', 'audit', 'operation']);
  });

  it('during a read: the upstream connection is cut', async () => {
    const { say, requestText, server, sockets, stop, logs } = await startPatient();
    const client = await say(requestText(JSON.stringify({ query: READ })));
    await server.received(1);
    const cut = new Promise((resolve) => sockets[0]?.once('close', resolve));
    client.socket.destroy();
    await cut;
    expect(await stop()).toBe(true);
    expect(logs).toMatchObject([
      {
        level: 'info',
        msg: 'operation',
        operationName: 'ReadOne',
        fields: [{ member: 'OidcUpstreamUnavailableError' }],
        upstreamCalls: [{ operation: 'getOpenIdConnect', failure: 'CANCELLED', sent: true }],
        hungUp: true,
      },
    ]);
  });

  it('between two creates of one operation: the second is not sent', async () => {
    const gateway = await startPatient();
    const { say, requestText, server, respondAll, stop, logs } = gateway;
    const [one, other] = [createVariables('a').input, createVariables('b').input];
    const query = CREATE.replace(
      '$input: CreateOpenIdConnectInput!',
      '$one: CreateOpenIdConnectInput!, $other: CreateOpenIdConnectInput!',
    ).replace(
      /\{ createOpenIdConnect\(input: \$input\) (.*) \}$/,
      '{ a: createOpenIdConnect(input: $one) $1 b: createOpenIdConnect(input: $other) $1 }',
    );
    const client = await say(requestText(JSON.stringify({ query, variables: { one, other } })));
    await server.received(1);
    const stopped = stop();
    client.socket.destroy();
    await client.ended;
    await get(gateway, '/livez'); // by now the gateway has seen it
    respondAll(created);
    expect(await stopped).toBe(true);
    expect(server.requests).toHaveLength(1);
    expect(logs).toMatchObject([
      { msg: 'audit', event: 'intent', path: 'a', object: 'a' },
      {
        msg: 'audit',
        event: 'outcome',
        path: 'a',
        intents: 1,
        object: 'a',
        member: 'CreateOpenIdConnectSuccess',
      },
      {
        msg: 'audit',
        event: 'outcome',
        path: 'b',
        intents: 0,
        object: 'b',
        member: 'OidcUpstreamUnavailableError',
      },
      {
        msg: 'operation',
        fields: [
          { member: 'CreateOpenIdConnectSuccess' },
          { member: 'OidcUpstreamUnavailableError' },
        ],
        upstreamCalls: [{ status: 201 }, { failure: 'CANCELLED', sent: false }],
      },
    ]);
  });

  it('before its request is whole: nothing is sent', async () => {
    const { say, requestText, server, stop } = await startPatient();
    const client = await say(requestText(createBody('half')).slice(0, -10));
    client.socket.resetAndDestroy();
    await client.ended;
    expect(await stop()).toBe(true);
    expect(server.requests).toEqual([]);
  });

  it('in the middle of a response does not affect others', async () => {
    const { say, requestText, server, respondAll, create, stop } = await startPatient();
    const client = await say(requestText(createBody('slow')));
    client.socket.once('data', () => {
      client.socket.resetAndDestroy();
    });
    await server.received(1);
    respondAll(created);
    await client.ended;
    const response = create('other');
    await server.received(2);
    respondAll(created);
    expect((await response).status).toBe(200);
    expect(await stop()).toBe(true);
  });
});
