import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HUAWEI_FIELDS, ORDERCLOUD_FIELDS } from '../setup/field-cases.ts';
import { MODES, permissiveUpstreams, startGuardedGateway } from '../setup/guarded-gateway.ts';
import type { GuardedGateway } from '../setup/guarded-gateway.ts';
import type { Headers } from '../setup/inbound.ts';
import { ABSENT, HTML, refusal, STORED } from '../setup/permissive-upstream.ts';
import { documentOf, ROOT_FIELDS } from '../setup/root-fields.ts';
import { HEADERS } from '../setup/scripted-gateway.ts';

/* The audit trail: a line before each write, and one with what became of it; who, what, which object; names, and no values. */

const provision = {
  ...STORED.oidcConfig,
  mappingId: STORED.mapping.id,
  rules: STORED.mapping.rules,
};
const WRITES = Object.entries({
  ...ORDERCLOUD_FIELDS,
  ...HUAWEI_FIELDS,
  provisionOidcConfig: { variables: { input: provision } },
}).filter(([name]) => ROOT_FIELDS.get(name)?.kind === 'mutation');

/** The object that each mutation is about, and the fields that it is given, by a rule of their own. */
const OBJECTS: Readonly<Record<string, string>> = {
  OpenIdConnect: 'google',
  HuaweiMapping: 'map1',
};
const objectOf = (name: string) =>
  Object.entries(OBJECTS).find(([type]) => name.endsWith(type))?.[1] ?? 'ACME';
const NAMES_THE_OBJECT = ['id', 'idpId', 'expectedFingerprint'];

let gateway: GuardedGateway;
let byToken: Headers;
let byApiKey: Headers;
beforeAll(async () => {
  gateway = await startGuardedGateway();
  byToken = await gateway.inbound.byToken(['oidc:admin'], 'anna@example.com');
  byApiKey = gateway.inbound.byApiKey('oidc:admin');
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.logs.length = 0;
  gateway.upstream.respondWith((request) => ({
    headers: { 'x-request-id': 'upstream-1' },
    ...permissiveUpstreams(request),
  }));
});

const trail = (event: 'intent' | 'outcome') =>
  gateway.logs.filter((one) => one['msg'] === 'audit' && one['event'] === event);
const auditLines = () => trail('outcome');
const line = (fields: object) => ({
  level: 'info',
  time: expect.any(String) as string,
  msg: 'audit',
  event: 'outcome',
  path: 'result',
  intents: 1,
  requestId: expect.any(String) as string,
  ...fields,
});
const write = (name: string, input: object, headers: Headers = byToken) =>
  gateway.run(documentOf(name), { input }, { ...HEADERS, ...headers });

