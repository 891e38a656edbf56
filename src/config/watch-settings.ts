import * as z from 'zod';
import { IssuerError } from '../domain/errors.ts';
import type { Secret } from '../domain/scrub/secret.ts';
import { allowedUrl } from '../issuer/guarded-fetch.ts';
import type { AllowedHost } from '../issuer/allowed-hosts.ts';
import { fileOf, secret } from '../transport/env-schema.ts';
import { withSecrets } from './secret-files.ts';

/** Where the watcher sends what it finds. */
export interface WebhookSettings {
  readonly url: string;
  /** The key of signatures: 24 to 64 bytes in base64. */
  readonly key: Secret;
}

/** What is watched, and where notices go. */
export interface WatchSettings {
  readonly file: string;
  /** Null if only the log and metrics are. */
  readonly webhook: WebhookSettings | null;
}

/** What stands before a key that was made for webhooks. */
const PREFIX = /^whsec_/;

/** The environment variables of the watcher. */
export const watchEnvironment = z.object({
  WATCH_FILE: z
    .string()
    .optional()
    .describe(
      'File (YAML or JSON) with what the gateway checks by itself at intervals, under its own credentials: see docs/watching.md. Read at startup and on SIGHUP. Not set, and in development: nothing is watched.',
    ),
  WEBHOOK_URL: z
    .string()
    .optional()
    .describe(
      'Where the watcher sends what it finds, by POST: https at port 443 and a public address, or a URL that `ISSUER_ALLOWED_HOSTS` allows. Logs show nothing of it.',
    ),
  WEBHOOK_SECRET: secret('with WEBHOOK_URL')
    .refine(
      (value) => isKey(value.reveal()),
      'must be 24 to 64 bytes in base64, as openssl rand -base64 32 makes them',
    )
    .optional()
    .describe(
      'Key with which webhooks are signed: 24 to 64 bytes in base64, with or without `whsec_` before it, e.g. from `openssl rand -base64 32`. Required with `WEBHOOK_URL`.',
    ),
  WEBHOOK_SECRET_FILE: fileOf('WEBHOOK_SECRET'),
});

function isKey(text: string): boolean {
  const base64 = text.replace(PREFIX, '');
  const { length } = Buffer.from(base64, 'base64');
  return /^[A-Za-z0-9+/]{32,86}={0,2}$/.test(base64) && length >= 24 && length <= 64;
}

/** The bytes of a key. */
export function webhookKey(key: Secret): Buffer {
  return Buffer.from(key.reveal().replace(PREFIX, ''), 'base64');
}

/**
 * Reads from the environment what is watched.
 * @param set the variables that are set; only those of `watchEnvironment` are read
 * @returns null if nothing is, and all issues, without any value
 */
export function watchSettings(
  set: Readonly<Record<string, string>>,
  allowedHosts: readonly AllowedHost[],
): {
  readonly settings: WatchSettings | null;
  readonly fromFiles: ReadonlySet<string>;
  readonly issues: readonly z.core.$ZodIssue[];
  readonly unread: readonly string[];
} {
  const {
    values,
    issues: unread,
    fromFiles,
  } = withSecrets(
    set,
    Object.fromEntries(
      // Not the file of a secret, although its name ends like one.
      Object.entries(watchEnvironment.shape).filter(([name]) => name !== 'WATCH_FILE'),
    ),
  );
  const { WATCH_FILE: file, WEBHOOK_URL: url } = set;
  const { success, data, error } = watchEnvironment.safeParse(values);
  const issues: z.core.$ZodIssue[] = success ? [] : [...error.issues];
  const addIssue = (name: string, message: string) => {
    issues.push({ code: 'custom', path: [name], message, input: undefined });
  };
  for (const name of Object.keys(values))
    if (file === undefined) addIssue(name, 'must not be set without WATCH_FILE');
  const isMeant = 'WEBHOOK_URL' in values;
  if (isMeant && !('WEBHOOK_SECRET' in values))
    addIssue('WEBHOOK_SECRET', 'must be set with WEBHOOK_URL, directly or in a file');
  if (!isMeant && 'WEBHOOK_SECRET' in values)
    addIssue('WEBHOOK_SECRET', 'must not be set without WEBHOOK_URL');
  const { WEBHOOK_SECRET: key } = data ?? {};
  if (url !== undefined && !isAllowed(url, allowedHosts))
    addIssue(
      'WEBHOOK_URL',
      'must be a URL that begins with https:// and has no user name, port or private address, unless ISSUER_ALLOWED_HOSTS names its host',
    );
  return {
    settings:
      file === undefined
        ? null
        : { file, webhook: url === undefined || key === undefined ? null : { url, key } },
    fromFiles,
    issues,
    unread,
  };
}

function isAllowed(url: string, allowedHosts: readonly AllowedHost[]): boolean {
  try {
    allowedUrl(url, allowedHosts);
    return true;
  } catch (error) {
    if (error instanceof IssuerError) return false;
    throw error;
  }
}
