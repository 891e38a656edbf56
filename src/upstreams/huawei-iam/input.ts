import { z } from 'zod';
import { expectation } from '../../domain/fingerprint.ts';
import { parseJson } from '../../domain/json.ts';
import { jwks, keysOf, keySetWarnings, readJwks } from '../../domain/jwks.ts';
import type { Jwks } from '../../domain/jwks.ts';
import type { Jwk } from '../../domain/key-material.ts';
import {
  fieldsRule,
  invalidInput,
  kept,
  notWritable,
  rule,
  withoutNulls,
} from '../../domain/parse.ts';
import type { InputIssue, RuleIssue } from '../../domain/parse.ts';
import { httpUrl, id, isCleartext, text, words } from '../../domain/primitives.ts';
import { hasPrivateKey, privatePaths, withoutPrivateKey } from '../../domain/private-key.ts';
import { isMultiTenantEndpoint, isMultiTenantIssuer } from '../../domain/url.ts';
import type { Warning } from '../../domain/warnings.ts';
import { jwkList, toWire } from './mapping.ts';
import type { OidcConfig } from './mapping.ts';

const ACCESS_MODES = ['PROGRAM', 'PROGRAM_CONSOLE'] as const;
const RESPONSE_TYPES = ['ID_TOKEN'] as const;
const RESPONSE_MODES = ['FRAGMENT', 'FORM_POST'] as const;

/** Who may sign in through the identity provider: API calls only, or the console too. */
export type AccessMode = (typeof ACCESS_MODES)[number];
export type ResponseType = (typeof RESPONSE_TYPES)[number];
export type ResponseMode = (typeof RESPONSE_MODES)[number];

/** IAM accepts 32 KB of request body (IAM.1101). */
const MAX_BODY_BYTES = 32 * 1024;

/** What JSON takes at most: for a character (`\u001f`), and for all names and signs of the body together. Most bodies are far from too large, and need not be measured. */
const MOST_BYTES_PER_CHARACTER = 6;
const MOST_BYTES_OF_NAMES = 500;

const MAX_SCOPES = 10;
const MAX_SCOPE_LENGTH = 255;

/** Id of an identity provider, which is also its name. */
export const idpId = id(
  /^[A-Za-z0-9_-]{1,64}$/,
  '1 to 64 letters, digits, hyphens and underscores',
);

const scope = words(/^[A-Za-z0-9_]+$/, 'letters, digits and underscores')
  .check(rule((list: string[]) => scopeIssues(new Set(list))))
  .transform((list) => [...new Set(list)]);

const NEEDED = {
  code: 'REQUIRED',
  message: 'Is needed when accessMode is PROGRAM_CONSOLE.',
} as const;
const REFUSED = {
  code: 'NOT_ALLOWED',
  message: 'Must be left out when accessMode is PROGRAM: only the console uses it.',
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

/** The same field for programmatic access: refused whatever it holds, because the upstream might take it silently. */
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
  idpId,
  idpUrl: httpUrl({ min: 10, max: 255, fragment: false, issuer: true }),
  clientId: text({ min: 5, max: 255 }).brand<'ClientId'>(),
  signingKey: jwks({ min: 10, max: 30_000 }),
};

const consoleFields = {
  authorizationEndpoint: httpUrl({ min: 10, max: 255, fragment: false }),
  scope,
  responseType: z.enum(RESPONSE_TYPES),
  responseMode: z.enum(RESPONSE_MODES),
};
const CONSOLE_FIELDS = [
  'authorizationEndpoint',
  'scope',
  'responseType',
  'responseMode',
] as const satisfies (keyof typeof consoleFields)[];

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

/** Input of `updateOidcConfig`: what is left out stays. */
export const oidcConfigPatch = z
  .object({
    idpId,
    accessMode: kept(z.enum(ACCESS_MODES)),
    idpUrl: kept(everyMode.idpUrl),
    clientId: kept(everyMode.clientId),
    authorizationEndpoint: consoleFields.authorizationEndpoint.nullish(),
    scope: consoleFields.scope.nullish(),
    responseType: consoleFields.responseType.nullish(),
    responseMode: consoleFields.responseMode.nullish(),
    signingKey: kept(everyMode.signingKey),
    ...expectation,
  })
  // What is stored decides the rest, once it has been read.
  .check(fieldsRule((patch) => consoleIssues(patch.accessMode, patch)));

