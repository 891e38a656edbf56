import { fileURLToPath } from 'node:url';
import type { Contender, Place, StartCommand } from './contender.ts';
import { MUTATIONS } from './gateway-mutations.ts';
import { graphqlRequest } from './graphql-request.ts';
import { INBOUND } from './inbound-authentication.ts';
import { SLOT } from './request-template.ts';
import type { RequestTemplate } from './request-template.ts';
import type { Scenario } from './scenarios.ts';
import {
  RESPONSES,
  configPath,
  OPEN_ID_CONNECT_CONFIG,
  OPEN_ID_CONNECT_PATH,
  openIdConnect,
} from './upstream-bodies.ts';

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const program = (name: string) => folder(`peers/${name}/`);

const TOKENS = { orderCloud: 'Bearer example-ordercloud-token', huaweiIam: 'example-huawei-token' };

/** The gateway as it runs in production. It passes the callers' own tokens through. */
export const GATEWAY: Contender = {
  name: 'gateway',
  description:
    'This gateway: production build, inbound authentication by bearer token and all other limits and checks enabled, the log on, tokens of the callers passed through.',
  start: ({ port, upstream }) => ({
    command: process.execPath,
    args: ['dist/main.js'],
    cwd: folder('../'),
    environment: {
      HOST: '127.0.0.1',
      PORT: String(port),
      ORDERCLOUD_API_URL: `${upstream}/v1`,
      HUAWEI_IAM_URL: upstream,
      ...INBOUND.environment,
      LIMIT_OPERATIONS_PER_MINUTE: '10000000',
    },
  }),
  request: (scenario) => {
    const { mutation, outcome } = scenario;
    const { inputType, input, object, fields, result, error } = MUTATIONS[mutation];
    const success = `Create${object.charAt(0).toUpperCase()}${object.slice(1)}Success`;
    const selection = `__typename ... on ${success} { ${object} { ${fields} } } ... on OidcError { code message }`;
    return graphqlRequest(
      { field: mutation, inputType, input: input(outcome), selection },
      scenario,
      {
        headers: {
          authorization: INBOUND.authorization,
          'x-ordercloud-authorization': TOKENS.orderCloud,
          'x-auth-token': TOKENS.huaweiIam,
        },
        response: {
          status: 200,
          body: {
            data: {
              [mutation]: outcome === 'success' ? { __typename: success, [object]: result } : error,
            },
          },
        },
      },
    );
  },
};

/** The same with more variables. @param what it does in addition */
function gatewayWith(
  suffix: string,
  what: string,
  variables: StartCommand['environment'],
): Contender {
  return {
    ...GATEWAY,
    name: `gateway-${suffix}`,
    description: `${GATEWAY.description} ${what}`,
    start: (place) => {
      const command = GATEWAY.start(place);
      return { ...command, environment: { ...command.environment, ...variables } };
    },
  };
}

const TRACED: Contender = {
  ...gatewayWith('traced', 'It records one request in a hundred as a trace and exports it.', {}),
  isTraced: true,
};
const METERED = gatewayWith('metered', 'It counts for metrics.', { METRICS_PORT: '0' });
const WORKERS = gatewayWith('workers', 'It has two workers.', { WORKERS: '2' });

/** A second process of the same: how much its figures differ is what the comparison of two processes does not resolve. */
const AGAIN = gatewayWith('again', 'It is the same as `gateway`, in another process.', {});

const REDIS: Contender = {
  ...gatewayWith('redis', 'It counts the rates of callers in Redis.', {}),
  usesRedis: true,
};
const REDIS_KEYS: Contender = {
  ...gatewayWith('redis-keys', 'Each mutation has an idempotency key, which is kept in Redis.', {}),
  usesRedis: true,
  request: (scenario) => {
    const request = GATEWAY.request(scenario);
    return request === null
      ? null
      : { ...request, headers: { ...request.headers, 'idempotency-key': `key-${SLOT}` } };
  },
};

/** The base that all others are compared with, unless another one is named. */
export const BASE: Contender = {
  name: 'bare-proxy',
  description:
    'node:http and an undici Pool, which only forward bytes: the REST request itself, without GraphQL.',
  start: (place) => nodeProgram('bare-proxy', place),
  request: ({ mutation, outcome, values }) => {
    if (values === 'inline') return null;
    const created = outcome === 'success';
    return mutation === 'createOpenIdConnect'
      ? {
          path: OPEN_ID_CONNECT_PATH,
          headers: { authorization: TOKENS.orderCloud },
          body: JSON.stringify(openIdConnect(outcome)),
          response: created
            ? { status: 201, body: RESPONSES.openIdConnect }
            : { status: 409, body: RESPONSES.openIdConnectExists },
        }
      : {
          path: configPath(outcome),
          headers: { 'x-auth-token': TOKENS.huaweiIam },
          body: JSON.stringify(OPEN_ID_CONNECT_CONFIG),
          response: created
            ? { status: 201, body: OPEN_ID_CONNECT_CONFIG }
            : { status: 400, body: RESPONSES.configInvalid },
        };
  },
};