describe('a write', () => {
  it.each(WRITES)('has one line: %s', async (name, { variables }) => {
    const callers = [
      [byToken, { kind: 'JWT', id: 'anna@example.com' }],
      [byApiKey, { kind: 'API_KEY', id: 'ci-admin' }],
    ] as const;
    for (const [headers, caller] of callers) {
      gateway.logs.length = 0;
      const { input } = variables as { readonly input: Readonly<Record<string, unknown>> };
      const { __typename: member } = await write(name, input, headers);
      // OrderCloud has no request id.
      const upstreamRequestId = name.endsWith('OpenIdConnect') ? null : 'upstream-1';
      const fields = Object.keys(input)
        .filter((field) => !NAMES_THE_OBJECT.includes(field))
        .sort();
      expect(
        auditLines().map((audit) => ({
          ...audit,
          fields: [...(audit['fields'] as string[])].sort(),
        })),
      ).toEqual([
        line({
          caller,
          operation: name,
          object: objectOf(name),
          member,
          upstreamRequestId,
          fields,
          intents: trail('intent').length,
        }),
      ]);
    }
  });

  it('that is one of several in an operation has a separate line, in their order', async () => {
    const document =
      'mutation { a: deleteOpenIdConnect(input: { id: "one" }) { __typename } b: deleteHuaweiMapping(input: { id: "two" }) { __typename } c: deleteOpenIdConnect(input: { id: "one" }) { __typename } }';
    await gateway.post(document, {}, { ...HEADERS, ...byToken });
    expect(
      auditLines().map(({ operation, object, upstreamRequestId }) => [
        operation,
        object,
        upstreamRequestId,
      ]),
    ).toEqual([
      ['deleteOpenIdConnect', 'one', null],
      ['deleteHuaweiMapping', 'two', 'upstream-1'],
      ['deleteOpenIdConnect', 'one', null],
    ]);
  });

  it.each<[string, object, string, () => void]>([
    [
      'is refused by the upstream',
      { id: 'google' },
      'OidcPermissionDeniedError',
      () => {
        gateway.upstream.respondWith(({ target }) => refusal(target, 403, 'No', 'No.'));
      },
    ],
    [
      'is lost on its way',
      { id: 'google' },
      'OidcOutcomeUnknownError',
      () => {
        gateway.upstream.respondWith(HTML);
      },
    ],
    ['breaks a rule', { id: '../google' }, 'OidcInvalidInputError', () => undefined],
  ])('that %s has one too', async (_what, input, member, prepare) => {
    prepare();
    await write('updateOpenIdConnect', { connectClientId: 'new', ...input });
    expect(auditLines()).toEqual([
      expect.objectContaining({ operation: 'updateOpenIdConnect', member }),
    ]);
  });

  it.each(['oidc:read', 'oidc:write'] as const)(
    'that the caller may not have has one, which says who tried: %s',
    async (scope) => {
      await write('deleteOpenIdConnect', { id: 'google' }, gateway.inbound.byApiKey(scope));
      expect(auditLines()).toEqual([
        line({
          caller: { kind: 'API_KEY', id: `ci-${scope.slice(5)}` },
          operation: 'deleteOpenIdConnect',
          object: 'google',
          member: 'OidcPermissionDeniedError',
          upstreamRequestId: null,
          fields: [],
          intents: 0,
        }),
      ]);
    },
  );

  it('has the trace that it belongs to', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await write(
      'deleteOpenIdConnect',
      { id: 'google' },
      { ...byToken, traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    );
    expect(auditLines()).toEqual([expect.objectContaining({ traceId })]);
  });
});

