import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { textOf } from '../../src/server/metrics/exposition.ts';
import { makeApiKey } from '../setup/api-keys.ts';
import { createVariables } from '../setup/ordercloud.ts';
import { HEADERS, startScriptedGateway } from '../setup/scripted-gateway.ts';
import { dial } from '../setup/sockets.ts';

/* Each metric, after something that changes it. */

const FIELDS = '{ __typename ... on OidcError { code message } }';
const READ = `{ result: openIdConnect(id: "stored") ${FIELDS} }`;
const CREATE = `mutation ($input: CreateOpenIdConnectInput!) { result: createOpenIdConnect(input: $input) ${FIELDS} }`;
const FOUND = { status: 200, body: '{"ID":"stored"}' };
const RESET = { destroy: true } as const;

async function start(environment: Readonly<Record<string, string>> = {}) {
  const gateway = await startScriptedGateway({ METRICS_PORT: '0', ...environment });
  onTestFinished(async () => {
    await gateway.stop();
  });
  const {
    gateway: { metrics },
  } = gateway;
  if (metrics === null) throw new Error('metrics are turned off');
  const figures = () => metrics.collect();
  return {
    ...gateway,
    metrics,
    figures,
    /** The value of one series; undefined if there is none. */
    value: (name: string, series = '') => figures()[name]?.[series],
    /** The series of a metric that are not 0. */
    counted: (name: string) =>
      Object.fromEntries(Object.entries(figures()[name] ?? {}).filter(([, value]) => value !== 0)),
    text: () => textOf(metrics.families, metrics.collect()),
  };
}

/** The number of values in each histogram of a metric, by its labels. */
const counts = (series: Readonly<Record<string, number>> = {}) =>
  Object.fromEntries(
    Object.entries(series)
      .filter(([name]) => name.startsWith('_count'))
      .map(([name, value]) => [name.slice('_count'.length), value]),
  );

it('is off if METRICS_PORT is not set', async () => {
  const gateway = await startScriptedGateway();
  onTestFinished(async () => {
    await gateway.stop();
  });
  expect(gateway.gateway.metrics).toBeNull();
});

describe('requests of callers', () => {
  it('are measured by route and status, once their response is out', async () => {
    const { url, post, figures, upstream } = await start();
    upstream.respondWith(FOUND);
    await post(READ, {}, HEADERS);
    await post('{', {}, HEADERS);
    for (const path of ['/livez', '/readyz', '/', '/secret-path', '/livez/secret'])
      await (await fetch(new URL(path, url))).text();
    await (await fetch(url, { method: 'OPTIONS' })).text();
    await expect
      .poll(() => counts(figures()['http_server_request_duration_seconds']))
      .toMatchObject({
        '{http_route="/graphql",http_response_status_code="200"}': 2,
        '{http_route="/livez",http_response_status_code="200"}': 1,
        '{http_route="/readyz",http_response_status_code="200"}': 1,
        '{http_route="other",http_response_status_code="404"}': 2,
      });
    expect(JSON.stringify(figures())).not.toContain('secret');
  });

  it('have no status if the caller hung up before the response', async () => {
    const { url, figures, upstream } = await start();
    const arrived = new Promise<void>((resolve) => {
      upstream.respondWith(() => {
        resolve();
        return new Promise(() => undefined);
      });
    });
    const controller = new AbortController();
    const sent = fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...HEADERS },
      body: JSON.stringify({ query: READ }),
      signal: controller.signal,
    });
    await arrived;
    expect(figures()['http_server_active_requests']).toEqual({ '': 1 });
    expect(figures()['oidc_gateway_request_slots_used']).toEqual({ '': 1 });
    expect(figures()['oidc_gateway_request_slots']).toEqual({ '': 1024 });
    controller.abort();
    await expect(sent).rejects.toThrow();
    await expect
      .poll(() => counts(figures()['http_server_request_duration_seconds']))
      .toEqual({ '{http_route="/graphql",http_response_status_code="none"}': 1 });
    expect(figures()['http_server_active_requests']).toEqual({ '': 0 });
  });

  it('are counted by code if they are refused', async () => {
    const { url, post, counted } = await start();
    await post('{', {}, HEADERS);
    await post('{ secretField }', {}, HEADERS);
    await post('query ($id: Int!) { openIdConnect(id: "a") { __typename } }', {}, HEADERS);
    await fetch(url, { method: 'POST', headers: { 'content-type': 'text/secret' }, body: 'x' });
    const client = await dial(new URL(url).origin);
    client.socket.write('secret\r\n\r\n');
    await client.ended;
    await expect
      .poll(() => counted('oidc_gateway_refused_requests_total'))
      .toEqual({
        '{code="GRAPHQL_PARSE_FAILED"}': 1,
        '{code="GRAPHQL_VALIDATION_FAILED"}': 2,
        '{code="UNSUPPORTED_MEDIA_TYPE"}': 1,
        '{code="BAD_REQUEST"}': 1,
      });
  });

  it('are counted as refused if the values of their variables are', async () => {
    const { post, counted } = await start();
    await post(
      'query ($limit: Int!) { openIdConnects(limit: $limit) { __typename } }',
      { limit: 'secret' },
      HEADERS,
    );
    const codes = Object.keys(counted('oidc_gateway_refused_requests_total'));
    expect(codes).toHaveLength(1);
  });

  it('are only counted by codes that are in the list', () => {
    const known = new Set(
      [
        ...readFileSync('src/server/metrics/gateway-metrics.ts', 'utf8').matchAll(/'([A-Z_]+)'/g),
      ].map(([, code]) => code),
    );
    const sources = readdirSync('src/server', { recursive: true, encoding: 'utf8' })
      .filter((path) => /(?<!\.test)\.ts$/.test(path) && !path.startsWith('metrics/'))
      .map((path) => readFileSync(`src/server/${path}`, 'utf8'))
      .join('\n');
    const used = [
      ...sources.matchAll(
        /(?:code: |requestError\([^;]*?|automaticRefusal\([^;]*?)'([A-Z]+_[A-Z_]+|OVERLOADED|UNAUTHENTICATED)'/g,
      ),
    ].map(([, code]) => code);
    expect(used.length).toBeGreaterThan(15);
    expect(used.filter((code) => !known.has(code))).toEqual([]);
  });
});

