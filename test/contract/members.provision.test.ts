import { isInterfaceType, parse, validate } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { startGuardedGateway } from '../setup/guarded-gateway.ts';
import { ABSENT, HTML, permissiveUpstream, refusal, STORED } from '../setup/permissive-upstream.ts';
import { documentOf, ROOT_FIELDS, schema } from '../setup/root-fields.ts';
import { HEADERS, resultOf, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { Result, ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedResponse, SeenRequest } from '../setup/scripted-upstream.ts';

/*
 * provisionOidcConfig: what stands before its steps is a member of its union, what a step ends with is an error in it.
 */

const { oidcConfig, mapping } = STORED;
const DESIRED = {
  ...oidcConfig,
  description: STORED.provider.description,
  mappingId: mapping.id,
  rules: mapping.rules,
};

const DOCUMENT = documentOf('provisionOidcConfig', {
  OidcError: 'code message',
  OidcConfigProvision: `dryRun steps {
    target id action changes { path }
    error { __typename ... on OidcError { code message } ... on OidcOutcomeUnknownError { reason verifyWith } }
  }`,
  ProvisionOidcConfigSuccess: 'oidcConfig { idpId }',
  ProvisionOidcConfigIncomplete: 'requestId',
});

interface Step {
  readonly target: string;
  readonly action: string;
  readonly error: (Result & { readonly code: string; readonly message: string }) | null;
}

/** The steps in their order, and the object that each is about, by its path. */
const TARGETS = {
  IDENTITY_PROVIDER: /\/identity_providers\/[^/]+$/,
  MAPPING: /\/mappings\//,
  PROTOCOL: /\/protocols\/oidc$/,
  OIDC_CONFIG: /\/openid-connect-config$/,
} as const;
type Target = keyof typeof TARGETS;
const ORDER = Object.keys(TARGETS) as Target[];
/** A member of each step's input, in the word of Huawei Cloud IAM. */
const WIRE_NAMES: Readonly<Record<Target, string>> = {
  IDENTITY_PROVIDER: 'description',
  MAPPING: 'rules',
  PROTOCOL: 'mapping_id',
  OIDC_CONFIG: 'client_id',
};

const NOTHING: ScriptedResponse = ABSENT;
const SERVER_ERROR: ScriptedResponse = { status: 500, body: '' };

let gateway: ScriptedGateway;
let unconfigured: TestGateway;
let closed: TestGateway;

beforeAll(async () => {
  gateway = await startScriptedGateway();
  // Nothing listens on the discard port.
  unconfigured = await startGateway({ ORDERCLOUD_API_URL: 'http://127.0.0.1:9/v1' });
  closed = await startGateway({ HUAWEI_IAM_URL: 'http://127.0.0.1:9' });
});
afterAll(async () => {
  await Promise.all([gateway, unconfigured, closed].map((one) => one.stop()));
});
beforeEach(() => {
  gateway.upstream.seen.length = 0;
});

const provision = (input: object = DESIRED, headers = HEADERS, over: TestGateway = gateway) =>
  resultOf(over, DOCUMENT, { input }, headers);
const stepsOf = (result: Result) => result['steps'] as readonly Step[];
const actionsOf = (result: Result) => stepsOf(result).map(({ action }) => action);
const writes = () =>
  gateway.upstream.seen
    .filter(({ method }) => method !== 'GET')
    .map(
      ({ method, target }) =>
        `${method} ${ORDER.find((one) => TARGETS[one].test(target)) ?? target}`,
    );

/** Nothing is stored, and reads, or writes, of one object get this response. */
const fromNothing =
  (
    target: Target,
    kind: 'read' | 'write',
    response: ScriptedResponse | ((request: SeenRequest) => ScriptedResponse),
  ) =>
  (request: SeenRequest) => {
    const isRead = request.method === 'GET';
    if (TARGETS[target].test(request.target) && isRead === (kind === 'read'))
      return typeof response === 'function' ? response(request) : response;
    return isRead ? NOTHING : permissiveUpstream(request);
  };

/** Responses to a write of a step, and the resulting error of the step. */
const WRITE_ERRORS: Readonly<
  Record<
    string,
    (target: Target) => ScriptedResponse | ((request: SeenRequest) => ScriptedResponse)
  >
> = {
  OidcInvalidInputError:
    (step) =>
    ({ target }) =>
      refusal(target, 400, 'IAM.0072', `'${WIRE_NAMES[step]}' is a required property.`),
  OidcUnauthenticatedError:
    () =>
    ({ target }) =>
      refusal(target, 401, 'IAM.0001', 'No.'),
  OidcPermissionDeniedError:
    () =>
    ({ target }) =>
      refusal(target, 403, 'IAM.0003', 'No.'),
  OidcNotFoundError:
    () =>
    ({ target }) =>
      refusal(target, 404, 'IAM.0004', 'No.'),
  OidcAlreadyExistsError:
    () =>
    ({ target }) =>
      refusal(target, 409, 'IAM.0005', 'No.'),
  OidcRateLimitedError:
    () =>
    ({ target }) =>
      refusal(target, 429, 'IAM.0012', 'No.'),
  OidcUpstreamRejectedError:
    () =>
    ({ target }) =>
      refusal(target, 418, 'IAM.9999', 'No.'),
  OidcOutcomeUnknownError: () => SERVER_ERROR,
};

/** Responses to a read before a step, and the resulting error of the step. */
const READ_ERRORS: Readonly<Record<string, ScriptedResponse>> = {
  OidcUnauthenticatedError: { status: 401, body: '' },
  OidcPermissionDeniedError: { status: 403, body: '' },
  OidcUpstreamRejectedError: { status: 409, body: '' },
  OidcRateLimitedError: { status: 429, headers: { 'Retry-After': '60' }, body: '' },
  OidcUpstreamUnavailableError: SERVER_ERROR,
  OidcUpstreamContractError: HTML,
};

/** Errors that no step can have, each with the reason. */
const NO_STEP: Readonly<Record<string, string>> = {
  OidcStaleError: 'a step expects no fingerprint: it has just read what is there',
  OidcIssuerError: 'an issuer is read before the steps',
  OidcKeysReplacedError: 'a step stores the keys that the input has, whatever was stored',
  OidcIdempotencyMismatchError: 'a key is for all steps',
  OidcIdempotencyInFlightError: 'a key is for all steps',
};

describe('errors before the steps', () => {
  it('is every member of the union', async () => {
    const members: string[] = [];
    const member = ({ __typename }: Result) => members.push(__typename);

    gateway.upstream.respondWith(permissiveUpstream);
    member(await provision(DESIRED, {}));
    member(await provision({ ...DESIRED, clientId: ' ' }));
    member(await provision(DESIRED, HEADERS, unconfigured));
    // Without inbound authentication, no issuer is read.
    member(await provision({ ...DESIRED, issuer: 'https://idp.example.com' }));
    expect(gateway.upstream.seen, 'nothing was sent').toEqual([]);

    const unchanged = await provision();
    member(unchanged);
    expect(actionsOf(unchanged)).toEqual(ORDER.map(() => 'UNCHANGED'));
    expect(unchanged).toMatchObject({ dryRun: false, oidcConfig: { idpId: 'ACME' } });
    expect(writes()).toEqual([]);

    const unreachable = await provision(DESIRED, HEADERS, closed);
    member(unreachable);
    expect(stepsOf(unreachable).map(({ error }) => error?.__typename)).toEqual(
      ORDER.map(() => 'OidcUpstreamUnavailableError'),
    );

    const keyed = { ...HEADERS, 'idempotency-key': 'of-this-test' };
    let respond = (): void => undefined;
    const mayRespond = new Promise<void>((resolve) => (respond = resolve));
    const asked = new Promise<void>((isAsked) => {
      gateway.upstream.respondWith(async (request) => {
        isAsked();
        await mayRespond;
        return permissiveUpstream(request);
      });
    });
    const first = provision(DESIRED, keyed);
    await asked;
    member(await provision(DESIRED, keyed));
    member(await provision({ ...DESIRED, clientId: 'another' }, keyed));
    gateway.upstream.respondWith(permissiveUpstream);
    respond();
    await first;

    const guarded = await startGuardedGateway('credentials of callers', {
      LIMIT_OPERATIONS_PER_MINUTE: '1',
    });
    const nobody = await guarded.inbound.byToken([]);
    member(await provision(DESIRED, nobody, guarded));
    member(await provision(DESIRED, nobody, guarded));
    expect(guarded.upstream.seen).toEqual([]);
    await guarded.stop();

    expect(members).toEqual([
      'OidcUnauthenticatedError',
      'OidcInvalidInputError',
      'OidcUpstreamUnavailableError',
      'OidcIssuerError',
      'ProvisionOidcConfigSuccess',
      'ProvisionOidcConfigIncomplete',
      'OidcIdempotencyInFlightError',
      'OidcIdempotencyMismatchError',
      'OidcPermissionDeniedError',
      'OidcRateLimitedError',
    ]);
    expect([...members].sort()).toEqual(
      [...(ROOT_FIELDS.get('provisionOidcConfig')?.members ?? [])].sort(),
    );
  });

  it('creates all that is missing, in order', async () => {
    gateway.upstream.respondWith((request) =>
      request.method === 'GET' ? NOTHING : permissiveUpstream(request),
    );
    const result = await provision();
    expect(result).toMatchObject({
      __typename: 'ProvisionOidcConfigSuccess',
      oidcConfig: { idpId: 'ACME' },
    });
    expect(actionsOf(result)).toEqual(ORDER.map(() => 'CREATED'));
    expect(writes()).toEqual([
      'PUT IDENTITY_PROVIDER',
      'PUT MAPPING',
      'PUT PROTOCOL',
      'POST OIDC_CONFIG',
    ]);
  });

  it('reports what a dry run would do, with separate actions', async () => {
    const missing = (request: SeenRequest) =>
      request.method === 'GET' ? NOTHING : permissiveUpstream(request);
    for (const [response, input, actions] of [
      [missing, DESIRED, ORDER.map(() => 'WOULD_CREATE')],
      [
        permissiveUpstream,
        { ...DESIRED, description: 'Another', clientId: 'another_client' },
        ['WOULD_UPDATE', 'UNCHANGED', 'UNCHANGED', 'WOULD_UPDATE'],
      ],
      [
        fromNothing('MAPPING', 'read', SERVER_ERROR),
        DESIRED,
        ['SKIPPED', 'FAILED', 'SKIPPED', 'SKIPPED'],
      ],
    ] as const) {
      gateway.upstream.respondWith(response);
      const result = await provision({ ...input, dryRun: true });
      expect(result['dryRun']).toBe(true);
      expect(actionsOf(result)).toEqual(actions);
    }
    expect(writes()).toEqual([]);
  });
});

describe('what a step ends with', () => {
  it('is every error of the closed set that a step can have', () => {
    const type = schema.getType('OidcError');
    const all = isInterfaceType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [];
    expect(
      [
        ...new Set([
          ...Object.keys(WRITE_ERRORS),
          ...Object.keys(READ_ERRORS),
          ...Object.keys(NO_STEP),
        ]),
      ].sort(),
    ).toEqual([...all].sort());
  });

  describe.each(ORDER)('%s', (target) => {
    const index = ORDER.indexOf(target);

    it.each(Object.entries(WRITE_ERRORS))(
      '%s from its write, and the rest is skipped',
      async (error, response) => {
        gateway.upstream.respondWith(fromNothing(target, 'write', response(target)));
        const result = await provision();
        expect(result).toMatchObject({
          __typename: 'ProvisionOidcConfigIncomplete',
          dryRun: false,
          requestId: expect.any(String) as unknown,
        });
        expect(actionsOf(result)).toEqual(
          ORDER.map((_, at) => (at < index ? 'CREATED' : at === index ? 'FAILED' : 'SKIPPED')),
        );
        expectOnlyError(result, index, error);
        expect(
          writes(),
          'each write is sent once, and none after the one that failed',
        ).toHaveLength(index + 1);
        if (error === 'OidcOutcomeUnknownError')
          await expectVerifiable(String(stepsOf(result)[index]?.error?.['verifyWith']));
      },
    );

    it.each(Object.entries(READ_ERRORS))(
      '%s from reading what is there, and nothing is written',
      async (error, response) => {
        gateway.upstream.respondWith(fromNothing(target, 'read', response));
        const result = await provision();
        expect(result.__typename).toBe('ProvisionOidcConfigIncomplete');
        expect(actionsOf(result)).toEqual(
          ORDER.map((_, at) => (at === index ? 'FAILED' : 'SKIPPED')),
        );
        expectOnlyError(result, index, error);
        expect(writes()).toEqual([]);
      },
    );
  });

  it('an identity provider of another type is there already, and nothing is written', async () => {
    const other = {
      status: 200,
      body: JSON.stringify({
        identity_provider: { id: 'ACME', enabled: true, sso_type: 'iam_user_sso' },
      }),
    };
    gateway.upstream.respondWith(fromNothing('IDENTITY_PROVIDER', 'read', other));
    const result = await provision();
    expect(actionsOf(result)).toEqual(['FAILED', 'SKIPPED', 'SKIPPED', 'SKIPPED']);
    expectOnlyError(result, 0, 'OidcAlreadyExistsError');
    expect(writes()).toEqual([]);
  });

  it('a 409 to a change does not mean that the object already exists', async () => {
    gateway.upstream.respondWith((request) =>
      request.method === 'GET'
        ? permissiveUpstream(request)
        : refusal(request.target, 409, 'IAM.0005', 'No.'),
    );
    const result = await provision({ ...DESIRED, description: 'Another' });
    expect(actionsOf(result)).toEqual(['FAILED', 'UNCHANGED', 'UNCHANGED', 'UNCHANGED']);
    expectOnlyError(result, 0, 'OidcUpstreamRejectedError');
  });
});

/** Only this step has an error, and it is this one. */
function expectOnlyError(result: Result, index: number, error: string): void {
  const code = error
    .replace(/^Oidc|Error$/g, '')
    .replace(/(?!^)([A-Z])/g, '_$1')
    .toUpperCase();
  const whole = expect.objectContaining({
    __typename: error,
    code,
    message: expect.stringMatching(/\.$/) as unknown,
  }) as unknown;
  expect(stepsOf(result).map((step) => step.error)).toEqual(
    ORDER.map((_, at) => (at === index ? whole : null)),
  );
}

/** The query is one of this schema, and shows what is stored. */
async function expectVerifiable(query: string): Promise<void> {
  expect(validate(schema, parse(query))).toEqual([]);
  gateway.upstream.respondWith(permissiveUpstream);
  const { data, errors } = await gateway.post(query, {}, { ...HEADERS });
  expect(errors).toBeUndefined();
  expect(Object.values(data ?? {})).toEqual([
    expect.objectContaining({ __typename: expect.stringMatching(/Success$/) as unknown }),
  ]);
}
