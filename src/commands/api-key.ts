import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { SCOPES } from '../domain/identity.ts';
import { Secret } from '../domain/scrub/secret.ts';
import { digestOf } from '../server/auth/api-keys.ts';
import { apiKeyEntry } from '../config/files/api-keys-file.ts';
import type { ApiKeyEntry } from '../config/files/api-keys-file.ts';

const USAGE = `Usage: npm run api-key -- --id <id> --scopes <scope>[,<scope>…] [--expires <time>]

Creates an API key for a caller of the gateway. The key is printed once and not stored.

  --id       name of the key in the log: 1 to 64 letters, digits, dots, underscores, hyphens
  --scopes   what it allows, one or more of ${SCOPES.join(', ')}; each includes those before it
  --expires  when it expires: a date (its start in UTC), e.g. 2027-01-01, or a time with its zone, e.g. 2027-01-01T08:00:00Z; default: never
`;

const OPTIONS = {
  id: { type: 'string' },
  scopes: { type: 'string' },
  expires: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The options, null if one is not known or has no value. */
function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch {
    return null;
  }
}

/** The entry to add to the gateway's key file, or everything that is wrong with the options. */
function describe(
  key: Secret,
  {
    id,
    scopes,
    expires,
  }: { readonly id?: string; readonly scopes?: string; readonly expires?: string },
): ApiKeyEntry | readonly string[] {
  const missing = Object.entries({ id, scopes }).flatMap(([name, value]) =>
    value === undefined ? [`--${name} is required`] : [],
  );
  if (missing.length > 0) return missing;
  const { success, data, error } = apiKeyEntry.safeParse({
    id,
    sha256: digestOf(key.reveal()),
    scopes: scopes?.split(','),
    ...(expires !== undefined && {
      expires: /^[\d-]+$/.test(expires) ? `${expires}T00:00:00Z` : expires,
    }),
  });
  if (!success) return error.issues.map(({ path, message }) => `--${String(path[0])} ${message}`);
  if (data.expires !== undefined && Date.parse(data.expires) <= Date.now())
    return ['--expires must be in the future'];
  return data;
}

/** Makes a key and prints it, or prints the help. */
export function run(args: readonly string[]): void {
  const options = readOptions(args);
  if (options?.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  const key = new Secret(`oidcgw_${randomBytes(32).toString('base64url')}`);
  const result =
    options === null ? ['an argument is unknown or has no value'] : describe(key, options);
  if ('sha256' in result) {
    process.stdout
      .write(`The key, which is shown only once. Give it to the caller, who sends it as "X-Api-Key: <key>":

  ${key.reveal()}

Its entry for "keys" in the file that AUTH_API_KEYS_FILE names. It does not reveal the key:

  ${JSON.stringify(result)}
`);
  } else {
    process.stderr.write(`${result.map((issue) => `  - ${issue}\n`).join('')}\n${USAGE}`);
    process.exitCode = 1;
  }
}
