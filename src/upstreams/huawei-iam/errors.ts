import * as z from 'zod';
import type { OidcErrorCode } from '../../domain/errors.ts';
import type { InputIssue } from '../../domain/input-issue.ts';
import { isObject } from '../../domain/json/json.ts';
import type { Json } from '../../domain/json/json.ts';
import type { ErrorReading } from '../../transport/response/reader.ts';
import { fieldsNamedIn } from '../../transport/response/blamed-fields.ts';
import type { Subject, Whole } from '../../transport/operation.ts';
import { isLeftToCode } from '../../transport/response/error-code.ts';
import { ALL_FIELDS as CONFIG_FIELDS } from './oidc-config/fields.ts';

/** Wire names with the input's names, which are the same in camel case. A member of a rule maps to `rules`, because a message does not say which rule it means. */
const FIELD_NAMES: ReadonlyMap<string, string> = new Map([
  ...[...CONFIG_FIELDS, 'id', 'description', 'enabled', 'ssoType', 'mappingId', 'rules'].map(
    (field) => [field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), field] as const,
  ),
  ...['local', 'remote', 'any_one_of', 'not_any_of', 'regex'].map(
    (member) => [member, 'rules'] as const,
  ),
]);

/** What a code stands for if the status says only "refused" (400, 422 and the like). */
const BY_CODE: ReadonlyMap<string, OidcErrorCode> = new Map(
  Object.entries<OidcErrorCode>({
    'IAM.0001': 'UNAUTHENTICATED',
    'IAM.0061': 'UNAUTHENTICATED',
    'IAM.0062': 'UNAUTHENTICATED',
    'IAM.0063': 'UNAUTHENTICATED',
    'IAM.0066': 'UNAUTHENTICATED',
    'IAM.0067': 'UNAUTHENTICATED',
    'IAM.1104': 'UNAUTHENTICATED',
    'IAM.1105': 'UNAUTHENTICATED',
    'IAM.1106': 'UNAUTHENTICATED',
    'IAM.1107': 'UNAUTHENTICATED',
    'IAM.1108': 'UNAUTHENTICATED',
    'APIGW.0301': 'UNAUTHENTICATED',
    'APIGW.0307': 'UNAUTHENTICATED',
    'IAM.0002': 'PERMISSION_DENIED',
    'IAM.0003': 'PERMISSION_DENIED',
    'APIGW.0302': 'PERMISSION_DENIED',
    'IAM.0004': 'NOT_FOUND',
    'IAM.0005': 'ALREADY_EXISTS',
    'IAM.0012': 'RATE_LIMITED',
    'APIGW.0308': 'RATE_LIMITED',
  }),
);

/** Codes that mean something else than their status. */
const BY_STATUS_AND_CODE: ReadonlyMap<string, OidcErrorCode> = new Map(
  Object.entries<OidcErrorCode>({
    // "The access token does not have permissions": a new token would not help.
    '401 IAM.0064': 'PERMISSION_DENIED',
    // The host does not know the API: the base URL is wrong, which says nothing about the object.
    '404 APIGW.0101': 'UPSTREAM_REJECTED',
  }),
);

/** An error body, in any of its forms. */
interface ErrorBody {
  /** An IAM or API gateway code; null if the body has only the HTTP status. */
  readonly code: string | null;
  readonly message: string | null;
  /** Id given by the API gateway in front of IAM. */
  readonly requestId: string | null;
  /** All other members. */
  readonly rest: Json;
}

/** A code of IAM, or of a service of the platform in front of it. */
const OWN_CODE = /^[A-Z][A-Z\d]*\.\d+$/;

/** An error of Keystone (`/v3`), which has no code of IAM. */
export const keystoneError = z.object({
  error: z.object({ code: z.int(), message: z.string(), title: z.string() }),
});

/** Errors of IAM and of the API gateway in front of it; some of them have a bare number for a code. */
const codedError = z.union([
  z.object({
    error_code: z.union([z.string().regex(OWN_CODE), z.string().regex(/^\d{1,6}$/), z.int()]),
  }),
  z.object({ code: z.string().regex(OWN_CODE) }),
]);

const ownForms = z.union([keystoneError, codedError, z.object({ error: codedError })]);

/** Whether an error body is in a form of IAM or its API gateway. Other proxies in between may send JSON as well. */
function isOwnError(body: Json): boolean {
  return ownForms.safeParse(body).success;
}

/** Where a code and a message may be, in order. A value that is not text or a number is neither, and stays in `rest`. */
const CODES = ['error_code', 'code'];
const MESSAGES = ['error_msg', 'message'];

/**
 * Reads `{error_code, error_msg}` of the `/v3.0` APIs and of the API gateway (with `request_id`, and sometimes
 * `encoded_authorization_message`), and `{error: {code, message, title}}` of the `/v3` APIs, whose numeric code is the
 * HTTP status and no IAM code. Anything else is kept whole in `rest`.
 */
