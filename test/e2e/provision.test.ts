import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import type { ExpectStatic } from 'vitest';
import type { RecordedRequest, RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { addFault, startBuiltGateway, STOPPED_CLOCK } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';

/*
 * `provisionOidcConfig` of the built server, with every kind of fault at every one of its calls, and with its process
 * killed between any two of them. The first response must not claim more than is true, and sending the same request
 * again must succeed, with nothing done twice.
 */

const TARGETS = ['IDENTITY_PROVIDER', 'MAPPING', 'PROTOCOL', 'OIDC_CONFIG'] as const;
type Target = (typeof TARGETS)[number];

/** The objects stored in IAM, in its own format; null if there are none. */
type State = Readonly<Record<Target, unknown>>;

/** Long enough for no warning. */
const MODULUS = Buffer.alloc(256, 0xa5).toString('base64url');
const KEY_SET = {
  keys: [{ kty: 'RSA', e: 'AQAB', use: 'sig', n: MODULUS, kid: 'kid_new', alg: 'RS256' }],
};
const ISSUER = {
  idpUrl: 'https://accounts.example.com',
  clientId: 'client_id_example',
  signingKey: KEY_SET,
};
const STORED_ISSUER = {
  idp_url: ISSUER.idpUrl,
  client_id: ISSUER.clientId,
  signing_key: JSON.stringify(KEY_SET),
};
const VIRTUAL_USERS = { sso_type: 'virtual_user_sso', remote_ids: [] };

interface Situation {
  readonly name: 'fresh' | 'update';
  readonly done: 'CREATED' | 'UPDATED';
  /** Methods of the writes, in the order of the targets. */
  readonly methods: readonly [string, string, string, string];
  readonly mappingId: (idpId: string) => string;
  readonly input: (idpId: string) => object;
  /** What is stored before. */
  readonly before: State;
  readonly desired: (idpId: string) => State;
}

const SITUATIONS: readonly Situation[] = [
  {
    name: 'fresh',
    done: 'CREATED',
    methods: ['PUT', 'PUT', 'PUT', 'POST'],
    mappingId: (idpId) => `mapping_${idpId}`,
    input: (idpId) => ({
      idpId,
      description: 'New',
      accessMode: 'PROGRAM_CONSOLE',
      ...ISSUER,
      authorizationEndpoint: 'https://accounts.example.com/authorize',
      scope: ['openid', 'email'],
      responseType: 'ID_TOKEN',
      responseMode: 'FORM_POST',
    }),
    before: { IDENTITY_PROVIDER: null, MAPPING: null, PROTOCOL: null, OIDC_CONFIG: null },
    desired: (idpId) => ({
      IDENTITY_PROVIDER: { description: 'New', enabled: true, ...VIRTUAL_USERS },
      MAPPING: {
        rules: [
          { local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] },
        ],
      },
      PROTOCOL: { mapping_id: `mapping_${idpId}` },
      OIDC_CONFIG: {
        access_mode: 'program_console',
        ...STORED_ISSUER,
        authorization_endpoint: 'https://accounts.example.com/authorize',
        scope: 'openid email',
        response_type: 'id_token',
        response_mode: 'form_post',
      },
    }),
  },
  {
    // Everything differs: disabled, with other rules, another mapping, and for the console.
    name: 'update',
    done: 'UPDATED',
    methods: ['PATCH', 'PATCH', 'PATCH', 'PUT'],
    mappingId: (idpId) => `own_${idpId}`,
    input: (idpId) => ({
      idpId,
      description: 'New',
      mappingId: `own_${idpId}`,
      rules: [
        {
          local: [{ user: { name: '{0}' } }, { group: { name: 'admin' } }],
          remote: [{ type: 'email' }, { type: 'role', anyOneOf: ['admin'] }],
        },
      ],
      accessMode: 'PROGRAM',
      ...ISSUER,
    }),
    before: {
      IDENTITY_PROVIDER: { description: 'Old', enabled: false, ...VIRTUAL_USERS },
      MAPPING: {
        rules: [{ local: [{ user: { name: 'Old' } }], remote: [{ type: '__NAMEID__' }] }],
      },
      PROTOCOL: { mapping_id: 'mapping_ACME' },
      OIDC_CONFIG: {
        access_mode: 'program_console',
        idp_url: 'https://old.example.com',
        client_id: 'client_id_old',
        authorization_endpoint: 'https://old.example.com/authorize',
        scope: 'openid',
        response_type: 'id_token',
        response_mode: 'fragment',
        signing_key: '{"keys":[{"kty":"RSA","e":"AQAB","n":"old"}]}',
      },
    },
    desired: (idpId) => ({
      IDENTITY_PROVIDER: { description: 'New', enabled: true, ...VIRTUAL_USERS },
      MAPPING: {
        rules: [
          {
            local: [{ user: { name: '{0}' } }, { group: { name: 'admin' } }],
            remote: [{ type: 'email' }, { type: 'role', any_one_of: ['admin'] }],
          },
        ],
      },
      PROTOCOL: { mapping_id: `own_${idpId}` },
      OIDC_CONFIG: { access_mode: 'program', ...STORED_ISSUER },
    }),
  },
];

