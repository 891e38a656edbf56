import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKey, publicKeySet } from '../../src/commands/dev-provider/example.ts';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { loginUrl } from '../../src/upstreams/huawei-iam/sign-in/sign-in-urls.ts';
import { startWith, useClocks } from '../setup/clocks.ts';
import type { Clock } from '../setup/clocks.ts';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { configOf, send, storing } from '../setup/huawei-sign-ins.ts';
import type { Fields, Setup } from '../setup/huawei-sign-ins.ts';
import { documentOf } from '../setup/root-fields.ts';
import { resultOf } from '../setup/scripted-gateway.ts';
import { browse } from '../setup/sign-in-browser.ts';
import { REPORT } from '../setup/sign-in-report.ts';
import type { Report } from '../setup/sign-in-report.ts';
import { ELSEWHERE, IMPOSSIBLE, OFFERS, ON_CLOCKS, USUAL } from './huawei-cases.ts';
import { issuedByCode } from './code-flow.ts';
import { ago, AGE_SECONDS, areWithinLeeway, CLOCKS, skewed } from './skews.ts';
import { CHECKING, Verdicts } from './verdicts.ts';
import { startWorlds } from './worlds.ts';
import type { Kind, World, Worlds } from './worlds.ts';

/*
 * Verdicts against the truth: each configuration is checked by the gateway, and then somebody really signs in, at an
 * emulator and an OpenID Provider over sockets. READY must sign in, and BROKEN must not.
 */

const DOCUMENT = documentOf('checkOidcConfig', {
  CheckOidcConfigSuccess: REPORT,
  OidcError: 'code message',
});
const verdicts = new Verdicts('Huawei Cloud IAM');
const clocks = { gateway: { aheadMs: 0 }, platform: { aheadMs: 0 } } satisfies Record<
  string,
  Clock
>;

let emulator: RunningEmulator;
let worlds: Worlds;
let gateway: TestGateway;
let restoreDate: () => void;

beforeAll(async () => {
  restoreDate = useClocks();
  emulator = await startWith(clocks.platform, () => startEmulator());
  worlds = await startWorlds(emulator.redirectUris);
  gateway = await startWith(clocks.gateway, () =>
    startGateway({
      ...emulator.environment,
      ...CHECKING,
      ISSUER_ALLOWED_HOSTS: worlds.origins.join(),
    }),
  );
});
afterAll(async () => {
  await gateway.stop();
  await emulator.close();
  await worlds.close();
  restoreDate();
  process.stdout.write(`\n${verdicts.table()}`);
});

let stored = 0;
/** Stores a configuration under an id of its own. */
async function store(world: World, setup: Setup): Promise<string> {
  stored += 1;
  return storing(emulator, world, `V${stored}`)(setup);
}

async function check(idpId: string, evidence: Fields): Promise<Report> {
  const input = { idpId, ...evidence };
  const result = await resultOf(gateway, DOCUMENT, { input }, emulator.exampleHeaders);
  expect(result).toMatchObject({ __typename: 'CheckOidcConfigSuccess' });
  return result['report'] as Report;
}

const domainId = () =>
  emulator.notes.find(({ label }) => label === 'account (domain) id')?.value ?? '';

