import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What lets a caller in where the gateway acts with its own credentials. */
export interface Inbound {
  /** Variables of the gateway. */
  readonly environment: Readonly<Record<string, string>>;
  /** Headers of a caller who may do everything. */
  readonly headers: Readonly<Record<string, string>>;
  readonly remove: () => void;
}

/** Makes an API key, and the file that the gateway knows it by. */
export function openInbound(): Inbound {
  const folder = mkdtempSync(join(tmpdir(), 'api-keys-'));
  const file = join(folder, 'api-keys.json');
  const key = `oidcgw_${randomBytes(32).toString('base64url')}`;
  writeFileSync(file, JSON.stringify({ keys: [{ id: 'tests', sha256: createHash('sha256').update(key).digest('hex'), scopes: ['oidc:admin'] }] }));
  return { environment: { AUTH_API_KEYS_FILE: file }, headers: { 'x-api-key': key }, remove: () => { rmSync(folder, { recursive: true }); } };
}
