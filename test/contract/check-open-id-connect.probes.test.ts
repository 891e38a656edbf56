import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeInbound } from '../setup/inbound.ts';
import type { Inbound } from '../setup/inbound.ts';
import { RSA_KEY } from '../setup/issuer-server.ts';
import { startOtlpReceiver } from '../setup/otlp-receiver.ts';
import type { OtlpReceiver } from '../setup/otlp-receiver.ts';
import { permissiveUpstream, STORED } from '../setup/permissive-upstream.ts';
import { documentOf } from '../setup/root-fields.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { Responder } from '../setup/scripted-upstream.ts';

/* Where the probes of checkOpenIdConnect send the stored client secret, and where they do not. */

const DOCUMENT = documentOf('checkOpenIdConnect', {
  CheckOpenIdConnectSuccess: 'report { verdict checks { code status message advice } }',
  OidcError: 'code message',
});
const SECRET = 'canary-of/the+client secret';
const CLIENT = 'the client';
const FORMS = [
  SECRET,
  encodeURIComponent(SECRET),
  new URLSearchParams([['', SECRET]]).toString().slice(1),
  Buffer.from(SECRET).toString('base64').replace(/=+$/, ''),
  Buffer.from(new URLSearchParams([[CLIENT, SECRET]]).toString().replace('=', ':')).toString(
    'base64',
  ),
];
const { id } = STORED.openIdConnect;

/** The credentials and the body of a token request. */
interface TokenRequest {
  readonly path: string;
  readonly type: string;
  readonly authorization: string;
  readonly body: string;
}

/** An issuer whose endpoints record what comes, and respond as a test says. */
interface RecordingIssuer {
  readonly origin: string;
  metadata: Readonly<Record<string, unknown>>;
  /** Every request, as text. */
  readonly seen: string[];
  readonly tokenRequests: TokenRequest[];
  respond: (request: TokenRequest) => { readonly status: number; readonly body: object };
  readonly close: () => Promise<void>;
}