describe('each attempt to write', () => {
  const intent = (fields: object) => ({
    level: 'info',
    time: expect.any(String) as string,
    msg: 'audit',
    event: 'intent',
    path: 'result',
    requestId: expect.any(String) as string,
    caller: { kind: 'JWT', id: 'anna@example.com' },
    ...fields,
  });

  it('has a line before it is sent', async () => {
    let seen: readonly object[] = [];
    gateway.upstream.respondWith((request) => {
      seen = [...trail('intent')];
      return permissiveUpstreams(request);
    });
    await write('deleteOpenIdConnect', { id: 'google' });
    expect(seen).toEqual([
      intent({
        operation: 'deleteOpenIdConnect',
        upstream: 'ORDERCLOUD',
        upstreamOperation: 'deleteOpenIdConnect',
        object: 'google',
        attempt: 1,
      }),
    ]);
  });

  it('has one each time that it is sent again', async () => {
    let attempts = 0;
    gateway.upstream.respondWith((request) =>
      (attempts += 1) < 3 ? { status: 429, body: '' } : permissiveUpstreams(request),
    );
    await write('deleteOpenIdConnect', { id: 'google' });
    expect(trail('intent').map(({ object, attempt }) => [object, attempt])).toEqual([
      ['google', 1],
      ['google', 2],
      ['google', 3],
    ]);
    expect(auditLines()).toEqual([
      expect.objectContaining({ intents: 3, member: 'DeleteOpenIdConnectSuccess' }),
    ]);
  });

  it('has one for each step of a provisioning', async () => {
    gateway.upstream.respondWith((request) =>
      request.method === 'GET' ? ABSENT : permissiveUpstreams(request),
    );
    await write('provisionOidcConfig', provision);
    expect(
      trail('intent').map(({ operation, upstreamOperation, object }) => [
        operation,
        upstreamOperation,
        object,
      ]),
    ).toEqual([
      ['provisionOidcConfig', 'createIdentityProvider', 'ACME'],
      ['provisionOidcConfig', 'createMapping', 'map1'],
      ['provisionOidcConfig', 'createProtocol', 'ACME/oidc'],
      ['provisionOidcConfig', 'createOidcConfig', 'ACME'],
    ]);
    expect(auditLines()).toEqual([expect.objectContaining({ intents: 4 })]);
  });

  it('belongs to the field of the response, even if one mutation is selected twice', async () => {
    const alias = 'x'.repeat(300);
    await gateway.post(
      `mutation { a: deleteOpenIdConnect(input: { id: "one" }) { __typename } ${alias}: deleteOpenIdConnect(input: { id: "one" }) { __typename } }`,
      {},
      { ...HEADERS, ...byToken },
    );
    expect(
      gateway.logs.filter(({ msg }) => msg === 'audit').map(({ event, path }) => [event, path]),
    ).toEqual([
      ['intent', 'a'],
      ['outcome', 'a'],
      ['intent', `${'x'.repeat(200)}…`],
      ['outcome', `${'x'.repeat(200)}…`],
    ]);
  });

  it('has no token or key that was pasted as an id', async () => {
    const { 'x-api-key': apiKey = '' } = byApiKey;
    gateway.upstream.respondWith(() => ABSENT);
    for (const id of [HEADERS['x-auth-token'] ?? '', apiKey]) {
      await write('deleteOpenIdConnect', { id });
      await write('deleteHuaweiMapping', { id });
    }
    expect(new Set(trail('intent').map(({ object }) => object))).toEqual(new Set(['[redacted]']));
    expect(JSON.stringify(gateway.logs)).not.toContain(apiKey);
  });

  it.each(['a refused input', 'a dry run'])('has none if nothing is sent: %s', async (what) => {
    if (what === 'a dry run') await write('provisionOidcConfig', { ...provision, dryRun: true });
    else await write('deleteOpenIdConnect', { id: '../google' });
    expect([trail('intent'), auditLines().map(({ intents }) => intents)]).toEqual([[], [0]]);
  });
});

describe('a write that a caller would rather not be seen with', () => {
  it.each<[string, Headers]>([
    ['a token for another upstream', { 'x-auth-token': 'anna@example.com google' }],
    ['several short ones', { 'x-auth-token': 'a,g' }],
    ['a token for the upstream', { 'x-ordercloud-authorization': 'Bearer anna@example.com' }],
    ['the id as token for the upstream', { 'x-ordercloud-authorization': 'Bearer google' }],
  ])('has its line whole, whatever they send beside it: %s', async (_what, headers) => {
    await gateway.run(
      documentOf('deleteOpenIdConnect'),
      { input: { id: 'google' } },
      { ...HEADERS, ...byToken, ...headers },
    );
    expect(auditLines()).toEqual([
      expect.objectContaining({
        caller: { kind: 'JWT', id: 'anna@example.com' },
        object: 'google',
        member: 'DeleteOpenIdConnectSuccess',
      }),
    ]);
  });

  it('has it for any secret that they write, even if the outcome is not known', async () => {
    await write('updateOpenIdConnect', { id: 'google', connectClientSecret: 'google' });
    await write('updateOpenIdConnect', { id: 'google', connectClientSecret: 'anna@example.com' });
    gateway.upstream.respondWith(HTML);
    await write('updateOpenIdConnect', { id: 'google', connectClientSecret: 'google' });
    const line = { caller: { kind: 'JWT', id: 'anna@example.com' }, object: 'google' };
    expect(auditLines()).toEqual(
      ['UpdateOpenIdConnectSuccess', 'UpdateOpenIdConnectSuccess', 'OidcOutcomeUnknownError'].map(
        (member) => expect.objectContaining({ ...line, member }) as unknown,
      ),
    );
  });

  it('takes no id of a request over from the write before it', async () => {
    const document =
      'mutation { a: deleteHuaweiMapping(input: { id: "map1" }) { __typename } b: deleteHuaweiMapping(input: { id: ".." }) { __typename } }';
    await gateway.post(document, {}, { ...HEADERS, ...byToken });
    expect(
      auditLines().map(({ member, upstreamRequestId }) => [member, upstreamRequestId]),
    ).toEqual([
      ['DeleteHuaweiMappingSuccess', 'upstream-1'],
      ['OidcInvalidInputError', null],
    ]);
  });
});

