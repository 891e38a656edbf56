import * as z from 'zod';
import { expectation } from '../../../domain/fingerprint.ts';
import type { RuleIssue } from '../../../domain/input-issue.ts';
import { jwks } from '../../../domain/keys/jwks-input.ts';
import type { Jwks } from '../../../domain/keys/jwks-input.ts';
import { fieldsRule, kept, rule } from '../../../domain/parse.ts';
import { httpUrl, text, words } from '../../../domain/primitives.ts';
import { federationId, wordsOf } from '../federation.ts';
import {
  ACCESS_MODE,
  CONSOLE_FIELDS,
  RESPONSE_MODE,
  RESPONSE_TYPE,
  SIGNING_KEY_LENGTH,
  URL_LENGTH,
} from './fields.ts';
import type { ConsoleField } from './fields.ts';
import { toWire } from './translate.ts';
import type { WholeOidcConfig } from './translate.ts';

/** IAM accepts 32 KB of request body (IAM.1101). */
export const MAX_BODY_BYTES = 32 * 1024;

/** Maximum bytes of JSON for a character (`\u001f`), and for all names and punctuation of the body. Most bodies are much smaller than the limit, so they need not be measured. */
const MAX_BYTES_PER_CHARACTER = 6;
const MAX_BYTES_OF_NAMES = 500;

const MAX_SCOPES = 10;
const MAX_SCOPE_LENGTH = 255;

const scope = words(/^[A-Za-z0-9_]+$/, 'letters, digits and underscores')
  .check(rule((list: string[]) => scopeIssues(new Set(list))))
  .transform((list) => [...new Set(list)]);

const NEEDED = {
  code: 'REQUIRED',
  message: 'Required if accessMode is PROGRAM_CONSOLE.',
} as const;
const REFUSED = {
  code: 'NOT_ALLOWED',
  message: 'Must be omitted if accessMode is PROGRAM: only the console uses it.',
} as const;

/** A field that the console needs. */
function neededByConsole<Schema extends z.ZodType>(schema: Schema) {
  return z
    .unknown()
    .check(
      rule(function* (value: unknown) {
        if (value === undefined) yield NEEDED;
      }),
    )
    .pipe(schema);
}

/** The same field for programmatic access: refused with any value, because the upstream might silently accept it. */
const onlyForConsole = z
  .unknown()
  .check(
    rule(function* (value: unknown) {
      if (value !== undefined) yield REFUSED;
    }),
  )
  .transform(() => undefined)
  .optional();

const everyMode = {
  idpId: federationId,
  idpUrl: httpUrl({ ...URL_LENGTH, fragment: false, issuer: true }),
  clientId: text({ min: 5, max: 255 }).brand<'ClientId'>(),
  signingKey: jwks(SIGNING_KEY_LENGTH),
};

const consoleFields = {
  authorizationEndpoint: httpUrl({ ...URL_LENGTH, fragment: false }),
  scope,
  responseType: z.enum(wordsOf(RESPONSE_TYPE)),
  responseMode: z.enum(wordsOf(RESPONSE_MODE)),
} satisfies Record<ConsoleField, z.ZodType>;

/** Input of `createOidcConfig`, without its nulls. */
export const oidcConfigDraft = z
  .discriminatedUnion('accessMode', [
    z.object({
      ...everyMode,
      accessMode: z.literal('PROGRAM'),
      authorizationEndpoint: onlyForConsole,
      scope: onlyForConsole,
      responseType: onlyForConsole,
      responseMode: onlyForConsole,
    }),
    z.object({
      ...everyMode,
      accessMode: z.literal('PROGRAM_CONSOLE'),
      authorizationEndpoint: neededByConsole(consoleFields.authorizationEndpoint),
      scope: neededByConsole(consoleFields.scope),
      responseType: neededByConsole(consoleFields.responseType),
      responseMode: neededByConsole(consoleFields.responseMode),
    }),
  ])
  .check(fieldsRule(bodySizeIssues));

/** A checked configuration that is not stored yet. */
export type OidcConfigDraft = z.output<typeof oidcConfigDraft>;

