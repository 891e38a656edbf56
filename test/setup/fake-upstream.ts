import { onTestFinished } from 'vitest';
import type { Dispatcher } from 'undici';
import * as z from 'zod';
import { OidcError } from '../../src/domain/errors.ts';
import { Scrubber } from '../../src/domain/scrub/scrub.ts';
import { Secret } from '../../src/domain/scrub/secret.ts';
import { SharedSecrets } from '../../src/domain/scrub/shared-secrets.ts';
import type { Operation } from '../../src/transport/operation.ts';
import type { Caller, Connection } from '../../src/transport/connection.ts';
import type { UpstreamCallEvent } from '../../src/transport/exchange/requester.ts';
import { readTrace } from '../../src/transport/http/trace.ts';
import { openPool } from '../../src/transport/http/http.ts';
import { createLoginGate } from '../../src/transport/credentials/login-gate.ts';
import { checkLogin } from '../../src/transport/credentials/login.ts';
import { tokenAuthenticator } from '../../src/transport/credentials/token-authenticator.ts';
import { TokenSource } from '../../src/transport/credentials/token-source.ts';
import type { UpstreamEvent } from '../../src/transport/upstream-event.ts';
import type { PolicyOptions } from '../../src/transport/policy/options.ts';
import { defineUpstream } from '../../src/transport/upstream.ts';
import type { OpenSession } from '../../src/transport/upstream.ts';
import { responseText, listen } from './sockets.ts';
import type { Script, ScriptedServer } from './sockets.ts';

/** What the upstreams here store. */
export interface Thing {
  readonly id: string;
}

const facts = {
  fields: ['name'],
  response: z.object({ id: z.string() }),
  result: ({ id }: Thing) => id,
  subject: ({ id }: Thing) => ({ resource: 'Thing', id }),
};

export const readThing: Operation<Thing, Thing, string> = {
  ...facts,
  name: 'readThing',
  purpose: 'read the thing',
  effect: 'read',
  repeatable: false,
  request: ({ id }) => ({ method: 'GET', path: `/things/${id}` }),
};

export const createThing: Operation<Thing, Thing, string> = {
  ...facts,
  name: 'createThing',
  purpose: 'create the thing',
  effect: 'write',
  repeatable: false,
  request: ({ id }) => ({ method: 'POST', path: '/things', body: { id } }),
  claims: ({ id }) => ({ resource: 'Thing', id }),
  verifyWith: ({ id }) => `query { thing(id: "${id}") }`,
};

const own = z.object({
  CREDENTIALS: z.enum(['caller', 'gateway']).optional(),
  LIFETIME: z.number().default(3_600_000),
  PASSWORD: z.instanceof(Secret).default(new Secret('own-password')),
});
const env = z.object({
  URL: z.string().optional(),
  COLOUR: z.string().default('blue'),
  LIMITS: z.custom<Partial<PolicyOptions>>().optional(),
});
type Open = OpenSession<z.output<typeof env>>;

/** An upstream with a token header of its own; the way to open a session is what its "schema" is given. */
function define(id: string, header: string) {
  let open: Open | undefined;
  const upstream = defineUpstream({
    id,
    label: `The ${id}`,
    description: 'For tests.',
    warningCodes: {},
    signIn: { findingCodes: {}, findings: () => [], check: null, provision: null, watch: null },
    env,
    urlVariables: ['URL'],
    baseUrl: ({ URL: url }) => url,
    policy: ({ LIMITS: limits }) => ({
      maxInFlight: 128,
      maxWaiting: 256,
      maxPerSecond: null,
      breakerFailures: 10,
      ...limits,
    }),
    credentials: {
      kind: `a token of the ${id}`,
      headers: [
        { name: header, scheme: 'Bearer' },
        { name: 'Authorization', scheme: 'Bearer' },
      ],
      toUpstream: (token) => ({ 'x-token': token.reveal() }),
    },
    gatewayCredentials: {
      variable: 'CREDENTIALS',
      variables: own.shape,
      env: own,
      open: ({ CREDENTIALS: mode, LIFETIME: lifetimeMs }, { label, base, send, turn, report }) => {
        if (mode !== 'gateway') return null;
        const login = async () => {
          const response = await send(new URL('/login', base), {
            method: 'POST',
            headers: {},
            body: 'password=own-password',
          });
          checkLogin(response, () => ({ said: response.body, advice: 'mend the password' }));
          return { value: new Secret(response.body), lifetimeMs };
        };
        const source = new TokenSource({
          label,
          login,
          turn,
          advice: 'look at the network',
          report,
          random: () => 0,
        });
        return tokenAuthenticator(
          source,
          { toUpstream: (token) => ({ 'x-token': token.reveal() }) },
          ({ body }) => body === '"stale"',
        );
      },
      advice: ({ code }) => `mend ${code}`,
    },
    probe: () => Promise.resolve('nothing'),
    requestIdHeader: 'x-upstream-id',
    // In this upstream's own words, an error is a text.
    readError: ({ json }) => ({
      details: [],
      inOwnWords: typeof json === 'string',
      absent: json === 'gone',
      code: json === 'offline' ? 'UPSTREAM_UNAVAILABLE' : undefined,
    }),
    registerSchema: (_graph, given) => {
      open = given;
    },
    emulator: () => Promise.reject(new Error('not in this test')),
  });
  upstream.registerSchema(null);
  if (open === undefined) throw new Error('no schema was registered');
  return { upstream, open };
}

