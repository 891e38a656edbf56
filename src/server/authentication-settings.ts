import { createPublicKey } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { SCOPES } from '../domain/identity.ts';
import { parseJson } from '../domain/json.ts';
import type { Json } from '../domain/json.ts';
import { isLoopback } from '../domain/primitives.ts';
import { isPrivate } from '../domain/private-key.ts';
import { parseUrl } from '../domain/url.ts';
import { describeFileFailure, readSettingsFile, repetitionIn } from '../transport/settings-file.ts';
import { integer, listed, oneOf, refuseStray } from '../transport/settings.ts';

/**
 * Signature algorithms that a token may have (RFC 7518 section 3.1, RFC 8037 section 3.1), each with the key that it
 * needs. Symmetric ones and `none` are not among them: with those, whoever knows the public key could sign.
 */
const ALGORITHMS = {
  RS256: 'RSA',
  RS384: 'RSA',
  RS512: 'RSA',
  PS256: 'RSA',
  PS384: 'RSA',
  PS512: 'RSA',
  ES256: 'EC P-256',
  ES384: 'EC P-384',
  ES512: 'EC P-521',
  EdDSA: 'OKP Ed25519',
} as const;

type Algorithm = keyof typeof ALGORITHMS;

const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as Algorithm[];

/** Size of an RSA key below which RFC 7518 section 3.3 forbids its use, in bits. */
const MIN_MODULUS_BITS = 2048;

const algorithms = z.string().transform((value, context): readonly Algorithm[] => {
  const names = value.split(',').map((name) => name.trim());
  const chosen = ALGORITHM_NAMES.filter((name) => names.includes(name));
  if (chosen.length < new Set(names).size)
    context.addIssue({
      code: 'custom',
      message: `must be a list with commas out of ${ALGORITHM_NAMES.join(', ')}`,
    });
  return chosen;
});

