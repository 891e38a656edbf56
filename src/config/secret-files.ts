import { Secret } from '../domain/scrub/secret.ts';
import { FILE_SUFFIX } from '../transport/env-schema.ts';
import { describeFileFailure, readSettingsFile } from '../transport/settings-file.ts';

/**
 * The values of some variables. Secrets are read from the files named for them, and wrapped.
 * @param variables those with the path of a file end with `_FILE`
 */
export function withSecrets(
  set: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, unknown>>,
): {
  readonly values: Readonly<Record<string, string | Secret>>;
  readonly issues: readonly string[];
  /** Variables whose values come from files. */
  readonly fromFiles: ReadonlySet<string>;
} {
  const fromFiles = new Set<string>();
  const values: Record<string, string | Secret> = Object.fromEntries(
    Object.entries(set).filter(([name]) => name in variables && !name.endsWith(FILE_SUFFIX)),
  );
  const issues: string[] = [];
  for (const fileVariable of Object.keys(variables).filter((name) => name.endsWith(FILE_SUFFIX))) {
    const name = fileVariable.slice(0, -FILE_SUFFIX.length);
    const { [name]: value, [fileVariable]: file } = set;
    if (value !== undefined) values[name] = new Secret(value);
    if (file === undefined) continue;
    if (value !== undefined) issues.push(`${fileVariable} must not be set together with ${name}`);
    else {
      fromFiles.add(name);
      const read = readSecret(file);
      if ('issue' in read) issues.push(`${fileVariable} ${read.issue}`);
      // The file's issue is reported; the other checks take the secret as set.
      values[name] = 'issue' in read ? new Secret('unread') : read.secret;
    }
  }
  return { values, issues, fromFiles };
}

/** Maximum size of a file with a secret, in bytes: more than any header may have. */
const MAX_SECRET_BYTES = 64 * 1024;

/** The content of a file, or what is wrong with it. */
function readSecret(file: string): { readonly secret: Secret } | { readonly issue: string } {
  try {
    // Editors add a line break at the end, which does not belong to the secret.
    return {
      secret: new Secret(
        readSettingsFile(file, { maxBytes: MAX_SECRET_BYTES }).replace(/\r?\n$/, ''),
      ),
    };
  } catch (error) {
    return { issue: describeFileFailure(error) };
  }
}
