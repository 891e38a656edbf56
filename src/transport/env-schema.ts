import * as z from 'zod';
import { Secret } from '../domain/scrub/secret.ts';
import { strayCharacter } from '../domain/text/stray.ts';
import { isLoopback, parseUrl } from '../domain/text/url.ts';

/**
 * The base URL of an upstream: https, or http on loopback; no user name, query or fragment. A trailing slash is
 * dropped. `path` describes what the path must look like.
 */
export function baseUrl(path: { readonly pattern: RegExp; readonly message: string }) {
  return z
    .string()
    .superRefine((value, context) => {
      const url = parseUrl(value);
      if (url === null) {
        context.addIssue({
          code: 'custom',
          message: 'must be a URL, e.g. https://api.example.com',
        });
        return;
      }
      if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
        context.addIssue({
          code: 'custom',
          message: 'must begin with https:// (http:// is allowed only for this machine)',
        });
      }
      if (url.username !== '' || url.password !== '' || /[?#]/.test(value)) {
        context.addIssue({
          code: 'custom',
          message: 'must not have a user name, password, query or fragment',
        });
      }
      if (!path.pattern.test(url.pathname.replace(/\/$/, '')))
        context.addIssue({ code: 'custom', message: path.message });
    })
    .transform((value) => value.replace(/\/$/, ''));
}

/** Makes a rule about combinations of variables run even if one of them has other issues. */
export const ALWAYS = { when: () => true };

/** One of these names. */
export function oneOf<Name extends string>(names: readonly [Name, ...Name[]] | readonly Name[]) {
  return z.enum(names as readonly [Name, ...Name[]], {
    error: `must be one of ${names.join(', ')}`,
  });
}

/** Formats names as a list for use in a description. */
export function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

/** Rejects a string that is empty or contains an invisible character, and reports no further issues for it. */
export function rejectStray(text: string, context: z.RefinementCtx): void {
  const stray = strayCharacter(text);
  if (text === '')
    context.addIssue({ code: 'custom', message: 'must not be empty', continue: false });
  if (stray !== null)
    context.addIssue({ code: 'custom', message: `must not contain ${stray}`, continue: false });
}

/** A string that must be set. `when` completes the message, e.g. "when SHOP_CREDENTIALS is gateway". */
export function required(when: string) {
  return z.string({ error: `must be set ${when}` }).superRefine(rejectStray);
}

/** A secret: the value itself, or the content that `readConfig` read from its file. */
export function secret(when: string) {
  return z
    .union([z.string(), z.instanceof(Secret)], {
      error: `must be set ${when}, directly or in a file`,
    })
    .transform((value) => (value instanceof Secret ? value : new Secret(value)))
    .superRefine((value, context) => {
      rejectStray(value.reveal(), context);
    });
}

/** Suffix of variables that hold the path to a secret's file. */
export const FILE_SUFFIX = '_FILE';

/** The variable with the path of a secret's file: `readConfig` replaces it with the secret itself. */
export function fileOf(name: string) {
  return z
    .undefined()
    .optional()
    .describe(`File that contains \`${name}\`, as an alternative to the variable.`);
}

/** The message for variables that belong to another mode, for `z.strictObject`. */
export function onlyWhen(condition: string): {
  readonly error: (issue: { readonly code: string }) => string | undefined;
} {
  return {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? `must not be set unless ${condition}` : undefined,
  };
}

/** `true` or `false`. */
export function flag(fallback: boolean) {
  return z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((value) => value === 'true')
    .default(fallback);
}

/** A whole number within bounds, both included. */
export function integer({
  min,
  max,
  fallback,
}: {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
}) {
  return wholeNumber(min, max).default(fallback);
}

/** The same without a default. */
export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** Requests to an upstream at the same time. */
export const maxInFlight = integer({ min: 1, max: 10_000, fallback: 128 }).describe(
  'Maximum number of requests to the upstream at the same time. Additional requests wait for their turn.',
);

/** Calls that wait for an upstream. */
export const maxWaiting = integer({ min: 0, max: 100_000, fallback: 256 }).describe(
  'Maximum number of calls that may wait for the upstream, in addition to running ones. Additional calls are refused immediately, and nothing is sent.',
);

/** Failures that pause the calls to an upstream. */
export const breakerFailures = integer({ min: 0, max: 1_000, fallback: 10 }).describe(
  'Number of consecutive timeouts and connection failures after which calls to the upstream are paused, for 5 to 30 s at a time. 0: never.',
);

/** Requests to an upstream in a second. */
export const maxPerSecond = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a whole number from 1 to 99999')
  .transform(Number)
  .refine((value) => value >= 1, 'must be a whole number from 1 to 99999')
  .optional()
  .describe(
    'Maximum number of requests to the upstream that may start within a second. Not set: no limit.',
  );

/** Those of an upstream's limits that all processes share, with their configured or default values. Invalid ones are left out. */
export function sharedLimits(
  variables: Readonly<Record<string, z.ZodType>>,
  values: Readonly<Record<string, unknown>>,
): readonly { readonly name: string; readonly limit: number }[] {
  return Object.entries(variables).flatMap(([name, schema]) => {
    const limit = [maxInFlight, maxPerSecond]
      .find((shared) => shared === schema)
      ?.safeParse(values[name]).data;
    return limit === undefined ? [] : [{ name, limit }];
  });
}
