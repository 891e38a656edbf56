import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { makeApiKey } from '../setup/api-keys.ts';
import { resultOf, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedAnswer, ScriptedBytes } from '../setup/scripted-upstream.ts';

/* Logins of the gateway itself, answered otherwise than by plain JSON of a moderate size. */

let inbound: ReturnType<typeof makeApiKey>;
let gateway: ScriptedGateway;
beforeAll(() => {
  inbound = makeApiKey();
});
afterEach(() => gateway.stop());
afterAll(() => { inbound.remove(); });

const GATEWAY = {
  HUAWEI_CREDENTIALS: 'gateway', HUAWEI_AUTH_METHOD: 'password', HUAWEI_DOMAIN_NAME: 'acme', HUAWEI_USER_NAME: 'gateway', HUAWEI_PASSWORD: 'canary-password',
  ORDERCLOUD_CREDENTIALS: 'gateway', ORDERCLOUD_CLIENT_ID: 'gateway', ORDERCLOUD_CLIENT_SECRET: 'canary-secret',
};
const HUAWEI = { document: '{ result: huaweiIdentityProviders { __typename ... on OidcError { code message } } }', login: '/v3/auth/tokens', success: 'HuaweiIdentityProvidersSuccess' };
const ORDERCLOUD = { document: '{ result: openIdConnects { __typename ... on OidcError { code message } } }', login: '/oauth/token', success: 'OpenIdConnectsSuccess' };

const TIMES = JSON.stringify({ token: { issued_at: '2026-01-01T00:00:00.000000Z', expires_at: '2026-01-02T00:00:00.000000Z', user: { name: 'café' } } });
const issued = (token: string, more: Readonly<Record<string, string>> = {}, bytes = Buffer.from(TIMES)): ScriptedBytes => ({ status: 201, headers: { 'x-subject-token': token, ...more }, bytes });
const oauth = (token: string) => JSON.stringify({ access_token: token, token_type: 'bearer', expires_in: 3600, note: 'café' });
const PAGE: ScriptedAnswer = { status: 200, body: JSON.stringify({ identity_providers: [], Meta: { Page: 1, PageSize: 20, TotalCount: 0, TotalPages: 0, ItemRange: [0, 0] }, Items: [] }) };

/** A gateway whose logins are answered like this, with what its first call gave. */
async function callAfter(login: ScriptedAnswer | ScriptedBytes, { document, login: path }: typeof HUAWEI) {
  gateway = await startScriptedGateway({ ...inbound.environment, ...GATEWAY });
  gateway.upstream.answerWith(({ target }) => (target.startsWith(path) ? login : PAGE));
  const result = await resultOf(gateway, document, {}, inbound.headers);
  const lines = gateway.logs.filter(({ level }) => level === 'warn' || level === 'error');
  expect(JSON.stringify(gateway.logs)).not.toContain('canary');
  return { result, lines };
}

it.each<[string, ScriptedAnswer | ScriptedBytes, typeof HUAWEI]>([
  ['17,000 characters of a token', issued('t'.repeat(17_000)), HUAWEI],
  ['60,000 characters of a token', issued('t'.repeat(60_000)), HUAWEI],
  ['gzip', issued('token-1', { 'content-encoding': 'gzip' }, gzipSync(TIMES)), HUAWEI],
  ['Latin-1 that is named', issued('token-1', { 'content-type': 'application/json; charset=iso-8859-1' }, Buffer.from(TIMES, 'latin1')), HUAWEI],
  ['gzip', { status: 200, headers: { 'content-encoding': 'gzip' }, bytes: gzipSync(oauth('token-1')) }, ORDERCLOUD],
  ['60,000 characters of a token', { status: 200, body: oauth('t'.repeat(60_000)) }, ORDERCLOUD],
  ['Latin-1 that is named', { status: 200, headers: { 'content-type': 'application/json; charset=iso-8859-1' }, bytes: Buffer.from(oauth('token-1'), 'latin1') }, ORDERCLOUD],
])('a login that is answered with %s gives access', async (_what, login, upstream) => {
  const { result } = await callAfter(login, upstream);
  expect(result).toEqual({ __typename: upstream.success });
  expect(gateway.upstream.seen[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
});

const TOO_LARGE = expect.stringMatching(/^The token that is issued to the gateway is too large for a header: .*fewer roles or groups/) as unknown;
const HEADERS = expect.stringMatching(/^The token that is issued to the gateway may be too large, .*fewer roles or groups.* something in between may add headers/) as unknown;
const BETWEEN = expect.stringContaining('Something in between') as unknown;

it.each<[string, ScriptedAnswer | ScriptedBytes, typeof HUAWEI, string, unknown]>([
  ['more than 64 KiB of headers', issued('canary'.repeat(11_000)), HUAWEI, 'Huawei Cloud IAM answered with more than 64 KiB of headers, which is all that the gateway reads', HEADERS],
  // Its token comes in the body.
  ['more than 64 KiB of headers', { status: 200, headers: { 'x-filler': 'x'.repeat(66_000) }, body: oauth('canary') }, ORDERCLOUD, 'OrderCloud answered with more than 64 KiB of headers, which is all that the gateway reads', HEADERS],
  ['a token of more than 64 KiB', { status: 200, body: oauth('canary'.repeat(11_000)) }, ORDERCLOUD, 'the token has more than the 65536 characters that a header may have', TOO_LARGE],
  ['Latin-1 without its name', issued('canary', {}, Buffer.from(TIMES, 'latin1')), HUAWEI, 'Huawei Cloud IAM answered 201, but its body is not valid UTF-8', BETWEEN],
  ['Latin-1 without its name', { status: 200, bytes: Buffer.from(oauth('canary'), 'latin1') }, ORDERCLOUD, 'OrderCloud answered 200, but its body is not valid UTF-8', BETWEEN],
  ['zstd', { status: 200, headers: { 'content-encoding': 'zstd' }, body: 'canary' }, ORDERCLOUD, 'OrderCloud answered 200, but its body has the content coding "zstd", which the gateway does not read', BETWEEN],
])('a login that is answered with %s gives none, says why, and is tried again', async (_what, login, upstream, message, advice) => {
  const { result, lines } = await callAfter(login, upstream);
  expect(result).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', message: expect.stringContaining("the gateway's own access to it does not work") as unknown });
  expect(lines).toMatchObject([
    { level: 'warn', msg: 'the gateway could not log in; it tries again when it is needed', retryS: 1, error: { message }, advice },
    { level: 'warn', msg: 'operation', noAccess: [{ reason: 'LOGIN_FAILED' }] },
  ]);
});
