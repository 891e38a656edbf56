import { getNamedType, isInterfaceType, isObjectType, isRequiredArgument } from 'graphql';
import type { GraphQLOutputType } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isEdge } from '../../src/graph/edges/edges.ts';
import { HUAWEI_FIELDS, ORDERCLOUD_FIELDS } from '../setup/field-cases.ts';
import type { GraphQLResponse } from '../setup/gateway.ts';
import { startIssuer } from '../setup/issuer-server.ts';
import { ABSENT, permissiveUpstream, refusal, STORED } from '../setup/permissive-upstream.ts';
import { documentOf, ROOT_FIELDS, schema } from '../setup/root-fields.ts';
import { HEADERS, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { Result, ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedResponse, SeenRequest } from '../setup/scripted-upstream.ts';

/* A write with an Idempotency-Key happens at most once, however often it is sent. */

const { openIdConnect, oidcConfig } = STORED;

const ERRORS = `code message
  ... on OidcOutcomeUnknownError { reason verifyWith }
  ... on OidcIdempotencyInFlightError { retryAfterSeconds }`;
const CREATE = documentOf('createOpenIdConnect', {
  CreateOpenIdConnectSuccess: 'openIdConnect { id } warnings { code }',
  OidcError: ERRORS,
});
const INPUT = { input: openIdConnect };

async function start(settings: Readonly<Record<string, string>> = {}): Promise<ScriptedGateway> {
  const gateway = await startScriptedGateway({ UPSTREAM_TIMEOUT_MS: '1000', ...settings });
  gateway.upstream.respondWith(permissiveUpstream);
  onTestFinished(async () => {
    await gateway.stop();
  });
  return gateway;
}

interface Sent {
  readonly document?: string;
  readonly variables?: object;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a document with a key. */
async function send(
  gateway: ScriptedGateway,
  { document = CREATE, variables = INPUT, key = 'key-1', headers = {} }: Sent = {},
): Promise<{ readonly result: Result; readonly replayed: boolean }> {
  const response = await gateway.post(document, variables, {
    ...HEADERS,
    'idempotency-key': key,
    ...headers,
  });
  expect(response.errors).toBeUndefined();
  return { result: response.data?.['result'] as Result, replayed: isReplayed(response) };
}

function isReplayed({ text }: GraphQLResponse): boolean {
  const { extensions } = JSON.parse(text) as { readonly extensions?: unknown };
  if (extensions !== undefined) expect(extensions).toEqual({ replayed: true });
  return extensions !== undefined;
}

const writes = ({ upstream }: ScriptedGateway) =>
  upstream.seen.filter(({ method }) => method !== 'GET').length;

/** Everything that can be selected of a type without arguments, except what is read again each time. */
function everythingOf(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (isInterfaceType(named)) return '{ __typename }';
  if (!isObjectType(named)) return '';
  const fields = Object.values(named.getFields()).filter(
    (field) => field.name !== 'requestId' && !field.args.some(isRequiredArgument) && !isEdge(field),
  );
  return `{ ${fields.map(({ name, type: inner }) => `${name} ${everythingOf(inner)}`).join(' ')} }`;
}

function wholeDocument(name: string): string {
  const success = ROOT_FIELDS.get(name)?.members.find((member) => member.endsWith('Success')) ?? '';
  const type = schema.getType(success);
  if (!isObjectType(type)) throw new Error(`${name} has no success`);
  return documentOf(name, {
    [success]: everythingOf(type).slice(1, -1),
    OidcError: 'code message',
  });
}

/** Stands for the issuer of the test. */
const ISSUER = 'https://issuer.example';

const MUTATIONS = Object.entries({
  ...ORDERCLOUD_FIELDS,
  ...HUAWEI_FIELDS,
  provisionOidcConfig: { variables: { input: { ...oidcConfig, clientId: 'another-app' } } },
  provisionOidcSignIn: {
    variables: { input: { issuer: ISSUER, openIdConnect, oidcConfig } },
  },
  syncOidcConfigKeys: { variables: { input: { idpId: oidcConfig.idpId, force: true } } },
}).filter(([name]) => ROOT_FIELDS.get(name)?.kind === 'mutation');

describe('a request that is sent again with its key', () => {
  it('is a case here for every mutation that takes keys', () => {
    const keyed = [...ROOT_FIELDS.values()]
      .filter(({ members }) => members.includes('OidcIdempotencyMismatchError'))
      .map(({ name }) => name);
    expect(MUTATIONS.map(([name]) => name).sort()).toEqual(keyed.sort());
  });

  it.each(MUTATIONS)(
    'gets the same result of %s, and nothing is sent',
    async (name, { variables }) => {
      const { issuer } = await startIssuer();
      const gateway = await start({ ISSUER_DISCOVERY: 'true', ISSUER_ALLOWED_HOSTS: issuer });
      // After its update, Huawei Cloud has what was asked for.
      let isChanged = false;
      gateway.upstream.respondWith((request) => {
        const response = permissiveUpstream(request);
        isChanged ||= name === 'provisionOidcConfig' && request.method === 'PUT';
        if (name === 'syncOidcConfigKeys' && 'body' in response)
          return { ...response, body: response.body.replace(oidcConfig.idpUrl, issuer) };
        return isChanged && 'body' in response
          ? { ...response, body: response.body.replace('idp-app', 'another-app') }
          : response;
      });
      const own = JSON.parse(JSON.stringify(variables).replace(ISSUER, issuer)) as object;
      const request = { document: wholeDocument(name), variables: own };
      const first = await send(gateway, request);
      const { length } = gateway.upstream.seen;
      expect(first).toMatchObject({
        replayed: false,
        result: { __typename: expect.stringMatching(/Success$/) as unknown },
      });
      const again = await send(gateway, request);
      expect(again.replayed).toBe(true);
      expect(again.result).toEqual(withoutSecret(first.result));
      expect(gateway.upstream.seen).toHaveLength(length);
    },
  );

  /** A result whose secret is not shown, although there is one. */
  function withoutSecret(result: Result): unknown {
    return JSON.parse(
      JSON.stringify(result).replace(`"${openIdConnect.connectClientSecret}"`, 'null'),
    );
  }

  it('may select something else', async () => {
    const gateway = await start();
    await send(gateway);
    const document = documentOf('createOpenIdConnect', {
      CreateOpenIdConnectSuccess:
        'openIdConnect { tokenEndpoint connectClientSecret hasConnectClientSecret }',
    });
    expect(await send(gateway, { document })).toMatchObject({
      replayed: true,
      result: {
        openIdConnect: {
          tokenEndpoint: openIdConnect.tokenEndpoint,
          connectClientSecret: null,
          hasConnectClientSecret: true,
        },
      },
    });
  });

  it('may have the key in quotes', async () => {
    const gateway = await start();
    await send(gateway, { key: 'a1/b2' });
    expect(await send(gateway, { key: '"a1/b2"' })).toMatchObject({ replayed: true });
    expect(writes(gateway)).toBe(1);
  });

  it('is refused while the first one has not ended', async () => {
    const gateway = await start();
    let respond = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      gateway.upstream.respondWith((request) => {
        resolve();
        return new Promise((done) => {
          respond = () => {
            done(permissiveUpstream(request));
          };
        });
      });
    });
    const first = send(gateway);
    await asked;
    expect((await send(gateway)).result).toMatchObject({
      code: 'IDEMPOTENCY_IN_FLIGHT',
      retryAfterSeconds: 1,
    });
    respond();
    expect((await first).result).toMatchObject({ __typename: 'CreateOpenIdConnectSuccess' });
    expect(await send(gateway)).toMatchObject({ replayed: true });
    expect(writes(gateway)).toBe(1);
  });

  it('is refused with another input', async () => {
    const gateway = await start();
    await send(gateway);
    const variables = { input: { ...openIdConnect, connectClientSecret: 'another' } };
    expect((await send(gateway, { variables })).result).toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
    expect(writes(gateway)).toBe(1);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['with another key', { 'idempotency-key': 'key-2' }],
    ['of another caller', { 'x-ordercloud-authorization': 'Bearer other-token' }],
  ])('is another one %s', async (_which, headers) => {
    const gateway = await start();
    await send(gateway);
    expect(await send(gateway, { headers })).toMatchObject({ replayed: false });
    expect(writes(gateway)).toBe(2);
  });

  it('is another one without a key', async () => {
    const gateway = await start();
    await send(gateway);
    expect(isReplayed(await gateway.post(CREATE, INPUT, { ...HEADERS }))).toBe(false);
    expect(writes(gateway)).toBe(2);
  });
});

