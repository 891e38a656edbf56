import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeApiKey } from '../setup/api-keys.ts';
import { stopClock } from '../setup/clock.ts';
import { startGateway } from '../setup/gateway.ts';
import { createVariables } from '../setup/ordercloud.ts';
import { HEADERS, resultOf } from '../setup/scripted-gateway.ts';
import type { Result } from '../setup/scripted-gateway.ts';
import { responseText, listen } from '../setup/sockets.ts';
import type { Script } from '../setup/sockets.ts';

/* One platform hangs, is slow or cannot be reached: what its callers get, and what those of the other one notice of it. */

const FIELDS =
  '{ __typename ... on OidcError { code message } ... on OidcUpstreamUnavailableError { retryAfterSeconds } }';
const CREATE = `mutation Create($input: CreateOpenIdConnectInput!) { result: createOpenIdConnect(input: $input) ${FIELDS} }`;
const READ = `query Read { result: openIdConnect(id: "example-existing") ${FIELDS} }`;
const READ_HUAWEI = `query ReadHuawei { result: huaweiIdentityProviders ${FIELDS} }`;
const BOTH = `query Both { first: openIdConnect(id: "example-existing") ${FIELDS} second: huaweiIdentityProviders ${FIELDS} }`;

const PROVIDERS = responseText(
  '{"identity_providers":[],"links":{"next":null,"previous":null,"self":"x"}}',
);
const FOUND = responseText('{"ID":"example-existing"}');
const ABSENT = responseText(
  '{"Errors":[{"ErrorCode":"NotFound","Message":"Object not found.","Data":{"ObjectType":"OpenIdConnect","ObjectID":"x"}}]}',
  { status: '404 Not Found' },
);
const silence: Script = () => undefined;
const reset: Script = (socket) => {
  socket.resetAndDestroy();
};

/** A gateway over one server that plays OrderCloud, and another one that plays Huawei Cloud IAM. */
async function start(
  orderCloud: Script,
  environment: Readonly<Record<string, string>> = {},
  huawei: Script = (socket) => socket.write(PROVIDERS),
) {
  const [first, second] = [await listen(orderCloud), await listen(huawei)];
  const gateway = await startGateway({
    ORDERCLOUD_API_URL: `${first.origin}/v1`,
    HUAWEI_IAM_URL: second.origin,
    SHUTDOWN_GRACE_MS: '0',
    ...environment,
  });
  onTestFinished(async () => {
    await gateway.stop();
    await Promise.all([first.close(), second.close()]);
  });
  const ask = (
    document: string,
    variables: object = {},
    headers: Readonly<Record<string, string>> = {},
  ) => resultOf(gateway, document, variables, { ...HEADERS, ...headers });
  return {
    ...gateway,
    orderCloud: first,
    huawei: second,
    read: (headers?: Readonly<Record<string, string>>) => ask(READ, {}, headers),
    create: (id: string, headers?: Readonly<Record<string, string>>) =>
      ask(CREATE, createVariables(id), headers),
    readHuawei: (headers?: Readonly<Record<string, string>>) => ask(READ_HUAWEI, {}, headers),
  };
}

/** Starts this many calls. @returns what those gave that have ended */
function many(times: number, action: (number: number) => Promise<Result>): Result[] {
  const results: Result[] = [];
  // What is still waiting when the gateway is stopped is of no interest.
  for (let number = 0; number < times; number += 1)
    void action(number).then(
      (result) => results.push(result),
      () => undefined,
    );
  return results;
}

const refusedAs = (message: RegExp, retryAfterSeconds: unknown = null) => ({
  __typename: 'OidcUpstreamUnavailableError',
  code: 'UPSTREAM_UNAVAILABLE',
  message: expect.stringMatching(message) as unknown,
  retryAfterSeconds,
});
const FULL = refusedAs(
  /^Too many calls are waiting for OrderCloud: .* Nothing was sent: it is safe to send the request again\.$/,
);
const PAUSED =
  /^OrderCloud did not respond to the last calls, so the gateway has paused calls to it\. Nothing was sent: it is safe to send the request again in \d+ s\.$/;

/** A clock whose deadlines and waits end when the test says so. */
function stop(): (ms: number) => void {
  const { pass, restore } = stopClock();
  onTestFinished(restore);
  return pass;
}

