import { fileURLToPath } from 'node:url';
import { MUTATIONS } from './gateway-mutations.ts';
import { graphqlRequest } from './graphql-request.ts';
import type { RequestTemplate } from './request-template.ts';
import type { Scenario } from './scenarios.ts';
import { ANSWERS, configPath, OPEN_ID_CONNECT_CONFIG, OPEN_ID_CONNECT_PATH, openIdConnect } from './upstream-bodies.ts';

/** Where a contender listens, and where it finds the upstreams. */
export interface Place {
  readonly port: number;
  /** Origin of both upstreams. */
  readonly upstream: string;
}

/** How a contender is started. */
export interface StartCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Something that stands between callers and the upstreams. */
export interface Contender {
  readonly name: string;
  readonly description: string;
  /** Folder with packages of its own, which are installed where they are missing. */
  readonly packages?: string;
  readonly start: (place: Place) => StartCommand;
  /** The request of a scenario, null where the contender does not take part in it. */
  readonly request: (scenario: Scenario) => RequestTemplate | null;
}

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const program = (name: string) => folder(`peers/${name}/`);

const TOKENS = { orderCloud: 'Bearer example-ordercloud-token', huaweiIam: 'example-huawei-token' };

/** The gateway as it runs in production, with the callers' own tokens passed through. */
const gateway: Contender = {
  name: 'gateway',
  description: 'This gateway: production build, every guard and the log on, tokens of the callers passed through.',
  start: ({ port, upstream }) => ({
    command: process.execPath,
    args: ['dist/main.js'],
    cwd: folder('../'),
    environment: { HOST: '127.0.0.1', PORT: String(port), ORDERCLOUD_API_URL: `${upstream}/v1`, HUAWEI_IAM_URL: upstream },
  }),
  request: (scenario) => {
    const { mutation, outcome } = scenario;
    const { inputType, input, object, fields, result, error } = MUTATIONS[mutation];
    const success = `Create${object.charAt(0).toUpperCase()}${object.slice(1)}Success`;
    const selection = `__typename ... on ${success} { ${object} { ${fields} } } ... on OidcError { code message }`;
    return graphqlRequest({ field: mutation, inputType, input: input(outcome), selection }, scenario, {
      headers: { 'x-ordercloud-authorization': TOKENS.orderCloud, 'x-auth-token': TOKENS.huaweiIam },
      answer: { status: 200, body: { data: { [mutation]: outcome === 'success' ? { __typename: success, [object]: result } : error } } },
    });
  },
};

/** What all others are compared with. */
export const BASE: Contender = {
  name: 'bare-proxy',
  description: 'node:http and an undici Pool, which only forward bytes: the REST request itself, without GraphQL.',
  start: (place) => nodeProgram('bare-proxy', place),
  request: ({ mutation, outcome, values }) => {
    if (values === 'inline') return null;
    const created = outcome === 'success';
    return mutation === 'createOpenIdConnect'
      ? {
          path: OPEN_ID_CONNECT_PATH,
          headers: { authorization: TOKENS.orderCloud },
          body: JSON.stringify(openIdConnect(outcome)),
          answer: created ? { status: 201, body: ANSWERS.openIdConnect } : { status: 409, body: ANSWERS.openIdConnectExists },
        }
      : {
          path: configPath(outcome),
          headers: { 'x-auth-token': TOKENS.huaweiIam },
          body: JSON.stringify(OPEN_ID_CONNECT_CONFIG),
          answer: created ? { status: 201, body: OPEN_ID_CONNECT_CONFIG } : { status: 400, body: ANSWERS.configInvalid },
        };
  },
};

const naiveYoga: Contender = {
  name: 'naive-yoga',
  description: "Yoga and Pothos as they come, zod, and undici's `request`, as a tutorial would write it.",
  start: (place) => nodeProgram('naive-yoga', place),
  request: (scenario) => plainMutation(scenario),
};

/** Every contender, in the order of the report. */
export const CONTENDERS: readonly Contender[] = [gateway, BASE, naiveYoga];

function nodeProgram(name: string, { port, upstream }: Place): StartCommand {
  return { command: process.execPath, args: ['main.mjs'], cwd: program(name), environment: { NODE_ENV: 'production', PORT: String(port), UPSTREAM_URL: upstream } };
}

/** A mutation that gives the object itself, and its failures as errors of GraphQL. */
function plainMutation(scenario: Scenario): RequestTemplate {
  const { mutation, outcome } = scenario;
  const { inputType, input, fields, result } = MUTATIONS[mutation];
  return graphqlRequest({ field: mutation, inputType, input: input(outcome), selection: fields }, scenario, {
    headers: { authorization: TOKENS.orderCloud, 'x-auth-token': TOKENS.huaweiIam },
    answer: { status: 200, body: outcome === 'success' ? { data: { [mutation]: result } } : { data: { [mutation]: null }, errors: [{ path: [mutation] }] } },
  });
}