const naiveYoga: Contender = {
  name: 'naive-yoga',
  description:
    "Yoga and Pothos out of the box, zod, and undici's `request`, as a tutorial would write it.",
  start: (place) => nodeProgram('naive-yoga', place),
  request: (scenario) => plainMutation(scenario),
};

const apolloServer: Contender = {
  name: 'apollo-server',
  description:
    'Apollo Server 5 standalone with @apollo/datasource-rest, as its documentation sets it up; createOpenIdConnect only.',
  packages: 'apollo-server',
  start: (place) => nodeProgram('apollo-server', place),
  request: (scenario) =>
    scenario.mutation === 'createOpenIdConnect' ? plainMutation(scenario) : null,
};

const tailcall: Contender = {
  name: 'tailcall',
  description:
    'Tailcall 1.0.0, a server in Rust, with plain types that use the field names of the REST API, and no validation; createOpenIdConnect only. ' +
    'Not measured with values in the documents: it confuses some documents with earlier ones and creates what the earlier ones specified (3% of the requests here).',
  packages: 'tailcall',
  start: ({ port, upstream }) => ({
    command: 'sh',
    // Its port is set only in its configuration.
    args: [
      '-c',
      `sed "s/port: 8000/port: ${port}/" config.graphql > "$HOME/config.graphql" && exec node_modules/.bin/tailcall start "$HOME/config.graphql"`,
    ],
    cwd: program('tailcall'),
    environment: { UPSTREAM_URL: upstream, TAILCALL_TRACKER: 'false' },
  }),
  request: (scenario) =>
    scenario.values === 'inline'
      ? null
      : apiNamesMutation(scenario, 'CreateOpenIdConnectInput', {
          data: null,
          errors: [{ message: 'IOException: HTTP status client error (409 Conflict)' }],
        }),
};

const hiveGateway: Contender = {
  name: 'hive-gateway',
  description:
    'Hive Gateway 2 with a supergraph that Mesh Compose generates from an OpenAPI document, with the field names of the REST API; createOpenIdConnect only.',
  packages: 'hive-gateway',
  start: ({ port, upstream }) => ({
    command: 'node_modules/.bin/hive-gateway',
    args: [
      'supergraph',
      'supergraph.graphql',
      '--config-path',
      'gateway.config.mjs',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
    ],
    cwd: program('hive-gateway'),
    environment: { NODE_ENV: 'production', UPSTREAM_URL: upstream },
  }),
  request: (scenario) =>
    apiNamesMutation(scenario, 'OpenIdConnect_Input', {
      data: { createOpenIdConnect: null },
      errors: [{ extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', response: { status: 409 } } }],
    }),
};

/** Every contender, in the order of the report. */
export const CONTENDERS: readonly Contender[] = [
  GATEWAY,
  BASE,
  naiveYoga,
  apolloServer,
  tailcall,
  hiveGateway,
];

/** Contenders that only take part if they are named. */
export const ON_REQUEST: readonly Contender[] = [
  TRACED,
  METERED,
  WORKERS,
  AGAIN,
  REDIS,
  REDIS_KEYS,
];

function nodeProgram(name: string, { port, upstream }: Place): StartCommand {
  return {
    command: process.execPath,
    args: ['main.mjs'],
    cwd: program(name),
    environment: { NODE_ENV: 'production', PORT: String(port), UPSTREAM_URL: upstream },
  };
}

/** A mutation that returns the object, and failures as GraphQL errors. */
function plainMutation(scenario: Scenario): RequestTemplate {
  const { mutation, outcome } = scenario;
  const { inputType, input, fields, result } = MUTATIONS[mutation];
  return graphqlRequest(
    { field: mutation, inputType, input: input(outcome), selection: fields },
    scenario,
    {
      headers: { authorization: TOKENS.orderCloud, 'x-auth-token': TOKENS.huaweiIam },
      response: {
        status: 200,
        body:
          outcome === 'success'
            ? { data: { [mutation]: result } }
            : { data: { [mutation]: null }, errors: [{ path: [mutation] }] },
      },
    },
  );
}

/** OrderCloud's create in the names of its API, null for everything else. */
function apiNamesMutation(
  scenario: Scenario,
  inputType: string,
  failure: object,
): RequestTemplate | null {
  const { mutation, outcome } = scenario;
  if (mutation !== 'createOpenIdConnect') return null;
  const input = openIdConnect(outcome);
  const { ID, ConnectClientID, AppStartUrl, AuthorizationEndpoint, TokenEndpoint, UrlEncoded } =
    input;
  const result = {
    ID,
    ConnectClientID,
    AppStartUrl,
    AuthorizationEndpoint,
    TokenEndpoint,
    UrlEncoded,
  };
  return graphqlRequest(
    { field: mutation, inputType, input, selection: Object.keys(result).join(' ') },
    scenario,
    {
      headers: { authorization: TOKENS.orderCloud },
      response: {
        status: 200,
        body: outcome === 'success' ? { data: { [mutation]: result } } : failure,
      },
    },
  );
}
