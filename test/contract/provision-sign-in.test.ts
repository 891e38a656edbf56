import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedRequest, RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuawei } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { addFault } from '../setup/built-gateway.ts';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { serveIssuer } from '../setup/issuer-server.ts';
import type { TestIssuer } from '../setup/issuer-server.ts';
import { makeInbound } from '../setup/inbound.ts';
import { documentOf, ROOT_FIELDS } from '../setup/root-fields.ts';
import { resultOf } from '../setup/scripted-gateway.ts';
import { startScriptedUpstream } from '../setup/scripted-upstream.ts';
import type { Result } from '../setup/scripted-gateway.ts';

/* `provisionOidcSignIn` over the emulators of both platforms, with an issuer on loopback. */

type Fields = Readonly<Record<string, unknown>>;

const DOCUMENT = documentOf('provisionOidcSignIn', {
  OidcError: 'code message',
  OidcInvalidInputError: 'issues { path code message }',
  OidcSuccess: 'requestId',
  OidcConfigProvision: `dryRun warnings { code path message } steps {
    target id action changes { path from to }
    error { __typename code message
      ... on OidcOutcomeUnknownError { verifyWith }
      ... on OidcInvalidInputError { issues { path source } }
      ... on OidcPermissionDeniedError { missing } }
  }`,
  ProvisionOidcSignInSuccess:
    'openIdConnect { id redirectUri tokenEndpoint urlEncoded customErrorUrl } oidcConfig { idpId redirectUris idpUrl }',
});
const SECRET = 'client-secret-of-the-shop';
const OTHER_SECRET = 'another-secret-of-the-shop';
/** The steps of both platforms. */
const [CONNECT, ...IAM] = [
  'OPEN_ID_CONNECT',
  'IDENTITY_PROVIDER',
  'MAPPING',
  'PROTOCOL',
  'OIDC_CONFIG',
];
const ALL = [CONNECT, ...IAM];

let orderCloud: RunningEmulator;
let huawei: RunningEmulator;
let issuer: TestIssuer;
let gateway: TestGateway;
/** What the emulators had got before the current test. */
let before: ReadonlySet<RecordedRequest>;
let count = 0;

beforeAll(async () => {
  [orderCloud, huawei, issuer] = await Promise.all([
    startOrderCloud(),
    startHuawei(),
    serveIssuer(),
  ]);
  gateway = await startGateway({
    ...orderCloud.environment,
    ...huawei.environment,
    ISSUER_DISCOVERY: 'true',
    ISSUER_ALLOWED_HOSTS: issuer.issuer,
  });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([orderCloud, huawei, issuer].map((one) => one.close()));
});
beforeEach(() => {
  before = new Set([...orderCloud.requests, ...huawei.requests]);
  gateway.logs.length = 0;
});

/** An input with ids that no other test has. */
function input() {
  count += 1;
  return {
    issuer: issuer.issuer,
    openIdConnect: {
      id: `shop-${count}`,
      orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
      connectClientId: 'shop-client',
      connectClientSecret: SECRET,
      appStartUrl: 'https://shop.example.com/login?token={0}',
      integrationEventId: 'oidc-sync',
    },
    oidcConfig: { idpId: `IDP-${count}`, accessMode: 'PROGRAM_CONSOLE', clientId: 'iam-client' },
  };
}

type Asked = ReturnType<typeof input>;

const provision = (asked: Fields, headers: Readonly<Record<string, string>> = bothHeaders()) =>
  resultOf(gateway, DOCUMENT, { input: asked }, headers);
const bothHeaders = () => ({ ...orderCloud.exampleHeaders, ...huawei.exampleHeaders });

interface Step {
  readonly target: string;
  readonly id: string | null;
  readonly action: string;
  readonly changes: readonly { path: string[]; from: string | null; to: string | null }[];
  readonly error: Result | null;
}
const stepsOf = (result: Result) => (result['steps'] ?? []) as readonly Step[];
const actionsOf = (result: Result) =>
  stepsOf(result).map(
    ({ target, action, error }) =>
      `${target} ${action}${error === null ? '' : ` ${String(error['code'])}`}`,
  );
const each = (targets: readonly (string | undefined)[], action: string) =>
  targets.map((target) => `${target ?? ''} ${action}`);
const stepOf = (result: Result, target: string) =>
  stepsOf(result).find((step) => step.target === target);
const requestsOf = (emulator: RunningEmulator) =>
  emulator.requests.filter((request) => !before.has(request));
