import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { ClientMetadata } from 'oidc-provider';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { browse } from '../setup/sign-in-browser.ts';
import type { World } from './worlds.ts';

const VERIFIER = 'of-the-test-'.repeat(4);

/** What a client needs for its authorization code flow. */
export interface CodeRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string;
}

/** What a client sends to authenticate, as it is registered. */
async function authentication(
  world: World,
  { client_id: id, client_secret: secret = '', token_endpoint_auth_method: method }: ClientMetadata,
): Promise<{ readonly body: URLSearchParams; readonly headers: Record<string, string> }> {
  if (method === 'client_secret_basic') {
    const form = (text: string) => encodeURIComponent(text).replaceAll('%20', '+');
    const credentials = Buffer.from(`${form(id)}:${form(secret)}`).toString('base64');
    return { body: new URLSearchParams(), headers: { Authorization: `Basic ${credentials}` } };
  }
  if (method === 'client_secret_post')
    return { body: new URLSearchParams({ client_id: id, client_secret: secret }), headers: {} };
  const now = Math.floor(Date.now() / 1000 + world.clock.aheadMs / 1000);
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(id)
    .setSubject(id)
    .setAudience(world.issuer)
    .setIssuedAt(now)
    .setExpirationTime(now + 60)
    .setJti(randomUUID())
    .sign(Buffer.from(secret));
  const body = new URLSearchParams({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
  return { body, headers: {} };
}

/**
 * An ID token that the provider issues to a client at its token endpoint, as it is registered there; null if it does not.
 * @param emulator where the redirect URI leads to
 */
export async function issuedByCode(
  world: World,
  emulator: RunningEmulator,
  { clientId, redirectUri, scope }: CodeRequest,
): Promise<string | null> {
  const client = world.client(clientId);
  if (client === undefined) return null;
  const state = randomUUID();
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    // Needed by one client, and ignored by none.
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
  });
  await browse(`${world.authorizationEndpoint}?${query.toString()}`);
  const { target = '' } =
    emulator.requests.findLast((request) => request.target.includes(`state=${state}`)) ?? {};
  const code = new URL(target, redirectUri).searchParams.get('code');
  if (code === null) return null;
  const { body, headers } = await authentication(world, client);
  for (const [name, value] of Object.entries({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: VERIFIER,
  }))
    body.set(name, value);
  const response = await fetch(world.tokenEndpoint, { method: 'POST', headers, body });
  const { id_token: idToken } = (await response.json()) as { id_token?: string };
  return idToken ?? null;
}