describe('a dry run', () => {
  it.each([true, false])('is distinguished from a write: %s', async (dryRun) => {
    await write('provisionOidcConfig', { ...provision, dryRun });
    expect(auditLines()).toEqual([
      expect.objectContaining({
        operation: 'provisionOidcConfig',
        object: 'ACME',
        member: 'ProvisionOidcConfigSuccess',
      }),
    ]);
    expect(auditLines()[0]?.['dryRun']).toBe(dryRun ? true : undefined);
  });
});

it('a dry run shows no token that was pasted as an id: nothing is stored by it', async () => {
  const token = HEADERS['x-auth-token'] ?? '';
  await write('provisionOidcConfig', { ...provision, idpId: token, dryRun: true });
  expect(auditLines()).toEqual([expect.objectContaining({ object: '[redacted]', dryRun: true })]);
});

it('an id that only looks like an API key hides nothing', async () => {
  const id = `oidcgw_${'A'.repeat(43)}`;
  await write('createHuaweiIdentityProvider', { id });
  expect(auditLines()).toEqual([
    expect.objectContaining({ object: id, member: 'CreateHuaweiIdentityProviderSuccess' }),
  ]);
});

describe('who called', () => {
  const anna = { caller: { kind: 'JWT', id: 'anna@example.com' } };

  it('is in the line of every operation, reads too', async () => {
    await gateway.run(documentOf('openIdConnect'), { id: 'google' }, { ...HEADERS, ...byToken });
    expect(gateway.logs.filter(({ msg }) => msg === 'operation')).toEqual([
      expect.objectContaining(anna),
    ]);
  });

  it('is in the line of what is refused once they have been let in, with its code', async () => {
    await gateway.post(
      'mutation { deleteOpenIdConnect(input: { nothing: 1 }) { __typename } }',
      {},
      byToken,
    );
    await gateway.post(`{ __typename ${' '.repeat(300_000)} }`, {}, byToken);
    await gateway.post(
      'mutation ($input: DeleteOpenIdConnectInput!) { deleteOpenIdConnect(input: $input) { __typename } }',
      { input: {} },
      byToken,
    );
    expect(gateway.logs).toEqual([
      expect.objectContaining({
        msg: 'request refused',
        codes: ['GRAPHQL_VALIDATION_FAILED'],
        ...anna,
      }),
      expect.objectContaining({
        msg: 'request refused',
        codes: ['REQUEST_ENTITY_TOO_LARGE'],
        ...anna,
      }),
      expect.objectContaining({ msg: 'operation', codes: ['BAD_USER_INPUT'], ...anna }),
    ]);
  });
});

