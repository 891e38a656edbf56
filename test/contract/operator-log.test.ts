import { afterEach, describe, expect, it } from 'vitest';
import { startGuardedGateway } from '../setup/guarded-gateway.ts';
import type { GuardedGateway, Mode } from '../setup/guarded-gateway.ts';
import { ABSENT, HTML, permissiveUpstream, STORED } from '../setup/permissive-upstream.ts';
import { documentOf } from '../setup/root-fields.ts';
import { HEADERS } from '../setup/scripted-gateway.ts';
import type { ScriptedResponse } from '../setup/scripted-upstream.ts';

/* What an operator sees who reads warnings and errors alone, and how a complaint of a caller leads to its cause. */

let gateway: GuardedGateway;
afterEach(() => gateway.stop());
const start = async (
  mode: Mode,
  response: Parameters<GuardedGateway['upstream']['respondWith']>[0],
  environment: Readonly<Record<string, string>> = {},
) => {
  gateway = await startGuardedGateway(mode, { LOG_LEVEL: 'warn', ...environment });
  gateway.upstream.respondWith(response);
};
const CALLERS = 'credentials of callers';
const OWN = 'credentials of the gateway';
const send = (document: string, variables: object, requestId = 'mine') =>
  gateway.post(document, variables, {
    ...(gateway.gateway.report[0]?.credentials === 'caller' && HEADERS),
    ...gateway.inbound.byApiKey('oidc:admin'),
    'x-request-id': requestId,
  });
const outcomes = () => linesOf('audit').filter(({ event }) => event === 'outcome');
const linesOf = (msg: string) => gateway.logs.filter((line) => line['msg'] === msg);

const DELETE = documentOf('deleteOpenIdConnect');
const provision = {
  ...STORED.oidcConfig,
  mappingId: STORED.mapping.id,
  rules: STORED.mapping.rules,
};

describe('a write whose outcome is not known', () => {
  const unknown = { level: 'warn', requestId: 'mine' };

  it('is a warning', async () => {
    await start(CALLERS, HTML);
    const { data } = await send(DELETE, { input: { id: 'google' } });
    expect(data).toMatchObject({ result: { __typename: 'OidcOutcomeUnknownError' } });
    expect(linesOf('operation')).toEqual([
      expect.objectContaining({
        ...unknown,
        fields: [{ field: 'deleteOpenIdConnect', member: 'OidcOutcomeUnknownError' }],
      }),
    ]);
    expect(outcomes()).toEqual([
      expect.objectContaining({ ...unknown, member: 'OidcOutcomeUnknownError' }),
    ]);
  });

  it('is one as the step of a provisioning too', async () => {
    await start(CALLERS, ({ method, target }) =>
      method === 'GET'
        ? ABSENT
        : target.includes('/protocols/')
          ? HTML
          : permissiveUpstream({ method, target }),
    );
    const { data } = await send(documentOf('provisionOidcConfig'), { input: provision });
    expect(data).toMatchObject({ result: { __typename: 'ProvisionOidcConfigIncomplete' } });
    expect(linesOf('operation')).toEqual([
      expect.objectContaining({ ...unknown, codes: ['OUTCOME_UNKNOWN'] }),
    ]);
    expect(outcomes()).toEqual([
      expect.objectContaining({ ...unknown, member: 'ProvisionOidcConfigIncomplete' }),
    ]);
  });

  it('is distinguished from the other writes', async () => {
    await start(CALLERS, (request) =>
      request.target.endsWith('/two') ? HTML : permissiveUpstream(request),
    );
    await send(
      'mutation { a: deleteOpenIdConnect(input: { id: "one" }) { __typename } b: deleteOpenIdConnect(input: { id: "two" }) { __typename } c: deleteOpenIdConnect(input: { id: "three" }) { __typename } }',
      {},
    );
    expect(outcomes().map(({ level, object }) => [level, object])).toEqual([
      ['info', 'one'],
      ['warn', 'two'],
      ['info', 'three'],
    ]);
    expect(linesOf('operation')).toEqual([expect.objectContaining(unknown)]);
  });

  it.each<[string, ScriptedResponse]>([
    [
      'that is refused',
      { status: 400, body: '{"Errors":[{"ErrorCode":"Bad","Message":"No.","Data":null}]}' },
    ],
    ['that succeeds', { status: 204, body: '' }],
  ])('is not one %s', async (_what, response) => {
    await start(CALLERS, response);
    await send(DELETE, { input: { id: 'google' } });
    expect(linesOf('operation')).toEqual([]);
    expect(outcomes()).toEqual([expect.objectContaining({ level: 'info' })]);
  });
});