describe('operations', () => {
  it('are counted by field and member, all of which begin with 0', async () => {
    const { post, figures, counted, upstream } = await start();
    expect(
      figures()['oidc_gateway_operations_total']?.[
        '{field="createOpenIdConnect",member="OidcOutcomeUnknownError"}'
      ],
    ).toBe(0);
    upstream.respondWith(FOUND);
    await post(READ, {}, HEADERS);
    await post(READ, {});
    await post(`query Secret { secret: openIdConnect(id: "stored") ${FIELDS} }`, {}, HEADERS);
    expect(counted('oidc_gateway_operations_total')).toEqual({
      '{field="openIdConnect",member="OpenIdConnectSuccess"}': 2,
      '{field="openIdConnect",member="OidcUnauthenticatedError"}': 1,
    });
  });

  it('are counted if the rate limit refuses them', async () => {
    const { post, value, upstream } = await start({ LIMIT_OPERATIONS_PER_MINUTE: '2' });
    upstream.respondWith(FOUND);
    expect(value('oidc_gateway_rate_limited_operations_total')).toBe(0);
    for (let times = 0; times < 3; times += 1) await post(READ, {}, HEADERS);
    expect(value('oidc_gateway_rate_limited_operations_total')).toBe(1);
  });
});

describe('calls to upstreams', () => {
  it.each([
    [{ status: 200, body: '{"ID":"stored"}' }, '2xx'],
    [{ status: 404, body: '{}' }, '4xx'],
    [{ status: 500, body: '{}' }, '5xx'],
  ])('are measured by outcome: %j', async (response, outcome) => {
    const { post, figures, upstream } = await start();
    upstream.respondWith(response);
    await post(READ, {}, HEADERS);
    expect(counts(figures()['http_client_request_duration_seconds'])).toEqual({
      [`{server_address="ORDERCLOUD",outcome="${outcome}"}`]: 1,
    });
  });

  it('are measured by what went wrong, each attempt by itself', async () => {
    const { post, figures, upstream } = await start();
    upstream.respondWith(RESET);
    await post(READ, {}, HEADERS);
    const [[series, count] = []] = Object.entries(
      counts(figures()['http_client_request_duration_seconds']),
    );
    expect(series).toBe('{server_address="ORDERCLOUD",outcome="CONNECTION_LOST"}');
    expect(count).toBe(upstream.seen.length);
  });

  it('are counted by reason if nothing was sent, and the breaker says why', async () => {
    const { post, counted, value, upstream } = await start({ ORDERCLOUD_BREAKER_FAILURES: '1' });
    expect(value('oidc_gateway_breaker_state', '{upstream="ORDERCLOUD",state="closed"}')).toBe(1);
    upstream.respondWith(RESET);
    await post(READ, {}, HEADERS);
    await post(READ, {}, HEADERS);
    const refused = counted('oidc_gateway_unsent_calls_total');
    expect(Object.keys(refused)).toEqual(['{upstream="ORDERCLOUD",reason="BREAKER_OPEN"}']);
    expect(counted('oidc_gateway_breaker_state')).toEqual({
      '{upstream="ORDERCLOUD",state="open"}': 1,
      '{upstream="HUAWEI_IAM",state="closed"}': 1,
    });
    expect(counted('oidc_gateway_breaker_openings_total')).toEqual({
      '{upstream="ORDERCLOUD"}': 1,
    });
  });

  it('are counted while they are open, run or wait, and if there is no room for more', async () => {
    const { post, figures, counted, upstream } = await start({
      ORDERCLOUD_MAX_IN_FLIGHT: '1',
      ORDERCLOUD_MAX_WAITING: '1',
    });
    const going: (() => void)[] = [];
    upstream.respondWith(
      () =>
        new Promise((resolve) => {
          going.push(() => {
            resolve(FOUND);
          });
        }),
    );
    const calls = [post(READ, {}, HEADERS), post(READ, {}, HEADERS)];
    const series = '{upstream="ORDERCLOUD"}';
    await expect.poll(() => figures()['oidc_gateway_upstream_calls_waiting']?.[series]).toBe(1);
    await post(READ, {}, HEADERS);
    expect(figures()).toMatchObject({
      oidc_gateway_upstream_open_calls: { [series]: 2 },
      oidc_gateway_upstream_max_open_calls: { [series]: 2 },
      oidc_gateway_upstream_calls_in_flight: { [series]: 1 },
      oidc_gateway_upstream_read_backs_in_flight: { [series]: 0 },
    });
    expect(counted('oidc_gateway_unsent_calls_total')).toEqual({
      '{upstream="ORDERCLOUD",reason="QUEUE_FULL"}': 1,
    });
    await expect.poll(() => going).toHaveLength(1);
    going[0]?.();
    await expect.poll(() => going).toHaveLength(2);
    going[1]?.();
    await Promise.all(calls);
    expect(counted('oidc_gateway_upstream_open_calls')).toEqual({});
  });

  it('are counted by what reading back showed', async () => {
    const { post, counted, upstream } = await start();
    const variables = createVariables('stored');
    let body = '{}';
    upstream.respondWith((request) => {
      if (request.method !== 'POST') return { status: 200, body };
      ({ body } = request);
      return RESET;
    });
    await post(CREATE, variables, HEADERS);
    expect(counted('oidc_gateway_read_backs_total')).toEqual({
      '{upstream="ORDERCLOUD",outcome="confirmed"}': 1,
    });
    expect(counted('oidc_gateway_unknown_outcomes_total')).toEqual({});
    upstream.respondWith(({ method }) =>
      method === 'POST' ? RESET : { status: 403, body: '{"Errors":[]}' },
    );
    await post(CREATE, variables, HEADERS);
    expect(counted('oidc_gateway_read_backs_total')).toEqual({
      '{upstream="ORDERCLOUD",outcome="confirmed"}': 1,
      '{upstream="ORDERCLOUD",outcome="unknown"}': 1,
    });
    expect(counted('oidc_gateway_unknown_outcomes_total')).toEqual({
      '{upstream="ORDERCLOUD"}': 1,
    });
    expect(
      counted('oidc_gateway_operations_total')[
        '{field="createOpenIdConnect",member="OidcOutcomeUnknownError"}'
      ],
    ).toBe(1);
  });
});