const jwksUrl = z.string().transform((value, context): URL => {
  const fault = (message: string) => {
    context.addIssue({ code: 'custom', message });
  };
  const url = parseUrl(value);
  if (url === null) {
    fault('must be a URL, e.g. https://idp.example.com/jwks');
    return z.NEVER;
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    fault('must begin with https:// (http:// only for this machine itself)');
  if (url.username !== '' || url.password !== '' || value.includes('#'))
    fault('must not have a user name, password or fragment');
  return url;
});

const claim = z
  .string()
  .regex(/^\S+$/, 'must be exactly what tokens have, without spaces')
  .superRefine((value, context) => {
    if (!/\s/.test(value)) refuseStray(value, context);
  });

/** The variables of the environment that say who may call. None of them set: everybody may. */
export const authenticationEnvironment = z.object({
  AUTH_JWKS_URL: jwksUrl
    .optional()
    .describe(
      'Where the issuer of bearer tokens publishes its keys, a JSON Web Key Set. With it, or with the file, callers need a token.',
    ),
  AUTH_JWKS_FILE: z
    .string()
    .optional()
    .describe('File with the keys of the issuer, read at start, in place of the URL.'),
  AUTH_ISSUER: claim.optional().describe('The `iss` of every token, compared exactly.'),
  AUTH_AUDIENCE: claim
    .optional()
    .describe(
      'What must be among the `aud` of every token: the name of this gateway at the issuer.',
    ),
  AUTH_ALGORITHMS: algorithms
    .default(['RS256', 'PS256', 'ES256', 'EdDSA'])
    .describe(`Signature algorithms of tokens, with commas, out of ${listed(ALGORITHM_NAMES)}.`),
  AUTH_CLOCK_TOLERANCE_S: integer({ min: 0, max: 300, fallback: 30 }).describe(
    'How far the clocks of issuer and gateway may be apart, in seconds.',
  ),
  AUTH_API_KEYS_FILE: z
    .string()
    .optional()
    .describe(
      'File with the digests of API keys, read at start; `npm run api-key` makes its entries. With it, callers may send a key in `X-Api-Key`.',
    ),
});

/** How bearer tokens are checked. */
export interface JwtSettings {
  /** The issuer's keys, or where they are. */
  readonly keys: JSONWebKeySet | URL;
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly clockToleranceS: number;
}

const ENTRY_MEMBERS =
  'must have the members id, sha256, scopes and, where it ends, expires, and no other';

/** An API key as its file has it: never the key, only its digest. */
export const apiKeyEntry = z.strictObject(
  {
    id: z
      .string({ error: 'must be text' })
      .regex(
        /^[A-Za-z0-9._-]{1,64}$/,
        'must have 1 to 64 characters: letters, digits, dot, underscore, hyphen',
      ),
    sha256: z
      .string({ error: 'must be text' })
      .regex(/^[0-9a-f]{64}$/, 'must be 64 digits 0 to 9 and a to f'),
    scopes: z
      .array(oneOf(SCOPES), { error: 'must be a list' })
      .min(1, 'must have at least one scope'),
    expires: z.iso
      .datetime({ offset: true, error: 'must be a time with its zone, e.g. 2027-01-01T00:00:00Z' })
      .optional(),
  },
  { error: ENTRY_MEMBERS },
);

export type ApiKeyEntry = z.output<typeof apiKeyEntry>;

/** Who may call. */
export interface AuthenticationSettings {
  /** Null where bearer tokens are not taken. */
  readonly jwt: JwtSettings | null;
  /** Null where API keys are not taken. */
  readonly apiKeys: readonly ApiKeyEntry[] | null;
}

const apiKeysFile = z.object(
  {
    keys: z
      .array(apiKeyEntry, { error: 'must be a list of keys' })
      .min(1, 'must have at least one key')
      .superRefine((entries, context) => {
        for (const member of ['id', 'sha256'] as const) {
          const seen = new Set<string>();
          for (const [index, entry] of entries.entries()) {
            if (seen.has(entry[member]))
              context.addIssue({
                code: 'custom',
                path: [index, member],
                message: 'is the same as of a key before it',
              });
            seen.add(entry[member]);
          }
        }
        const spellings = new Map<string, { readonly id: string; readonly index: number }>();
        for (const [index, { id }] of entries.entries()) {
          const before = spellings.get(id.toLowerCase());
          // They would be two callers whom people take for one.
          if (before !== undefined && before.id !== id)
            context.addIssue({
              code: 'custom',
              path: [index, 'id'],
              message: `differs from keys.${before.index}.id only in upper and lower case`,
            });
          spellings.set(id.toLowerCase(), before ?? { id, index });
        }
      }),
  },
  { error: 'must hold {"keys":[…]}' },
);

const publicKey = z
  .looseObject(
    { kty: z.string({ error: 'must name the type of the key' }) },
    { error: 'must be a JSON Web Key' },
  )
  .superRefine((key, context) => {
    if (key.kty === 'oct' || isPrivate(key)) {
      context.addIssue({
        code: 'custom',
        message:
          'holds private or symmetric key material: give public keys alone, and replace this one if it was in use',
      });
    }
  });

/** A key set that can check tokens of these algorithms. Keys of other types, or for encryption, may stand beside. */
const keySetFile = (allowed: readonly Algorithm[]) =>
  z
    .object(
      { keys: z.array(publicKey, { error: 'must be a list of keys' }) },
      { error: 'must hold a JSON Web Key Set, {"keys":[…]}' },
    )
    .superRefine(({ keys }, context) => {
      const usable = [...keys.entries()].filter(([, { kty, crv, use, alg }]) => {
        const type = kty === 'RSA' ? kty : `${kty} ${String(crv)}`;
        return (
          (use === undefined || use === 'sig') &&
          allowed.some((name) => ALGORITHMS[name] === type && (alg === undefined || alg === name))
        );
      });
      if (usable.length === 0)
        context.addIssue({
          code: 'custom',
          path: ['keys'],
          message: 'must have at least one public signing key for AUTH_ALGORITHMS',
        });
      for (const [index, key] of usable) {
        const message = materialFault(key);
        if (message !== null) context.addIssue({ code: 'custom', path: ['keys', index], message });
      }
    })
    // The library imports each key again when it is used, and refuses what is not one.
    .transform((set) => set as JSONWebKeySet);

function materialFault(key: object): string | null {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
    const bits = asymmetricKeyDetails?.modulusLength ?? MIN_MODULUS_BITS;
    return bits < MIN_MODULUS_BITS
      ? `must have a modulus of at least ${MIN_MODULUS_BITS} bits`
      : null;
  } catch {
    return 'is no public key: a member is missing or damaged';
  }
}