interface FaultKind {
  readonly name: string;
  readonly fault: object;
  readonly applied: 'never' | 'at once' | 'later';
  /** What the gateway sees: an error status, one that may pass, a broken connection, or nothing. */
  readonly seen: 'error' | 'passing' | 'broken' | 'silence';
}

const FAULTS: readonly FaultKind[] = [
  { name: 'reset', fault: { kind: 'reset' }, applied: 'never', seen: 'broken' },
  { name: 'status500', fault: { kind: 'status', status: 500 }, applied: 'never', seen: 'error' },
  { name: 'status503', fault: { kind: 'status', status: 503 }, applied: 'never', seen: 'passing' },
  { name: 'hang', fault: { kind: 'hang' }, applied: 'never', seen: 'silence' },
  { name: 'applyThenReset', fault: { kind: 'applyThenReset' }, applied: 'at once', seen: 'broken' },
  { name: 'applyThenHang', fault: { kind: 'applyThenHang' }, applied: 'at once', seen: 'silence' },
  { name: 'truncate', fault: { kind: 'truncate' }, applied: 'at once', seen: 'broken' },
  // It arrives when the test says so.
  { name: 'arriveLate', fault: { kind: 'hang' }, applied: 'later', seen: 'silence' },
];

/** One of the upstream calls of a provisioning: four reads, the first three side by side, then four writes. */
interface UpstreamCall {
  readonly number: number;
  readonly method: string;
  readonly target: Target;
}

const CALLS = ({ methods }: Situation): readonly UpstreamCall[] =>
  [
    ...(['IDENTITY_PROVIDER', 'PROTOCOL', 'OIDC_CONFIG', 'MAPPING'] as const).map((target) => ({
      method: 'GET',
      target,
    })),
    ...TARGETS.map((target, index) => ({ method: methods[index] ?? '', target })),
  ].map((one, index) => ({ ...one, number: index + 1 }));

interface Case extends Pick<FaultKind, 'fault' | 'applied' | 'seen'> {
  readonly title: string;
  /** Of its own, and no beginning of another one's: faults are matched by the beginning of a path. */
  readonly idpId: string;
  readonly situation: Situation;
  readonly call: UpstreamCall;
}

function casesOf(
  prefix: string,
  faults: readonly FaultKind[],
  which: (call: UpstreamCall, fault: FaultKind) => boolean,
): Case[] {
  return SITUATIONS.flatMap((situation) =>
    CALLS(situation).flatMap((call) =>
      faults
        .filter((fault) => which(call, fault))
        .map(({ name, ...fault }) => ({
          ...fault,
          title: `${situation.name}: ${name} at call ${call.number}, ${call.method} ${call.target}`,
          idpId: `${prefix}-${situation.name}-${call.number}-${name}-`,
          situation,
          call,
        })),
    ),
  );
}