describe("a request that fails because of the gateway's own access", () => {
  const READ = '{ openIdConnect(id: "google") { __typename ... on OidcError { code message } } }';
  const refusal =
    (status: number, body: object) =>
    ({ target }: { readonly target: string }): ScriptedResponse =>
      target === '/oauth/token'
        ? { status, body: JSON.stringify(body) }
        : { status: 500, body: '' };

  it.each([
    [
      'LOGIN_REFUSED',
      'error',
      refusal(401, { error: 'invalid_client' }),
      /the login of the gateway was refused/,
    ],
    ['LOGIN_FAILED', 'warn', refusal(502, {}), /the gateway could not log in/],
  ] as const)(
    'is in the line of the login, and has the reason in its own: %s',
    async (reason, level, response, msg) => {
      await start(OWN, response);
      const ids = Array.from({ length: 12 }, (_, index) => `caller-${index}`);
      const results = await Promise.all(ids.map((id) => send(READ, {}, id)));
      results.push(await send(READ, {}, 'later'));
      for (const { data, text } of results) {
        expect(data).toMatchObject({ openIdConnect: { code: 'UPSTREAM_UNAVAILABLE' } });
        expect(text).not.toMatch(/LOGIN|invalid_client|502/);
      }
      const [login] = gateway.logs.filter((line) => msg.test(String(line['msg'])));
      expect(login).toMatchObject({
        level,
        upstream: 'ORDERCLOUD',
        requests: expect.any(Number) as number,
      });
      const named = login?.['requestIds'] as string[];
      expect(ids).toEqual(expect.arrayContaining(named));
      expect(named.length).toBe(Math.min(10, Number(login?.['requests'])));
      const operations = linesOf('operation');
      expect(operations.map(({ requestId }) => requestId).sort()).toEqual([...ids, 'later'].sort());
      for (const line of operations)
        expect(line).toMatchObject({
          level: 'warn',
          noAccess: [{ upstream: 'ORDERCLOUD', reason }],
        });
    },
  );

  it('is logged too if the call could not wait for the login', async () => {
    await start(
      OWN,
      ({ target }) =>
        target === '/oauth/token' ? new Promise<never>(() => undefined) : { status: 500, body: '' },
      { UPSTREAM_TIMEOUT_MS: '300' },
    );
    await send(READ, {});
    expect(linesOf('operation')).toEqual([
      expect.objectContaining({
        level: 'warn',
        requestId: 'mine',
        noAccess: [
          {
            upstream: 'ORDERCLOUD',
            reason: expect.stringMatching(/^(LOGIN_FAILED|WAITED_TOO_LONG)$/) as unknown,
          },
        ],
      }),
    ]);
  });

  it('is logged too if the call was refused', async () => {
    await start(OWN, ({ target }) =>
      target === '/oauth/token'
        ? {
            status: 200,
            body: '{"access_token":"t-of-the-gateway","token_type":"bearer","expires_in":3600}',
          }
        : {
            status: 403,
            body: '{"Errors":[{"ErrorCode":"Forbidden","Message":"No.","Data":null}]}',
          },
    );
    await send(READ, {});
    expect(gateway.logs.find(({ level }) => level === 'error')).toMatchObject({
      requestIds: ['mine'],
      requests: 1,
      upstream: 'ORDERCLOUD',
    });
    expect(linesOf('operation')).toEqual([
      expect.objectContaining({
        level: 'warn',
        requestId: 'mine',
        noAccess: [{ upstream: 'ORDERCLOUD', reason: 'CALL_REFUSED' }],
      }),
    ]);
  });

  it('is found if a step of a provisioning hides it', async () => {
    await start(OWN, {
      status: 401,
      body: '{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information: verify aksk signature fail"}',
    });
    await send(documentOf('provisionOidcConfig'), { input: provision });
    expect(linesOf('operation')).toEqual([
      expect.objectContaining({
        level: 'warn',
        requestId: 'mine',
        noAccess: [{ upstream: 'HUAWEI_IAM', reason: 'CALL_REFUSED' }],
      }),
    ]);
    expect(gateway.logs.filter(({ level }) => level === 'error')).toEqual([
      expect.objectContaining({ upstream: 'HUAWEI_IAM', requestIds: ['mine'], requests: 1 }),
    ]);
  });
});

