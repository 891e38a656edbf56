import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HUAWEI_FIELDS, ORDERCLOUD_FIELDS } from '../setup/field-cases.ts';
import { MODES, permissiveUpstreams, startGuardedGateway } from '../setup/guarded-gateway.ts';
import type { GuardedGateway, Mode } from '../setup/guarded-gateway.ts';
import type { Headers } from '../setup/inbound.ts';
import { refusal } from '../setup/permissive-upstream.ts';
import { documentOf } from '../setup/root-fields.ts';
import type { SeenRequest } from '../setup/scripted-upstream.ts';

/* The credentials of callers are only for the gateway: no upstream receives them, and no response or log line shows them. */

const ERROR = { OidcError: 'code message upstream { details { code message data } }' };
const READ = 'openIdConnect';
const READ_HUAWEI = 'oidcConfig';
const CASES = { ...ORDERCLOUD_FIELDS, ...HUAWEI_FIELDS };

/** Every form in which a credential might come by. */
const formsOf = (credential: string) => [
  credential,
  encodeURIComponent(credential),
  Buffer.from(credential).toString('base64'),
  ...credential.split('.').filter((part) => part.length > 20),
];

/** A response that echoes the request in many ways, including errors of both platforms. */
const echo =
  (texts: readonly string[]) =>
  ({ target, method }: SeenRequest) =>
    target === '/oauth/token'
      ? permissiveUpstreams({ target, method })
      : refusal(
          target,
          400,
          'Echo',
          texts
            .flatMap((text) => [
              text,
              `bearer ${text}`,
              `"${text}"`,
              Buffer.from(text).toString('base64'),
            ])
            .join(' and '),
        );

describe.each(Object.keys(MODES) as Mode[])('with the %s', (mode) => {
  let gateway: GuardedGateway;
  let callers: readonly (readonly [string, Headers, string])[];
  beforeAll(async () => {
    gateway = await startGuardedGateway(mode);
    const token = await gateway.inbound.token();
    const { 'x-api-key': apiKey = '' } = gateway.inbound.byApiKey('oidc:admin');
    callers = [
      ['a token', { authorization: `Bearer ${token}` }, token],
      ['an API key', { 'x-api-key': apiKey }, apiKey],
    ];
  });
  afterAll(() => gateway.stop());

  it('no upstream sees it, whatever is called', async () => {
    gateway.upstream.respondWith(permissiveUpstreams);
    for (const [, headers, credential] of callers) {
      gateway.upstream.seen.length = 0;
      for (const [name, { variables }] of Object.entries(CASES)) {
        const { __typename } = await gateway.run(documentOf(name), variables, {
          ...MODES[mode].headers,
          ...headers,
          cookie: credential,
          'x-forwarded-authorization': credential,
          'x-request-id': credential.slice(0, 128),
          traceparent: credential,
        });
        expect([name, __typename]).toEqual([name, expect.stringMatching(/Success$/)]);
      }
      expect(gateway.upstream.seen.length).toBeGreaterThanOrEqual(Object.keys(CASES).length);
      const seen = JSON.stringify(gateway.upstream.seen);
      for (const form of formsOf(credential)) expect(seen).not.toContain(form);
      for (const request of gateway.upstream.seen)
        expect(request.headers).not.toHaveProperty('x-api-key');
    }
  });

  it('it is cut out of what an upstream says', async () => {
    for (const [, headers, credential] of callers) {
      gateway.upstream.respondWith(
        echo([credential, credential.slice(5, 40), ...Object.values(headers)]),
      );
      for (const name of [READ, READ_HUAWEI, 'createOpenIdConnect', 'deleteHuaweiMapping']) {
        const response = await gateway.run(documentOf(name, ERROR), CASES[name]?.variables ?? {}, {
          ...MODES[mode].headers,
          ...headers,
        });
        expect(response).toMatchObject({
          code: 'UPSTREAM_REJECTED',
          upstream: { details: [{ message: expect.stringContaining('[redacted]') as unknown }] },
        });
        for (const form of [...formsOf(credential), credential.slice(5, 40)])
          expect(JSON.stringify(response)).not.toContain(form);
      }
    }
  });

  it('it is in no line of the log', () => {
    const logs = JSON.stringify(gateway.logs);
    expect(logs).toContain('"msg":"audit"');
    for (const [, , credential] of callers)
      for (const form of formsOf(credential)) expect(logs).not.toContain(form);
  });
});

describe('a token in Authorization', () => {
  let gateway: GuardedGateway;
  beforeAll(async () => {
    gateway = await startGuardedGateway();
  });
  afterAll(() => gateway.stop());

  it('is no longer one for OrderCloud, which needs a separate header', async () => {
    gateway.upstream.seen.length = 0;
    const headers = await gateway.inbound.byToken(['oidc:admin']);
    expect(await gateway.run(documentOf(READ, ERROR), { id: 'google' }, headers)).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('X-OrderCloud-Authorization: Bearer <token>') as unknown,
    });
    expect(gateway.upstream.seen).toEqual([]);
    expect(
      await gateway.run(
        documentOf(READ),
        { id: 'google' },
        { ...headers, 'x-ordercloud-authorization': 'Bearer of-the-caller' },
      ),
    ).toEqual({ __typename: 'OpenIdConnectSuccess' });
    expect(gateway.upstream.seen.map(({ headers: { authorization } }) => authorization)).toEqual([
      'Bearer of-the-caller',
    ]);
  });

  it('beside an API key is neither: the request is refused', async () => {
    gateway.upstream.seen.length = 0;
    const { status } = await gateway.post(
      documentOf(READ),
      { id: 'google' },
      { ...gateway.inbound.byApiKey('oidc:admin'), authorization: 'Bearer of-the-caller' },
    );
    expect(status).toBe(401);
    expect(gateway.upstream.seen).toEqual([]);
  });

  it("with the gateway's credentials is replaced by the gateway's own", async () => {
    const own = await startGuardedGateway('credentials of the gateway');
    await own.run(
      documentOf(READ),
      { id: 'google' },
      {
        ...(await own.inbound.byToken(['oidc:read'])),
        'x-ordercloud-authorization': 'Bearer of-the-caller',
        'x-auth-token': 'of-the-caller',
      },
    );
    await own.run(
      documentOf(READ_HUAWEI),
      { idpId: 'ACME' },
      { ...own.inbound.byApiKey('oidc:read'), 'x-auth-token': 'of-the-caller' },
    );
    const [, orderCloud, huawei] = own.upstream.seen;
    expect(orderCloud?.headers.authorization).toBe('Bearer token-of-the-gateway');
    expect(huawei?.headers.authorization).toMatch(/^SDK-HMAC-SHA256 Access=GATEWAYACCESSKEY, /);
    expect(JSON.stringify(own.upstream.seen)).not.toContain('of-the-caller');
    await own.stop();
  });
});
