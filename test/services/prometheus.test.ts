import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { makeApiKey } from '../setup/api-keys.ts';
import { startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';
import { alerts, dashboardQueries } from '../setup/dashboard.ts';
import { post } from '../setup/gateway.ts';
import { createVariables } from '../setup/ordercloud.ts';
import { startScriptedUpstream } from '../setup/scripted-upstream.ts';
import type { ScriptedUpstream } from '../setup/scripted-upstream.ts';
import { run } from '../setup/command.ts';
import { startPrometheus } from './setup/prometheus.ts';

/* A real Prometheus reads the metrics, answers the queries of the dashboard, and raises the alerts. */

const FIELDS = '{ __typename ... on OidcError { code } }';
const READ = `{ openIdConnect(id: "stored") ${FIELDS} }`;
const READ_HUAWEI = `{ huaweiIdentityProviders ${FIELDS} }`;
const CREATE = `mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) ${FIELDS} }`;
const TOKEN = JSON.stringify({
  access_token: 'canary-token',
  token_type: 'bearer',
  expires_in: 3600,
});
const rules = new URL('../../deploy/prometheus/alerts.yaml', import.meta.url).pathname;

const inbound = makeApiKey();
const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
const watches = join(folder, 'watch.yaml');
let upstream: ScriptedUpstream;
beforeAll(async () => {
  writeFileSync(watches, 'integrationEvents:\n  - id: oidc-sync\n');
  upstream = await startScriptedUpstream();
  // A login works, a read finds something, and nobody knows what became of a write.
  upstream.respondWith(({ method, target, headers }) => {
    if (target.startsWith('/oauth')) return { status: 200, body: TOKEN };
    if (method === 'POST') return { destroy: true };
    return headers['authorization'] === undefined || target.includes('lost')
      ? { status: 403, body: '{"Errors":[]}' }
      : { status: 200, body: '{"ID":"stored"}' };
  });
});
afterAll(async () => {
  await upstream.close();
  inbound.remove();
  rmSync(folder, { recursive: true });
});

/** The built gateway; nothing listens where Huawei Cloud and Redis should be. */
async function start(environment: Record<string, string>) {
  const gateway = await startBuiltGateway({
    ...inbound.environment,
    ORDERCLOUD_API_URL: `${upstream.origin}/v1`,
    ORDERCLOUD_CREDENTIALS: 'gateway',
    ORDERCLOUD_CLIENT_ID: 'gateway',
    ORDERCLOUD_CLIENT_SECRET: 'canary-secret',
    HUAWEI_IAM_URL: 'http://127.0.0.1:1',
    HUAWEI_BREAKER_FAILURES: '1',
    REDIS_URL: 'redis://127.0.0.1:1',
    REDIS_ENCRYPTION_KEY: Buffer.alloc(32, 'canary').toString('base64'),
    METRICS_PORT: '0',
    WATCH_FILE: watches,
    ...environment,
  });
  onTestFinished(async () => {
    await gateway.stop();
  });
  const [, url = ''] = await gateway.line(/"url":"([^"]+)","msg":"metrics are served"/);
  return { gateway, url };
}

async function use({ url }: BuiltGateway): Promise<void> {
  const headers = { ...inbound.headers, 'x-auth-token': 'canary-token' };
  await post(url, READ, {}, headers);
  await post(url, READ_HUAWEI, {}, headers);
  await post(url, CREATE, createVariables('lost'), headers);
  await post(url, '{', {}, headers);
}

describe('promtool', () => {
  it('finds nothing to improve in the real output', async () => {
    const { gateway, url } = await start({});
    await use(gateway);
    const text = await (await fetch(url)).text();
    expect(text).not.toContain('canary');
    // It prints what it finds, and fails.
    expect(await run('promtool', ['check', 'metrics'], text)).toBe('');
  });

  it('passes the rules and their tests', async () => {
    expect(await run('promtool', ['check', 'rules', rules])).toContain(
      `${alerts().length} rules found`,
    );
    await run('promtool', ['test', 'rules', rules.replace('.yaml', '.test.yaml')]);
  });
});

describe.each([['1'], ['2']])('with WORKERS=%s', (workers) => {
  it('Prometheus answers every query of the dashboard, and raises alerts', async () => {
    const { gateway, url } = await start({ WORKERS: workers });
    const prometheus = await startPrometheus(new URL(url).host, rules);
    onTestFinished(prometheus.close);
    const resultsOf = async (query: string) => {
      const { result } = (await prometheus.ask(`query?query=${encodeURIComponent(query)}`)) as {
        readonly result: readonly { readonly value: readonly [number, string] }[];
      };
      return result.map(({ value: [, value] }) => Number(value));
    };
    const queries = dashboardQueries();
    expect(queries.length).toBeGreaterThan(30);
    for (const { title, expr } of queries) {
      const query = expr
        .replaceAll('$job', '.*')
        .replaceAll('$instance', '.*')
        .replaceAll('$__rate_interval', '1m');
      await expect
        .poll(
          async () => {
            await use(gateway);
            return (await resultsOf(query)).length;
          },
          { interval: 250, message: `${title}: ${query}` },
        )
        .toBeGreaterThan(0);
    }
    expect(await resultsOf('up')).toEqual([1]);
    const firing = async () => {
      const { alerts: raised } = (await prometheus.ask('alerts')) as {
        readonly alerts: readonly { readonly labels: { readonly alertname: string } }[];
      };
      return raised.map(({ labels }) => labels.alertname);
    };
    await expect
      .poll(async () => {
        await use(gateway);
        return firing();
      })
      .toEqual(expect.arrayContaining(['OidcGatewayBreakerOpen', 'OidcGatewayUnknownOutcomes']));
  });
});