/** A checked change of a stored configuration. */
export type OidcConfigPatch = Omit<z.output<typeof oidcConfigPatch>, 'expectedFingerprint'>;

/** A whole configuration as it is sent; of the key set only the text counts. */
export interface WholeOidcConfig {
  readonly idpId: string;
  readonly accessMode: AccessMode;
  readonly idpUrl: string;
  readonly clientId: string;
  readonly authorizationEndpoint?: string | undefined;
  readonly scope?: readonly string[] | undefined;
  readonly responseType?: ResponseType | undefined;
  readonly responseMode?: ResponseMode | undefined;
  readonly signingKey: Pick<Jwks, 'text' | 'keys'>;
}

/**
 * What a change makes of the stored configuration. What it does not change is sent as it is stored.
 * @throws InvalidInputError where the access mode demands or refuses fields, or the whole becomes too large
 */
export function changed(patch: OidcConfigPatch, stored: OidcConfig): WholeOidcConfig {
  const accessMode = patch.accessMode ?? stored.accessMode;
  const forConsole = accessMode === 'PROGRAM_CONSOLE';
  const consoleField = <Value>(
    given: Value | null | undefined,
    there: Value | null,
  ): Value | undefined =>
    forConsole ? ((given === undefined ? there : given) ?? undefined) : undefined;
  const whole: WholeOidcConfig = {
    idpId: patch.idpId,
    accessMode,
    idpUrl: patch.idpUrl ?? stored.idpUrl,
    clientId: patch.clientId ?? stored.clientId,
    authorizationEndpoint: consoleField(patch.authorizationEndpoint, stored.authorizationEndpoint),
    scope: consoleField<readonly string[]>(patch.scope, stored.scope),
    responseType: consoleField(patch.responseType, stored.responseType),
    responseMode: consoleField(patch.responseMode, stored.responseMode),
    signingKey: patch.signingKey ?? { text: stored.signingKey, keys: jwkList(stored) },
  };
  // For the console every field counts, given or stored; otherwise only what was given, because the rest is dropped.
  const given = forConsole
    ? Object.fromEntries(CONSOLE_FIELDS.map((field) => [field, whole[field] ?? null]))
    : patch;
  const [first, ...rest] = [...consoleIssues(accessMode, given), ...bodySizeIssues(whole)];
  if (first !== undefined) throw invalidInput(asInputIssue(first), ...rest.map(asInputIssue));
  return whole;
}

function asInputIssue({ path = [], ...issue }: RuleIssue): InputIssue {
  return { path, ...issue, source: 'GATEWAY' };
}

