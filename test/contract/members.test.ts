import { parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HUAWEI_FIELDS, ORDERCLOUD_FIELDS } from '../setup/field-cases.ts';
import type { FieldCase, Input, Write } from '../setup/field-cases.ts';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import {
  ABSENT,
  HTML,
  permissiveUpstream,
  refusal,
  RETRY_AFTER_S,
  STORED,
} from '../setup/permissive-upstream.ts';
import { documentOf, ROOT_FIELDS, schema } from '../setup/root-fields.ts';
import { HEADERS, resultOf, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { Result, ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { Responder, ScriptedResponse, SeenRequest } from '../setup/scripted-upstream.ts';

/*
 * Every root field is brought into every situation that the schema knows. What it gives must be what the situation
 * calls for, and all of it together must be its result union: no member that cannot be reached, and none that is missing.
 */

const FRAGMENTS = {
  OidcSuccess: 'warnings { code }',
  OidcError: 'code message requestId',
  OidcInvalidInputError: 'issues { path source }',
  OidcStaleError: 'currentFingerprint mayHaveBeenApplied',
  OidcRateLimitedError: 'retryAfterSeconds',
  OidcOutcomeUnknownError: 'reason verifyWith',
};
const SERVER_ERROR: ScriptedResponse = { status: 500, body: '' };
const RESET: ScriptedResponse = { destroy: true };
/** The response to a read that need not be retried. */
const REFUSED: ScriptedResponse = { status: 410, body: '' };
const NOBODYS_FINGERPRINT = '0'.repeat(64);

/** Gateways whose upstreams cannot be reached, and gateways that have only the other one. */
let closed: TestGateway;
let without: Readonly<Record<'ORDERCLOUD' | 'HUAWEI_IAM', TestGateway>>;

beforeAll(async () => {
  // Nothing listens on the discard port.
  const [orderCloud, huawei] = [
    { ORDERCLOUD_API_URL: 'http://127.0.0.1:9/v1' },
    { HUAWEI_IAM_URL: 'http://127.0.0.1:9' },
  ];
  closed = await startGateway({ ...orderCloud, ...huawei });
  without = { ORDERCLOUD: await startGateway(huawei), HUAWEI_IAM: await startGateway(orderCloud) };
});
afterAll(async () => {
  await Promise.all(
    [closed, without.ORDERCLOUD, without.HUAWEI_IAM].map((gateway) => gateway.stop()),
  );
});

interface Situation {
  readonly response?: ScriptedResponse | Responder;
  readonly variables?: Input;
  readonly headers?: Readonly<Record<string, string>>;
  readonly over?: TestGateway;
}

/** What came of a situation. */
interface Outcome {
  readonly result: Result;
  readonly seen: readonly SeenRequest[];
  /** The number of requests that were not reads. */
  readonly writes: number;
}

/** Brings one root field into situations, over a gateway and an upstream of its own. */
class Explorer {
  readonly gateway: ScriptedGateway;
  readonly name: string;
  readonly #variables: Input;
  readonly #document: string;
  readonly #given: Record<string, string> = {};
  readonly #expected: Record<string, string> = {};

  constructor(gateway: ScriptedGateway, name: string, { variables }: FieldCase) {
    this.gateway = gateway;
    this.name = name;
    this.#variables = variables;
    this.#document = documentOf(name, FRAGMENTS);
  }

  /** @param member `Success`, or an error without its `Oidc` and `Error` */
  async meet(
    situation: string,
    member: string,
    {
      response = permissiveUpstream,
      variables = this.#variables,
      headers = HEADERS,
      over = this.gateway,
    }: Situation = {},
  ): Promise<Outcome> {
    const { upstream } = this.gateway;
    upstream.seen.length = 0;
    upstream.respondWith(response);
    const result = await resultOf(over, this.#document, variables, headers);
    this.#given[situation] = result.__typename;
    this.#expected[situation] =
      member === 'Success'
        ? `${this.name.replace(/^./, (first) => first.toUpperCase())}Success`
        : `Oidc${member}Error`;
    if (member !== 'Success') {
      const code =
        member === 'Issuer'
          ? 'ISSUER_UNUSABLE'
          : member.replace(/(?!^)([A-Z])/g, '_$1').toUpperCase();
      expect(result, situation).toMatchObject({
        code,
        message: expect.stringMatching(/\.$/) as unknown,
        requestId: expect.stringMatching(/./) as unknown,
      });
    }
    const seen = [...upstream.seen];
    return { result, seen, writes: seen.filter(({ method }) => method !== 'GET').length };
  }

  /** Every situation led to its expected member, and together they cover the whole union. */
  check(): void {
    expect(this.#given).toEqual(this.#expected);
    expect([...new Set(Object.values(this.#given))].sort()).toEqual(
      [...(ROOT_FIELDS.get(this.name)?.members ?? [])].sort(),
    );
  }
}

/** Variables of saves that ask for something else than what `permissiveUpstream` has stored. */
const OTHERWISE: Readonly<Record<string, Input>> = {
  saveOpenIdConnect: {
    input: { ...STORED.openIdConnect, tokenEndpoint: 'https://idp.example.com/other' },
  },
  updateOidcConfig: { input: { idpId: 'ACME', clientId: 'another-app' } },
};

/** The stored object after another caller has changed it. */
function changedByOthers(request: SeenRequest): ScriptedResponse {
  const response = permissiveUpstream(request);
  if (!('body' in response)) return response;
  const changed = response.body
    .replace('"ConnectClientID":"idp-app"', '"ConnectClientID":"others"')
    .replace('"client_id":"idp-app"', '"client_id":"others"')
    .replace('"description":"Our own"', '"description":"Others"')
    .replace('"mapping_id":"map1"', '"mapping_id":"map2"')
    .replace('FederationUser', 'Others');
  expect(changed).not.toBe(response.body);
  return { ...response, body: changed };
}

/** Situations that do not depend on a response. */
async function meetNoUpstream(
  explorer: Explorer,
  { bad, issuer }: FieldCase,
  platform: keyof typeof without,
): Promise<void> {
  const unsent = [
    await explorer.meet('no token', 'Unauthenticated', { headers: {} }),
    ...(bad === undefined
      ? []
      : [await explorer.meet('bad input', 'InvalidInput', { variables: bad })]),
    // Without inbound authentication, no issuer is read.
    ...(issuer === undefined
      ? []
      : [await explorer.meet('an unusable issuer', 'Issuer', { variables: issuer })]),
  ];
  expect(unsent.map(({ seen }) => seen)).toEqual(unsent.map(() => []));
  const issues = unsent.flatMap(
    ({ result }) => (result['issues'] as { source: string }[] | undefined) ?? [],
  );
  expect(issues.filter(({ source }) => source !== 'GATEWAY')).toEqual([]);
  await explorer.meet('not configured', 'UpstreamUnavailable', { over: without[platform] });
  await explorer.meet('connection refused', 'UpstreamUnavailable', { over: closed });
}

/** Refusals, which mean the same for reads and writes. `to` turns a refusal into the responses to all requests. */
async function meetRefusals(
  explorer: Explorer,
  { named }: FieldCase,
  to: (refuse: Responder) => Responder,
): Promise<void> {
  const refuse = (status: number, code: string, message = 'No.') => ({
    response: to(({ target }) => refusal(target, status, code, message)),
  });
  await explorer.meet('401', 'Unauthenticated', refuse(401, 'InvalidToken'));
  await explorer.meet('403', 'PermissionDenied', refuse(403, 'Auth.InsufficientRoles'));
  await explorer.meet('404', 'NotFound', refuse(404, 'NotFound'));
  await explorer.meet('410', 'UpstreamRejected', refuse(410, 'Gone'));
  await explorer.meet('418', 'UpstreamRejected', refuse(418, 'Teapot'));
  await explorer.meet('400 without a field', 'UpstreamRejected', refuse(400, 'ValidationFailure'));
  if (named !== undefined) {
    const [wireName, field] = named;
    const { result } = await explorer.meet(
      '400 with a field',
      'InvalidInput',
      refuse(400, 'ValidationFailure', `'${wireName}' is a required property.`),
    );
    expect(result['issues']).toEqual([{ path: [field], source: 'UPSTREAM' }]);
  }
  const { result, seen } = await explorer.meet(
    '429',
    'RateLimited',
    refuse(429, 'TooManyRequests'),
  );
  expect(result['retryAfterSeconds']).toBe(RETRY_AFTER_S);
  expect(
    new Set(seen.map(({ method, target }) => `${method} ${target}`)).size,
    'nothing is sent again',
  ).toBe(seen.length);
}

async function meetReading(explorer: Explorer): Promise<void> {
  await explorer.meet('409', 'UpstreamRejected', {
    response: ({ target }) => refusal(target, 409, 'Conflict', 'No.'),
  });
  await explorer.meet('500', 'UpstreamUnavailable', { response: SERVER_ERROR });
  await explorer.meet('503', 'UpstreamUnavailable', {
    response: ({ target }) => refusal(target, 503, 'Api.Offline', 'Down briefly.'),
  });
  const { seen } = await explorer.meet('reset', 'UpstreamUnavailable', { response: RESET });
  expect(
    seen.map(({ method }) => method),
    'a read is sent three times at most',
  ).toEqual(['GET', 'GET', 'GET']);
  await explorer.meet('200 with HTML', 'UpstreamContract', { response: HTML });
}

/** Reads are served; the write gets a different response, and after that reads get another one. */
function onWrite(
  response: ScriptedResponse | Responder,
  afterwards: ScriptedResponse | Responder,
): Responder {
  const choose = (one: ScriptedResponse | Responder, request: SeenRequest) =>
    typeof one === 'function' ? one(request) : one;
  let written = false;
  return (request) => {
    if (request.method === 'GET')
      return written ? choose(afterwards, request) : permissiveUpstream(request);
    written = true;
    return choose(response, request);
  };
}

async function meetWriting(
  explorer: Explorer,
  { variables }: FieldCase,
  write: Write,
  platform: keyof typeof without,
): Promise<void> {
  const {
    method,
    repeatable,
    taking = [],
    notTaking = taking.length === 0 ? [variables] : [],
  } = write;
  const conflict = onWrite(({ target }) => refusal(target, 409, 'IdExists', 'No.'), SERVER_ERROR);
  for (const [index, one] of taking.entries())
    await explorer.meet(`409 to a write that takes an id (${index})`, 'AlreadyExists', {
      response: conflict,
      variables: one,
    });
  for (const [index, one] of notTaking.entries())
    await explorer.meet(`409 to a write that takes none (${index})`, 'UpstreamRejected', {
      response: conflict,
      variables: one,
    });

  const offline = onWrite(
    ({ target }) => refusal(target, 503, 'Api.Offline', 'Down briefly.'),
    SERVER_ERROR,
  );
  // Only OrderCloud documents a code that says that nothing was done.
  await explorer.meet('503', platform === 'ORDERCLOUD' ? 'UpstreamUnavailable' : 'OutcomeUnknown', {
    response: offline,
  });

  for (const [index, one] of [...new Set([variables, ...taking, ...notTaking])].entries()) {
    for (const [situation, reason, response] of [
      ['500', 'UPSTREAM_ERROR', SERVER_ERROR],
      ['200 with HTML', 'UNREADABLE_ANSWER', HTML],
    ] as const) {
      const { result, writes } = await explorer.meet(`${situation} (${index})`, 'OutcomeUnknown', {
        response: onWrite(response, REFUSED),
        variables: one,
      });
      expect(result['reason']).toBe(reason);
      expect(writes).toBe(1);
      await expectVerifiable(explorer.gateway, result);
    }
  }
  const lost = await explorer.meet('reset', 'OutcomeUnknown', {
    response: onWrite(RESET, REFUSED),
  });
  expect(lost.result['reason']).toBe('CONNECTION_LOST');
  expect(lost.writes, 'it is not sent again before it could be read').toBe(1);

  const applied = await explorer.meet('reset, but applied', 'Success', {
    response: onWrite(RESET, method === 'DELETE' ? ABSENT : permissiveUpstream),
  });
  expect(applied.result['warnings']).toContainEqual({ code: 'CONFIRMED_BY_READING' });
  expect(applied.writes).toBe(1);

  if (!repeatable) return;
  let sent = 0;
  const limited = await explorer.meet('429, and then done', 'Success', {
    response: onWrite(
      (request) => ((sent += 1) === 1 ? { status: 429, body: '' } : permissiveUpstream(request)),
      REFUSED,
    ),
  });
  expect(limited.result['warnings']).toContainEqual({ code: 'REPEATED' });
  expect(limited.seen.at(-1)?.method, 'nothing is read in between').toBe(method);
}

/** Requests with an idempotency key. */
async function meetKeys(explorer: Explorer, { bad }: FieldCase): Promise<void> {
  const withKey = (key: string) => ({ headers: { ...HEADERS, 'idempotency-key': key } });
  await explorer.meet('a key', 'Success', withKey('one'));
  const again = await explorer.meet('the key again', 'Success', withKey('one'));
  const other = await explorer.meet('the key with another input', 'IdempotencyMismatch', {
    ...withKey('one'),
    ...(bad !== undefined && { variables: bad }),
  });

  let respond = (): void => undefined;
  let isAsked = (): void => undefined;
  const asked = new Promise<void>((resolve) => (isAsked = resolve));
  const first = explorer.meet('the first of two', 'Success', {
    ...withKey('two'),
    response: (request) =>
      new Promise((resolve) => {
        respond = () => {
          resolve(permissiveUpstream(request));
        };
        isAsked();
      }),
  });
  await asked;
  const second = await explorer.meet('the second of two', 'IdempotencyInFlight', withKey('two'));
  respond();
  await first;
  for (const { seen } of [again, other, second]) expect(seen).toEqual([]);
}

/** The query that the error names is one of this schema, and shows what is stored without writing. */
async function expectVerifiable(
  { upstream, post }: ScriptedGateway,
  { verifyWith }: Result,
): Promise<string> {
  const query = String(verifyWith);
  expect(validate(schema, parse(query))).toEqual([]);
  upstream.seen.length = 0;
  upstream.respondWith(permissiveUpstream);
  const { data, errors } = await post(query, {}, { ...HEADERS });
  expect(errors).toBeUndefined();
  const members = Object.values(data ?? {}) as Result[];
  expect(members.map(({ __typename }) => __typename)).toEqual(
    members.map(() => expect.stringMatching(/Success$/) as unknown),
  );
  expect(upstream.seen.map(({ method }) => method)).toEqual(members.map(() => 'GET'));
  return JSON.stringify(data);
}

async function meetChanging(
  explorer: Explorer,
  { variables }: FieldCase,
  { method, repeatable }: Write,
): Promise<void> {
  const expecting = (expectedFingerprint: string): Input => ({
    input: { ...(variables['input'] as Input), expectedFingerprint },
  });
  const stale = await explorer.meet('another fingerprint', 'Stale', {
    variables: expecting(NOBODYS_FINGERPRINT),
  });
  const current = String(stale.result['currentFingerprint']);
  expect(current).toMatch(/^[0-9a-f]{64}$/);
  expect(stale.result['mayHaveBeenApplied']).toBe(false);
  expect(stale.seen.map(({ method }) => method)).toEqual(['GET']);

  const fresh = await explorer.meet('the fingerprint of what is stored', 'Success', {
    variables: expecting(current),
  });
  // `updateOidcConfig` reads what it does not change, and again right before it writes.
  expect(fresh.seen.map((request) => request.method).join(' ')).toMatch(
    /^GET (GET )?(PUT|PATCH|DELETE)$/,
  );

  const unreadable: readonly (readonly [string, string, ScriptedResponse])[] = [
    ['HTML', 'UpstreamContract', HTML],
    ['500', 'UpstreamUnavailable', SERVER_ERROR],
    ['404', 'NotFound', { status: 404, body: '' }],
    ['401', 'Unauthenticated', { status: 401, body: '' }],
    ['410', 'UpstreamRejected', { status: 410, body: '' }],
  ];
  for (const [situation, member, response] of unreadable) {
    const { writes } = await explorer.meet(`${situation} before the write`, member, {
      response,
      variables: expecting(current),
    });
    expect(writes).toBe(0);
  }

  const unknown = await explorer.meet('500 after a fingerprint', 'OutcomeUnknown', {
    response: onWrite(SERVER_ERROR, REFUSED),
    variables: expecting(current),
  });
  expect(
    await expectVerifiable(explorer.gateway, unknown.result),
    'the query shows the same fingerprint',
  ).toContain(`"fingerprint":"${current}"`);

  // It is lost and was not applied; what is stored differs from what is asked for, or is still there.
  if (repeatable) {
    const other = method === 'DELETE' ? variables : (OTHERWISE[explorer.name] ?? variables);
    const asked: Input = { input: { ...(other['input'] as Input), expectedFingerprint: current } };
    let sent = 0;
    const again = await explorer.meet('reset, and as before', 'Success', {
      response: onWrite(
        (request) => ((sent += 1) === 1 ? RESET : permissiveUpstream(request)),
        permissiveUpstream,
      ),
      variables: asked,
    });
    expect(again.result['warnings']).toContainEqual({ code: 'REPEATED' });
    expect(again.writes).toBe(2);

    const overwritten = await explorer.meet('reset, and changed by others', 'Stale', {
      response: onWrite(RESET, changedByOthers),
      variables: asked,
    });
    expect(overwritten.writes, 'never sent over it').toBe(1);
    expect(overwritten.result['currentFingerprint']).not.toBe(current);
    expect(overwritten.result['mayHaveBeenApplied'], 'the first attempt was reset').toBe(true);
  }
}

it('has a case for every root field, or a separate file', () => {
  const ownFile = [
    'provisionOidcConfig',
    'provisionOidcSignIn',
    'oidcIssuer',
    'checkOidcConfig',
    'checkOpenIdConnect',
    'oidcConfigKeys',
    'syncOidcConfigKeys',
    'oidcWatches',
  ];
  expect(
    [...Object.keys(ORDERCLOUD_FIELDS), ...Object.keys(HUAWEI_FIELDS), ...ownFile].sort(),
  ).toEqual([...ROOT_FIELDS.keys()].sort());
});

describe.concurrent.each([
  ['ORDERCLOUD', ORDERCLOUD_FIELDS],
  ['HUAWEI_IAM', HUAWEI_FIELDS],
] as const)('the members that can be reached over %s are the union', (platform, fields) => {
  it.concurrent.for(Object.entries(fields))('%s', async ([name, fieldCase], { onTestFinished }) => {
    const gateway = await startScriptedGateway();
    onTestFinished(async () => {
      await gateway.stop();
    });
    const explorer = new Explorer(gateway, name, fieldCase);
    const { write } = fieldCase;

    const { seen, writes } = await explorer.meet('success', 'Success');
    expect(seen.at(-1)?.method).toBe(write?.method ?? 'GET');
    expect(writes).toBe(write === undefined ? 0 : 1);
    await meetNoUpstream(explorer, fieldCase, platform);
    await meetRefusals(
      explorer,
      fieldCase,
      write === undefined ? (refuse) => refuse : (refuse) => onWrite(refuse, SERVER_ERROR),
    );
    if (write === undefined) await meetReading(explorer);
    else {
      await meetWriting(explorer, fieldCase, write, platform);
      await meetKeys(explorer, fieldCase);
    }
    if (write?.changes === true) await meetChanging(explorer, fieldCase, write);
    explorer.check();
  });
});
