import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { upstreams } from '../upstreams/index.ts';
import { ConfigError, readConfig } from './config.ts';
import type { TracingSettings } from './tracing-settings.ts';

const UPSTREAM = { ORDERCLOUD_API_URL: 'https://sandboxapi.ordercloud.io/v1' };
const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

const configOf = (environment: Record<string, string>) =>
  readConfig('production', upstreams, { ...UPSTREAM, ...environment });

function tracingOf(environment: Record<string, string>): TracingSettings {
  const { tracing } = configOf(environment);
  if (tracing === null) throw new Error('traces are off');
  return tracing;
}

function issuesOf(environment: Record<string, string>): readonly string[] {
  try {
    configOf(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}

describe('traces', () => {
  it.each([
    ['no endpoint is set', {}],
    ['the endpoint is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['OpenTelemetry is disabled', { ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' }],
    ['the exporter is turned off', { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
  ])('are off if %s, whatever else is set for other programs', (_when, environment) => {
    const others = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_TRACES_SAMPLER: 'jaeger_remote' };
    expect(configOf({ ...others, ...environment }).tracing).toBeNull();
  });

  it('go to the receiver of all signals, as OpenTelemetry has it by default', () => {
    expect(tracingOf(ENDPOINT)).toEqual({
      protocol: 'http/protobuf',
      url: new URL('http://collector:4318/v1/traces'),
      headers: new Map(),
      timeoutMs: 10_000,
      sampler: { name: 'parentbased_always_on', ratio: 1 },
      resource: new Map([['service.name', 'oidc-config-gateway']]),
    });
  });

  it('are configured by the variables for traces before those for all signals', () => {
    const { headers, ...settings } = tracingOf({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.com/ingest?tenant=1',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=one%2Ctwo, x-tenant = a=b ,,',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-tenant=other',
      OTEL_EXPORTER_OTLP_TIMEOUT: '5000',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '7000',
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '.25',
      OTEL_SERVICE_NAME: 'sign-in',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=ignored,deployment.environment.name=test%20one',
    });
    expect(settings).toEqual({
      protocol: 'http/json',
      url: new URL('https://traces.example.com/ingest?tenant=1'),
      timeoutMs: 7_000,
      sampler: { name: 'traceidratio', ratio: 0.25 },
      resource: new Map([
        ['service.name', 'sign-in'],
        ['deployment.environment.name', 'test one'],
      ]),
    });
    expect([...headers].map(([name, value]) => [name, value.reveal()])).toEqual([
      ['api-key', 'one,two'],
      ['x-tenant', 'other'],
    ]);
    expect(inspect(headers) + JSON.stringify([...headers])).not.toMatch(/one,two|other/);
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'must be a URL that begins with'],
    [
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      'https://user:canary@example.com',
      'must not have a user name, password or fragment',
    ],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'must be one of http/protobuf, http/json'],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'grpc', 'must be one of http/protobuf, http/json'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'canary', 'must be a comma-separated list of headers'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%zz-canary', 'must be a comma-separated list of headers'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%0acanary', 'must be a comma-separated list of headers'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '0', 'must be a whole number from 1 to 60000'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote', 'must be one of always_on, always_off'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5', 'must be a number from 0 to 1'],
    ['OTEL_RESOURCE_ATTRIBUTES', '=canary', 'must be a comma-separated list of attributes'],
    ['OTEL_TRACES_EXPORTER', 'zipkin', 'must be one of otlp, none'],
  ])('are not configured by %s=%s', (name, value, issue) => {
    const issues = issuesOf({ ...ENDPOINT, [name]: value });
    expect(issues).toEqual([expect.stringContaining(`${name} ${issue}`)]);
    expect(issues.join()).not.toContain('canary');
  });
});

it('variables of OpenTelemetry that are for other programs are not reported, misspelled ones are', () => {
  const { unknownVariables } = configOf({
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://collector:4318',
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc',
    OTEL_BSP_SCHEDULE_DELAY: '1',
    OTEL_EXPORTER_OTLP_ENDPONT: 'x',
  });
  expect(unknownVariables).toEqual([
    { name: 'OTEL_EXPORTER_OTLP_ENDPONT', meant: 'OTEL_EXPORTER_OTLP_ENDPOINT' },
  ]);
});