const writesOf = (emulator: RunningEmulator) =>
  requestsOf(emulator).filter(({ method }) => method !== 'GET');
const written = () => [...writesOf(orderCloud), ...writesOf(huawei)];
const differing = (result: Result) =>
  (result['warnings'] as { code: string; path: string[] }[]).filter(
    ({ code }) => code === 'DIFFERS_FROM_ISSUER',
  );

describe('both platforms', () => {
  it('get what is missing, and nothing the second time', async () => {
    const asked = input();
    const first = await provision(asked);
    expect(actionsOf(first)).toEqual(each(ALL, 'CREATED'));
    expect(first).toMatchObject({
      __typename: 'ProvisionOidcSignInSuccess',
      dryRun: false,
      openIdConnect: {
        id: asked.openIdConnect.id,
        tokenEndpoint: `${issuer.issuer}/token`,
        urlEncoded: true,
        redirectUri: `${orderCloud.url}/ocrpcode`,
      },
      oidcConfig: { idpId: asked.oidcConfig.idpId, idpUrl: issuer.issuer },
    });
    expect(differing(first)).toEqual([]);
    expect(issuer.requests, 'it is read once for both').toHaveLength(2);
    expect(written().map(({ method }) => method)).toEqual(['POST', 'PUT', 'PUT', 'PUT', 'POST']);

    before = new Set([...orderCloud.requests, ...huawei.requests]);
    const second = await provision(asked);
    expect(actionsOf(second)).toEqual(each(ALL, 'UNCHANGED'));
    expect(stepsOf(second).flatMap(({ changes }) => changes)).toEqual([]);
    expect(second['oidcConfig']).toEqual(first['oidcConfig']);
    expect(second['openIdConnect']).toEqual(first['openIdConnect']);
    expect(written()).toEqual([]);
  });

  it('get only what differs, and keep what is not given', async () => {
    const asked = input();
    const customErrorUrl = 'https://shop.example.com/error?message={0}';
    await provision({ ...asked, openIdConnect: { ...asked.openIdConnect, customErrorUrl } });
    const changed = {
      ...asked,
      openIdConnect: {
        ...asked.openIdConnect,
        integrationEventId: null,
        connectClientSecret: OTHER_SECRET,
        tokenEndpoint: 'https://else.example/token',
      },
      oidcConfig: { ...asked.oidcConfig, scope: ['openid', 'groups'] },
    };
    const planned = await provision({ ...changed, dryRun: true });
    const result = await provision(changed);
    expect(actionsOf(planned)).toEqual([
      'OPEN_ID_CONNECT WOULD_UPDATE',
      ...each(IAM.slice(0, 3), 'UNCHANGED'),
      'OIDC_CONFIG WOULD_UPDATE',
    ]);
    expect(actionsOf(result)).toEqual(
      actionsOf(planned).map((text) => text.replace('WOULD_UPDATE', 'UPDATED')),
    );
    const { changes } = stepOf(result, 'OPEN_ID_CONNECT') ?? {};
    expect(changes).toEqual([
      {
        path: ['tokenEndpoint'],
        from: JSON.stringify(`${issuer.issuer}/token`),
        to: '"https://else.example/token"',
      },
      { path: ['connectClientSecret'], from: '"********"', to: '"********"' },
    ]);
    expect(stepOf(planned, 'OPEN_ID_CONNECT')?.changes).toEqual(changes);
    expect(result['openIdConnect']).toMatchObject({
      tokenEndpoint: 'https://else.example/token',
      customErrorUrl,
    });
    expect(differing(result).map(({ path }) => path.join('.'))).toEqual([
      'openIdConnect.tokenEndpoint',
      'oidcConfig.scope',
    ]);
    expect(
      (result['warnings'] as { code: string }[]).map(({ code }) => code),
      'the event is stored, although it was not given',
    ).not.toContain('INTEGRATION_EVENT_MISSING');
    const patches = written().filter(({ method }) => method === 'PATCH');
    expect(patches.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { ConnectClientSecret: OTHER_SECRET, TokenEndpoint: 'https://else.example/token' },
    ]);
    expect(actionsOf(await provision(changed))).toEqual(each(ALL, 'UNCHANGED'));
    const shown = JSON.stringify([planned, result, gateway.logs]);
    for (const secret of [SECRET, OTHER_SECRET]) expect(shown).not.toContain(secret);
  });

  it('are only read by a dry run', async () => {
    const result = await provision({ ...input(), dryRun: true });
    expect(result).toMatchObject({
      __typename: 'ProvisionOidcSignInSuccess',
      dryRun: true,
      openIdConnect: null,
      oidcConfig: null,
    });
    expect(actionsOf(result)).toEqual(each(ALL, 'WOULD_CREATE'));
    expect(written()).toEqual([]);
  });
});