describe('a platform that hangs', () => {
  it('holds 128 requests on the way and 256 that wait, refuses all others at once, and the other platform is served', async () => {
    // However slow the machine is, no deadline passes while the requests come.
    stop();
    const { orderCloud, create, readHuawei, logs } = await start(silence);
    const results = many(700, (number) => create(`t${number}`));
    await vi.waitFor(() => {
      expect(results).toHaveLength(700 - 128 - 256);
    });
    await orderCloud.received(128);
    for (let round = 0; round < 5; round += 1) {
      for (const result of await Promise.all(Array.from({ length: 20 }, () => readHuawei())))
        expect(result).toEqual({ __typename: 'HuaweiIdentityProvidersSuccess' });
    }
    expect(results).toHaveLength(700 - 128 - 256);
    for (const result of results) expect(result).toEqual(FULL);
    expect(orderCloud.requests).toHaveLength(128);
    // What was never sent is not worth a warning.
    const lines = logs.filter(({ msg }) => msg === 'operation');
    expect(lines.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(
      lines.filter(({ upstreamCalls }) =>
        /"QUEUE_FULL","sent":false/.test(JSON.stringify(upstreamCalls)),
      ),
    ).toHaveLength(700 - 128 - 256);
  });

  it.each([
    ['8', 6],
    ['2', 2],
    ['1', 1],
  ])('leaves some of LIMIT_IN_FLIGHT to the other one, also of %s', async (limit, held) => {
    const { orderCloud, read, readHuawei, post } = await start(silence, { LIMIT_IN_FLIGHT: limit });
    for (let call = 1; call <= held; call += 1) {
      many(1, () => read());
      await orderCloud.received(call);
    }
    if (Number(limit) > held) {
      expect(await read()).toEqual(FULL);
      expect(await readHuawei()).toEqual({ __typename: 'HuaweiIdentityProvidersSuccess' });
    } else expect((await post('{ __typename }')).status).toBe(503);
  });

  it('may have all of LIMIT_IN_FLIGHT if it is the only one', async () => {
    const { orderCloud, read, post } = await start(silence, {
      LIMIT_IN_FLIGHT: '8',
      HUAWEI_IAM_URL: '',
    });
    many(8, () => read());
    await orderCloud.received(8);
    expect((await post('{ __typename }')).status).toBe(503);
  });

  it('is refused in its part of an operation, while the other part is served', async () => {
    const { orderCloud, read, post } = await start(silence, {
      ORDERCLOUD_MAX_IN_FLIGHT: '2',
      ORDERCLOUD_MAX_WAITING: '1',
    });
    many(3, () => read());
    await orderCloud.received(2);
    await vi.waitFor(async () => {
      expect((await post(BOTH, {}, { ...HEADERS })).data).toEqual({
        first: FULL,
        second: { __typename: 'HuaweiIdentityProvidersSuccess' },
      });
    });
  });

  it('is refused in those root fields of one operation that are too many', async () => {
    const sockets: Parameters<Script>[0][] = [];
    const { post } = await start(
      (socket) => {
        sockets.push(socket);
        if (sockets.length === 2) for (const one of sockets) one.write(FOUND);
      },
      { ORDERCLOUD_MAX_IN_FLIGHT: '2', ORDERCLOUD_MAX_WAITING: '0' },
    );
    const document = `query Four { ${['a', 'b', 'c', 'd'].map((alias) => `${alias}: openIdConnect(id: "example-existing") ${FIELDS}`).join(' ')} }`;
    const found = { __typename: 'OpenIdConnectSuccess' };
    expect((await post(document, {}, { ...HEADERS })).data).toEqual({
      a: found,
      b: found,
      c: FULL,
      d: FULL,
    });
  });

  it('queues no request if queuing is off', async () => {
    const { orderCloud, read } = await start(silence, {
      ORDERCLOUD_MAX_IN_FLIGHT: '1',
      ORDERCLOUD_MAX_WAITING: '0',
    });
    many(1, () => read());
    await orderCloud.received(1);
    expect(await read()).toEqual(FULL);
  });

  it('has its places back from callers who hang up', async () => {
    const { orderCloud, read, url } = await start(
      (socket, _request, count) => {
        if (count > 1) socket.write(FOUND);
      },
      { ORDERCLOUD_MAX_IN_FLIGHT: '1', ORDERCLOUD_MAX_WAITING: '0' },
    );
    const controller = new AbortController();
    const gone = fetch(url, {
      method: 'POST',
      signal: controller.signal,
      headers: { ...HEADERS, 'content-type': 'application/json' },
      body: JSON.stringify({ query: READ }),
    });
    await orderCloud.received(1);
    controller.abort();
    await expect(gone).rejects.toThrow();
    await vi.waitFor(async () => {
      expect(await read()).toEqual({ __typename: 'OpenIdConnectSuccess' });
    });
  });

  it('does so too if a login hangs', async () => {
    const inbound = makeApiKey();
    onTestFinished(inbound.remove);
    const { orderCloud, read, readHuawei } = await start(silence, {
      ...inbound.environment,
      ORDERCLOUD_CREDENTIALS: 'gateway',
      ORDERCLOUD_CLIENT_ID: 'gateway',
      ORDERCLOUD_CLIENT_SECRET: 'canary-secret',
      ORDERCLOUD_MAX_IN_FLIGHT: '2',
      ORDERCLOUD_MAX_WAITING: '3',
    });
    const results = many(30, () => read(inbound.headers));
    await vi.waitFor(() => {
      expect(results).toHaveLength(25);
    });
    for (const result of results) expect(result).toEqual(FULL);
    expect(await readHuawei(inbound.headers)).toEqual({
      __typename: 'HuaweiIdentityProvidersSuccess',
    });
    expect(orderCloud.requests.map(({ target }) => target)).toEqual(['/oauth/token']);
  });
});

describe('a platform that is slow', () => {
  it('is sent no write that has waited so long that it would not respond in time', async () => {
    const pass = stop();
    const waiting: (() => void)[] = [];
    const { orderCloud, create } = await start(
      (socket, { body }) => {
        waiting.push(() => socket.write(responseText(body, { status: '201 Created' })));
      },
      { ORDERCLOUD_MAX_IN_FLIGHT: '3', ORDERCLOUD_MAX_WAITING: '6' },
    );
    const results = many(10, (number) => create(`t${number}`));
    await orderCloud.received(3);
    // All of them are there when one is refused.
    await vi.waitFor(() => {
      expect(results.splice(0)).toEqual([FULL]);
    });
    pass(6_000);
    await vi.waitFor(() => {
      for (const respond of waiting.splice(0)) respond();
      expect(results).toHaveLength(9);
    });
    const served = { __typename: 'CreateOpenIdConnectSuccess' };
    const refused = results.filter(({ __typename }) => __typename !== served.__typename);
    for (const result of refused)
      expect(result).toEqual(
        refusedAs(
          /^Too little time is left: OrderCloud would most likely not respond before the deadline\. Nothing was sent: it is safe to send the request again\.$/,
        ),
      );
    // The last one goes if nothing else is on the way, so that it is seen when the platform is faster.
    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(orderCloud.requests).toHaveLength(9 - refused.length);
    const next = create('next');
    await vi.waitFor(() => {
      expect(waiting).toHaveLength(1);
    });
    waiting.pop()?.();
    expect(await next).toEqual(served);
  });
});

describe('a platform that does not respond', () => {
  it.each<[string, Script]>([
    ['resets its connections', reset],
    [
      'closes them',
      (socket) => {
        socket.end();
      },
    ],
  ])('because it %s, is not sent any more calls until it does', async (_what, broken) => {
    const pass = stop();
    let down = true;
    const { orderCloud, create, readHuawei, logs } = await start(
      (socket, request, count) => {
        if (down) broken(socket, request, count);
        else
          socket.write(
            request.method === 'POST'
              ? responseText(request.body, { status: '201 Created' })
              : ABSENT,
          );
      },
      { ORDERCLOUD_BREAKER_FAILURES: '3' },
    );
    const posts = () => orderCloud.requests.filter(({ method }) => method === 'POST').length;
    // The reads by which it looks what became of them go on.
    const unknown = many(3, (number) => create(`t${number}`));
    await vi.waitFor(() => {
      expect(posts()).toBe(3);
    });
    await vi.waitFor(() => {
      expect(logs.filter(({ msg }) => /does not respond/.test(String(msg)))).toHaveLength(1);
    });
    for (const result of await Promise.all(
      Array.from({ length: 50 }, (_, number) => create(`u${number}`)),
    ))
      expect(result).toEqual(
        refusedAs(
          PAUSED,
          expect.toSatisfy((seconds) => seconds === 4 || seconds === 5),
        ),
      );
    expect(await readHuawei()).toEqual({ __typename: 'HuaweiIdentityProvidersSuccess' });
    expect(posts()).toBe(3);
    await vi.waitFor(() => {
      pass(500);
      expect(unknown.map(({ __typename }) => __typename)).toEqual(
        Array.from({ length: 3 }, () => 'OidcOutcomeUnknownError'),
      );
    });
    pass(5_000);
    expect((await create('still'))['__typename']).toBe('OidcOutcomeUnknownError');
    expect(posts()).toBe(4);
    pass(5_000);
    expect(await create('too-soon')).toEqual(refusedAs(PAUSED, expect.any(Number)));
    down = false;
    pass(5_000);
    expect(await create('again')).toEqual({ __typename: 'CreateOpenIdConnectSuccess' });
    expect(await create('and-again')).toEqual({ __typename: 'CreateOpenIdConnectSuccess' });
    const lines = logs.filter(
      ({ upstream, failures, openS }) =>
        upstream === 'ORDERCLOUD' && (failures !== undefined || openS !== undefined),
    );
    expect(lines).toMatchObject([
      {
        level: 'warn',
        failures: 3,
        failure: 'CONNECTION_LOST',
        msg: 'the upstream does not respond: calls to it are refused before they are sent, and one is tried from time to time',
      },
      { level: 'info', msg: 'the upstream responds again: calls to it resume' },
    ]);
    expect(
      logs.filter(({ level, failure }) => level === 'warn' && failure === 'BREAKER_OPEN'),
    ).toEqual([]);
  });

  it('is sent all calls if that is turned off', async () => {
    const { orderCloud, read } = await start(reset, { ORDERCLOUD_BREAKER_FAILURES: '0' });
    for (let times = 0; times < 15; times += 1)
      expect((await read())['message']).toMatch(/reset the connection/);
    expect(orderCloud.requests.length).toBeGreaterThanOrEqual(15);
  });

  it('but to every call with 500 is sent them all', async () => {
    const { orderCloud, read } = await start(
      (socket) => socket.write(responseText('', { status: '500 Oops' })),
      { ORDERCLOUD_BREAKER_FAILURES: '2' },
    );
    for (let times = 0; times < 5; times += 1)
      expect((await read())['message']).toMatch(/status 500/);
    expect(orderCloud.requests).toHaveLength(5);
  });
});

describe('a write whose time goes by in its slot', () => {
  const UPDATE = `mutation Update($input: UpdateOpenIdConnectInput!) { result: updateOpenIdConnect(input: $input) ${FIELDS} }`;
  const TOO_LATE = refusedAs(
    /^Too little time is left: OrderCloud would most likely not respond before the deadline\. Nothing was sent: it is safe to send the request again\.$/,
  );

  it('is not sent if the read before it has taken too much of it', async () => {
    const pass = stop();
    const responders: (() => void)[] = [];
    const gateway = await start((socket) => {
      responders.push(() => socket.write(FOUND));
    });
    const { orderCloud, read, logs } = gateway;
    const seen = resultOf(
      gateway,
      '{ result: openIdConnect(id: "example-existing") { __typename ... on OpenIdConnectSuccess { openIdConnect { fingerprint } } } }',
      {},
    );
    await orderCloud.received(1);
    pass(5_000);
    responders[0]?.();
    const { fingerprint } = (await seen)['openIdConnect'] as { readonly fingerprint: string };

    const other = read();
    await orderCloud.received(2);
    const update = resultOf(gateway, UPDATE, {
      input: { id: 'example-existing', connectClientId: 'new', expectedFingerprint: fingerprint },
    });
    await orderCloud.received(3);
    pass(6_000);
    responders[2]?.();
    expect(await update).toEqual(TOO_LATE);
    expect(orderCloud.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
    expect(logs.filter(({ event }) => event === 'intent')).toEqual([]);
    responders[1]?.();
    expect(await other).toEqual({ __typename: 'OpenIdConnectSuccess' });
  });
});
