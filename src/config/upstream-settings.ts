import type { z } from 'zod';
import { Secret } from '../domain/scrub/secret.ts';
import { FILE_SUFFIX, sharedLimits } from '../transport/env-schema.ts';
import { describeFileFailure, readSettingsFile } from '../transport/settings-file.ts';
import type { Upstream } from '../transport/upstream.ts';

/** The variables of an upstream as they were set; secrets are wrapped. */
export type UpstreamSettings = Readonly<Record<string, string | Secret>>;

/**
 * Reads the variables of every upstream and the files that they name.
 * @param set the variables that are set
 * @param options.isOpen whether anybody may call, so that the gateway's own credentials must not be used
 */
export function readUpstreamSettings(
  set: Readonly<Record<string, string>>,
  upstreams: readonly Upstream<never>[],
  { workers, isOpen }: { readonly workers: number; readonly isOpen: boolean },
): {
  /** By the ids of the upstreams. */
  readonly settings: ReadonlyMap<string, UpstreamSettings>;
  readonly issues: readonly string[];
} {
  const settings = new Map<string, UpstreamSettings>();
  const issues: string[] = [];
  let isAnyMeant = false;
  for (const upstream of upstreams) {
    const { variables, urlVariables, credentialsVariable } = upstream;
    const { values, issues: unread, fromFiles } = withSecrets(set, variables);
    settings.set(upstream.id, values);
    issues.push(
      ...unread,
      ...upstream.check(values).flatMap((issue) => issueLines(issue, fromFiles)),
      ...sharedLimits(variables, values)
        .filter(({ limit }) => limit < workers)
        .map(
          ({ name }) => `${name} must be at least WORKERS, because it is divided among the workers`,
        ),
    );
    // An invalid value has an issue of its own.
    const isMeant = urlVariables.some((name) => name in set) || upstream.isConfigured(values);
    isAnyMeant ||= isMeant;
    const isGateway = upstream.usesGatewayCredentials(values);
    if (isGateway && !isMeant)
      issues.push(
        `${credentialsVariable} must not be gateway without ${urlVariables.join(' or ')}`,
      );
    // Everybody who can reach the gateway would act with its credentials.
    if (isGateway && isOpen)
      issues.push(
        `${credentialsVariable} must not be gateway without inbound authentication: set AUTH_JWKS_URL, AUTH_JWKS_FILE or AUTH_API_KEYS_FILE`,
      );
  }
  if (upstreams.length > 0 && !isAnyMeant)
    issues.push(
      `no upstream is configured: set ${upstreams.flatMap(({ urlVariables }) => urlVariables).join(' or ')}`,
    );
  return { settings, issues };
}

/** The variables of an upstream. Secrets are read from the files named for them, and wrapped. */
function withSecrets(
  set: Readonly<Record<string, string>>,
  variables: Upstream['variables'],
): {
  readonly values: UpstreamSettings;
  readonly issues: readonly string[];
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

/** An issue as text that begins with its variable. @param fromFiles variables whose values come from files; the issue then names the variable of the file */
export function issueLines(
  issue: z.core.$ZodIssue,
  fromFiles: ReadonlySet<string> = new Set(),
): string[] {
  const names =
    issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.map(String).join('.')];
  return names.map(
    (name) => `${fromFiles.has(name) ? `${name}${FILE_SUFFIX}` : name} ${issue.message}`,
  );
}