describe('a token that is not valid here', () => {
  const refusalOf = async (token: string) => {
    gateway.logs.length = 0;
    const { status, text } = await gateway.post(
      '{ __typename }',
      {},
      { authorization: `Bearer ${token}` },
    );
    expect(status).toBe(401);
    const [line, ...others] = linesOf('request refused');
    expect(others).toEqual([]);
    const raw = JSON.stringify(line);
    for (const part of token.split('.')) expect(raw).not.toContain(part);
    return { line, text, raw };
  };
  const begin = () => start(CALLERS, HTML, { LOG_LEVEL: 'info' });

  it('has its actual and required values in the log, and neither in the response', async () => {
    await begin();
    const { token } = gateway.inbound;
    const cases = [
      [
        await token({ iss: 'https://idp.example.com/' }),
        'wrong issuer',
        'https://idp.example.com',
        'https://idp.example.com/',
      ],
      [
        await token({ aud: ['one', 'another'] }),
        'wrong audience',
        'oidc-config-gateway',
        ['one', 'another'],
      ],
      [
        await token({}, { kid: 'retired' }),
        'no key with this kid for this algorithm',
        ['es (EC P-256)', 'rsa (RSA)'],
        'retired (ES256)',
      ],
      [
        await token({ exp: 1_700_000_000 }),
        'exp has passed',
        expect.stringMatching(/^after \d{4}-/) as unknown,
        '2023-11-14T22:13:20.000Z',
      ],
      [
        await token({ nbf: 4_000_000_000, exp: 4_000_000_100 }),
        'not valid yet',
        expect.stringMatching(/^before \d{4}-/) as unknown,
        '2096-10-02T07:06:40.000Z',
      ],
      [
        await token({}, { typ: 'logout+jwt' }),
        'typ is not at+jwt or JWT',
        ['at+jwt', 'JWT'],
        'logout+jwt',
      ],
      [
        (await gateway.inbound.strangers())['an algorithm that is not allowed']?.[
          'authorization'
        ]?.slice(7) ?? '',
        'algorithm is not one of AUTH_ALGORITHMS',
        ['RS256', 'PS256', 'ES256', 'EdDSA'],
        'RS512',
      ],
    ] as const;
    for (const [sent, reason, expected, given] of cases) {
      const { line, text } = await refusalOf(sent);
      expect(line).toMatchObject({
        level: 'info',
        codes: ['UNAUTHENTICATED'],
        reasons: [reason],
        expected,
        given,
      });
      expect(text).not.toMatch(/example\.com|another|retired|logout|RS512/);
    }
  });

  it('has it cut, and without characters that are not seen', async () => {
    await begin();
    for (const hostile of [
      `https://evil.example.com/\u202e\u0000\r\n{"level":"fatal"}\u2028${'x'.repeat(2_000)}`,
      ['\u001b[2J', ...Array.from({ length: 500 }, () => 'y'.repeat(20))],
    ]) {
      const { line, raw } = await refusalOf(
        await gateway.inbound.token(
          typeof hostile === 'string' ? { iss: hostile } : { aud: hostile },
        ),
      );
      expect(JSON.stringify(line?.['given'])).toMatch(/\\u\{202e\}|\\u\{1b\}/);
      const unseen = /[\p{Cc}\u2028\u2029\u202a-\u202e]/u;
      expect(String(line?.['given'])).not.toMatch(unseen);
      expect(raw.length).toBeLessThan(1_000);
    }
    const { line } = await refusalOf(
      await gateway.inbound.token({}, { kid: '\u2066'.repeat(300) }),
    );
    expect(String(line?.['given'])).toBe(`${'\\u{2066}'.repeat(200)}… (ES256)`);
  });
});