/** Largest file of keys, in bytes. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * Reads from the environment who may call, and the files that it names.
 * @param set the variables that are set; others than those of `authenticationEnvironment` are left alone
 * @returns null where none is set, or every fault at once, each naming its variable, without any value or content
 */
export function authenticationSettings(
  set: Readonly<Record<string, string>>,
  readFile: (path: string) => string = (path) =>
    readSettingsFile(path, { maxBytes: MAX_FILE_BYTES }),
): { readonly settings: AuthenticationSettings | null } | { readonly faults: readonly string[] } {
  const { success, data, error } = authenticationEnvironment.safeParse(set);
  const faults = success ? [] : faultsOf(error);
  faults.push(...combinationFaults(set));

  const fromFile = <T>(
    name: keyof z.output<typeof authenticationEnvironment>,
    schema: z.ZodType<T>,
  ): T | null => {
    const path = set[name];
    if (path === undefined) return null;
    const content = readJson(path, readFile);
    if ('fault' in content) {
      faults.push(`${name} ${content.fault}`);
      return null;
    }
    const parsed = schema.safeParse(content.value);
    if (parsed.success) return parsed.data;
    faults.push(...faultsOf(parsed.error, name));
    return null;
  };
  // Where the algorithms have a fault of their own, the keys are held against all of them.
  const keySet = fromFile('AUTH_JWKS_FILE', keySetFile(data?.AUTH_ALGORITHMS ?? ALGORITHM_NAMES));
  const apiKeys = fromFile('AUTH_API_KEYS_FILE', apiKeysFile)?.keys ?? null;

  if (!success || faults.length > 0) return { faults };
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

/** What is wrong with which variables are set, whatever they hold. */
function combinationFaults(set: Readonly<Record<string, string>>): string[] {
  const [source, second] = ['AUTH_JWKS_URL', 'AUTH_JWKS_FILE'].filter((name) => name in set);
  const faults =
    source === undefined || second === undefined
      ? []
      : [`${second} must not be set beside ${source}`];
  if (source !== undefined) {
    return [
      ...faults,
      ...['AUTH_ISSUER', 'AUTH_AUDIENCE']
        .filter((name) => !(name in set))
        .map((name) => `${name} must be set with ${source}`),
    ];
  }
  return ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_ALGORITHMS', 'AUTH_CLOCK_TOLERANCE_S']
    .filter((name) => name in set)
    .map((name) => `${name} must not be set without AUTH_JWKS_URL or AUTH_JWKS_FILE`);
}

/** Issues in words; each begins with the variable, `name` where it is not the begin of the path. */
function faultsOf(error: z.ZodError, name?: string): string[] {
  return error.issues.map(({ path, message }) =>
    [name, path.map(String).join('.'), message]
      .filter((part) => part !== undefined && part !== '')
      .join(' '),
  );
}

function readJson(
  path: string,
  readFile: (path: string) => string,
): { readonly value: Json } | { readonly fault: string } {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return { fault: describeFileFailure(error) };
  }
  const value = parseJson(text);
  if (value === undefined) return { fault: 'names a file that is not JSON' };
  const fault = repetitionIn(text);
  return fault === null ? { value } : { fault };
}
