import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { addFault, startBuiltGateway } from '../setup/built-gateway.ts';
import { post } from '../setup/gateway.ts';
import { startOtlpReceiver } from '../setup/otlp-receiver.ts';
import { run } from '../setup/command.ts';
import { startPrometheus } from './setup/prometheus.ts';

/*
 * The walk of an operator, with the commands of docs/operations.md: a fault of the platform raises an alert, the alert
 * leads to a section of the page, the section to the failed operation in the log and in the traces, and these to what
 * became of the write.
 */

const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const rules = new URL('../../deploy/prometheus/alerts.yaml', import.meta.url).pathname;

const NAME = 'canary-of-the-walk';
const CREATE = `mutation ($input: CreateOpenIdConnectInput!) {
  createOpenIdConnect(input: $input) {
    __typename ... on OidcOutcomeUnknownError { code requestId reason verifyWith }
  }
}`;

/** The section of the page below a heading, as a link to it has its name. */
function sectionOf(anchor: string): string {
  const sections = page.split(/^(?=#{2,4} )/m);
  const found = sections.find((section) => {
    const [heading = ''] = section.split('\n');
    return heading.replace(/^#+ /, '').toLowerCase().replaceAll(/\W+/g, '-') === anchor;
  });
  if (found === undefined) throw new Error(`no section ${anchor}`);
  return found;
}

/** Runs a command of the page on a log. */
async function search(command: string, log: string): Promise<readonly Record<string, unknown>[]> {
  expect(page).toContain(`${command} gateway.log`);
  const output = await run('/bin/sh', ['-c', command], log);
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('leads from a fault of the platform to what became of the write', async () => {
  const platform = await startEmulator();
  onTestFinished(async () => {
    await platform.close();
  });
  const receiver = await startOtlpReceiver();
  onTestFinished(receiver.close);
  const gateway = await startBuiltGateway({
    ...platform.environment,
    ...receiver.environment,
    METRICS_PORT: '0',
  });
  onTestFinished(async () => {
    await gateway.stop();
  });
  const [, metrics = ''] = await gateway.line(/"url":"([^"]+)","msg":"metrics are served"/);
  const prometheus = await startPrometheus(new URL(metrics).host, rules);
  onTestFinished(prometheus.close);
  const ask = async (request: string) => (await prometheus.ask(request)) as { result?: unknown[] };
  await expect
    .poll(async () => (await ask('query?query=oidc_gateway_unknown_outcomes_total')).result)
    .not.toEqual([]);

  // The platform stores the object, and the connection breaks before its response.
  await addFault(platform.url, { fault: { kind: 'applyThenReset' } });
  const created = await post(
    gateway.url,
    CREATE,
    {
      input: {
        orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
        connectClientId: NAME,
        connectClientSecret: 'canary-client-secret',
        appStartUrl: 'https://shop.example.com/start?token={0}',
        authorizationEndpoint: 'https://idp.example.com/authorize',
        tokenEndpoint: 'https://idp.example.com/token',
      },
    },
    platform.exampleHeaders,
  );
  const error = created.data?.['createOpenIdConnect'] as Record<string, string>;
  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', reason: 'CONNECTION_LOST' });
  const requestId = error['requestId'] ?? '';

  // The alert names its section.
  interface Alert {
    readonly state: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }
  const raised = async () => {
    const { alerts } = (await prometheus.ask('alerts')) as { readonly alerts: readonly Alert[] };
    return alerts.filter(({ state }) => state === 'firing');
  };
  await expect.poll(raised).toHaveLength(1);
  const [alert] = await raised();
  expect(alert?.labels).toMatchObject({
    alertname: 'OidcGatewayUnknownOutcomes',
    upstream: 'ORDERCLOUD',
  });
  const [file, anchor = ''] = alert?.annotations['runbook_url']?.split('#') ?? [];
  expect(file).toBe('docs/operations.md');
  expect(sectionOf(anchor)).toContain('`OidcOutcomeUnknownError`');

  // The log, as the page searches it: first without an id, then by the id that was found.
  const log = gateway.lines().join('\n');
  const [failed, ...others] = await search(
    `jq -c 'select(.msg == "operation" and (.codes // [] | index("OUTCOME_UNKNOWN")))'`,
    log,
  );
  expect(others).toEqual([]);
  expect(failed).toMatchObject({
    level: 'warn',
    requestId,
    fields: [{ field: 'createOpenIdConnect', member: 'OidcOutcomeUnknownError' }],
    upstreamCalls: [{ upstream: 'ORDERCLOUD', failure: 'CONNECTION_LOST' }],
  });
  const byId = `grep '"requestId":"${requestId}"'`;
  expect(page).toMatch(/`grep '"requestId":"[0-9a-f-]{36}"' gateway\.log`/);
  const lines = (await run('/bin/sh', ['-c', byId], log)).trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg).sort()).toEqual([
    'audit',
    'audit',
    'operation',
  ]);

  // The trace, by the request id and by the trace id of the line.
  expect(sectionOf('find-a-request-in-the-traces')).toContain('`oidc_gateway.request_id`');
  const ofRequest = () =>
    receiver
      .spans()
      .filter(({ attributes }) => attributes['oidc_gateway.request_id'] === requestId);
  await expect.poll(ofRequest).toHaveLength(1);
  const [span] = ofRequest();
  expect(span?.traceId).toBe(failed?.['traceId']);
  const attempts = receiver
    .spans()
    .filter(({ traceId, kind }) => traceId === span?.traceId && kind === 3);
  expect(attempts.map(({ attributes }) => attributes['error.type'])).toEqual(['CONNECTION_LOST']);

  // What became of the write: the query of the error shows that it was applied.
  const stored = await post(gateway.url, error['verifyWith'] ?? '', {}, platform.exampleHeaders);
  expect(stored.text).toContain(NAME);
});