describe('a single platform', () => {
  it.each([
    ['openIdConnect', [CONNECT], 'oidcConfig'],
    ['oidcConfig', IAM, 'openIdConnect'],
  ] as const)('%s needs nothing of the other one', async (field, targets, other) => {
    const asked = input();
    const [own, left] = field === 'openIdConnect' ? [orderCloud, huawei] : [huawei, orderCloud];
    const result = await provision(
      { issuer: asked.issuer, [field]: asked[field], [other]: null },
      own.exampleHeaders,
    );
    expect(actionsOf(result)).toEqual(each(targets, 'CREATED'));
    expect(result).toMatchObject({ [field]: expect.any(Object) as unknown, [other]: null });
    expect(requestsOf(left)).toEqual([]);
  });
});

describe('an input', () => {
  it('has the issues of both parts at once, and reads no issuer', async () => {
    const asked = input();
    const connections = issuer.connections();
    const result = await provision({
      issuer: 'idp.example',
      openIdConnect: { ...asked.openIdConnect, id: 'a b', appStartUrl: `x ${SECRET}` },
      oidcConfig: { ...asked.oidcConfig, clientId: ' ', idpUrl: 'x' },
    });
    const issues = result['issues'] as { path: string[]; code: string }[];
    expect(issues.map(({ path, code }) => `${path.join('.')} ${code}`)).toEqual([
      'issuer INVALID_URL',
      'openIdConnect.id INVALID_FORMAT',
      'openIdConnect.appStartUrl INVALID_URL',
      'oidcConfig.idpUrl TOO_SHORT',
      'oidcConfig.idpUrl INVALID_URL',
      'oidcConfig.clientId BLANK',
    ]);
    expect(JSON.stringify(result)).not.toContain(SECRET);
    for (const parts of [{}, { openIdConnect: null, oidcConfig: null }])
      expect(await provision({ issuer: issuer.issuer, ...parts }, {})).toMatchObject({
        __typename: 'OidcInvalidInputError',
        issues: [
          {
            path: [],
            code: 'REQUIRED',
            message: 'Give at least one of openIdConnect, oidcConfig.',
          },
        ],
      });
    expect(issuer.connections()).toBe(connections);
    expect([...requestsOf(orderCloud), ...requestsOf(huawei)]).toEqual([]);
  });

  it('has the issues of what an issuer lacks for both parts', async () => {
    const poor = await serveIssuer();
    const { authorization_endpoint: _a, token_endpoint: _t, ...metadata } = poor.metadata;
    poor.publish(metadata, { keys: [] });
    const own = await startGateway({
      ...orderCloud.environment,
      ...huawei.environment,
      ISSUER_DISCOVERY: 'true',
      ISSUER_ALLOWED_HOSTS: poor.issuer,
    });
    const asked = { ...input(), issuer: poor.issuer };
    const result = await resultOf(own, DOCUMENT, { input: asked }, bothHeaders());
    await Promise.all([own.stop(), poor.close()]);
    const issues = result['issues'] as { path: string[]; message: string }[];
    expect(issues.map(({ path }) => path.join('.'))).toEqual([
      'openIdConnect.authorizationEndpoint',
      'openIdConnect.tokenEndpoint',
      'oidcConfig.signingKey',
      'oidcConfig.authorizationEndpoint',
    ]);
    for (const { message } of issues) expect(message).toContain('The issuer has no usable value');
    expect([...requestsOf(orderCloud), ...requestsOf(huawei)]).toEqual([]);
  });
});

