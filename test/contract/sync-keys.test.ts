import { describe, expect, it } from 'vitest';
import type { Jwk } from '../../src/domain/keys/key-material.ts';
import { KEYS_PATH } from '../setup/issuer-server.ts';
import { startKeysGateway } from '../setup/keys-gateway.ts';
import type { KeysGateway } from '../setup/keys-gateway.ts';
import { ABSENT, refusal } from '../setup/permissive-upstream.ts';
import { documentOf, ROOT_FIELDS } from '../setup/root-fields.ts';
import { rsaKey } from '../setup/rotating-keys.ts';
import { HEADERS } from '../setup/scripted-gateway.ts';
import type { ScriptedResponse } from '../setup/scripted-upstream.ts';

/* The query that compares stored keys with an issuer's, and the mutation that stores the new ones, over HTTP. */

const ERRORS = {
  OidcError: 'code message',
  OidcInvalidInputError: 'issues { path code message }',
  OidcIssuerError: 'issuerReason',
  OidcKeysReplacedError: 'issuer publishedThumbprints',
  OidcStaleError: 'mayHaveBeenApplied',
  OidcOutcomeUnknownError: 'reason verifyWith',
};
const COMPARE = documentOf('oidcConfigKeys', {
  OidcConfigKeysSuccess: `warnings { code } oidcConfigKeys {
    issuer now { verdict message } afterRotation { verdict message } oidcConfig { idpId fingerprint }
    keys { kid kty alg use thumbprint status unusable published stored difference goneForSeconds }
  }`,
  ...ERRORS,
});
const SYNC = documentOf('syncOidcConfigKeys', {
  SyncOidcConfigKeysSuccess: `action warnings { code path message } oidcConfig { idpId accessMode scope jwks fingerprint }
    keys { kid kty alg use thumbprint action goneForSeconds }`,
  ...ERRORS,
});

const A = rsaKey('a');
const B = rsaKey('b');
const C = rsaKey('c');

const compare = (gateway: KeysGateway, input: object = {}) =>
  gateway.run(COMPARE, { input: { idpId: 'ACME', ...input } });
const sync = (
  gateway: KeysGateway,
  input: object = {},
  headers: Readonly<Record<string, string>> = {},
) => gateway.run(SYNC, { input: { idpId: 'ACME', ...input } }, { ...HEADERS, ...headers });

/** A gateway with these keys stored, and these published. */
async function start(
  stored: readonly Jwk[],
  published: readonly Jwk[],
  environment: Readonly<Record<string, string>> = {},
): Promise<KeysGateway> {
  const gateway = await startKeysGateway(stored, environment);
  gateway.publish(...published);
  return gateway;
}

describe('oidcConfigKeys', () => {
  it('shows the stored keys beside the published ones', async () => {
    const gateway = await start([A, C], [A, B]);
    const found = await compare(gateway);
    expect(found).toMatchObject({
      oidcConfigKeys: {
        issuer: gateway.issuer.issuer,
        now: { verdict: 'UNDECIDED' },
        afterRotation: { verdict: 'FAILS' },
        oidcConfig: { idpId: 'ACME' },
        keys: [
          { kid: 'a', status: 'SAME', published: true, stored: true, goneForSeconds: null },
          { kid: 'b', status: 'MISSING', published: true, stored: false, goneForSeconds: null },
          { kid: 'c', status: 'RETIRED', published: false, stored: true, goneForSeconds: 0 },
        ],
      },
    });
    expect(gateway.writes()).toBe(0);
  });

  it('compares with another issuer if it is asked to, and remembers nothing of that', async () => {
    const gateway = await start([A], [B]);
    const stored = 'https://stored.example';
    gateway.stored = { ...gateway.stored, idp_url: stored };
    expect(await compare(gateway, { issuer: gateway.issuer.issuer })).toMatchObject({
      oidcConfigKeys: {
        issuer: gateway.issuer.issuer,
        now: { verdict: 'FAILS' },
        keys: [{ status: 'MISSING' }, { status: 'RETIRED', goneForSeconds: null }],
      },
    });
  });

  it.each([
    ['not a URL', 'NOT_ALLOWED'],
    ['http://10.0.0.1', 'NOT_ALLOWED'],
  ])('says why the stored issuer %s cannot be used', async (idpUrl, issuerReason) => {
    const gateway = await start([A], [A]);
    gateway.stored = { ...gateway.stored, idp_url: idpUrl };
    expect(await compare(gateway)).toMatchObject({ code: 'ISSUER_UNUSABLE', issuerReason });
    expect(await sync(gateway)).toMatchObject({ code: 'ISSUER_UNUSABLE', issuerReason });
    expect(gateway.writes()).toBe(0);
  });
});

