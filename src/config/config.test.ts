import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError, environmentVariables, readConfig } from './config.ts';
import type { Mode } from './server-settings.ts';
import { SharedSecrets } from '../domain/scrub/shared-secrets.ts';
import { DEFAULT_LIMITS } from './limit-settings.ts';
import { openPool } from '../transport/http/http.ts';
import { upstreams } from '../upstreams/index.ts';
import { makeApiKey } from '../../test/setup/api-keys.ts';
import { createLoginGate } from '../transport/credentials/login-gate.ts';

const ORDERCLOUD = { ORDERCLOUD_API_URL: 'https://sandboxapi.ordercloud.io/v1' };
const HUAWEI = { HUAWEI_IAM_URL: 'https://iam.myhuaweicloud.com' };

/** The issues of an environment; fails if it has none. */
function issuesOf(
  environment: Readonly<Record<string, string | undefined>>,
  mode: Mode = 'production',
  list = upstreams,
): readonly string[] {
  try {
    readConfig(mode, list, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('defaults', () => {
  const limits = {
    ...DEFAULT_LIMITS,
    values: 10_000,
    bodyBytes: 262_144,
    inFlight: 1_024,
    operationsPerMinute: 6_000,
    issuerFetchesPerMinute: 30,
    headersMs: 10_000,
    requestMs: 30_000,
  };
  const common = {
    port: 4000,
    metrics: null,
    workers: 1,
    upstreamTimeoutMs: 10_000,
    shutdownGraceMs: 20_000,
    logLevel: 'info',
    corsOrigins: [],
    fastPath: true,
    persistedDocuments: null,
    limits,
    authentication: null,
    tracing: null,
    redis: null,
    watch: null,
    unknownVariables: [],
  };

  it.each<[Mode, object]>([
    ['production', { host: '0.0.0.0', graphiql: false, introspection: false, issuers: null }],
    [
      'development',
      {
        host: '127.0.0.1',
        graphiql: true,
        introspection: true,
        issuers: { allowedHosts: [], probes: true },
      },
    ],
  ])('of %s', (mode, expected) => {
    const { upstreams: settings, ...config } = readConfig(mode, upstreams, ORDERCLOUD);
    expect(config).toEqual({ ...common, ...expected });
    expect(Object.fromEntries(settings)).toEqual({ ORDERCLOUD, HUAWEI_IAM: {} });
  });

  it('of development without any upstream to configure', () => {
    expect(readConfig('development', [], {})).toMatchObject({
      graphiql: true,
      upstreams: new Map(),
    });
  });

  it('apply to empty variables', () => {
    const empty = {
      HOST: '',
      PORT: '',
      GRAPHIQL: '',
      UPSTREAM_TIMEOUT_MS: '',
      SHUTDOWN_GRACE_MS: '',
      LOG_LEVEL: '',
      HUAWEI_IAM_URL: '',
      ORDERCLOUD_REVEAL_SECRET: '',
      OTHER: undefined,
    };
    expect(readConfig('production', upstreams, { ...empty, ...ORDERCLOUD })).toEqual(
      readConfig('production', upstreams, ORDERCLOUD),
    );
  });
});

describe('variables', () => {
  it('that look like misspelled ones of the gateway are reported; those of other programs are not', () => {
    const environment = {
      ...ORDERCLOUD,
      AUTH_SERVICE_HOST: 'x',
      CORS_ORIGIN: 'x',
      ORDERCLOUD_CREDENTIAL: 'gateway',
      LIMIT_DEPHT: '5',
      HUAWEI_REGON: 'x',
      LOG_FORMAT: 'x',
      PATH: 'x',
      AUTHOR: 'x',
    };
    expect(readConfig('production', upstreams, environment).unknownVariables).toEqual([
      { name: 'AUTH_SERVICE_HOST', meant: null },
      { name: 'CORS_ORIGIN', meant: 'CORS_ORIGINS' },
      { name: 'HUAWEI_REGON', meant: 'HUAWEI_REGION' },
      { name: 'LIMIT_DEPHT', meant: 'LIMIT_DEPTH' },
      { name: 'ORDERCLOUD_CREDENTIAL', meant: 'ORDERCLOUD_CREDENTIALS' },
    ]);
  });

  it('are read, each upstream its own', () => {
    const environment = {
      HOST: '::1',
      PORT: '0',
      WORKERS: '64',
      GRAPHIQL: 'true',
      UPSTREAM_TIMEOUT_MS: '100',
      SHUTDOWN_GRACE_MS: '0',
      LOG_LEVEL: 'silent',
      CORS_ORIGINS: 'https://a.example.com, http://b.example.com:8080',
      LIMIT_DEPTH: '1',
      LIMIT_OPERATIONS_PER_MINUTE: '7',
      ...ORDERCLOUD,
      ORDERCLOUD_REVEAL_SECRET: 'false',
      ...HUAWEI,
      NODE_ENV: 'development',
      UNRELATED: 'x',
    };
    const { upstreams: settings, ...config } = readConfig('production', upstreams, environment);
    expect(config).toMatchObject({
      host: '::1',
      port: 0,
      workers: 64,
      graphiql: true,
      introspection: true,
      upstreamTimeoutMs: 100,
      shutdownGraceMs: 0,
      logLevel: 'silent',
      corsOrigins: ['https://a.example.com', 'http://b.example.com:8080'],
      limits: { depth: 1, operationsPerMinute: 7 },
    });
    expect(Object.fromEntries(settings)).toEqual({
      ORDERCLOUD: { ...ORDERCLOUD, ORDERCLOUD_REVEAL_SECRET: 'false' },
      HUAWEI_IAM: HUAWEI,
    });
  });

  it('can turn off what development turns on', () => {
    expect(readConfig('development', [], { GRAPHIQL: 'false', HOST: '0.0.0.0' })).toMatchObject({
      graphiql: false,
      host: '0.0.0.0',
    });
  });

  it('start no workers in development', () => {
    expect(readConfig('development', [], { WORKERS: '4' })).toMatchObject({ workers: 1 });
  });

  it.each([
    [ORDERCLOUD],
    [HUAWEI],
    [{ ...ORDERCLOUD, ...HUAWEI }],
    [{ HUAWEI_REGION: 'eu-west-101' }],
    [{ ORDERCLOUD_REGION: 'us-west', ORDERCLOUD_ENVIRONMENT: 'sandbox' }],
  ])('may configure some upstreams: %j', (environment) => {
    expect(() => readConfig('production', upstreams, environment)).not.toThrow();
  });
});

describe('issues', () => {
  it.each<[string, string, string]>([
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535'],
    ['METRICS_PORT', 'on', 'METRICS_PORT must be a whole number from 0 to 65535'],
    ['METRICS_PORT', '4000', 'METRICS_PORT must not be the same as PORT'],
    ['PORT', 'http', 'PORT must be a whole number from 0 to 65535'],
    ['WORKERS', '0', 'WORKERS must be a whole number from 1 to 64'],
    ['WORKERS', '65', 'WORKERS must be a whole number from 1 to 64'],
    ['GRAPHIQL', 'yes', 'GRAPHIQL must be true or false'],
    ['UPSTREAM_TIMEOUT_MS', '99', 'UPSTREAM_TIMEOUT_MS must be a whole number from 100 to 60000'],
    [
      'UPSTREAM_TIMEOUT_MS',
      '60001',
      'UPSTREAM_TIMEOUT_MS must be a whole number from 100 to 60000',
    ],
    ['SHUTDOWN_GRACE_MS', '600001', 'SHUTDOWN_GRACE_MS must be a whole number from 0 to 600000'],
    [
      'LOG_LEVEL',
      'INFO',
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent',
    ],
    ['INTROSPECTION', 'yes', 'INTROSPECTION must be true or false'],
    [
      'CORS_ORIGINS',
      'https://a.example.com/',
      'CORS_ORIGINS must be a comma-separated list of origins, e.g. https://admin.example.com, without a path or trailing slash',
    ],
    [
      'CORS_ORIGINS',
      '*',
      'CORS_ORIGINS must be a comma-separated list of origins, e.g. https://admin.example.com, without a path or trailing slash',
    ],
    ['PERSISTED_ONLY', 'true', 'PERSISTED_ONLY must not be true without PERSISTED_DOCUMENTS_FILE'],
    [
      'PERSISTED_DOCUMENTS_FILE',
      '/nowhere/canary.json',
      'PERSISTED_DOCUMENTS_FILE names a file that does not exist',
    ],
    ['LIMIT_DEPTH', '0', 'LIMIT_DEPTH must be a whole number from 1 to 1000'],
    ['LIMIT_IN_FLIGHT', 'many', 'LIMIT_IN_FLIGHT must be a whole number from 1 to 100000'],
    [
      'ORDERCLOUD_MAX_WAITING',
      '-1',
      'ORDERCLOUD_MAX_WAITING must be a whole number from 0 to 100000',
    ],
    ['HUAWEI_MAX_WAITING', '100001', 'HUAWEI_MAX_WAITING must be a whole number from 0 to 100000'],
    [
      'ORDERCLOUD_BREAKER_FAILURES',
      'off',
      'ORDERCLOUD_BREAKER_FAILURES must be a whole number from 0 to 1000',
    ],
    [
      'HUAWEI_BREAKER_FAILURES',
      '1001',
      'HUAWEI_BREAKER_FAILURES must be a whole number from 0 to 1000',
    ],
    [
      'AUTH_ISSUER',
      'https://idp.example.com',
      'AUTH_ISSUER must not be set without AUTH_JWKS_URL or AUTH_JWKS_FILE',
    ],
    ['ORDERCLOUD_REVEAL_SECRET', '0', 'ORDERCLOUD_REVEAL_SECRET must be true or false'],
    [
      'ORDERCLOUD_API_URL',
      'https://sandboxapi.ordercloud.io',
      'ORDERCLOUD_API_URL must end with the version of the API, e.g. https://sandboxapi.ordercloud.io/v1',
    ],
    [
      'ORDERCLOUD_API_URL',
      'http://sandboxapi.ordercloud.io/v1',
      'ORDERCLOUD_API_URL must begin with https:// (http:// is allowed only for this machine)',
    ],
    [
      'HUAWEI_IAM_URL',
      'https://iam.myhuaweicloud.com/v3',
      'HUAWEI_IAM_URL must not have a path, e.g. https://iam.myhuaweicloud.com',
    ],
    ['HUAWEI_IAM_URL', 'iam', 'HUAWEI_IAM_URL must be a URL, e.g. https://api.example.com'],
  ])('%s=%s', (name, value, issue) => {
    expect(issuesOf({ ...ORDERCLOUD, ...HUAWEI, [name]: value })).toEqual([issue]);
  });

  it.each<[object, string]>([
    [
      { ...ORDERCLOUD, ORDERCLOUD_REGION: 'us-east', ORDERCLOUD_ENVIRONMENT: 'sandbox' },
      'ORDERCLOUD_REGION must not be set together with ORDERCLOUD_API_URL',
    ],
    [
      { ...HUAWEI, ORDERCLOUD_REGION: 'us-east' },
      'ORDERCLOUD_ENVIRONMENT must be set with ORDERCLOUD_REGION',
    ],
    [{ ORDERCLOUD_REGION: 'us-east' }, 'ORDERCLOUD_ENVIRONMENT must be set with ORDERCLOUD_REGION'],
    [
      { ...HUAWEI, ORDERCLOUD_ENVIRONMENT: 'sandbox' },
      'ORDERCLOUD_ENVIRONMENT must not be set without ORDERCLOUD_REGION',
    ],
    [
      { ...ORDERCLOUD, ...HUAWEI, HUAWEI_REGION: 'cn-north-4' },
      'HUAWEI_REGION must not be set together with HUAWEI_IAM_URL',
    ],
    [
      { ...HUAWEI, ORDERCLOUD_REGION: 'mars', ORDERCLOUD_ENVIRONMENT: 'sandbox' },
      'ORDERCLOUD_REGION must be one of us-west, us-east, australia-east, west-europe, japan-east',
    ],
  ])('%j', (environment, issue) => {
    expect(issuesOf({ ...environment })).toEqual([issue]);
  });

  it('are all named at once, without a value', () => {
    const canary = 'canary';
    const environment = {
      PORT: canary,
      GRAPHIQL: canary,
      UPSTREAM_TIMEOUT_MS: canary,
      SHUTDOWN_GRACE_MS: canary,
      LOG_LEVEL: canary,
      ORDERCLOUD_API_URL: `ftp://${canary}:${canary}@${canary}/?${canary}#${canary}`,
      ORDERCLOUD_REVEAL_SECRET: canary,
      HUAWEI_IAM_URL: `http://${canary}:${canary}@${canary}/${canary}`,
    };
    const issues = issuesOf(environment);
    expect(issues.map((issue) => issue.split(' ')[0])).toEqual([
      'PORT',
      'GRAPHIQL',
      'UPSTREAM_TIMEOUT_MS',
      'SHUTDOWN_GRACE_MS',
      'LOG_LEVEL',
      'ORDERCLOUD_API_URL',
      'ORDERCLOUD_API_URL',
      'ORDERCLOUD_API_URL',
      'ORDERCLOUD_REVEAL_SECRET',
      'HUAWEI_IAM_URL',
      'HUAWEI_IAM_URL',
      'HUAWEI_IAM_URL',
    ]);
    expect(issues.join()).not.toContain(canary);
  });

  it('are all reported if a variable is wrong in two ways', () => {
    expect(
      issuesOf({ ...ORDERCLOUD, ORDERCLOUD_REGION: 'us-east', ORDERCLOUD_ENVIRONMENT: 'moon' }),
    ).toEqual([
      'ORDERCLOUD_ENVIRONMENT must be one of production, staging, sandbox',
      'ORDERCLOUD_REGION must not be set together with ORDERCLOUD_API_URL',
    ]);
    expect(issuesOf({ ...HUAWEI, HUAWEI_REGION: 'mars' })).toEqual([
      expect.stringMatching(/^HUAWEI_REGION must be one of/),
      'HUAWEI_REGION must not be set together with HUAWEI_IAM_URL',
    ]);
  });

  it('include misspelled names that would let everybody call', () => {
    expect(
      issuesOf({ ...ORDERCLOUD, AUTH_API_KEY_FILE: 'canary', AUTH_JWKS_URI: 'canary' }),
    ).toEqual([
      'AUTH_API_KEY_FILE (is AUTH_API_KEYS_FILE meant?) is not a variable of the gateway',
      'AUTH_JWKS_URI (is AUTH_JWKS_URL meant?) is not a variable of the gateway',
    ]);
    expect(
      readConfig('development', upstreams, { ...ORDERCLOUD, AUTH_JWKS_URI: 'canary' })
        .authentication,
    ).toBeNull();
    // With callers authenticated, it may well be a variable of another program.
    const folder = makeApiKey();
    onTestFinished(folder.remove);
    expect(
      readConfig('production', upstreams, {
        ...ORDERCLOUD,
        ...folder.environment,
        OAUTH_ISSUER: 'x',
      }).unknownVariables,
    ).toEqual([{ name: 'OAUTH_ISSUER', meant: 'AUTH_ISSUER' }]);
  });

  it('are the same whatever else is wrong', () => {
    const environment = {
      ...ORDERCLOUD,
      PERSISTED_ONLY: 'true',
      WORKERS: '4',
      ORDERCLOUD_MAX_IN_FLIGHT: '3',
      GRAPHIQL: 'true',
    };
    const issues = [
      'PERSISTED_ONLY must not be true without PERSISTED_DOCUMENTS_FILE',
      'GRAPHIQL must not be true together with PERSISTED_ONLY, which refuses everything sent from GraphiQL',
      'ORDERCLOUD_MAX_IN_FLIGHT must be at least WORKERS, because it is divided among the workers',
    ];
    expect(issuesOf(environment)).toEqual(issues);
    expect(issuesOf({ ...environment, LOG_LEVEL: 'loud' })).toEqual([
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent',
      ...issues,
    ]);
  });

  it('include limits of an upstream that cannot be divided among the workers', () => {
    const environment = {
      ...ORDERCLOUD,
      WORKERS: '4',
      ORDERCLOUD_MAX_IN_FLIGHT: '3',
      ORDERCLOUD_MAX_PER_SECOND: '4',
      HUAWEI_MAX_PER_SECOND: '1',
    };
    expect(issuesOf(environment)).toEqual([
      'ORDERCLOUD_MAX_IN_FLIGHT must be at least WORKERS, because it is divided among the workers',
      'HUAWEI_MAX_PER_SECOND must be at least WORKERS, because it is divided among the workers',
    ]);
    expect(
      issuesOf({ ...environment, ORDERCLOUD_MAX_IN_FLIGHT: 'many', HUAWEI_MAX_PER_SECOND: '10' }),
    ).toEqual(['ORDERCLOUD_MAX_IN_FLIGHT must be a whole number from 1 to 10000']);
  });

  it('include that no upstream is configured', () => {
    const issue =
      'no upstream is configured: set ORDERCLOUD_API_URL or ORDERCLOUD_REGION or HUAWEI_IAM_URL or HUAWEI_REGION';
    expect(issuesOf({})).toEqual([issue]);
    expect(issuesOf({ ORDERCLOUD_API_URL: '', HUAWEI_IAM_URL: '' })).toEqual([issue]);
    expect(issuesOf({ PORT: 'x' })).toEqual(['PORT must be a whole number from 0 to 65535', issue]);
  });
});

describe('ConfigError', () => {
  it.each([
    [['PORT is odd'], 'The configuration has an error:\n  - PORT is odd'],
    [
      ['PORT is odd', 'HOST is even'],
      'The configuration has 2 errors:\n  - PORT is odd\n  - HOST is even',
    ],
  ])('lists %j', (issues, message) => {
    expect(new ConfigError(issues)).toMatchObject({ name: 'ConfigError', message, issues });
  });
});

describe('METRICS_PORT', () => {
  it.each([
    [{ METRICS_PORT: '9464' }, { host: '127.0.0.1', port: 9464 }],
    [
      { METRICS_PORT: '9464', METRICS_HOST: '0.0.0.0' },
      { host: '0.0.0.0', port: 9464 },
    ],
    // Two free ports are not the same.
    [
      { METRICS_PORT: '0', PORT: '0' },
      { host: '127.0.0.1', port: 0 },
    ],
    [{ METRICS_HOST: '0.0.0.0' }, null],
  ])('turns metrics on: %j', (environment, expected) => {
    expect(readConfig('production', upstreams, { ...ORDERCLOUD, ...environment }).metrics).toEqual(
      expected,
    );
  });
});

describe('environmentVariables', () => {
  const variables = environmentVariables(upstreams);

  it('lists every variable with its default in production', () => {
    expect(variables.map(({ name, default: fallback }) => [name, fallback])).toEqual([
      ['HOST', '0.0.0.0'],
      ['PORT', '4000'],
      ['METRICS_PORT', null],
      ['METRICS_HOST', '127.0.0.1'],
      ['WORKERS', '1'],
      ['GRAPHIQL', 'false'],
      ['UPSTREAM_TIMEOUT_MS', '10000'],
      ['SHUTDOWN_GRACE_MS', '20000'],
      ['LOG_LEVEL', 'info'],
      ['INTROSPECTION', 'false'],
      ['CORS_ORIGINS', null],
      ['FAST_PATH', 'true'],
      ['ISSUER_DISCOVERY', null],
      ['ISSUER_ALLOWED_HOSTS', null],
      ['SIGN_IN_PROBES', 'false'],
      ['PERSISTED_DOCUMENTS_FILE', null],
      ['PERSISTED_ONLY', 'false'],
      ['LIMIT_DEPTH', '10'],
      ['LIMIT_ALIASES', '20'],
      ['LIMIT_TOKENS', '1000'],
      ['LIMIT_DIRECTIVES', '50'],
      ['LIMIT_COST', '5000'],
      ['LIMIT_REPEATED_WRITES', '5'],
      ['LIMIT_VALUES', '10000'],
      ['LIMIT_BODY_BYTES', '262144'],
      ['LIMIT_IN_FLIGHT', '1024'],
      ['LIMIT_OPERATIONS_PER_MINUTE', '6000'],
      ['LIMIT_ISSUER_FETCHES_PER_MINUTE', '30'],
      ['LIMIT_HEADERS_MS', '10000'],
      ['LIMIT_REQUEST_MS', '30000'],
      ['AUTH_JWKS_URL', null],
      ['AUTH_JWKS_FILE', null],
      ['AUTH_ISSUER', null],
      ['AUTH_AUDIENCE', null],
      ['AUTH_ALGORITHMS', 'RS256,PS256,ES256,EdDSA'],
      ['AUTH_CLOCK_TOLERANCE_S', '30'],
      ['AUTH_API_KEYS_FILE', null],
      ['REDIS_URL', null],
      ['REDIS_PASSWORD', null],
      ['REDIS_PASSWORD_FILE', null],
      ['REDIS_SENTINEL_PASSWORD', null],
      ['REDIS_SENTINEL_PASSWORD_FILE', null],
      ['REDIS_ENCRYPTION_KEY', null],
      ['REDIS_ENCRYPTION_KEY_FILE', null],
      ['REDIS_ENCRYPTION_KEY_PREVIOUS', null],
      ['REDIS_ENCRYPTION_KEY_PREVIOUS_FILE', null],
      ['INSTANCES', '1'],
      ['WATCH_FILE', null],
      ['WEBHOOK_URL', null],
      ['WEBHOOK_SECRET', null],
      ['WEBHOOK_SECRET_FILE', null],
      ['OTEL_EXPORTER_OTLP_ENDPOINT', null],
      ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', null],
      ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/protobuf'],
      ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', null],
      ['OTEL_EXPORTER_OTLP_HEADERS', null],
      ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', null],
      ['OTEL_EXPORTER_OTLP_TIMEOUT', '10000'],
      ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', null],
      ['OTEL_TRACES_SAMPLER', 'parentbased_always_on'],
      ['OTEL_TRACES_SAMPLER_ARG', '1'],
      ['OTEL_SERVICE_NAME', null],
      ['OTEL_RESOURCE_ATTRIBUTES', null],
      ['OTEL_TRACES_EXPORTER', 'otlp'],
      ['OTEL_SDK_DISABLED', 'false'],
      ['ORDERCLOUD_API_URL', null],
      ['ORDERCLOUD_REGION', null],
      ['ORDERCLOUD_ENVIRONMENT', null],
      ['ORDERCLOUD_REVEAL_SECRET', 'true'],
      ['ORDERCLOUD_MAX_IN_FLIGHT', '128'],
      ['ORDERCLOUD_MAX_WAITING', '256'],
      ['ORDERCLOUD_MAX_PER_SECOND', null],
      ['ORDERCLOUD_BREAKER_FAILURES', '10'],
      ['ORDERCLOUD_CREDENTIALS', null],
      ['ORDERCLOUD_CLIENT_ID', null],
      ['ORDERCLOUD_CLIENT_SECRET', null],
      ['ORDERCLOUD_CLIENT_SECRET_FILE', null],
      ['ORDERCLOUD_ROLES', 'OpenIDConnectAdmin'],
      ['ORDERCLOUD_AUTH_URL', null],
      ['HUAWEI_IAM_URL', null],
      ['HUAWEI_REGION', null],
      ['HUAWEI_CONSOLE_URL', 'https://auth.huaweicloud.com'],
      ['HUAWEI_MAX_IN_FLIGHT', '128'],
      ['HUAWEI_MAX_WAITING', '256'],
      ['HUAWEI_MAX_PER_SECOND', null],
      ['HUAWEI_BREAKER_FAILURES', '10'],
      ['HUAWEI_CREDENTIALS', null],
      ['HUAWEI_AUTH_METHOD', null],
      ['HUAWEI_DOMAIN_NAME', null],
      ['HUAWEI_USER_NAME', null],
      ['HUAWEI_PASSWORD', null],
      ['HUAWEI_PASSWORD_FILE', null],
      ['HUAWEI_ACCESS_KEY', null],
      ['HUAWEI_ACCESS_KEY_FILE', null],
      ['HUAWEI_SECRET_KEY', null],
      ['HUAWEI_SECRET_KEY_FILE', null],
      ['HUAWEI_SECURITY_TOKEN', null],
      ['HUAWEI_SECURITY_TOKEN_FILE', null],
      ['HUAWEI_DOMAIN_ID', null],
    ]);
  });

  it('describes each of them', () => {
    expect(variables.filter(({ description }) => !/^[A-Z].{10,}\.$/.test(description))).toEqual([]);
  });
});

describe('a region', () => {
  const connectedTo = (environment: Record<string, string>) => {
    const config = readConfig('production', upstreams, environment);
    const options = {
      timeoutMs: 1_000,
      userAgent: 'tests/1',
      processes: 1,
      openDispatcher: openPool,
      loginGate: createLoginGate(),
      gatewaySecrets: new SharedSecrets(),
      onEvent: () => undefined,
      maxCalls: Infinity,
    };
    return upstreams.flatMap(({ id, connect }) => {
      const connection = connect(config.upstreams.get(id) ?? {}, options);
      if (connection === null) return [];
      onTestFinished(connection.close);
      return [connection.baseUrl];
    });
  };

  it.each<[Record<string, string>, string]>([
    [
      { ORDERCLOUD_REGION: 'us-west', ORDERCLOUD_ENVIRONMENT: 'sandbox' },
      'https://sandboxapi.ordercloud.io/v1',
    ],
    [
      { ORDERCLOUD_REGION: 'west-europe', ORDERCLOUD_ENVIRONMENT: 'production' },
      'https://westeurope-production.ordercloud.io/v1',
    ],
    [{ HUAWEI_REGION: 'ap-southeast-1' }, 'https://iam.ap-southeast-1.myhuaweicloud.com'],
  ])('%j stands for a URL', (environment, url) => {
    expect(connectedTo(environment)).toEqual([url]);
  });

  it('is ignored if there is an emulator', () => {
    expect(() =>
      readConfig(
        'development',
        upstreams,
        { HUAWEI_REGION: 'cn-north-4' },
        { HUAWEI_IAM_URL: 'http://127.0.0.1:4002', HUAWEI_REGION: '' },
      ),
    ).not.toThrow();
  });
});