describe('a platform that cannot be read', () => {
  it.each([
    ['unavailable', { kind: 'status', status: 503 }, 'UPSTREAM_UNAVAILABLE'],
    ['forbidden', { kind: 'status', status: 403 }, 'PERMISSION_DENIED'],
  ])('because it is %s keeps everything from being written', async (_why, fault, code) => {
    const asked = input();
    const path = `/v1/openidconnects/${asked.openIdConnect.id}`;
    await addFault(orderCloud.url, { method: 'GET', path, times: 'always', fault });
    const result = await provision(asked);
    await clearFaults();
    expect(result.__typename).toBe('ProvisionOidcSignInIncomplete');
    expect(actionsOf(result)).toEqual([`OPEN_ID_CONNECT FAILED ${code}`, ...each(IAM, 'SKIPPED')]);
    expect(written()).toEqual([]);
    expect(actionsOf(await provision(asked))).toEqual(each(ALL, 'CREATED'));
  });

  it('keeps the other one from being written too', async () => {
    const asked = input();
    const path = `/v3.0/OS-FEDERATION/identity-providers/${asked.oidcConfig.idpId}`;
    const fault = { kind: 'status', status: 403 };
    await addFault(huawei.url, { method: 'GET', path, fault });
    expect(actionsOf(await provision(asked))).toEqual([
      'OPEN_ID_CONNECT SKIPPED',
      ...each(IAM.slice(0, 3), 'SKIPPED'),
      'OIDC_CONFIG FAILED PERMISSION_DENIED',
    ]);
    expect(written()).toEqual([]);
  });
});

describe('a write that fails', () => {
  it('on OrderCloud leaves the steps of Huawei Cloud alone, and is taken up again', async () => {
    const asked = input();
    const body = {
      Errors: [
        {
          ErrorCode: 'Invalid',
          Message: `No ${SECRET}.`,
          Data: [{ ErrorCode: 'x', Message: 'Wrong.', Data: { ModelState: {} } }],
        },
      ],
    };
    const fault = { kind: 'status', status: 400, body };
    await addFault(orderCloud.url, { method: 'POST', path: '/v1/openidconnects', fault });
    const result = await provision(asked);
    expect(actionsOf(result)).toEqual([
      'OPEN_ID_CONNECT FAILED UPSTREAM_REJECTED',
      ...each(IAM, 'CREATED'),
    ]);
    expect(JSON.stringify([result, gateway.logs])).not.toContain(SECRET);
    expect(actionsOf(await provision(asked))).toEqual([
      'OPEN_ID_CONNECT CREATED',
      ...each(IAM, 'UNCHANGED'),
    ]);
  });

  it('on Huawei Cloud leaves OrderCloud alone, and stops the steps after it', async () => {
    const asked = input();
    const path = `/v3/OS-FEDERATION/mappings/mapping_${asked.oidcConfig.idpId}`;
    const fault = { kind: 'status', status: 403 };
    await addFault(huawei.url, { method: 'PUT', path, fault });
    expect(actionsOf(await provision(asked))).toEqual([
      'OPEN_ID_CONNECT CREATED',
      'IDENTITY_PROVIDER CREATED',
      'MAPPING FAILED PERMISSION_DENIED',
      ...each(IAM.slice(2), 'SKIPPED'),
    ]);
  });

  it.each([
    ['OIDC_CONFIG', 'POST', 'client_id', 'clientId'],
    ['MAPPING', 'PUT', 'id', 'mappingId'],
  ])(
    '%s, because a field is refused, names it with its part',
    async (target, method, word, name) => {
      const asked = input();
      const { idpId } = asked.oidcConfig;
      const message = `'${word}' is a required property.`;
      const [path, body] =
        method === 'POST'
          ? [
              `/v3.0/OS-FEDERATION/identity-providers/${idpId}`,
              { error_code: 'IAM.0072', error_msg: message },
            ]
          : [
              `/v3/OS-FEDERATION/mappings/mapping_${idpId}`,
              { error: { code: 400, message, title: 'IAM.0072' } },
            ];
      await addFault(huawei.url, { method, path, fault: { kind: 'status', status: 400, body } });
      expect(stepOf(await provision(asked), target)).toMatchObject({
        action: 'FAILED',
        error: { issues: [{ path: ['oidcConfig', name], source: 'UPSTREAM' }] },
      });
    },
  );
});

