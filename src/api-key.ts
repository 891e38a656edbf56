import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { SCOPES } from './domain/identity.ts';
import { Secret } from './domain/secret.ts';
import { digestOf } from './server/authentication.ts';
import { apiKeyEntry } from './server/authentication-settings.ts';
import type { ApiKeyEntry } from './server/authentication-settings.ts';
import { surviveClosedPipes } from './terminal.ts';

const USAGE = `Usage: npm run api-key -- --id <id> --scopes <scope>[,<scope>…] [--expires <time>]

Makes an API key for a caller of the gateway. The key is printed once and kept nowhere.

  --id       name of the key in the log: 1 to 64 letters, digits, dots, underscores, hyphens
  --scopes   what it allows, out of ${SCOPES.join(', ')}; each includes those before it
  --expires  when it ends, never where it is left out: a day, which begins in UTC, e.g. 2027-01-01, or a time with its zone, e.g. 2027-01-01T08:00:00Z
`;

const OPTIONS = {
  id: { type: 'string' },
  scopes: { type: 'string' },
  expires: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The arguments, null where one is not known or has no value. */
function readOptions() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch {
    return null;
  }
}

/** The entry of a key in the file of the gateway, or all that is wrong with what was asked for. */
function describe(
  key: Secret,
  {
    id,
    scopes,
    expires,
  }: { readonly id?: string; readonly scopes?: string; readonly expires?: string },
): ApiKeyEntry | readonly string[] {
  const missing = Object.entries({ id, scopes }).flatMap(([name, value]) =>
    value === undefined ? [`--${name} is needed`] : [],
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

surviveClosedPipes();
const options = readOptions();
if (options?.help === true) {
  process.stdout.write(USAGE);
} else {
  const key = new Secret(`oidcgw_${randomBytes(32).toString('base64url')}`);
  const result =
    options === null ? ['an argument is not known, or has no value'] : describe(key, options);
  if ('sha256' in result) {
    process.stdout
      .write(`The key, shown this once. Give it to the caller, who sends it as "X-Api-Key: <key>":

  ${key.reveal()}

Its entry among the "keys" of the file in AUTH_API_KEYS_FILE, which does not give the key away:

  ${JSON.stringify(result)}
`);
  } else {
    process.stderr.write(`${result.map((fault) => `  - ${fault}\n`).join('')}\n${USAGE}`);
    process.exitCode = 1;
  }
}
