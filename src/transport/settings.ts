import { z } from 'zod';
import { isLoopback } from '../domain/primitives.ts';
import { Secret } from '../domain/secret.ts';
import { strayCharacter } from '../domain/stray.ts';
import { parseUrl } from '../domain/url.ts';

/**
 * The base URL of an upstream: https, or http on loopback; no user name, query or fragment. A slash at the end is
 * dropped. `path` says what the path must look like.
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
          message: 'must begin with https:// (http:// only for this machine itself)',
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

/** For rules about which variables are set together: they hold whatever else is wrong with one of them. */
export const ALWAYS = { when: () => true };

/** One of these names. */
export function oneOf<Name extends string>(names: readonly [Name, ...Name[]] | readonly Name[]) {
  return z.enum(names as readonly [Name, ...Name[]], {
    error: `must be one of ${names.join(', ')}`,
  });
}

/** Names for a description. */
export function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

/** Refuses a text with a character that nobody sees, and names that alone. What else is wrong with the text is of no use then. */
export function refuseStray(text: string, context: z.RefinementCtx): void {
  const stray = strayCharacter(text);
  if (text === '')
    context.addIssue({ code: 'custom', message: 'must not be empty', continue: false });
  if (stray !== null)
    context.addIssue({ code: 'custom', message: `must not hold ${stray}`, continue: false });
}

/** A text that must be set. `when` completes the fault, e.g. "when SHOP_CREDENTIALS is gateway". */
export function required(when: string) {
  return z.string({ error: `must be set ${when}` }).superRefine(refuseStray);
}

/** A secret: the value itself, or what `readConfig` has read from its file. */
export function secret(when: string) {
  return z
    .union([z.string(), z.instanceof(Secret)], {
      error: `must be set ${when}, itself or by its file`,
    })
    .transform((value) => (value instanceof Secret ? value : new Secret(value)))
    .superRefine((value, context) => {
      refuseStray(value.reveal(), context);
    });
}

/** How the variable is called that names the file with a secret in it. */
export const FILE_SUFFIX = '_FILE';

/** The variable with the file of a secret: `readConfig` puts what is in it in the place of the secret itself. */
export function fileOf(name: string) {
  return z
    .undefined()
    .optional()
    .describe(`File that holds \`${name}\`, in place of the variable.`);
}

/** What a mode says of the variables of another: for `z.strictObject`. */
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
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
    .default(fallback);
}

/** Requests to an upstream at the same time. */
export const maxInFlight = integer({ min: 1, max: 10_000, fallback: 128 }).describe(
  'Requests on the way to it at the same time; more wait for their turn.',
);

/** Calls that wait for an upstream. */
export const maxWaiting = integer({ min: 0, max: 100_000, fallback: 256 }).describe(
  'Calls that may wait for it, beside those on the way; more are refused at once, and nothing is sent.',
);

/** Failures that pause the calls to an upstream. */
export const breakerFailures = integer({ min: 0, max: 1_000, fallback: 10 }).describe(
  'Timeouts and connection failures in a row after which its calls are paused, for 5 to 30 s at a time; 0: they never are.',
);

/** Requests to an upstream in a second. */
export const maxPerSecond = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a whole number from 1 to 99999')
  .transform(Number)
  .refine((value) => value >= 1, 'must be a whole number from 1 to 99999')
  .optional()
  .describe('Requests to it that may start within a second. Not set: no limit.');

/** The limits among an upstream's variables that hold for all processes together, as they are set or by default. One that is set wrongly is left out. */
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
