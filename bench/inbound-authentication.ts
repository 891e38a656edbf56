import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const ISSUER = 'https://issuer.example.com';
const AUDIENCE = 'oidc-config-gateway';

/**
 * Environment with which the gateway accepts callers with a bearer token, and the token. Created for each run.
 * Its file is removed with the process, or by `remove`.
 */
export const INBOUND = await makeInbound();

async function makeInbound(): Promise<{
  readonly environment: Readonly<Record<string, string>>;
  readonly authorization: string;
  readonly remove: () => void;
}> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', remove);
  const file = join(folder, 'jwks.json');
  writeFileSync(
    file,
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', use: 'sig' }] }),
  );
  const token = await new SignJWT({ scope: 'oidc:write' })
    .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject('bench')
    .setExpirationTime('1d')
    .sign(privateKey);
  return {
    environment: { AUTH_JWKS_FILE: file, AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE },
    authorization: `Bearer ${token}`,
    remove,
  };
}