async function signsIn(idpId: string): Promise<boolean> {
  try {
    const link = loginUrl(emulator.url, { domainId: domainId(), idpId });
    const { status, text } = await browse(link);
    return status === 200 && text.includes('User: <b>');
  } catch (error) {
    // The browser cannot reach what is stored.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** Whether an ID token is accepted by API. */
async function exchanges(idpId: string, idToken: string): Promise<boolean> {
  const response = await fetch(`${emulator.url}/v3.0/OS-AUTH/id-token/tokens`, {
    method: 'POST',
    headers: { 'X-Idp-Id': idpId, 'Content-Type': 'application/json' },
    body: JSON.stringify({ auth: { id_token: { id: idToken } } }),
  });
  return response.status === 201;
}

let asked = 0;

/** An ID token that the provider itself issues for the client and the scope of a configuration; null if it does not. */
async function issued(world: World, { config }: Setup): Promise<string | null> {
  asked += 1;
  const { client_id, scope, access_mode, response_mode } = configOf(world, config);
  // By API, the app asks for the scopes that its client may have.
  const own = client_id === 'openid-only-client' ? 'openid' : 'openid profile email';
  const scopes = typeof scope === 'string' ? scope : own;
  const query = new URLSearchParams({
    response_type: 'id_token',
    response_mode: response_mode === 'fragment' ? 'fragment' : 'form_post',
    client_id: String(client_id),
    redirect_uri: `${emulator.url}/authui/oidc/${response_mode === 'fragment' ? 'redirect' : 'post'}`,
    scope: scopes,
    state: `of-the-test-${asked}`,
    nonce: 'of-the-test',
  });
  await browse(`${world.authorizationEndpoint}?${query.toString()}`);
  const form = new URLSearchParams(emulator.requests.at(-1)?.body ?? '');
  if (form.get('state') === query.get('state') && form.has('id_token')) return form.get('id_token');
  if (access_mode !== 'program') return null;
  // By API, it does not matter how somebody gets an ID token.
  const redirectUri = `${emulator.url}/authui/oidc/redirect`;
  return issuedByCode(world, emulator, { clientId: String(client_id), redirectUri, scope: scopes });
}

/** Checks with all evidence and with less, signs in, and compares. */
async function compare(what: string, world: World, setup: Setup, idpId: string): Promise<void> {
  const byApi = configOf(world, setup.config)['access_mode'] === 'program';
  const [fresh, aged] = [
    await issued(world, setup),
    await ago(AGE_SECONDS, world.clock, () => issued(world, setup)),
  ];
  const truth = byApi ? fresh !== null && (await exchanges(idpId, fresh)) : await signsIn(idpId);
  const kind = byApi ? 'API' : 'console';
  const { issuer } = world;
  const less: Record<string, Fields> = {
    nothing: {},
    probe: { probe: true },
    ...(fresh !== null && {
      'ID token': { idToken: fresh },
      'ID token of now, probe': { idToken: fresh, probe: true },
    }),
  };
  for (const [evidence, given] of Object.entries(less)) {
    // Only a probe shows what the platform's clock says.
    const isUnknown = given['probe'] !== true && !areWithinLeeway(clocks.gateway, clocks.platform);
    verdicts.expectTrue(`${kind}: ${evidence}`, await check(idpId, given), truth, isUnknown);
  }
  const full = await check(idpId, {
    issuer,
    probe: true,
    ...(aged !== null && { idToken: aged }),
  });
  verdicts.expectTrue(`${kind}: all`, full, truth);
  verdicts.countFull(what, full);
}

describe('at the usual provider, the verdict is true', () => {
  it.each(USUAL)('$what', async ({ what, setup: make }) => {
    const world = worlds.of('usual');
    const setup = make(world);
    await compare(what, world, setup, await store(world, setup));
  });

  it.each(['mapping', 'protocol'])('without the %s', async (what) => {
    const world = worlds.of('usual');
    const idpId = await store(world, {});
    await send(
      emulator,
      'DELETE',
      what === 'mapping'
        ? `/v3/OS-FEDERATION/mappings/mapping-${idpId}`
        : `/v3/OS-FEDERATION/identity_providers/${idpId}/protocols/oidc`,
    );
    await compare(`without the ${what}`, world, {}, idpId);
  });
});

it.each(IMPOSSIBLE)('the platform does not store $what', async ({ setup }) => {
  const world = worlds.of('usual');
  await expect(store(world, setup(world))).rejects.toThrow(/^400 /);
});

describe.each<[Kind, typeof ELSEWHERE]>([
  ['JSON', ELSEWHERE],
  ['several keys', ELSEWHERE],
  ['only EC keys', ELSEWHERE],
  ['only RS256', ELSEWHERE],
  ['no implicit flow', OFFERS],
  ['no code flow', OFFERS],
])('at a provider with %s, the verdict is true', (kind, variants) => {
  it.each(variants)('$what', async ({ what, setup: make }) => {
    const world = worlds.of(kind);
    const setup = make(world);
    await compare(`${kind}: ${what}`, world, setup, await store(world, setup));
  });
});

describe.each(CLOCKS)('with clocks that differ, the verdict is true: $what', (skew) => {
  it.each(ON_CLOCKS)('$what', async ({ what, setup: make }) => {
    const world = worlds.of('usual');
    const setup = make(world);
    const idpId = await store(world, setup);
    await skewed({ ...clocks, provider: world.clock }, skew, () =>
      compare(`${skew.what}: ${what}`, world, setup, idpId),
    );
  });
});

describe('after the provider has changed its keys, the verdict is true', () => {
  const [before, after] = [newKey('before'), newKey('after')];
  // The gateway still remembers the keys of before.
  it.each([
    ['the keys of before', [before], [after]],
    ['the keys of now', [after], [after]],
    ['both', [before, after], [after]],
    ['the keys of before, which are still published', [before], [after, before]],
    ['the keys of now, with those of before published', [after], [after, before]],
    ['the keys of before, with the next ones published', [before], [before, after]],
    ['both, with the next ones published', [before, after], [before, after]],
  ])('%s', async (what, kept, current) => {
    const world = worlds.of('only RS256');
    world.useKeys([before]);
    const warm = await store(world, { config: { signing_key: publicKeySet([newKey('warm')]) } });
    await check(warm, {});
    const setup = { config: { signing_key: publicKeySet(kept) } };
    const idpId = await store(world, setup);
    world.useKeys(current);
    await compare(`changed keys: ${what}`, world, setup, idpId);
  });
});

describe('all evidence', () => {
  // docs/sign-in.md has the causes.
  it('leaves less than a twelfth of the configurations undecided', () => {
    expect(verdicts.configurations).toBeGreaterThan(420);
    expect(verdicts.undecidedShare).toBeLessThan(0.08);
  });
});