const titled = (cases: readonly Case[]) => cases.map((one) => [one.title, one] as const);

interface Step {
  readonly target: Target;
  readonly action: 'CREATED' | 'UPDATED' | 'UNCHANGED' | 'FAILED' | 'SKIPPED';
  readonly error: { readonly code: string; readonly verifyWith?: string } | null;
}

interface ProvisionResult {
  readonly __typename: string;
  readonly steps: readonly Step[];
  readonly warnings: readonly { readonly code: string }[];
  readonly oidcConfig?: { readonly idpId: string; readonly clientId: string };
}

const PROVISION = `mutation ($input: ProvisionOidcConfigInput!) {
  result: provisionOidcConfig(input: $input) {
    __typename
    ... on OidcError { code message }
    ... on OidcConfigProvision { steps { target action error { code ... on OidcOutcomeUnknownError { verifyWith } } } warnings { code } }
    ... on ProvisionOidcConfigSuccess { oidcConfig { idpId clientId } }
  }
}`;

let huawei: RunningEmulator;
/** Waits for outstanding responses, until the test lets time pass. */
let gateway: BuiltGateway;

/** Every request of a gateway that was seen so far: the emulator remembers the latest ones only. */
const remembered = new Set<RecordedRequest>();

beforeAll(async () => {
  huawei = await startEmulator();
  // Very many calls fail at the same time, each of them on purpose.
  gateway = await startBuiltGateway(
    { ...huawei.environment, HUAWEI_BREAKER_FAILURES: '0' },
    STOPPED_CLOCK,
  );
});
afterAll(async () => {
  await gateway.stop();
  await huawei.close();
});

async function ask(
  { url }: BuiltGateway,
  query: string,
  variables: object = {},
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...huawei.exampleHeaders },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as {
    data?: Readonly<Record<string, unknown>> | null;
    errors?: unknown;
  };
  if (errors !== undefined || data === undefined || data === null)
    throw new Error(`the request failed: ${JSON.stringify(errors)}`);
  return data;
}

async function provision(over: BuiltGateway, { situation, idpId }: Case): Promise<ProvisionResult> {
  const { result } = await ask(over, PROVISION, { input: situation.input(idpId) });
  for (const request of huawei.requests) remembered.add(request);
  return result as ProvisionResult;
}

const pathsOf = ({ situation, idpId }: Case): Readonly<Record<Target, string>> => ({
  IDENTITY_PROVIDER: `/v3/OS-FEDERATION/identity_providers/${idpId}`,
  MAPPING: `/v3/OS-FEDERATION/mappings/${situation.mappingId(idpId)}`,
  PROTOCOL: `/v3/OS-FEDERATION/identity_providers/${idpId}/protocols/oidc`,
  OIDC_CONFIG: `/v3.0/OS-FEDERATION/identity-providers/${idpId}/openid-connect-config`,
});

const MEMBERS: Readonly<Record<Target, string>> = {
  IDENTITY_PROVIDER: 'identity_provider',
  MAPPING: 'mapping',
  PROTOCOL: 'protocol',
  OIDC_CONFIG: 'openid_connect_config',
};

/** Asks the emulator itself, not through a gateway. */
async function look(one: Case, target: Target): Promise<unknown> {
  const response = await fetch(huawei.url + pathsOf(one)[target], {
    headers: huawei.exampleHeaders,
  });
  const body = (await response.json()) as Readonly<
    Record<string, Readonly<Record<string, unknown>>>
  >;
  if (response.status === 404) return null;
  const { id: _id, links: _links, ...content } = body[MEMBERS[target]] ?? {};
  return content;
}