describe('syncOidcConfigKeys', () => {
  it('counts what callers sync, by what it did', async () => {
    const gateway = await start([A], [A, B], { METRICS_PORT: '0' });
    const counts = () =>
      Object.values(gateway.gateway.metrics?.collect()['oidc_gateway_key_syncs_total'] ?? {});
    const none = counts();
    await sync(gateway, { dryRun: true });
    await sync(gateway);
    await sync(gateway);
    await sync(gateway);
    gateway.publish(C);
    await sync(gateway);
    expect([none, counts()]).toEqual([
      [0, 0, 0],
      [1, 1, 2],
    ]);
  });

  it('stores what is published, keeps what is retired, and changes nothing else', async () => {
    const gateway = await start(
      [A, C],
      [
        { ...A, x5c: ['MIIB'] },
        { ...B, x5t: 'AAAA' },
      ],
    );
    const before = gateway.stored;
    expect(await sync(gateway)).toMatchObject({
      __typename: 'SyncOidcConfigKeysSuccess',
      action: 'UPDATED',
      warnings: [],
      oidcConfig: { idpId: 'ACME', accessMode: 'PROGRAM_CONSOLE', scope: ['openid', 'email'] },
      keys: [
        { kid: 'a', action: 'KEPT', goneForSeconds: null },
        { kid: 'b', action: 'ADDED', goneForSeconds: null },
        { kid: 'c', action: 'RETIRED', goneForSeconds: 0 },
      ],
    });
    expect(gateway.keys()).toEqual([A, B, C]);
    expect({ ...gateway.stored, signing_key: '' }).toEqual({ ...before, signing_key: '' });
    expect(await sync(gateway)).toMatchObject({ action: 'UNCHANGED' });
    expect(gateway.writes()).toBe(1);
    expect(await compare(gateway)).toMatchObject({
      oidcConfigKeys: { now: { verdict: 'WORKS' }, afterRotation: { verdict: 'WORKS' } },
    });
  });

  it('writes nothing in a dry run, and shows what it would', async () => {
    const gateway = await start([A, C], [A, B]);
    const result = await sync(gateway, { dryRun: true, dropNow: true });
    expect(result).toMatchObject({
      action: 'WOULD_UPDATE',
      oidcConfig: { jwks: { keys: [A, C] } },
      keys: [{ action: 'KEPT' }, { action: 'ADDED' }, { kid: 'c', action: 'DROPPED' }],
    });
    expect(gateway.writes()).toBe(0);
  });

  it('reads the issuer anew, also in a dry run, while a comparison may use what is a minute old', async () => {
    const gateway = await start([A], [A]);
    await compare(gateway);
    gateway.publish(A, B);
    expect(await compare(gateway)).toMatchObject({ oidcConfigKeys: { keys: [{ kid: 'a' }] } });
    expect(await sync(gateway, { dryRun: true })).toMatchObject({ action: 'WOULD_UPDATE' });
    gateway.publish(A, C);
    expect(await sync(gateway)).toMatchObject({ action: 'UPDATED' });
    expect(gateway.keys()).toEqual([A, C]);
  });

  it('reads issuers no more often than the operator allows', async () => {
    const gateway = await start([A], [A], { LIMIT_ISSUER_FETCHES_PER_MINUTE: '1' });
    expect(await sync(gateway)).toMatchObject({ action: 'UNCHANGED' });
    expect(await sync(gateway)).toMatchObject({
      code: 'RATE_LIMITED',
      message: expect.stringContaining('LIMIT_ISSUER_FETCHES_PER_MINUTE') as unknown,
    });
    expect(await compare(gateway)).toMatchObject({ __typename: 'OidcConfigKeysSuccess' });
  });

  it('drops retired keys at once if a key is compromised, by what the issuer publishes at that moment', async () => {
    const gateway = await start([A, B], [A, B]);
    expect(await sync(gateway)).toMatchObject({ action: 'UNCHANGED' });
    gateway.publish(B, C);
    expect(await sync(gateway, { dropNow: true })).toMatchObject({ action: 'UPDATED' });
    expect(gateway.keys()).toEqual([B, C]);
  });

  it('refuses keys of which none is stored, unless it is forced', async () => {
    const gateway = await start([A], [B]);
    expect(await sync(gateway)).toMatchObject({
      code: 'KEYS_REPLACED',
      issuer: gateway.issuer.issuer,
      publishedThumbprints: [expect.stringMatching(/^[\w-]{43}$/)],
    });
    expect(gateway.writes()).toBe(0);
    expect(await sync(gateway, { force: true })).toMatchObject({ action: 'UPDATED' });
    expect(gateway.keys()).toEqual([B, A]);
  });

  it.each([
    ['no keys', { keys: [] }, 'NO_USABLE_KEY'],
    ['keys for something else', { keys: [{ ...A, use: 'enc' }] }, 'NO_USABLE_KEY'],
    ['too many keys', { keys: Array.from({ length: 201 }, () => A) }, 'TOO_LARGE'],
    ['no key set', { error: 'maintenance' }, 'INVALID_METADATA'],
  ])('leaves the keys alone if an issuer publishes %s', async (_what, keys, issuerReason) => {
    const gateway = await start([A], [A]);
    gateway.issuer.publish(gateway.issuer.metadata, keys);
    for (const input of [{}, { force: true, dropNow: true }])
      expect(await sync(gateway, input)).toMatchObject({ code: 'ISSUER_UNUSABLE', issuerReason });
    expect(gateway.writes()).toBe(0);
  });

  it('leaves the keys alone if the issuer is down, or its metadata is about another one', async () => {
    const gateway = await start([A], [B]);
    gateway.issuer.responses.set(KEYS_PATH, { status: 503 });
    expect(await sync(gateway)).toMatchObject({ issuerReason: 'HTTP_STATUS' });
    gateway.issuer.publish({ ...gateway.issuer.metadata, issuer: 'https://other.example' });
    expect(await sync(gateway, { dropNow: true })).toMatchObject({
      issuerReason: 'ISSUER_MISMATCH',
    });
    expect(gateway.writes()).toBe(0);
  });

  it('leaves the keys alone if the caller means another issuer', async () => {
    const gateway = await start([A], [A, B]);
    expect(await sync(gateway, { issuer: `${gateway.issuer.issuer}/` })).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'The input has an error; nothing was written. See issuer.',
      issues: [
        {
          path: ['issuer'],
          code: 'NOT_ALLOWED',
          message: expect.stringMatching(/ Nothing was written\.$/) as unknown,
        },
      ],
    });
    expect(gateway.writes()).toBe(0);
    expect(await sync(gateway, { issuer: gateway.issuer.issuer })).toMatchObject({
      action: 'UPDATED',
    });
  });

  it('leaves out what there is no room for, and says so', async () => {
    const many = Array.from({ length: 80 }, (_, index) => rsaKey(`k${index}`));
    const gateway = await start([A, C], [...many, A]);
    const result = await sync(gateway);
    expect(result).toMatchObject({ action: 'UPDATED' });
    expect(result['warnings']).toContainEqual(
      expect.objectContaining({ code: 'KEYS_LEFT_OUT', path: ['signingKey'] }),
    );
    const { signing_key: text = '' } = gateway.stored;
    expect(text.length).toBeLessThanOrEqual(30_000);
    expect(Buffer.byteLength(gateway.upstream.seen.at(-1)?.body ?? '')).toBeLessThanOrEqual(32_768);
    expect(gateway.keys()).toContainEqual(A);
    expect(await sync(gateway)).toMatchObject({ action: 'UNCHANGED' });
  });

  it('stores a retired key without its kid if the issuer uses that for a new one', async () => {
    const reused = rsaKey('new', { kid: 'a' });
    const gateway = await start([A, B], [reused, B]);
    const { warnings } = await sync(gateway);
    expect(warnings).toMatchObject([{ code: 'KEY_ID_REUSED' }]);
    const { kid: _kid, ...nameless } = A;
    expect(gateway.keys()).toEqual([reused, B, nameless]);
    expect(await sync(gateway)).toMatchObject({ action: 'UNCHANGED' });
  });

  it('removes a stored private key, and shows it nowhere', async () => {
    const secret = 'canary-of-a-private-key-canary-of-a-private-key';
    const gateway = await start([{ ...A, d: secret }], [A]);
    const result = await sync(gateway);
    expect(result).toMatchObject({ action: 'UPDATED' });
    expect(gateway.keys()).toEqual([A]);
    expect(JSON.stringify([result, gateway.logs])).not.toContain(secret);
  });

  it('never overwrites what others change at the same time', async () => {
    const gateway = await start([A], [A, B]);
    const { oidcConfigKeys } = (await compare(gateway)) as unknown as {
      oidcConfigKeys: { oidcConfig: { fingerprint: string } };
    };
    const expectedFingerprint = oidcConfigKeys.oidcConfig.fingerprint;
    gateway.store(A, C);
    expect(await sync(gateway, { expectedFingerprint })).toMatchObject({ code: 'STALE' });
    expect(gateway.writes()).toBe(0);

    // Somebody else writes after the gateway has read, before it writes: it begins again.
    let reads = 0;
    gateway.upstream.respondWith((request) => {
      const response = gateway.account(request);
      if (request.method === 'GET' && (reads += 1) === 1)
        gateway.stored = { ...gateway.stored, client_id: 'another-app' };
      return response;
    });
    expect(await sync(gateway)).toMatchObject({ action: 'UPDATED' });
    expect(gateway.stored).toMatchObject({ client_id: 'another-app' });
    expect(gateway.keys()).toEqual([A, B, C]);
    expect(gateway.writes()).toBe(1);
  });

  it('gives up if others change it again and again', async () => {
    const gateway = await start([A], [A, B]);
    let reads = 0;
    gateway.upstream.respondWith((request) => {
      reads += 1;
      gateway.stored = { ...gateway.stored, client_id: `app-${reads}` };
      return gateway.account(request);
    });
    expect(await sync(gateway)).toMatchObject({ code: 'STALE', mayHaveBeenApplied: false });
    expect(gateway.writes()).toBe(0);
  });

  it('ends in one write if two sync at the same time', async () => {
    const gateway = await start([A], [A, B]);
    const results = await Promise.all([sync(gateway), sync(gateway)]);
    for (const { __typename } of results) expect(__typename).toBe('SyncOidcConfigKeysSuccess');
    expect(gateway.keys()).toEqual([A, B]);
    expect(await sync(gateway)).toMatchObject({ action: 'UNCHANGED' });
  });

  it('reads back what it wrote if the response is lost', async () => {
    const gateway = await start([A], [A, B]);
    gateway.upstream.respondWith((request) => {
      const response = gateway.account(request);
      return request.method === 'PUT' ? { destroy: true } : response;
    });
    const result = await sync(gateway);
    expect(result).toMatchObject({ action: 'UPDATED' });
    expect(result['warnings']).toContainEqual(
      expect.objectContaining({ code: 'CONFIRMED_BY_READING' }),
    );
    expect(gateway.writes()).toBe(1);
  });

  it('says that the outcome is unknown if nobody can tell, and may be sent again with its key', async () => {
    const gateway = await start([A], [A, B]);
    let isDown = true;
    gateway.upstream.respondWith((request) => {
      if (request.method === 'GET' && gateway.writes() === 0) return gateway.account(request);
      return isDown
        ? refusal(request.target, 500, 'IAM.0006', 'An error.')
        : gateway.account(request);
    });
    const key = { 'idempotency-key': 'k1' };
    const unknown = await sync(gateway, {}, key);
    expect(unknown).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      verifyWith: expect.stringContaining('oidcConfig(idpId: "ACME")') as unknown,
    });
    isDown = false;
    expect(await sync(gateway, {}, key)).toMatchObject({ action: 'UPDATED' });
    const writes = gateway.writes();
    expect(await sync(gateway, {}, key)).toMatchObject({ action: 'UPDATED' });
    expect(gateway.writes()).toBe(writes);
    expect(await sync(gateway, { force: true }, key)).toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
  });

  it('checks its input before anything is sent', async () => {
    const gateway = await start([A], [A, B]);
    const input = { idpId: 'A/B', issuer: 'x', keepRetiredSeconds: 59, expectedFingerprint: 'x' };
    expect(await sync(gateway, input)).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [
        { path: ['idpId'] },
        { path: ['issuer'], code: 'INVALID_URL' },
        { path: ['keepRetiredSeconds'], code: 'OUT_OF_RANGE' },
        { path: ['expectedFingerprint'] },
      ],
    });
    expect(gateway.upstream.seen).toEqual([]);
  });

  it('has an intent and an outcome in the audit trail if it writes', async () => {
    const gateway = await start([A], [A, B]);
    await sync(gateway);
    await sync(gateway);
    const audit = gateway.logs.filter(({ msg }) => msg === 'audit');
    expect(audit).toMatchObject([
      { event: 'intent', operation: 'syncOidcConfigKeys', object: 'ACME' },
      { event: 'outcome', operation: 'syncOidcConfigKeys', object: 'ACME', intents: 1 },
      { event: 'outcome', operation: 'syncOidcConfigKeys', object: 'ACME', intents: 0 },
    ]);
  });

  it('does not take a stored text that is not a key set for keys', async () => {
    const gateway = await start([A], [A]);
    gateway.stored = { ...gateway.stored, signing_key: 'not a key set' };
    expect(await sync(gateway)).toMatchObject({ code: 'KEYS_REPLACED' });
    expect(await sync(gateway, { force: true })).toMatchObject({ action: 'UPDATED' });
    expect(gateway.keys()).toEqual([A]);
  });
});