describe('logins of the gateway', () => {
  const inbound = makeApiKey();
  const LOGIN = {
    ORDERCLOUD_CREDENTIALS: 'gateway',
    ORDERCLOUD_CLIENT_ID: 'gateway',
    ORDERCLOUD_CLIENT_SECRET: 'canary-secret',
  };

  it('are counted by outcome, and a refused one once', async () => {
    const { post, counted, text, value, upstream } = await start({
      ...inbound.environment,
      ...LOGIN,
    });
    const token = { access_token: 'canary-token', token_type: 'bearer', expires_in: 3600 };
    const answers = [
      { status: 500, body: '' },
      { status: 200, body: JSON.stringify(token) },
    ];
    upstream.respondWith(({ target }) =>
      target.startsWith('/oauth') ? (answers.shift() ?? RESET) : { status: 403, body: '{}' },
    );
    await post(READ, {}, inbound.headers);
    await expect
      .poll(async () => {
        await post(READ, {}, inbound.headers);
        return counted('oidc_gateway_logins_total');
      })
      .toEqual({
        '{upstream="ORDERCLOUD",outcome="failed"}': 1,
        '{upstream="ORDERCLOUD",outcome="succeeded"}': 1,
      });
    expect(value('oidc_gateway_refused_credentials_total', '{upstream="ORDERCLOUD"}')).toBe(1);
    expect(text()).not.toContain('canary');
    inbound.remove();
  });

  it('are never tried again if they were refused, which stays visible', async () => {
    const own = makeApiKey();
    const { post, counted, value, upstream } = await start({ ...own.environment, ...LOGIN });
    expect(value('oidc_gateway_login_refused', '{upstream="ORDERCLOUD"}')).toBe(0);
    upstream.respondWith({ status: 400, body: '{"error":"invalid_client"}' });
    await post(READ, {}, own.headers);
    await post(READ, {}, own.headers);
    expect(counted('oidc_gateway_logins_total')).toEqual({
      '{upstream="ORDERCLOUD",outcome="refused"}': 1,
    });
    expect(counted('oidc_gateway_login_refused')).toEqual({ '{upstream="ORDERCLOUD"}': 1 });
    own.remove();
  });
});

it('tells whether the gateway is ready', async () => {
  const { gateway, value } = await start();
  expect(value('oidc_gateway_ready')).toBe(1);
  gateway.startDraining();
  expect(value('oidc_gateway_ready')).toBe(0);
});