/** Input of `updateOidcConfig`: fields left out keep what is stored. */
export const oidcConfigPatch = z
  .object({
    idpId: federationId,
    accessMode: kept(z.enum(wordsOf(ACCESS_MODE))),
    idpUrl: kept(everyMode.idpUrl),
    clientId: kept(everyMode.clientId),
    authorizationEndpoint: consoleFields.authorizationEndpoint.nullish(),
    scope: consoleFields.scope.nullish(),
    responseType: consoleFields.responseType.nullish(),
    responseMode: consoleFields.responseMode.nullish(),
    signingKey: kept(everyMode.signingKey),
    ...expectation,
  })
  // The rest depends on the stored configuration, which is read later.
  .check(fieldsRule((patch) => consoleIssues(patch.accessMode, patch)));

/** A checked change of a stored configuration. */
export type OidcConfigPatch = Omit<z.output<typeof oidcConfigPatch>, 'expectedFingerprint'>;

/** Console fields that are null although the access mode needs them, or given although it refuses them. */
export function* consoleIssues(
  accessMode: unknown,
  fields: Readonly<Record<string, unknown>>,
): Iterable<RuleIssue> {
  for (const field of CONSOLE_FIELDS) {
    const value = fields[field];
    if (accessMode === 'PROGRAM_CONSOLE' && value === null) yield { path: [field], ...NEEDED };
    if (accessMode === 'PROGRAM' && value !== undefined && value !== null)
      yield { path: [field], ...REFUSED };
  }
}

/** Input of `oidcConfig`. */
export const oidcConfigKey = z.object({ idpId: federationId });

export type OidcConfigKey = z.output<typeof oidcConfigKey>;

/** Whether the body of a request that creates or changes a configuration becomes larger than IAM accepts. */
export function* bodySizeIssues(fields: object): Iterable<RuleIssue> {
  // Other fields count even if they have issues, if they are texts. Without a key set there is nothing to measure.
  const { signingKey, scope = [], ...texts } = fields as Readonly<Record<string, unknown>>;
  const others = Object.values(texts).concat(scope);
  if (
    !isJwks(signingKey) ||
    !Array.isArray(scope) ||
    !others.every((value) => value === undefined || typeof value === 'string')
  )
    return;
  const length = others.reduce(
    (sum, value) => sum + (value?.length ?? 0) + 1,
    signingKey.text.length,
  );
  if (length * MAX_BYTES_PER_CHARACTER + MAX_BYTES_OF_NAMES <= MAX_BODY_BYTES) return;
  const size = Buffer.byteLength(JSON.stringify(toWire(fields as WholeOidcConfig)));
  if (size > MAX_BODY_BYTES) {
    yield {
      path: ['signingKey'],
      code: 'TOO_LONG',
      message: `Makes the request too large: it has ${size} bytes of JSON, and at most ${MAX_BODY_BYTES} are accepted. Omit keys that no longer sign.`,
    };
  }
}

function isJwks(value: unknown): value is Pick<Jwks, 'text'> {
  return typeof value === 'object' && value !== null && 'text' in value;
}

function* scopeIssues(scopes: ReadonlySet<string>): Iterable<RuleIssue> {
  if (scopes.size === 0)
    yield { code: 'TOO_SHORT', message: `Must have 1 to ${MAX_SCOPES} words.` };
  if (scopes.size > MAX_SCOPES)
    yield {
      code: 'TOO_LONG',
      message: `Must have at most ${MAX_SCOPES} different words, but has ${scopes.size}.`,
    };
  if (!scopes.has('openid'))
    yield {
      code: 'INVALID_SCOPE',
      message: 'Must contain the word openid (OpenID Connect Core 1.0 section 3.1.2.1).',
    };
  const { length } = [...scopes].join(' ');
  if (length > MAX_SCOPE_LENGTH)
    yield {
      code: 'TOO_LONG',
      message: `Must have at most ${MAX_SCOPE_LENGTH} characters joined by spaces, but has ${length}.`,
    };
}
