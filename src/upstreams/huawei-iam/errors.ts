import type { OidcErrorCode } from '../../domain/errors.ts';
import type { InputIssue } from '../../domain/parse.ts';
import { isObject } from '../../domain/json.ts';
import type { Json } from '../../domain/json.ts';
import type { ErrorReading } from '../../transport/answer.ts';
import { fieldsNamedIn } from '../../transport/fields.ts';
import type { Subject } from '../../transport/operation.ts';
import type { Whole } from '../../transport/response-words.ts';
import { isLeftToCode } from '../../transport/status.ts';
import { FEDERATION_FIELD_NAMES } from './mapping-federation.ts';
import { FIELD_NAMES as CONFIG_FIELD_NAMES } from './mapping.ts';
import { errorBody, isOwnError } from './wire.ts';
import type { ErrorBody } from './wire.ts';

/** Wire names and the inputs' words for them; a member of a rule stands for all rules, because a message does not say which. */
const FIELD_NAMES = {
  ...CONFIG_FIELD_NAMES,
  ...FEDERATION_FIELD_NAMES,
  local: 'rules',
  remote: 'rules',
  any_one_of: 'rules',
  not_any_of: 'rules',
  regex: 'rules',
};

/** What a code stands for where the status says no more than "refused" (400, 422 and the like). */
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

/** Codes that say something else than their own status. */
const BY_STATUS_AND_CODE: ReadonlyMap<string, OidcErrorCode> = new Map(
  Object.entries<OidcErrorCode>({
    // "The access token does not have permissions": a new token would not help.
    '401 IAM.0064': 'PERMISSION_DENIED',
    // The API itself is unknown there: a wrong base URL, which says nothing about the object.
    '404 APIGW.0101': 'UPSTREAM_REJECTED',
  }),
);

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

/** How IAM.0007, .0072, .0073, .1102 and .1103 name a field, and Keystone one; the value that .0073 repeats after it does not count. */
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
  // Members of the body itself are its form: one that is called `id` or `description` blames no field.
  const data = isObject(rest) ? Object.values(rest) : rest;
  const names =
    name === undefined
      ? fieldsNamedIn({ text, data }, Object.keys(FIELD_NAMES))
      : [name].filter((one) => Object.hasOwn(FIELD_NAMES, one));
  const fields = new Set(names.map((one) => FIELD_NAMES[one as keyof typeof FIELD_NAMES]));
  return [...fields].map((field) => ({
    path: [field],
    code: 'REFUSED_BY_UPSTREAM',
    message: message ?? code ?? 'Huawei Cloud IAM refused this field.',
    source: 'UPSTREAM',
  }));
}

/** Longer messages are not searched to their end for actions, in characters. */
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

/** What an identity provider has no more than one of, by the names that IAM gives it. */
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