describe('somebody else', () => {
  it('may send the same at the same time', async () => {
    const asked = input();
    const results = await Promise.all([provision(asked), provision(asked)]);
    for (const result of results) expect(result.__typename).toBe('ProvisionOidcSignInSuccess');
    for (const target of ALL) {
      const actions = results.map((result) => stepOf(result, target)?.action);
      expect(actions, target).toContain('CREATED');
      expect(['CREATED', 'UNCHANGED']).toEqual(expect.arrayContaining(actions));
    }
    expect(actionsOf(await provision(asked))).toEqual(each(ALL, 'UNCHANGED'));
  });

  it('who creates it first, as it is wanted, leaves nothing to do', async () => {
    const asked = input();
    await provision(asked);
    const body = { Errors: [{ ErrorCode: 'NotFound', Message: 'Not found.', Data: null }] };
    await readings(asked, { kind: 'status', status: 404, body });
    const result = await provision(asked);
    expect(actionsOf(result)).toEqual(each(ALL, 'UNCHANGED'));
    expect(result['openIdConnect']).toMatchObject({ id: asked.openIdConnect.id });
  });

  it('who changes it between reading and writing is not overwritten', async () => {
    const asked = input();
    await provision(asked);
    const stored = await readStored(asked);
    await readings(
      asked,
      { kind: 'delay', ms: 0 },
      { kind: 'status', status: 200, body: { ...stored, CustomErrorUrl: 'https://x.example' } },
    );
    const openIdConnect = { ...asked.openIdConnect, connectClientSecret: OTHER_SECRET };
    const result = await provision({ ...asked, openIdConnect });
    expect(stepOf(result, 'OPEN_ID_CONNECT')).toMatchObject({
      action: 'FAILED',
      error: {
        __typename: 'OidcStaleError',
        message: expect.stringContaining('Send the same input again') as unknown,
      },
    });
    expect(await readStored(asked)).toEqual(stored);
    expect(actionsOf(await provision({ ...asked, openIdConnect }))[0]).toBe(
      'OPEN_ID_CONNECT UPDATED',
    );
  });
});

describe('a response that is lost', () => {
  it.each([
    ['creates', 'POST', 'CREATED'],
    ['updates', 'PATCH', 'UPDATED'],
  ])('%s: reading shows that it was applied', async (_what, method, action) => {
    const asked = input();
    if (method === 'PATCH') await provision(asked);
    const openIdConnect = { ...asked.openIdConnect, connectClientSecret: OTHER_SECRET };
    await addFault(orderCloud.url, {
      method,
      path: '/v1/openidconnects',
      fault: { kind: 'applyThenReset' },
    });
    const result = await provision({ ...asked, openIdConnect });
    expect(actionsOf(result)[0]).toBe(`OPEN_ID_CONNECT ${action}`);
    expect(result['warnings']).toContainEqual(
      expect.objectContaining({ code: 'CONFIRMED_BY_READING', path: ['OPEN_ID_CONNECT'] }),
    );
  });

  it('and cannot be confirmed: the step says how to look', async () => {
    const asked = input();
    await provision(asked);
    const { id } = asked.openIdConnect;
    await addFault(orderCloud.url, {
      method: 'PATCH',
      path: `/v1/openidconnects/${id}`,
      fault: { kind: 'reset' },
    });
    // The plan and the comparison before the write are read, and then no more.
    const read = { kind: 'delay', ms: 0 };
    await readings(asked, read, read, { kind: 'status', status: 403 });
    const result = await provision({
      ...asked,
      openIdConnect: { ...asked.openIdConnect, connectClientId: 'other-client' },
    });
    expect(actionsOf(result)).toEqual([
      'OPEN_ID_CONNECT FAILED OUTCOME_UNKNOWN',
      ...each(IAM, 'UNCHANGED'),
    ]);
    expect(stepOf(result, 'OPEN_ID_CONNECT')?.error?.['verifyWith']).toContain(
      `openIdConnect(id: "${id}")`,
    );
    expect(writesOf(orderCloud).filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });
});

describe('what stands before the steps', () => {
  /** Results of two requests while another one with their key waits for its issuer. */
  async function withOneKey(asked: Asked): Promise<Result[]> {
    const slow = await startScriptedUpstream();
    const own = await startGateway({
      ...orderCloud.environment,
      ...huawei.environment,
      ISSUER_DISCOVERY: 'true',
      ISSUER_ALLOWED_HOSTS: slow.origin,
    });
    const headers = { ...bothHeaders(), 'idempotency-key': 'one' };
    const send = (changes: Fields = {}) =>
      resultOf(own, DOCUMENT, { input: { ...asked, issuer: slow.origin, ...changes } }, headers);
    let respond = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => {
      slow.respondWith(() => {
        resolve();
        return new Promise((done) => {
          respond = () => {
            done({ status: 404, body: '' });
          };
        });
      });
    });
    const first = send();
    await isAsked;
    const results = [await send(), await send({ oidcConfig: null })];
    respond();
    expect(await first).toMatchObject({ code: 'ISSUER_UNUSABLE' });
    await own.stop();
    await slow.close();
    return results;
  }

  it('is every other member of the union', async () => {
    const asked = input();
    const members: string[] = [];
    const meet = async (result: Promise<Result>) => {
      members.push((await result).__typename);
    };
    await meet(provision({ ...asked, issuer: 'x' }));
    for (const emulator of [orderCloud, huawei])
      await meet(provision(asked, emulator.exampleHeaders));
    await meet(provision({ ...asked, issuer: `${issuer.issuer}/other` }));
    const partly = await startGateway(huawei.environment);
    await meet(resultOf(partly, DOCUMENT, { input: asked }, bothHeaders()));
    await partly.stop();
    for (const result of await withOneKey(asked)) await meet(Promise.resolve(result));
    const inbound = await makeInbound();
    const guarded = await startGateway({
      ...orderCloud.environment,
      ...huawei.environment,
      ...inbound.environment,
      LIMIT_OPERATIONS_PER_MINUTE: '1',
    });
    const headers = { ...bothHeaders(), ...(await inbound.byToken(['oidc:read'])) };
    for (let times = 0; times < 2; times += 1)
      await meet(resultOf(guarded, DOCUMENT, { input: asked }, headers));
    await guarded.stop();
    inbound.remove();
    expect([...requestsOf(orderCloud), ...requestsOf(huawei)]).toEqual([]);
    expect(members).toEqual([
      'OidcInvalidInputError',
      'OidcUnauthenticatedError',
      'OidcUnauthenticatedError',
      'OidcIssuerError',
      'OidcUpstreamUnavailableError',
      'OidcIdempotencyInFlightError',
      'OidcIdempotencyMismatchError',
      'OidcPermissionDeniedError',
      'OidcRateLimitedError',
    ]);
    expect(
      [...new Set(members), 'ProvisionOidcSignInIncomplete', 'ProvisionOidcSignInSuccess'].sort(),
    ).toEqual([...(ROOT_FIELDS.get('provisionOidcSignIn')?.members ?? [])].sort());
  });
});