describe('a write to an object', () => {
  it('that has its id from the upstream names it', async () => {
    const { id: _id, ...withoutId } = STORED.openIdConnect;
    await write('createOpenIdConnect', withoutId);
    expect(auditLines()).toEqual([
      expect.objectContaining({
        operation: 'createOpenIdConnect',
        object: 'google',
        member: 'CreateOpenIdConnectSuccess',
      }),
    ]);
  });

  it.each(['a b', 'a"b', '<script>', 'ä'])(
    'whose id no new one could have names it, if it is there: %j',
    async (id) => {
      await write('updateOpenIdConnect', { id, connectClientId: 'idp-app' });
      await write('deleteOpenIdConnect', { id });
      expect(auditLines()).toEqual([
        expect.objectContaining({ object: id, member: 'UpdateOpenIdConnectSuccess' }),
        expect.objectContaining({ object: id, member: 'DeleteOpenIdConnectSuccess' }),
      ]);
    },
  );

  it('is in the trail though the log has only errors', async () => {
    const quiet = await startGuardedGateway('credentials of callers', { LOG_LEVEL: 'error' });
    quiet.upstream.respondWith(permissiveUpstreams);
    await quiet.run(
      documentOf('deleteOpenIdConnect'),
      { input: { id: 'google' } },
      { ...HEADERS, ...(await quiet.inbound.byToken(['oidc:admin'], 'anna@example.com')) },
    );
    expect(quiet.logs.map(({ msg, event }) => [msg, event])).toEqual([
      ['audit', 'intent'],
      ['audit', 'outcome'],
    ]);
    await quiet.stop();
  });
});

describe('no line', () => {
  it('is there of reads, nor of requests that are refused before', async () => {
    await gateway.run(documentOf('openIdConnect'), { id: 'google' }, { ...HEADERS, ...byToken });
    await gateway.post(documentOf('deleteOpenIdConnect'), { input: { id: 'google' } });
    await gateway.post(
      'mutation { deleteOpenIdConnect(input: { nothing: 1 }) { __typename } }',
      {},
      byToken,
    );
    expect(auditLines()).toEqual([]);
  });

  it.each([
    '../google',
    'a b',
    'a"b',
    '<script>',
    'line\nbreak',
    '\u001b[31mred',
    'ä',
    'x'.repeat(101),
    'https://user:password@example.com',
    '',
  ])('has an id that is none: %j', async (id) => {
    gateway.upstream.respondWith(() => ABSENT);
    await write('updateOpenIdConnect', { id, connectClientId: 'new' });
    expect(auditLines()).toEqual([expect.objectContaining({ object: null })]);
    if (id !== '')
      expect(JSON.stringify(auditLines())).not.toContain(JSON.stringify(id).slice(1, -1));
  });

  it('has a token or a key that was pasted as an id, or the value of any field', async () => {
    const token = HEADERS['x-auth-token'] ?? '';
    const { 'x-api-key': apiKey = '' } = byApiKey;
    const secret = 'canary-client-secret';
    await write('deleteOpenIdConnect', { id: apiKey }, byApiKey);
    await write('createOidcConfig', {
      ...STORED.oidcConfig,
      clientId: 'canary-client-id',
      signingKey: '{"keys":[{"kty":"RSA","n":"canary","e":"AQAB"}]}',
    });
    gateway.upstream.respondWith(() => ABSENT);
    await write('deleteOpenIdConnect', { id: token });
    await write('saveOpenIdConnect', {
      ...STORED.openIdConnect,
      id: secret,
      connectClientSecret: secret,
      connectClientId: 'canary-client-id',
      appStartUrl: 'https://canary.example.com/',
    });
    expect(auditLines().map(({ object }) => object)).toEqual([
      '[redacted]',
      'ACME',
      '[redacted]',
      '[redacted]',
    ]);
    const logs = JSON.stringify(gateway.logs);
    for (const value of [token, apiKey, secret, 'canary']) expect(logs).not.toContain(value);
  });

  it('names a caller if the gateway does not authenticate', async () => {
    const open = await startGuardedGateway('credentials of callers', {
      AUTH_JWKS_FILE: '',
      AUTH_ISSUER: '',
      AUTH_AUDIENCE: '',
      AUTH_API_KEYS_FILE: '',
    });
    await open.run(
      documentOf('deleteOpenIdConnect'),
      { input: { id: 'google' } },
      MODES['credentials of callers'].headers,
    );
    expect(open.logs.filter(({ msg }) => msg === 'audit')).toEqual([
      expect.objectContaining({ event: 'intent', caller: null, object: 'google' }),
      expect.objectContaining({
        caller: null,
        object: 'google',
        member: 'DeleteOpenIdConnectSuccess',
      }),
    ]);
    await open.stop();
  });
});
