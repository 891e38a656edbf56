import type { z } from 'zod';
import type { Secret } from '../domain/scrub/secret.ts';
import { FILE_SUFFIX, sharedLimits } from '../transport/env-schema.ts';
import type { Upstream } from '../transport/upstream.ts';
import { withSecrets } from './secret-files.ts';

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