/** What the access mode demands, where null is given, and what it refuses. */
function* consoleIssues(
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
export const oidcConfigKey = z.object({ idpId });

export type OidcConfigKey = z.output<typeof oidcConfigKey>;

function* bodySizeIssues(fields: object): Iterable<RuleIssue> {
  // Faults of other fields do not matter to the size, as long as they are texts; without a key set there is nothing to measure.
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
  if (length * MOST_BYTES_PER_CHARACTER + MOST_BYTES_OF_NAMES <= MAX_BODY_BYTES) return;
  const size = Buffer.byteLength(JSON.stringify(toWire(fields as WholeOidcConfig)));
  if (size > MAX_BODY_BYTES) {
    yield {
      path: ['signingKey'],
      code: 'TOO_LONG',
      message: `Makes the request too large: ${size} bytes of JSON, at most ${MAX_BODY_BYTES} are accepted. Leave out keys that no longer sign.`,
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
      message: `Must have at most ${MAX_SCOPES} different words, has ${scopes.size}.`,
    };
  if (!scopes.has('openid'))
    yield {
      code: 'INVALID_SCOPE',
      message: 'Must hold the word openid (OpenID Connect Core 1.0 section 3.1.2.1).',
    };
  const { length } = [...scopes].join(' ');
  if (length > MAX_SCOPE_LENGTH)
    yield {
      code: 'TOO_LONG',
      message: `Must have at most ${MAX_SCOPE_LENGTH} characters joined by spaces, has ${length}.`,
    };
}

/** A configuration as it is stored, or will be. */
type StoredConfig = Pick<
  OidcConfig,
  'idpId' | 'accessMode' | 'idpUrl' | 'clientId' | 'signingKey'
> & { readonly [Field in (typeof CONSOLE_FIELDS)[number]]?: OidcConfig[Field] | undefined };

/** What warnings look at beside the keys, in a draft as in a stored configuration. */
export interface OidcConfigFacts {
  readonly idpUrl: string;
  readonly clientId: string;
  readonly authorizationEndpoint?: string | null | undefined;
}

/** What there is to say about a configuration that is stored, or partly so. */
export function* storedConfigWarnings({
  idpId: id,
  accessMode,
  idpUrl,
  clientId,
  authorizationEndpoint,
  scope: words,
  responseType,
  responseMode,
  signingKey,
}: StoredConfig): Iterable<Warning> {
  yield* oidcConfigWarnings(
    { idpUrl, clientId, authorizationEndpoint },
    keysOf(readJwks(signingKey)),
  );
  yield* privateKeyWarnings(signingKey);
  const shown = {
    idpId: id,
    accessMode,
    idpUrl,
    clientId,
    authorizationEndpoint,
    scope: words,
    responseType,
    responseMode,
    signingKey: withoutPrivateKey(signingKey),
  };
  yield* notWritable(oidcConfigDraft, withoutNulls(shown));
}

/** Where a stored signing key holds what is private. */
export function* privateKeyWarnings(signingKey: string): Iterable<Warning> {
  if (!hasPrivateKey(signingKey)) return;
  for (const path of privatePaths(parseJson(signingKey) ?? signingKey, ['signingKey'])) {
    yield {
      code: 'PRIVATE_KEY_STORED',
      path,
      message:
        'A private or symmetric key is stored there. It is not shown here. Store the public keys alone, and replace this key at the identity provider: everybody who could read the configuration has it.',
    };
  }
}

/** What is legal in a configuration but will hurt. */
export function* oidcConfigWarnings(
  { idpUrl, clientId, authorizationEndpoint }: OidcConfigFacts,
  keys: readonly Jwk[],
): Iterable<Warning> {
  if (clientId !== clientId.trim()) {
    yield {
      code: 'SURROUNDING_SPACE',
      path: ['clientId'],
      message:
        'Begins or ends with white space, which is stored as it is; was it pasted by mistake?',
    };
  }
  if (isCleartext(idpUrl))
    yield {
      code: 'ENDPOINT_CLEARTEXT',
      path: ['idpUrl'],
      message:
        'The issuer is plain http, and OpenID Connect demands https: anybody on the way can pretend to be it.',
    };
  if (isMultiTenantIssuer(idpUrl)) {
    yield {
      code: 'MULTI_TENANT_ISSUER',
      path: ['idpUrl'],
      message:
        'Is the issuer of many tenants. ID tokens have the issuer of one tenant in iss, so sign-in fails: give that one, with the id of the tenant.',
    };
  }
  const endpoint = authorizationEndpoint ?? '';
  if (isCleartext(endpoint))
    yield {
      code: 'ENDPOINT_CLEARTEXT',
      path: ['authorizationEndpoint'],
      message: 'People sign in there over plain http; use https.',
    };
  if (isMultiTenantEndpoint(endpoint)) {
    yield {
      code: 'MULTI_TENANT_ISSUER',
      path: ['authorizationEndpoint'],
      message:
        'People of any tenant can sign in there, with ID tokens of as many issuers: give the endpoint of your own tenant.',
    };
  }
  for (const warning of keySetWarnings(keys))
    yield { ...warning, path: ['signingKey', ...warning.path] };
}