describe('the audit trail', () => {
  it('has an intent for each write, and one outcome', async () => {
    const asked = input();
    await provision(asked);
    const lines = gateway.logs.filter(({ msg }) => msg === 'audit');
    expect(lines.filter(({ event }) => event === 'intent')).toHaveLength(5);
    expect(lines.filter(({ event }) => event === 'outcome')).toMatchObject([
      {
        operation: 'provisionOidcSignIn',
        object: issuer.issuer,
        intents: 5,
        member: 'ProvisionOidcSignInSuccess',
        fields: ['oidcConfig', 'openIdConnect'],
      },
    ]);
    expect(JSON.stringify(gateway.logs)).not.toContain(SECRET);
  });
});

describe('the examples', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const [, ofPage = '', inputOfPage = ''] =
    /```graphql\n(mutation ProvisionOidcSignIn[^`]*)```\n\n```json\n([^`]*)```/.exec(
      read('docs/sign-in.md'),
    ) ?? [];
  const tab = 'schema/operations/19-provision-oidc-sign-in';

  it.each([
    ['of the page', ofPage, inputOfPage, 'WOULD_CREATE'],
    ['of GraphiQL', read(`${tab}.graphql`), read(`${tab}.variables.json`), 'CREATED'],
  ])('%s work', async (_whose, document, json, action) => {
    const variables = JSON.parse(json) as { input: Fields };
    const asked = { ...variables.input, issuer: issuer.issuer };
    const { data, errors } = await gateway.post(document, { input: asked }, bothHeaders());
    expect(errors).toBeUndefined();
    const { steps } = data?.['provisionOidcSignIn'] as { steps: readonly Step[] };
    expect(steps[0]).toMatchObject({ target: CONNECT, action, error: null });
    expect(steps).toHaveLength(ALL.length);
    expect(steps.filter(({ error }) => error !== null)).toEqual([]);
  });
});

/** Faults of the next readings of the configuration of OrderCloud. */
async function readings(asked: Asked, ...faults: readonly object[]): Promise<void> {
  const path = `/v1/openidconnects/${asked.openIdConnect.id}`;
  for (const fault of faults) await addFault(orderCloud.url, { method: 'GET', path, fault });
}

async function readStored(asked: Asked): Promise<Fields> {
  const { authorization = '' } = Object.fromEntries(
    Object.entries(orderCloud.exampleHeaders).map(([name, value]) => [
      name.toLowerCase().replace('x-ordercloud-', ''),
      value,
    ]),
  );
  const response = await fetch(`${orderCloud.url}/v1/openidconnects/${asked.openIdConnect.id}`, {
    headers: { authorization },
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Fields;
}

async function clearFaults(): Promise<void> {
  await fetch(`${orderCloud.url}/__emulator/faults`, { method: 'DELETE' });
}
