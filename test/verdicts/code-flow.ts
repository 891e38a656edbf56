import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { SECRET } from '../setup/sign-in-provider.ts';
import { browse } from '../setup/sign-in-browser.ts';
import type { World } from './worlds.ts';

const VERIFIER = 'of-the-test-'.repeat(4);

/** What a client needs for its authorization code flow. */
export interface CodeRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string;
}

/** How the clients authenticate that do not send their secret in the body. */
async function authentication(world: World, clientId: string): Promise<URLSearchParams> {
  if (clientId !== 'jwt-client')
    return new URLSearchParams({ client_id: clientId, client_secret: SECRET });
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(world.issuer)
    .setIssuedAt(Math.floor(Date.now() / 1000 + world.clock.aheadMs / 1000))
    .setExpirationTime(Math.floor(Date.now() / 1000 + world.clock.aheadMs / 1000) + 60)
    .setJti(randomUUID())
    .sign(Buffer.from(SECRET));
  return new URLSearchParams({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
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
  const body = await authentication(world, clientId);
  for (const [name, value] of Object.entries({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: VERIFIER,
  }))
    body.set(name, value);
  const isBasic = clientId === 'basic-client';
  if (isBasic) body.delete('client_secret');
  const form = (text: string) => encodeURIComponent(text).replaceAll('%20', '+');
  const credentials = Buffer.from(`${form(clientId)}:${form(SECRET)}`).toString('base64');
  const response = await fetch(world.tokenEndpoint, {
    method: 'POST',
    headers: isBasic ? { Authorization: `Basic ${credentials}` } : {},
    body,
  });
  const { id_token: idToken } = (await response.json()) as { id_token?: string };
  return idToken ?? null;
}