export const shop = define('SHOP', 'X-Shop-Authorization');
export const bank = define('BANK', 'X-Bank-Authorization');

export const TOKEN = 'shop-token-1';
export const ARGS = { id: 't1' };

/** A server that is closed with the test. */
export async function serving(script: Script): Promise<ScriptedServer> {
  const server = await listen(script);
  onTestFinished(server.close);
  return server;
}

/** Secrets of the credentials of all gateways of a test file. */
const OWN_SECRETS = new SharedSecrets();

/** A connection that is closed with the test. */
export function connect(
  url: string,
  {
    timeoutMs = 10_000,
    openDispatcher = openPool,
    of = shop,
    settings = {},
    onEvent = () => undefined,
  }: {
    timeoutMs?: number;
    openDispatcher?: (origin: string) => Dispatcher;
    of?: typeof shop;
    settings?: object;
    onEvent?: (event: UpstreamEvent) => void;
  } = {},
): Connection {
  const connection = of.upstream.connect(
    { URL: url, ...settings },
    {
      timeoutMs,
      userAgent: 'tests/1',
      processes: 1,
      openDispatcher,
      loginGate: createLoginGate(),
      gatewaySecrets: OWN_SECRETS,
      onEvent,
      maxCalls: Infinity,
    },
  );
  if (connection === null) throw new Error('a URL configures the upstream');
  onTestFinished(connection.close);
  return connection;
}

/** A caller who can hang up, with all that was reported of its calls. */
export interface TestCaller extends Caller {
  readonly events: UpstreamCallEvent[];
  readonly hangUpNow: () => void;
}

export function caller(
  connection: Connection | null,
  headers: Readonly<Record<string, string>> = { 'x-shop-authorization': `Bearer ${TOKEN}` },
): TestCaller {
  const events: UpstreamCallEvent[] = [];
  const controller = new AbortController();
  const scrubber = new Scrubber(OWN_SECRETS);
  const header = (name: string) => headers[name.toLowerCase()] ?? null;
  for (const name of shop.upstream.tokenHeaders) scrubber.addHeader(header(name) ?? '');
  return {
    requestId: 'r1',
    callerKey: 'ADDRESS 127.0.0.1',
    header,
    trace: readTrace(header('traceparent')),
    spans: null,
    signal: controller.signal,
    hangUpNow: () => {
      controller.abort();
    },
    scrubber,
    connections: new Map(connection === null ? [] : [['SHOP', connection]]),
    onUpstreamCall: (event) => events.push(event),
    beforeWrite: () => null,
    onOutcomeUnknown: () => undefined,
    onNoAccess: () => undefined,
    events,
  };
}

/** The error of the closed set that a call ends with. */
export async function errorOf(promise: Promise<unknown>): Promise<OidcError> {
  const outcome = await promise.catch((error: unknown) => error);
  if (outcome instanceof OidcError) return outcome;
  throw new Error(`This is not an error of the closed set: ${String(outcome)}`);
}

/** The response to a create. */
export const CREATED = responseText('{"id":"t1"}', { status: '201 Created' });