async function stateOf(one: Case): Promise<State> {
  const entries = await Promise.all(
    TARGETS.map(async (target) => [target, await look(one, target)] as const),
  );
  return Object.fromEntries(entries) as Record<Target, unknown>;
}

/** Puts the situation into the emulator, and the fault before the call. */
async function prepare(one: Case): Promise<void> {
  const { before, methods } = {
    before: one.situation.before,
    methods: SITUATIONS[0]?.methods ?? [],
  };
  for (const [index, target] of TARGETS.entries()) {
    if (before[target] === null) continue;
    const { remote_ids: _notSent, ...content } = before[target] as Record<string, unknown>;
    const response = await fetch(huawei.url + pathsOf(one)[target], {
      method: methods[index] ?? '',
      headers: { 'content-type': 'application/json', ...huawei.exampleHeaders },
      body: JSON.stringify({ [MEMBERS[target]]: content }),
    });
    if (response.status !== 201)
      throw new Error(`${target} could not be made: ${await response.text()}`);
  }
  const { method, target } = one.call;
  const path = pathsOf(one)[target];
  // The path of the provider is the beginning of the protocol's, which is read at the same time: this one takes that.
  if (method === 'GET' && target === 'IDENTITY_PROVIDER')
    await addFault(huawei.url, {
      method,
      path: `${path}/protocols`,
      fault: { kind: 'delay', ms: 0 },
    });
  await addFault(huawei.url, { method, path, fault: one.fault });
}

const isGateways = ({ headers }: RecordedRequest) =>
  headers['user-agent'] === 'oidc-config-gateway';

/** How often gateways sent the write of each target. */
function writesOf(one: Case): Readonly<Record<Target, number>> {
  const paths = pathsOf(one);
  const sent = [...remembered].filter((request) => request.method !== 'GET' && isGateways(request));
  return Object.fromEntries(
    TARGETS.map((target) => [
      target,
      sent.filter((request) => request.target === paths[target]).length,
    ]),
  ) as Record<Target, number>;
}

/** The first request of a gateway for the call, if it has come. */
function arrived(one: Case): RecordedRequest | undefined {
  const { method, target } = one.call;
  return [...remembered, ...huawei.requests].find(
    (request) =>
      request.method === method && request.target === pathsOf(one)[target] && isGateways(request),
  );
}

/** Resolves when the request for the call has come, in each case. */
function allArrived(cases: readonly Case[]): Promise<void> {
  return vi.waitFor(() => {
    const missing = cases.filter((one) => arrived(one) === undefined).map(({ title }) => title);
    if (missing.length > 0) throw new Error(`these calls did not come: ${missing.join('; ')}`);
  });
}

/** Has what a gateway sent arrive once more: it was under way. */
async function arriveLate(one: Case): Promise<void> {
  const { method, target, body } = arrived(one) ?? { method: 'none', target: 'none', body: '' };
  await fetch(huawei.url + target, {
    method,
    headers: { 'content-type': 'application/json', ...huawei.exampleHeaders },
    body,
  });
}

async function isHit({ idpId }: Case): Promise<boolean> {
  const response = await fetch(`${huawei.url}/__emulator/faults`);
  const left = (await response.json()) as {
    readonly path?: string;
    readonly fault: { readonly kind: string };
  }[];
  return !left.some(({ path = '', fault }) => path.includes(idpId) && fault.kind !== 'delay');
}

const describeStep = ({ target, action, error }: Step) =>
  `${target} ${action}${error === null ? '' : ` ${error.code}`}`;
const everyStep = (action: Step['action']) => TARGETS.map((target) => `${target} ${action}`);

const isWrite = ({ method }: UpstreamCall) => method !== 'GET';
/** Whether the gateway may send the call again: reads, and the update of the configuration. */
const isRepeatable = ({ situation, call }: Case) =>
  !isWrite(call) || (situation.name === 'update' && call.target === 'OIDC_CONFIG');