describe('a write that', () => {
  it.each<[string, ScriptedResponse, string]>([
    ['was refused', refusal('/v1/', 400, 'ValidationFailure', 'No.'), 'UPSTREAM_REJECTED'],
    ['exists already', refusal('/v1/', 409, 'IdExists', 'No.'), 'ALREADY_EXISTS'],
    ['is not permitted', refusal('/v1/', 403, 'InsufficientRoles', 'No.'), 'PERMISSION_DENIED'],
  ])('%s is sent again with the same key', async (_what, response, code) => {
    const gateway = await start();
    gateway.upstream.respondWith(response);
    expect((await send(gateway)).result).toMatchObject({ code });
    gateway.upstream.respondWith(permissiveUpstream);
    expect(await send(gateway)).toMatchObject({
      replayed: false,
      result: { __typename: 'CreateOpenIdConnectSuccess' },
    });
  });

  it('has an invalid input may be corrected under the same key', async () => {
    const gateway = await start();
    const variables = { input: { ...openIdConnect, tokenEndpoint: 'token' } };
    expect((await send(gateway, { variables })).result).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await send(gateway)).toMatchObject({ replayed: false });
    expect(writes(gateway)).toBe(1);
  });

  /** Breaks the connection of writes, and shows something else than what was sent. */
  const breaking = (request: SeenRequest): ScriptedResponse => {
    const response = permissiveUpstream(request);
    return request.method === 'GET' && 'body' in response
      ? { ...response, body: response.body.replace('idp-app', 'another-app') }
      : { destroy: true };
  };

  it('may have been applied is only read back, until that shows that it was', async () => {
    const gateway = await start();
    gateway.upstream.respondWith(breaking);
    expect((await send(gateway)).result).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    const second = await send(gateway);
    expect(second.result).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'EARLIER_REQUEST',
      verifyWith: expect.stringContaining('openIdConnect(id: "google")') as unknown,
    });
    gateway.upstream.respondWith(permissiveUpstream);
    expect(await send(gateway)).toMatchObject({
      replayed: false,
      result: {
        __typename: 'CreateOpenIdConnectSuccess',
        warnings: expect.arrayContaining([{ code: 'CONFIRMED_BY_READING' }]) as unknown,
      },
    });
    expect(await send(gateway)).toMatchObject({
      replayed: true,
      result: { warnings: expect.arrayContaining([{ code: 'CONFIRMED_BY_READING' }]) as unknown },
    });
    expect(writes(gateway)).toBe(1);
  });

  it('may have been applied and cannot be read back stays unknown', async () => {
    const gateway = await start();
    const { id: _id, ...input } = openIdConnect;
    gateway.upstream.respondWith(breaking);
    expect((await send(gateway, { variables: { input } })).result).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'CONNECTION_LOST',
    });
    gateway.upstream.respondWith(permissiveUpstream);
    for (let times = 0; times < 2; times += 1)
      expect((await send(gateway, { variables: { input } })).result).toMatchObject({
        code: 'OUTCOME_UNKNOWN',
        reason: 'EARLIER_REQUEST',
      });
    expect(writes(gateway)).toBe(1);
  });

  it('may have been applied stays so if it cannot be read back because of the credentials', async () => {
    const gateway = await start();
    gateway.upstream.respondWith(breaking);
    await send(gateway);
    gateway.upstream.respondWith(refusal('/v1/', 401, 'InvalidToken', 'No.'));
    expect((await send(gateway)).result).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    gateway.upstream.respondWith(permissiveUpstream);
    expect((await send(gateway)).result).toMatchObject({
      __typename: 'CreateOpenIdConnectSuccess',
    });
    expect(writes(gateway)).toBe(1);
  });

  it('failed in one of its steps goes on where it stopped', async () => {
    const gateway = await start();
    const document = documentOf('provisionOidcConfig', {
      ProvisionOidcConfigIncomplete: 'steps { target action }',
      OidcError: ERRORS,
    });
    const request = { document, variables: { input: oidcConfig } };
    let fails = true;
    gateway.upstream.respondWith((seen) => {
      if (!seen.target.endsWith('/protocols/oidc')) return permissiveUpstream(seen);
      if (seen.method === 'GET') return ABSENT;
      return fails ? refusal(seen.target, 403, 'IAM.0003', 'No.') : permissiveUpstream(seen);
    });
    expect((await send(gateway, request)).result).toMatchObject({
      __typename: 'ProvisionOidcConfigIncomplete',
    });
    fails = false;
    expect(await send(gateway, request)).toMatchObject({
      replayed: false,
      result: { __typename: 'ProvisionOidcConfigSuccess' },
    });
    expect(await send(gateway, request)).toMatchObject({ replayed: true });
  });

  it('is only planned takes no key', async () => {
    const gateway = await start();
    const document = documentOf('provisionOidcConfig', { OidcError: ERRORS });
    const planned = { document, variables: { input: { ...oidcConfig, dryRun: true } } };
    const { length } = gateway.upstream.seen;
    for (let times = 0; times < 2; times += 1)
      expect(await send(gateway, planned)).toMatchObject({ replayed: false });
    expect(gateway.upstream.seen.length - length).toBeGreaterThan(4);
    const real = { document, variables: { input: oidcConfig } };
    expect((await send(gateway, real)).result).toMatchObject({
      __typename: 'ProvisionOidcConfigSuccess',
    });
  });

  it('stands beside another one in its request has a key of its own', async () => {
    const gateway = await start();
    const document = `mutation ($one: CreateOpenIdConnectInput!, $two: CreateOpenIdConnectInput!) {
      one: createOpenIdConnect(input: $one) { __typename }
      two: createOpenIdConnect(input: $two) { __typename }
    }`;
    const variables = { one: openIdConnect, two: { ...openIdConnect, id: 'two' } };
    const headers = { ...HEADERS, 'idempotency-key': 'both' };
    const first = await gateway.post(document, variables, headers);
    const again = await gateway.post(document, variables, headers);
    expect([first.data, isReplayed(first), isReplayed(again)]).toEqual([again.data, false, true]);
    expect(writes(gateway)).toBe(2);
  });
});

