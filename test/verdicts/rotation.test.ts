import { createPrivateKey, sign } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ProviderKey } from '../../src/commands/dev-provider/example.ts';
import { KeysReplacedError } from '../../src/domain/errors.ts';
import { keysOf, readJwks } from '../../src/domain/keys/jwks.ts';
import { thumbprint } from '../../src/domain/keys/id-token-keys.ts';
import { Issuers } from '../../src/issuer/issuers.ts';
import { createRetiredKeys } from '../../src/issuer/retired-keys.ts';
import type { Call } from '../../src/transport/connection.ts';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { keysSync } from '../../src/upstreams/huawei-iam/oidc-config/keys/input.ts';
import type { KeySources } from '../../src/upstreams/huawei-iam/oidc-config/keys/read-keys.ts';
import { syncKeys } from '../../src/upstreams/huawei-iam/oidc-config/keys/sync-keys.ts';
import type { SyncedKeys } from '../../src/upstreams/huawei-iam/oidc-config/keys/sync-keys.ts';
import { loginUrl } from '../../src/upstreams/huawei-iam/sign-in/sign-in-urls.ts';
import { storing } from '../setup/huawei-sign-ins.ts';
import { browse } from '../setup/sign-in-browser.ts';
import { startSignInProvider } from '../setup/sign-in-provider.ts';
import type { SignInProvider } from '../setup/sign-in-provider.ts';
import { RotatingProvider, STYLES } from './rotation-styles.ts';
import type { Published, Style } from './rotation-styles.ts';

/*
 * A real OpenID Provider changes its keys 1,000 times, on a simulated clock. The keys are synced once per interval, and people
 * sign in before and after each sync at the emulator, which verifies signatures with what is stored.
 */

const ROTATIONS = 1_000;
const INTERVAL_MS = 3_600_000;
const CLIENT = 'right-client';

/** Every so many rotations, somebody also signs in to the console with a browser, which takes much longer. */
const WITH_BROWSER = 100;

const rotating = new RotatingProvider();
let emulator: RunningEmulator;
let provider: SignInProvider;
let sources: KeySources;
let idpId: string;
let time = 0;
let writes = 0;

beforeAll(async () => {
  emulator = await startEmulator();
  provider = await startSignInProvider(emulator.redirectUris, { keys: rotating.published });
  idpId = await storing(emulator, provider, 'ROTATION')();
  const { hostname: host, port } = new URL(provider.issuer);
  const issuers = new Issuers({
    allowedHosts: [{ protocol: 'http:', host, port }],
    takeFetch: () => null,
    now: () => time,
  });
  sources = {
    call,
    baseUrl: emulator.url,
    readIssuer: (issuer) => issuers.read(issuer, 'test', 0),
    retiredKeys: createRetiredKeys(() => time),
  };
});
afterAll(async () => {
  await Promise.all([emulator.close(), provider.close()]);
});