export function errorBody(body: Json): ErrorBody {
  if (!isObject(body)) return { code: null, message: null, requestId: null, rest: body };
  const { error, ...outer } = body;
  const members = isObject(error) ? { ...outer, ...error } : body;
  const first = (names: readonly string[]) => names.find((name) => isWord(members[name]));
  const [code, message] = [first(CODES), first(MESSAGES)];
  const text = (name: string | undefined) =>
    name !== undefined && isWord(members[name]) ? String(members[name]) : null;
  const others = Object.entries(members).filter(([name]) => name !== code && name !== message);
  return {
    code: code === 'code' && typeof members[code] === 'number' ? null : text(code),
    message: text(message),
    requestId: text('request_id'),
    rest: others.length === 0 ? null : Object.fromEntries(others),
  };
}

function isWord(value: Json | undefined): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** Reads an error body of Huawei Cloud IAM or of the API gateway in front of it. */
export function readError({
  status,
  json,
}: {
  readonly status: number;
  readonly json: Json | undefined;
}): ErrorReading {
  if (json === undefined) return { details: [] };
  const body = errorBody(json);
  const inOwnWords = isOwnError(json);
  const { code, message, rest } = body;
  return {
    details:
      code === null && message === null && rest === null
        ? []
        : [{ code, message, data: rest === null ? null : JSON.stringify(rest) }],
    code:
      code === null
        ? undefined
        : (BY_STATUS_AND_CODE.get(`${status} ${code}`) ??
          (isLeftToCode(status) ? BY_CODE.get(code) : undefined)),
    issues: isLeftToCode(status) ? issuesOf(body) : [],
    missing: actionsIn(message ?? ''),
    object: objectIn(message ?? ''),
    inOwnWords,
    absent: code === 'IAM.0004' || (inOwnWords && /^Could not find\b/.test(message ?? '')),
    requestId: body.requestId ?? undefined,
  };
}

/** How IAM.0007, .0072, .0073, .1102, .1103 and Keystone name a field. The value that .0073 repeats after it is ignored. */
const NAMED = [
  /^Request parameter '?(\w{1,64})'? is invalid/,
  /^'?(\w{1,64})'? is a required property/,
  /^Invalid input for field '?(\w{1,64})'?/,
  /^Invalid (mapping id)\b/,
  /^The '?(\w{1,64})'? (?:in the request body is invalid|is required in the request body)/,
];

function issuesOf({ code, message, rest }: ErrorBody): InputIssue[] {
  const [named] = NAMED.flatMap((pattern) => pattern.exec(message ?? '')?.[1] ?? []);
  const text = message?.split('The value is')[0] ?? null;
  const name = named?.replace(' ', '_');
  // Members of the error body are part of its form: one that is called `id` or `description` does not name a field.
  const data = isObject(rest) ? Object.values(rest) : rest;
  const names =
    name === undefined ? fieldsNamedIn({ text, data }, [...FIELD_NAMES.keys()]) : [name];
  const fields = new Set(names.flatMap((one) => FIELD_NAMES.get(one) ?? []));
  return [...fields].map((field) => ({
    path: [field],
    code: 'REFUSED_BY_UPSTREAM',
    message: message ?? code ?? 'Huawei Cloud IAM refused this field.',
    source: 'UPSTREAM',
  }));
}

/** How far a message is searched for actions, in characters. */
const MAX_SEARCHED = 10_000;

const NOT_ALLOWED = "doesn't allow ";

/** "Policy doesn't allow a:b:c to be performed." */
function actionsIn(message: string): string[] {
  const searched = message.slice(0, MAX_SEARCHED);
  const end = searched.indexOf(' to be performed');
  const begin = end === -1 ? -1 : searched.lastIndexOf(NOT_ALLOWED, end);
  const actions = begin === -1 ? '' : searched.slice(begin + NOT_ALLOWED.length, end);
  return actions.split(/[\s,]+/).filter((action) => /^[\w*-]+(:[\w*-]+)+$/.test(action));
}

/** "Could not find <type>: <id>.", or Keystone's "Could not find <type> <id> for <type of the whole>: <id>." What follows the type in "Conflict occurred attempting to store <type> - …" is no id. */
function objectIn(message: string): Subject | undefined {
  const [, missing, id] =
    /^Could not find (\w{1,64}(?: \w{1,64})?): ([\w-]{1,255})\.?$/.exec(message) ??
    /^Could not find (\w{1,64}(?: \w{1,64})?) ([\w-]{1,255}) for identity[ _]provider: [\w-]{1,255}\.?$/.exec(
      message,
    ) ??
    [];
  if (missing !== undefined && id !== undefined) return { resource: missing, id };
  const [, conflicting] = /attempting to store (\w{1,64})/.exec(message) ?? [];
  return conflicting === undefined ? undefined : { resource: conflicting, id: null };
}

/** Parts of which an identity provider has at most one, by IAM's names. */
const PARTS = { protocol: 'protocol oidc', openidconnectconfig: 'OpenID Connect configuration' };

/** An identity provider with a part of it, to name both. */
export function partOfProvider(
  part: keyof typeof PARTS,
): (key: { readonly idpId: string }) => Whole {
  return ({ idpId }) => ({
    resource: 'identity_provider',
    id: idpId,
    called: 'identity provider',
    parts: PARTS,
    part,
  });
}