async function startRecordingIssuer(): Promise<RecordingIssuer> {
  const server: Server = createServer((request, response) => {
    void handle(request).then(({ status, body }) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: RecordingIssuer = {
    origin,
    metadata: metadataOf(origin),
    seen: [],
    tokenRequests: [],
    respond: () => ({ status: 400, body: {} }),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  async function handle(request: IncomingMessage) {
    const body = await text(request);
    issuer.seen.push(JSON.stringify([request.url, request.headers, body]));
    if (request.url?.endsWith('/.well-known/openid-configuration') === true)
      return { status: 200, body: issuer.metadata };
    if (request.url === '/keys') return { status: 200, body: { keys: [RSA_KEY] } };
    if (request.method !== 'POST') return { status: 404, body: {} };
    const { 'content-type': type = '', authorization = '' } = request.headers;
    const sent = { path: request.url ?? '', type, authorization, body };
    issuer.tokenRequests.push(sent);
    return issuer.respond(sent);
  }
  return issuer;
}

function metadataOf(origin: string): Readonly<Record<string, unknown>> {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    jwks_uri: `${origin}/keys`,
    response_types_supported: ['code'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
  };
}

let issuer: RecordingIssuer;
let attacker: RecordingIssuer;
let attacks = 0;
let inbound: Inbound;
let receiver: OtlpReceiver;
let gateway: ScriptedGateway;
let own: ScriptedGateway;
const lines: string[] = [];
beforeAll(async () => {
  [issuer, attacker, inbound, receiver] = await Promise.all([
    startRecordingIssuer(),
    startRecordingIssuer(),
    makeInbound(),
    startOtlpReceiver(),
  ]);
  const environment = {
    ...receiver.environment,
    ISSUER_DISCOVERY: 'true',
    SIGN_IN_PROBES: 'true',
    ISSUER_ALLOWED_HOSTS: `${issuer.origin},${attacker.origin}`,
    LIMIT_ISSUER_FETCHES_PER_MINUTE: '1000',
    LOG_LEVEL: 'debug',
  };
  const credentials = {
    ORDERCLOUD_CREDENTIALS: 'gateway',
    ORDERCLOUD_CLIENT_ID: 'gateway',
    ORDERCLOUD_CLIENT_SECRET: 'own-secret-of-the-gateway',
  };
  const destination = { write: (line: string) => lines.push(line) };
  [gateway, own] = await Promise.all([
    startScriptedGateway(environment, destination),
    startScriptedGateway({ ...environment, ...credentials, ...inbound.environment }, destination),
  ]);
});
afterAll(async () => {
  await Promise.all([gateway.stop(), own.stop(), issuer.close(), attacker.close()]);
  await receiver.close();
  inbound.remove();
});
type Fields = Readonly<Record<string, unknown>>;

/** Responds with a configuration of the issuer, with changes. */
const storing =
  (changes: Fields): Responder =>
  (request) => {
    if (request.target === '/oauth/token') {
      const token = { access_token: 'own-token-of-the-gateway', token_type: 'bearer' };
      return { status: 200, body: JSON.stringify({ ...token, expires_in: 3600 }) };
    }
    const found = permissiveUpstream(request);
    if (!request.target.startsWith('/v1/openidconnects/') || !('body' in found)) return found;
    const body = {
      ...(JSON.parse(found.body) as Fields),
      ConnectClientID: CLIENT,
      ConnectClientSecret: SECRET,
      AuthorizationEndpoint: `${issuer.origin}/authorize`,
      TokenEndpoint: `${issuer.origin}/token`,
      UrlEncoded: true,
      ...changes,
    };
    return { ...found, body: JSON.stringify(body) };
  };

/** Whether a token request has the stored secret. */
const isRight = ({ authorization, body }: TokenRequest) =>
  FORMS.some((form) => body.includes(form) || authorization.includes(form));
/** As RFC 6749 section 5.2 says, with the request in the description. */
const strictly: RecordingIssuer['respond'] = (request) => ({
  status: isRight(request) ? 400 : 401,
  body: {
    error: isRight(request) ? 'invalid_grant' : 'invalid_client',
    error_description: `${request.body} ${request.authorization} ${SECRET}`,
  },
});

beforeEach(() => {
  for (const one of [issuer, attacker]) {
    one.metadata = metadataOf(one.origin);
    one.seen.length = 0;
    one.tokenRequests.length = 0;
    one.respond = strictly;
  }
});

async function check(
  stored: Fields = {},
  input: Fields = { issuer: issuer.origin },
  by: ScriptedGateway = gateway,
  headers?: Readonly<Record<string, string>>,
) {
  by.upstream.respondWith(storing(stored));
  const result = await by.run(DOCUMENT, { input: { id, probe: true, ...input } }, headers);
  expect(result).toMatchObject({ __typename: 'CheckOpenIdConnectSuccess' });
  const { checks } = result['report'] as { checks: Readonly<Record<string, string | null>>[] };
  for (const form of FORMS) expect(JSON.stringify(result)).not.toContain(form);
  return (code: string) => checks.find((one) => one['code'] === code);
}

/** The secret in no form came to an issuer. */
function expectNoSecret(...issuers: readonly RecordingIssuer[]): void {
  for (const { seen } of issuers)
    for (const form of FORMS) expect(seen.join('\n')).not.toContain(form);
}

describe('the client secret', () => {
  it('goes to the stored token endpoint once, in a form, and then a made-up one', async () => {
    const of = await check();
    expect(of('CLIENT_SECRET')).toMatchObject({ status: 'PASSED' });
    expect(of('CLIENT_AUTHENTICATION')).toMatchObject({ status: 'PASSED' });
    expect(of('CLIENT_ID')).toMatchObject({ status: 'PASSED' });
    expect(issuer.tokenRequests.map(isRight)).toEqual([true, false]);
    const form = Object.fromEntries(new URLSearchParams(issuer.tokenRequests[0]?.body));
    expect(form).toMatchObject({
      grant_type: 'authorization_code',
      client_id: CLIENT,
      client_secret: SECRET,
      redirect_uri: `${gateway.upstream.origin}/ocrpcode`,
    });
  });

  it('is found to be wrong, and both causes are named', async () => {
    issuer.respond = () => ({ status: 401, body: { error: 'invalid_client' } });
    const of = await check();
    expect(of('CLIENT_SECRET')).toMatchObject({
      status: 'FAILED',
      message: expect.stringMatching(/wrong or has expired, or .*client_secret_post/) as unknown,
    });
    expect(issuer.tokenRequests).toHaveLength(1);
  });

  it('goes in a header with JSON if urlEncoded is false', async () => {
    const plain = { UrlEncoded: false, ConnectClientID: 'app', ConnectClientSecret: 'canary-1' };
    issuer.respond = ({ type, authorization }) => {
      expect(type).toBe('application/json');
      const isStored = authorization === `Basic ${btoa('app:canary-1')}`;
      return { status: 400, body: { error: isStored ? 'invalid_grant' : 'invalid_client' } };
    };
    const of = await check(plain);
    expect(of('CLIENT_SECRET')).toMatchObject({ status: 'PASSED' });
    expect(of('CLIENT_AUTHENTICATION')).toMatchObject({ status: 'PASSED' });
    issuer.respond = () => ({ status: 401, body: { error: 'invalid_client' } });
    expect((await check(plain))('CLIENT_SECRET')).toMatchObject({ status: 'FAILED' });
  });

  it('leaves open what OrderCloud may encode in another way', async () => {
    const of = await check({ UrlEncoded: false });
    expect(of('CLIENT_SECRET')).toMatchObject({ status: 'UNDECIDED' });
    issuer.respond = () => ({ status: 401, body: { error: 'invalid_client' } });
    const refused = await check({ UrlEncoded: false });
    expect(refused('CLIENT_SECRET')).toMatchObject({ status: 'UNDECIDED' });
  });

  it.each<[string, boolean]>([
    ['PASSED', true],
    ['UNDECIDED', false],
  ])('is %s in a form if JSON is refused', async (status, isGood) => {
    issuer.respond = (request) =>
      request.type === 'application/json'
        ? { status: 415, body: {} }
        : isGood
          ? strictly(request)
          : { status: 401, body: { error: 'invalid_client' } };
    const of = await check({ UrlEncoded: false });
    expect(of('CLIENT_AUTHENTICATION')).toMatchObject({
      status: 'FAILED',
      advice: 'Set urlEncoded to true.',
    });
    expect(of('CLIENT_SECRET')).toMatchObject({ status });
    expect(issuer.tokenRequests).toHaveLength(isGood ? 3 : 2);
  });

  it('is not sent without the metadata of the issuer', async () => {
    const of = await check({}, {});
    expect(of('CLIENT_SECRET')).toMatchObject({ status: 'SKIPPED' });
    expectNoSecret(issuer);
  });

  /** What a caller can name or have stored, to lead the secret elsewhere. Metadata is remembered, so each has an issuer of its own. */
  it.each<[string, string, () => { readonly stored?: Fields; readonly metadata?: Fields }]>([
    ['an issuer of its own', 'SKIPPED', () => ({})],
    [
      'an issuer of its own with the right authorization endpoint',
      'SKIPPED',
      () => ({ metadata: { authorization_endpoint: `${issuer.origin}/authorize` } }),
    ],
    [
      'an issuer of its own with the right token endpoint',
      'SKIPPED',
      () => ({ metadata: { token_endpoint: `${issuer.origin}/token` } }),
    ],
    [
      'an issuer of its own in the name of the right one, which is asked then',
      'PASSED',
      () => ({
        metadata: { ...metadataOf(issuer.origin), token_endpoint: `${attacker.origin}/token` },
      }),
    ],
    [
      'a stored token endpoint of its own',
      'SKIPPED',
      () => ({ stored: { TokenEndpoint: `${attacker.origin}/token` } }),
    ],
    [
      'a stored token endpoint, and an issuer, of its own',
      'SKIPPED',
      () => ({ stored: { TokenEndpoint: `${attacker.origin}/token` }, metadata: {} }),
    ],
    [
      'a stored authorization endpoint of its own',
      'SKIPPED',
      () => ({ stored: { AuthorizationEndpoint: `${attacker.origin}/authorize` } }),
    ],
  ])('does not go to a caller who has %s: %s', async (_what, status, attack) => {
    const { stored = {}, metadata } = attack();
    attacks += 1;
    const named = `${attacker.origin}/${attacks}`;
    attacker.metadata = { ...metadataOf(attacker.origin), issuer: named, ...metadata };
    const isNamed = metadata !== undefined || Object.keys(stored).length === 0;
    const of = await check(stored, { issuer: isNamed ? named : issuer.origin });
    expect(of('CLIENT_SECRET')).toMatchObject({ status });
    expect(of('ISSUER_READ')).toMatchObject({ status: 'PASSED' });
    if (isNamed) expect(attacker.seen.join('\n')).toContain(`/${attacks}/.well-known`);
    expectNoSecret(attacker);
    expect(attacker.tokenRequests).toEqual([]);
    expect(issuer.tokenRequests.filter(isRight)).toHaveLength(status === 'PASSED' ? 1 : 0);
  });

  it.each([true, false])(
    'does not go to a stored token endpoint that does not exist, which requests without it show: urlEncoded is %s',
    async (UrlEncoded) => {
      issuer.respond = ({ path }) =>
        path === '/token'
          ? { status: 401, body: { error: 'invalid_client' } }
          : { status: 404, body: {} };
      const stored = { UrlEncoded, TokenEndpoint: `${issuer.origin}/oauth/token` };
      const input = { issuer: issuer.origin };
      for (const by of [
        await check(stored, input),
        await check(stored, input, own, inbound.byApiKey('oidc:write')),
      ]) {
        expect(by('TOKEN_ENDPOINT')).toMatchObject({
          status: 'FAILED',
          advice: `Store the token_endpoint of the issuer, exactly: ${issuer.origin}/token`,
        });
        expect(by('CLIENT_SECRET')).toMatchObject({ status: 'SKIPPED' });
      }
      const paths = issuer.tokenRequests.map(({ path }) => path);
      expect(paths).toEqual(['/oauth/token', '/token', '/oauth/token', '/token']);
      expectNoSecret(issuer);
    },
  );

  it.each([
    ['it responds as a token endpoint', 'invalid_client', 1],
    ['the one of the metadata is not there either', null, 2],
  ])('does not go to another stored token endpoint, which may exist: %s', async (...row) => {
    const [, error, requests] = row;
    issuer.respond = () =>
      error === null ? { status: 404, body: {} } : { status: 401, body: { error } };
    const of = await check({ TokenEndpoint: `${issuer.origin}/oauth/token` });
    expect(of('TOKEN_ENDPOINT')).toMatchObject({ status: 'UNDECIDED' });
    expect(issuer.tokenRequests).toHaveLength(requests);
    expectNoSecret(issuer);
  });

  it("is sent with the gateway's own credentials only for callers with oidc:admin", async () => {
    const input = { issuer: issuer.origin };
    const of = await check({}, input, own, inbound.byApiKey('oidc:write'));
    expect(of('CLIENT_SECRET')).toMatchObject({
      status: 'SKIPPED',
      advice: expect.stringContaining('oidc:admin') as unknown,
    });
    expectNoSecret(issuer);
    const admin = await check({}, input, own, inbound.byApiKey('oidc:admin'));
    expect(admin('CLIENT_SECRET')).toMatchObject({ status: 'PASSED' });
  });

  it('is in no line of the log, and in no trace', async () => {
    await Promise.all([gateway.stop(), own.stop()]);
    const exported = receiver.exports.map(({ body }) => body.toString()).join('\n');
    expect(receiver.spans().length).toBeGreaterThan(10);
    for (const form of FORMS) {
      expect(lines.join('\n')).not.toContain(form);
      expect(exported).not.toContain(form);
    }
  });
});