/** A write is read first, and sent again only if it was not applied. */
const isRepeated = (one: Case) =>
  isRepeatable(one) &&
  (one.seen === 'broken' || one.seen === 'passing') &&
  !(isWrite(one.call) && one.applied === 'at once');
const isConfirmed = (one: Case) =>
  isWrite(one.call) && one.applied === 'at once' && !isRepeated(one);

/** The expected steps of the first response. */
function expectedSteps(one: Case): string[] {
  const { situation, call, seen, applied } = one;
  if (isRepeated(one)) return everyStep(situation.done);
  const at = TARGETS.indexOf(call.target);
  if (!isWrite(call)) {
    return TARGETS.map(
      (target) => `${target} ${target === call.target ? 'FAILED UPSTREAM_UNAVAILABLE' : 'SKIPPED'}`,
    );
  }
  return TARGETS.map((target, index) => {
    if (index < at) return `${target} ${situation.done}`;
    if (applied !== 'at once')
      return `${target} ${index === at ? 'FAILED OUTCOME_UNKNOWN' : 'SKIPPED'}`;
    if (index === at || seen !== 'silence') return `${target} ${situation.done}`;
    return `${target} ${index === at + 1 ? 'FAILED UPSTREAM_UNAVAILABLE' : 'SKIPPED'}`;
  });
}

/** Nothing may be said to be so that is not, nor said not to be applied that was or may yet be. */
async function checkHonest(
  expect: ExpectStatic,
  one: Case,
  { __typename, steps, warnings }: ProvisionResult,
): Promise<void> {
  const [state, sent] = [await stateOf(one), writesOf(one)];
  const desired = one.situation.desired(one.idpId);
  expect(__typename).toBe(
    steps.some(({ action }) => action === 'FAILED')
      ? 'ProvisionOidcConfigIncomplete'
      : 'ProvisionOidcConfigSuccess',
  );
  expect(warnings).toEqual(
    isConfirmed(one)
      ? [{ code: 'CONFIRMED_BY_READING' }]
      : isRepeated(one) && isWrite(one.call)
        ? [{ code: 'REPEATED' }]
        : [],
  );
  for (const { target, action, error } of steps) {
    if (action === 'FAILED' && error?.code === 'OUTCOME_UNKNOWN') {
      expect(target, 'only where the fault was').toBe(one.call.target);
      const found = Object.values(await ask(gateway, error.verifyWith ?? ''))[0] as {
        readonly __typename: string;
      };
      expect(found.__typename, 'what the query shows that it tells to send').toMatch(
        state[target] === null ? /^OidcNotFoundError$/ : /Success$/,
      );
    } else if (action === 'FAILED' || action === 'SKIPPED') {
      expect(sent[target], `writes of ${target}`).toBe(0);
      expect(state[target], `${target}, ${action}`).toEqual(one.situation.before[target]);
    } else {
      expect(action).toBe(one.situation.done);
      expect(state[target], `${target}, ${action}`).toEqual(desired[target]);
    }
  }
}

/** The same again ends well, and then there is nothing left to do. */
async function checkRecovery(expect: ExpectStatic, one: Case, over: BuiltGateway): Promise<void> {
  const { situation, idpId } = one;
  const [state, desired] = [await stateOf(one), situation.desired(idpId)];
  const second = await provision(over, one);
  expect(second).toMatchObject({
    __typename: 'ProvisionOidcConfigSuccess',
    warnings: [],
    oidcConfig: { idpId, clientId: ISSUER.clientId },
  });
  const isOpen = (target: Target) => isDeepStrictEqual(state[target], situation.before[target]);
  expect(second.steps.map(describeStep)).toEqual(
    TARGETS.map((target) => `${target} ${isOpen(target) ? situation.done : 'UNCHANGED'}`),
  );
  expect(await stateOf(one)).toEqual(desired);

  const written = writesOf(one);
  const third = await provision(over, one);
  expect(third).toMatchObject({ __typename: 'ProvisionOidcConfigSuccess', warnings: [] });
  expect(third.steps.map(describeStep)).toEqual(everyStep('UNCHANGED'));
  expect(await stateOf(one)).toEqual(desired);
  expect(writesOf(one)).toEqual(written);

  // Each write was applied once: where it was sent twice, the fault had kept the first from being applied, or it is
  // the one that may be repeated.
  const isSentTwice = (target: Target) =>
    isWrite(one.call) && target === one.call.target && (one.applied === 'never' || isRepeated(one));
  expect(written).toEqual(
    Object.fromEntries(TARGETS.map((target) => [target, isSentTwice(target) ? 2 : 1])),
  );
}

