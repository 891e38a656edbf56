import { callLoopback } from '../../../../transport/emulator/sign-in/loopback.ts';
import { quoted, SignInFailed } from '../../../../transport/emulator/sign-in/failed.ts';
import { parseIdToken, verifyIdToken } from '../../../../transport/emulator/sign-in/id-token.ts';
import type { Claims } from '../../../../transport/emulator/sign-in/id-token.ts';
import type { Configuration } from '../model.ts';

/** The documented text. The platform adds nothing; the emulator adds the reason. */
function authorityError(reason: string): SignInFailed {
  return new SignInFailed(`error validating token with authority: ${reason}`);
}

/** What a provider gave, verified. */
export interface ProviderTokens {
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly claims: Claims;
}

/**
 * Redeems a code at the token endpoint, and verifies the ID token.
 * @throws SignInFailed
 */
export async function redeem(
  configuration: Configuration,
  code: string,
  redirectUri: string,
): Promise<ProviderTokens> {
  try {
    const { status, json } = await callLoopback(
      'the token endpoint',
      configuration['TokenEndpoint'],
      tokenRequest(configuration, code, redirectUri),
    );
    const { id_token, access_token, refresh_token, error } = json ?? {};
    if (status !== 200 || typeof id_token !== 'string') {
      const code = typeof error === 'string' ? ` ${quoted(error)}` : '';
      throw new SignInFailed(`the token endpoint responded with ${status}${code}`);
    }
    const claims = await verified(id_token, configuration['ConnectClientID']);
    return {
      idToken: id_token,
      accessToken: textOf(access_token),
      refreshToken: textOf(refresh_token),
      claims,
    };
  } catch (error) {
    throw error instanceof SignInFailed ? authorityError(error.message) : error;
  }
}

function textOf(token: unknown): string {
  return typeof token === 'string' ? token : '';
}

/** `UrlEncoded`: a form with all values; otherwise JSON, and the credentials in a header. */
function tokenRequest(
  { UrlEncoded, ConnectClientID, ConnectClientSecret }: Configuration,
  code: string,
  redirect_uri: string,
): { method: 'POST'; headers: Record<string, string>; body: string } {
  const grant = { grant_type: 'authorization_code', code, redirect_uri };
  const [id, secret] = [String(ConnectClientID), String(ConnectClientSecret)];
  if (UrlEncoded === true) {
    const form = new URLSearchParams({ ...grant, client_id: id, client_secret: secret });
    return {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    };
  }
  // Encoded as RFC 6749 section 2.3.1 wants it; whether the platform does is not documented.
  const credentials = [id, secret].map((text) => encodeURIComponent(text.toWellFormed())).join(':');
  const Authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization },
    body: JSON.stringify(grant),
  };
}

/** A configuration has no issuer and no keys: the token's own issuer is asked for them. */
async function verified(idToken: string, clientId: unknown): Promise<Claims> {
  const parsed = parseIdToken(idToken);
  const issuer = String(parsed.claims['iss']);
  const metadata = await callLoopback(
    'the issuer',
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
  );
  if (metadata.json?.['issuer'] !== issuer)
    throw new SignInFailed('the metadata of the issuer is of another issuer');
  const keySet = await callLoopback('the key set', metadata.json['jwks_uri']);
  const keys = keySet.json?.['keys'];
  return verifyIdToken(parsed, { keys: Array.isArray(keys) ? keys : [], issuer, clientId });
}
