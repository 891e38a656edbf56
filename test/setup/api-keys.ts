import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '../../src/domain/identity.ts';

/** A file with one API key, and the key. */
export interface ApiKeyFile {
  readonly key: string;
  /** Headers of a caller with it. */
  readonly headers: Readonly<Record<string, string>>;
  /** What turns inbound authentication by it on. */
  readonly environment: { readonly AUTH_API_KEYS_FILE: string };
  readonly remove: () => void;
}

/** Makes an API key with these scopes. Its file is there until `remove` is called. */
export function makeApiKey(scopes: readonly Scope[] = ['oidc:admin'], id = 'tests'): ApiKeyFile {
  const folder = mkdtempSync(join(tmpdir(), 'api-keys-'));
  const file = join(folder, 'keys.json');
  const key = `oidcgw_${randomBytes(32).toString('base64url')}`;
  writeFileSync(
    file,
    JSON.stringify({
      keys: [{ id, sha256: createHash('sha256').update(key).digest('hex'), scopes }],
    }),
  );
  return {
    key,
    headers: { 'x-api-key': key },
    environment: { AUTH_API_KEYS_FILE: file },
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}