/** What makes each member of the unions, besides the two that need an idempotency key. */
describe('the members of the results', () => {
  const reading = (status: number, body: string) => ({ status, body });
  const refused = (status: number, code: string) => (target: string) =>
    refusal(target, status, code, 'Refused.');
  const SITUATIONS: Readonly<Record<string, (target: string) => ScriptedResponse>> = {
    OidcNotFoundError: () => ABSENT,
    OidcUnauthenticatedError: refused(401, 'IAM.0001'),
    OidcPermissionDeniedError: refused(403, 'IAM.0003'),
    OidcRateLimitedError: refused(429, 'IAM.0012'),
    OidcUpstreamRejectedError: refused(410, 'IAM.0020'),
    OidcUpstreamContractError: () => reading(200, '{}'),
    OidcUpstreamUnavailableError: () => ({ destroy: true }),
  };
  const SHOWN_ABOVE = {
    oidcConfigKeys: ['OidcConfigKeysSuccess', 'OidcIssuerError'],
    syncOidcConfigKeys: [
      'SyncOidcConfigKeysSuccess',
      'OidcIssuerError',
      'OidcKeysReplacedError',
      'OidcStaleError',
      'OidcOutcomeUnknownError',
      'OidcIdempotencyMismatchError',
    ],
  };

  it.each([
    ['oidcConfigKeys', compare],
    ['syncOidcConfigKeys', sync],
  ] as const)('of %s can all be reached', async (name, send) => {
    const gateway = await start([A], [A]);
    for (const [member, response] of Object.entries(SITUATIONS)) {
      gateway.upstream.respondWith(({ target }) => response(target));
      expect(await send(gateway)).toMatchObject({ __typename: member });
    }
    expect(await send(gateway, { idpId: '' })).toMatchObject({
      __typename: 'OidcInvalidInputError',
    });
    // Two requests with one key at the same time are shown for every mutation in its own test.
    const inFlight = name === 'syncOidcConfigKeys' ? ['OidcIdempotencyInFlightError'] : [];
    expect(
      [
        ...Object.keys(SITUATIONS),
        'OidcInvalidInputError',
        ...SHOWN_ABOVE[name],
        ...inFlight,
      ].sort(),
    ).toEqual(ROOT_FIELDS.get(name)?.members.toSorted());
  });
});