/** Sends the requests of an operation to the emulator, as its administrator. */
const call: Call = async (operation, args) => {
  const { method, path, body } = operation.request(args);
  if (operation.effect === 'write') writes += 1;
  const response = await fetch(emulator.url + path, {
    method,
    headers: { ...emulator.exampleHeaders, 'Content-Type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  const wire = operation.response.parse(await response.json());
  return { value: operation.result(wire, args), warnings: [] };
};

/** An ID token as the provider issues it with a key. */
function idToken(key: ProviderKey): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    iss: provider.issuer,
    aud: CLIENT,
    sub: 'ada',
    name: 'Ada',
    iat: now,
    exp: now + 3_600,
  };
  const signed = [{ alg: key.alg, kid: key.kid }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const privateKey = createPrivateKey({ key, format: 'jwk' });
  const options = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${signed}.${sign('sha256', Buffer.from(signed), options).toString('base64url')}`;
}

async function signsIn(token: string): Promise<boolean> {
  const response = await fetch(`${emulator.url}/v3.0/OS-AUTH/id-token/tokens`, {
    method: 'POST',
    headers: { 'X-Idp-Id': idpId, 'Content-Type': 'application/json' },
    body: JSON.stringify({ auth: { id_token: { id: token } } }),
  });
  await response.arrayBuffer();
  return response.status === 201;
}

async function signsInToConsole(): Promise<boolean> {
  const account = emulator.notes.find(({ label }) => label === 'account (domain) id');
  const link = loginUrl(emulator.url, { domainId: account?.value ?? '', idpId });
  const { status, text } = await browse(link);
  return status === 200 && text.includes('User: <b>');
}

/** Syncs once. Null if the issuer publishes none of the stored keys. */
async function sync(force = false): Promise<SyncedKeys | null> {
  try {
    return await syncKeys(sources, keysSync.parse({ idpId, force }));
  } catch (error) {
    if (error instanceof KeysReplacedError) return null;
    throw error;
  }
}

/** What a platform finds that picks the key by the `kid` of the ID token. */
const byKid = ({ config }: SyncedKeys, { kid }: ProviderKey) =>
  keysOf(readJwks(config.signingKey)).filter((key) => key['kid'] === kid);

/** The same numbers each time. */
const styleOf = (rotation: number): Style =>
  STYLES[(rotation * 7 + Math.floor(rotation / STYLES.length)) % STYLES.length] ?? 'OVERLAP';

it(`nobody is kept from signing in over ${ROTATIONS} rotations, but for hard cuts until they are accepted`, async () => {
  const report = { signIns: 0, failed: 0, afterHardCut: 0, syncs: 0, console: 0 };
  const changes = { added: 0, dropped: 0 };
  const seen = new Set<string>();
  const wrong: string[] = [];
  const attempt = async (what: string, token: string, isExpected = true) => {
    report.signIns += 1;
    const isIn = await signsIn(token);
    if (!isIn) report[isExpected ? 'failed' : 'afterHardCut'] += 1;
    if (isIn !== isExpected) wrong.push(`${what}: ${isIn ? 'signed in' : 'failed'}`);
  };
  /** An interval: somebody signs in, the keys are synced, somebody signs in. */
  const interval = async (what: string, keys: Published, cut: 'NO' | 'REPORTED' | 'ACCEPTED') => {
    time += INTERVAL_MS;
    const token = idToken(keys[0]);
    await attempt(`${what} before the sync`, token, cut === 'NO');
    const done = await sync(cut === 'ACCEPTED');
    report.syncs += 1;
    await attempt(`${what} after the sync`, token, cut !== 'REPORTED');
    if ((done === null) !== (cut === 'REPORTED')) wrong.push(`${what}: the hard cut is not seen`);
    if (done === null) return;
    if (done.action === 'UPDATED' && done.keys.some(({ action }) => action === 'DROPPED'))
      changes.dropped += 1;
    const found = byKid(done, keys[0]);
    if (found.length !== 1 || thumbprint(found[0] ?? {}) !== thumbprint(publicPart(keys[0])))
      wrong.push(`${what}: another key has the kid`);
  };

  let last = rotating.published[0];
  for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
    const style = styleOf(rotation);
    const what = `rotation ${rotation}, ${style}`;
    for (const keys of rotating.rotate(style)) {
      provider.useKeys(keys);
      const names = keys.map(({ kid, n, x }) => `${kid} ${n ?? x ?? ''}`);
      if (names.some((name) => !seen.has(name))) changes.added += 1;
      for (const name of names) seen.add(name);
      if (style === 'HARD_CUT') await interval(what, keys, 'REPORTED');
      await interval(what, keys, style === 'HARD_CUT' ? 'ACCEPTED' : 'NO');
      // Somebody comes with an ID token that was issued before.
      await attempt(`${what}, with the key before`, idToken(last));
      last = keys[0];
    }
    if (rotation % WITH_BROWSER === 0 && last.alg === 'RS256') {
      report.console += 1;
      if (!(await signsInToConsole())) wrong.push(`${what}: not to the console`);
    }
  }

  process.stdout.write(`\n${JSON.stringify({ ...report, writes, ...changes })}\n`);
  expect(wrong).toEqual([]);
  expect(report.failed).toBe(0);
  expect(report.console).toBeGreaterThan(2);
  expect(writes).toBeLessThanOrEqual(changes.added + changes.dropped);
});

function publicPart({ kty, n, e, crv, x, y }: ProviderKey) {
  return Object.fromEntries(
    Object.entries({ kty, n, e, crv, x, y }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}