describe('a fault at any of the upstream calls', { concurrent: true }, () => {
  const cases = casesOf('fault', FAULTS, () => true);
  /** Results of the requests whose upstream did not respond. */
  const timedOut = new Map<Case, ProvisionResult>();

  // All wait for a response at the same time, and then one deadline passes.
  beforeAll(async () => {
    const silent = cases.filter(({ seen }) => seen === 'silence');
    for (const one of silent) await prepare(one);
    const results = silent.map(async (one) => {
      timedOut.set(one, await provision(gateway, one));
    });
    await allArrived(silent);
    gateway.passTenSeconds();
    await Promise.all(results);
  });

  async function meet(one: Case): Promise<ProvisionResult> {
    const result = timedOut.get(one);
    if (result !== undefined) return result;
    await prepare(one);
    return provision(gateway, one);
  }

  it.for(titled(cases))('%s', async ([, one], { expect }) => {
    const first = await meet(one);
    expect(await isHit(one)).toBe(true);
    expect(first.steps.map(describeStep)).toEqual(expectedSteps(one));
    await checkHonest(expect, one, first);

    const { target } = one.call;
    if (isWrite(one.call) && one.applied === 'later') {
      await arriveLate(one);
      expect(await look(one, target)).toEqual(one.situation.desired(one.idpId)[target]);
    }
    await checkRecovery(expect, one, gateway);
  });
});

describe('a gateway that is killed', () => {
  // Before a write is applied, and after that, when only the response is missing.
  const cases = casesOf(
    'kill',
    FAULTS.filter(({ name }) => name === 'hang' || name === 'applyThenHang'),
    (call, { applied }) => isWrite(call) || applied === 'never',
  );
  let successor: BuiltGateway;

  // One process dies at all of these places at once, in as many requests.
  beforeAll(async () => {
    const victim = await startBuiltGateway(huawei.environment, STOPPED_CLOCK);
    for (const one of cases) await prepare(one);
    const results = cases.map((one) =>
      provision(victim, one).then(
        (result) => result.__typename,
        () => 'none',
      ),
    );
    await allArrived(cases);
    victim.signal('SIGKILL');
    const [{ code }, typenames] = await Promise.all([victim.exit, Promise.all(results)]);
    for (const request of huawei.requests) remembered.add(request);
    if (code !== null || typenames.some((name) => name !== 'none'))
      throw new Error(`it was not killed while it worked: ${JSON.stringify({ code, typenames })}`);
    successor = await startBuiltGateway(huawei.environment, STOPPED_CLOCK);
  });
  afterAll(async () => {
    await successor.stop();
  });

  describe('is followed by another one that goes on', { concurrent: true }, () => {
    it.for(titled(cases))('%s', async ([, one], { expect }) => {
      const [state, desired] = [await stateOf(one), one.situation.desired(one.idpId)];
      const at = isWrite(one.call)
        ? TARGETS.indexOf(one.call.target) + (one.applied === 'at once' ? 1 : 0)
        : 0;
      expect(state, 'where it was killed').toEqual(
        Object.fromEntries(
          TARGETS.map((target, index) => [
            target,
            index < at ? desired[target] : one.situation.before[target],
          ]),
        ),
      );
      await checkRecovery(expect, one, successor);
    });
  });
});
