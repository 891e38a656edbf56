import type { JSONWebKeySet } from 'jose';
import * as z from 'zod';
import { parseJson } from '../domain/json/json.ts';
import type { Json } from '../domain/json/json.ts';
import { isLoopback, parseUrl } from '../domain/text/url.ts';
import { apiKeysFile } from './files/api-keys-file.ts';
import type { ApiKeyEntry } from './files/api-keys-file.ts';
import { ALGORITHM_NAMES, keySetFile } from './files/key-set-file.ts';
import type { Algorithm } from './files/key-set-file.ts';
import { describeFileFailure, readSettingsFile, repetitionIn } from '../transport/settings-file.ts';
import { integer, listed, rejectStray } from '../transport/env-schema.ts';

const algorithms = z.string().transform((value, context): readonly Algorithm[] => {
  const names = value.split(',').map((name) => name.trim());
  const chosen = ALGORITHM_NAMES.filter((name) => names.includes(name));
  if (chosen.length < new Set(names).size)
    context.addIssue({
      code: 'custom',
      message: `must be a comma-separated list of some of these: ${ALGORITHM_NAMES.join(', ')}`,
    });
  return chosen;
});

const jwksUrl = z.string().transform((value, context): URL => {
  const addIssue = (message: string) => {
    context.addIssue({ code: 'custom', message });
  };
  const url = parseUrl(value);
  if (url === null) {
    addIssue('must be a URL, e.g. https://idp.example.com/jwks');
    return z.NEVER;
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    addIssue('must begin with https:// (http:// is allowed only for this machine)');
  if (url.username !== '' || url.password !== '' || value.includes('#'))
    addIssue('must not have a user name, password or fragment');
  return url;
});

const claim = z
  .string()
  .regex(/^\S+$/, 'must match the claim of the tokens exactly, without spaces')
  .superRefine((value, context) => {
    if (!/\s/.test(value)) rejectStray(value, context);
  });

/** The environment variables that define who may call. If none is set, everybody may. */
export const authenticationEnvironment = z.object({
  AUTH_JWKS_URL: jwksUrl
    .optional()
    .describe(
      'URL where the issuer of bearer tokens publishes its keys as a JSON Web Key Set. If this or `AUTH_JWKS_FILE` is set, callers need a token.',
    ),
  AUTH_JWKS_FILE: z
    .string()
    .optional()
    .describe(
      "File with the issuer's keys, read at startup, as an alternative to `AUTH_JWKS_URL`.",
    ),
  AUTH_ISSUER: claim.optional().describe('The `iss` that every token must have, compared exactly.'),
  AUTH_AUDIENCE: claim
    .optional()
    .describe(
      'The value that the `aud` of every token must include: the name by which the issuer knows this gateway.',
    ),
  AUTH_ALGORITHMS: algorithms
    .default(['RS256', 'PS256', 'ES256', 'EdDSA'])
    .describe(
      `Signature algorithms that tokens may have, comma-separated. Possible values: ${listed(ALGORITHM_NAMES)}.`,
    ),
  AUTH_CLOCK_TOLERANCE_S: integer({ min: 0, max: 300, fallback: 30 }).describe(
    'Maximum difference between the clocks of the issuer and the gateway, in seconds.',
  ),
  AUTH_API_KEYS_FILE: z
    .string()
    .optional()
    .describe(
      'File with the digests of API keys, read at startup. `npm run api-key` creates its entries. If set, callers may send a key in `X-Api-Key`.',
    ),
});

/** How bearer tokens are checked. */
export interface JwtSettings {
  /** The issuer's keys, or where to fetch them. */
  readonly keys: JSONWebKeySet | URL;
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly clockToleranceS: number;
}

/** Who may call. */
export interface AuthenticationSettings {
  /** Null if bearer tokens are not accepted. */
  readonly jwt: JwtSettings | null;
  /** Null if API keys are not accepted. */
  readonly apiKeys: readonly ApiKeyEntry[] | null;
}

/** Maximum size of a key file, in bytes. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * Reads from the environment who may call, and the files that it names.
 * @param set the variables that are set; only those of `authenticationEnvironment` are read
 * @returns null if none is set, or all issues, each with its variable and without any value or content
 */
export function authenticationSettings(
  set: Readonly<Record<string, string>>,
  readFile: (path: string) => string = (path) =>
    readSettingsFile(path, { maxBytes: MAX_FILE_BYTES }),
): { readonly settings: AuthenticationSettings | null } | { readonly issues: readonly string[] } {
  const { success, data, error } = authenticationEnvironment.safeParse(set);
  const issues = success ? [] : issueLines(error);
  issues.push(...combinationIssues(set));

  const fromFile = <T>(
    name: keyof z.output<typeof authenticationEnvironment>,
    schema: z.ZodType<T>,
  ): T | null => {
    const path = set[name];
    if (path === undefined) return null;
    const content = readJson(path, readFile);
    if ('issue' in content) {
      issues.push(`${name} ${content.issue}`);
      return null;
    }
    const parsed = schema.safeParse(content.value);
    if (parsed.success) return parsed.data;
    issues.push(...issueLines(parsed.error, name));
    return null;
  };
  // If the algorithms have an issue of their own, the keys are checked against all algorithms.
  const keySet = fromFile('AUTH_JWKS_FILE', keySetFile(data?.AUTH_ALGORITHMS ?? ALGORITHM_NAMES));
  const apiKeys = fromFile('AUTH_API_KEYS_FILE', apiKeysFile)?.keys ?? null;

  if (!success || issues.length > 0) return { issues };
  const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = data;
  const keys = data.AUTH_JWKS_URL ?? keySet;
  const jwt =
    keys === null || issuer === undefined || audience === undefined
      ? null
      : {
          keys,
          issuer,
          audience,
          algorithms: data.AUTH_ALGORITHMS,
          clockToleranceS: data.AUTH_CLOCK_TOLERANCE_S,
        };
  return { settings: jwt === null && apiKeys === null ? null : { jwt, apiKeys } };
}

/** Issues of the combination of variables, whatever their values. */
function combinationIssues(set: Readonly<Record<string, string>>): string[] {
  const [source, second] = ['AUTH_JWKS_URL', 'AUTH_JWKS_FILE'].filter((name) => name in set);
  const issues =
    source === undefined || second === undefined
      ? []
      : [`${second} must not be set together with ${source}`];
  if (source !== undefined) {
    return [
      ...issues,
      ...['AUTH_ISSUER', 'AUTH_AUDIENCE']
        .filter((name) => !(name in set))
        .map((name) => `${name} must be set with ${source}`),
    ];
  }
  return ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_ALGORITHMS', 'AUTH_CLOCK_TOLERANCE_S']
    .filter((name) => name in set)
    .map((name) => `${name} must not be set without AUTH_JWKS_URL or AUTH_JWKS_FILE`);
}

/** Issues as text. Each begins with the variable: `name`, unless the path begins with it. */
function issueLines(error: z.ZodError, name?: string): string[] {
  return error.issues.map(({ path, message }) =>
    [name, path.map(String).join('.'), message]
      .filter((part) => part !== undefined && part !== '')
      .join(' '),
  );
}

function readJson(
  path: string,
  readFile: (path: string) => string,
): { readonly value: Json } | { readonly issue: string } {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return { issue: describeFileFailure(error) };
  }
  const value = parseJson(text);
  if (value === undefined) return { issue: 'names a file that is not JSON' };
  const issue = repetitionIn(text);
  return issue === null ? { value } : { issue };
}