describe('the header', () => {
  it.each([
    ['empty', ' '],
    ['too long', 'k'.repeat(256)],
    ['a list', 'one, two'],
    ['quoted with more', '"one";x'],
    ['with a quote in it', 'a"b'],
    ['not ASCII', 'schlüssel'],
    ['with a space', 'a b'],
    ['empty in quotes', '""'],
  ])('is refused if it is %s, and nothing is executed', async (_what, key) => {
    const gateway = await start();
    const response = await gateway.post(CREATE, INPUT, { ...HEADERS, 'idempotency-key': key });
    expect([response.status, response.errors]).toEqual([
      400,
      [
        expect.objectContaining({
          message: expect.stringContaining('Idempotency-Key') as unknown,
          extensions: expect.objectContaining({ code: 'BAD_REQUEST' }) as unknown,
        }),
      ],
    ]);
    expect(gateway.upstream.seen).toEqual([]);
  });

  it('changes nothing for queries', async () => {
    const gateway = await start();
    const document = documentOf('openIdConnect', { OpenIdConnectSuccess: 'openIdConnect { id }' });
    for (let times = 0; times < 2; times += 1)
      expect(await send(gateway, { document, variables: { id: 'google' } })).toMatchObject({
        replayed: false,
        result: { openIdConnect: { id: 'google' } },
      });
    expect(gateway.upstream.seen).toHaveLength(2);
  });
});
