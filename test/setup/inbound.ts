import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import type { CryptoKey, JWTPayload } from 'jose';
import type { Scope } from '../../src/domain/identity.ts';

/*
 * Everything that inbound authentication needs: an issuer whose key set is in a file, and a file of API keys.
 */

export type Headers = Readonly<Record<string, string>>;

const ISSUER = 'https://idp.example.com';
const AUDIENCE = 'oidc-config-gateway';

/** Claims of a token; one that is undefined is left out. */
type Claims = { readonly [Name in keyof JWTPayload]: JWTPayload[Name] | undefined };

export interface Inbound {
  /** Turns inbound authentication on, with tokens and API keys. */
  readonly environment: Readonly<Record<string, string>>;
  /** A token that is in order but for these claims and members of its header. */
  readonly token: (
    claims?: Claims,
    header?: { readonly kid?: string; readonly typ?: string },
  ) => Promise<string>;
  /** Headers of a caller with a token of these scopes. */
  readonly byToken: (scopes: readonly Scope[], sub?: string) => Promise<Headers>;
  /** Headers of a caller with the API key that has this scope; its id is `ci-read`, `ci-write` or `ci-admin`. */
  readonly byApiKey: (scope: Scope) => Headers;
  /** Headers of all kinds of callers who must not be let in, by what is wrong with them. */
  readonly strangers: () => Promise<Readonly<Record<string, Headers>>>;
  /** A file beside the others, e.g. for persisted documents. @returns its path */
  readonly write: (name: string, content: object) => string;
  readonly remove: () => void;
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const nowS = () => Math.floor(Date.now() / 1000);
const claimsOf = (claims: Claims = {}): JWTPayload =>
  ({
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'app',
    exp: nowS() + 3_600,
    scope: 'oidc:admin',
    ...claims,
  }) as JWTPayload;
const signed = (
  key: CryptoKey | Uint8Array,
  alg: string,
  claims?: Claims,
  header: object = { kid: 'es' },
) => new SignJWT(claimsOf(claims)).setProtectedHeader({ alg, ...header }).sign(key);

function makeApiKey(id: string, scope: Scope, expires?: string) {
  const key = `oidcgw_${randomBytes(32).toString('base64url')}`;
  return {
    scope,
    key,
    entry: {
      id,
      sha256: createHash('sha256').update(key).digest('hex'),
      scopes: [scope],
      ...(expires !== undefined && { expires }),
    },
  };
}

export async function makeInbound(): Promise<Inbound> {
  const [es, rsa, other] = await Promise.all([
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('RS256', { extractable: true }),
    generateKeyPair('ES256'),
  ]);
  const keys = [
    { ...(await exportJWK(es.publicKey)), kid: 'es' },
    { ...(await exportJWK(rsa.publicKey)), kid: 'rsa' },
  ];
  const apiKeys = [
    makeApiKey('ci-read', 'oidc:read'),
    makeApiKey('ci-write', 'oidc:write'),
    makeApiKey('ci-admin', 'oidc:admin'),
  ];
  const ended = makeApiKey('ended', 'oidc:admin', '2020-01-01T00:00:00Z');

  const folder = mkdtempSync(join(tmpdir(), 'gateway-inbound-'));
  const write: Inbound['write'] = (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  const token: Inbound['token'] = (claims, header) =>
    signed(es.privateKey, 'ES256', claims, { kid: 'es', ...header });

  const strangers: Inbound['strangers'] = async () => {
    const publicKey = new TextEncoder().encode(await exportSPKI(rsa.publicKey));
    const good = await token();
    const [head = '', payload = ''] = good.split('.');
    return {
      'no credentials': {},
      'an empty token': { authorization: 'Bearer ' },
      garbage: bearer('garbage'),
      'another scheme': { authorization: `Basic ${good}` },
      'a token without its scheme': { authorization: good },
      'a token twice': { authorization: `Bearer ${good}, Bearer ${good}` },
      'a token cut short': bearer(good.slice(0, -4)),
      'another payload under the signature': bearer(
        `${head}.${Buffer.from(JSON.stringify(claimsOf({ sub: 'other' }))).toString('base64url')}.${good.split('.')[2] ?? ''}`,
      ),
      'no signature': bearer(`${head}.${payload}.`),
      'another issuer': bearer(await token({ iss: `${ISSUER}/` })),
      'another audience': bearer(await token({ aud: ['another'] })),
      'an expired token': bearer(await token({ exp: nowS() - 31 })),
      'a token that is not valid yet': bearer(
        await token({ nbf: nowS() + 3_600, exp: nowS() + 7_200 }),
      ),
      'a token that never ends': bearer(await token({ exp: undefined })),
      'a token without a subject': bearer(await token({ sub: undefined })),
      'a logout token': bearer(await token({}, { typ: 'logout+jwt' })),
      'the algorithm none': bearer(new UnsecuredJWT(claimsOf()).encode()),
      'a signature by HMAC with the public key': bearer(
        await signed(publicKey, 'HS256', {}, { kid: 'rsa' }),
      ),
      'an algorithm that is not allowed': bearer(
        await signed(
          await importJWK(await exportJWK(rsa.privateKey), 'RS512'),
          'RS512',
          {},
          { kid: 'rsa' },
        ),
      ),
      'a key that is not known': bearer(
        await signed(other.privateKey, 'ES256', {}, { kid: 'other' }),
      ),
      'a key that only has the name of a known one': bearer(
        await signed(other.privateKey, 'ES256'),
      ),
      'an API key that is not known': {
        'x-api-key': `oidcgw_${randomBytes(32).toString('base64url')}`,
      },
      'an API key that has expired': { 'x-api-key': ended.key },
      'an API key of another form': { 'x-api-key': 'secret' },
      'the digest of an API key': { 'x-api-key': apiKeys[0]?.entry.sha256 ?? '' },
      'an API key as a token': bearer(apiKeys[0]?.key ?? ''),
      'a token and an API key': { ...bearer(good), 'x-api-key': apiKeys[0]?.key ?? '' },
    };
  };

  return {
    environment: {
      AUTH_JWKS_FILE: write('jwks.json', { keys }),
      AUTH_ISSUER: ISSUER,
      AUTH_AUDIENCE: AUDIENCE,
      AUTH_API_KEYS_FILE: write('api-keys.json', {
        keys: [...apiKeys, ended].map(({ entry }) => entry),
      }),
    },
    token,
    byToken: async (scopes, sub = 'app') => bearer(await token({ sub, scope: scopes.join(' ') })),
    byApiKey: (scope) => ({ 'x-api-key': apiKeys.find((key) => key.scope === scope)?.key ?? '' }),
    strangers,
    write,
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}
