import type { OidcErrorCode } from '../../domain/errors.ts';
import { isObject } from '../../domain/json/json.ts';
import type { Json } from '../../domain/json/json.ts';
import type { InputIssue } from '../../domain/input-issue.ts';
import type { ErrorReading } from '../../transport/response/reader.ts';
import { fieldsNamedIn } from '../../transport/response/blamed-fields.ts';
import type { Subject } from '../../transport/operation.ts';
import { isLeftToCode } from '../../transport/response/error-code.ts';
import { FIELD_NAMES } from './open-id-connect/fields.ts';
import { errorEntries, isOwnError } from './error-body.ts';
import type { ErrorEntry } from './error-body.ts';

/** What a code stands for if the status says no more than "refused" (400, 422 and the like). */
const BY_CODE: ReadonlyMap<string, OidcErrorCode> = new Map(
  Object.entries<OidcErrorCode>({
    InvalidToken: 'UNAUTHENTICATED',
    'Auth.TokenRevoked': 'UNAUTHENTICATED',
    'Auth.InvalidUsernameOrPassword': 'UNAUTHENTICATED',
    'Auth.UserNotActive': 'UNAUTHENTICATED',
    'Auth.ClientNotActive': 'UNAUTHENTICATED',
    'Auth.LockedOut': 'UNAUTHENTICATED',
    invalid_token: 'UNAUTHENTICATED',
    invalid_grant: 'UNAUTHENTICATED',
    invalid_client: 'UNAUTHENTICATED',
    'Auth.InsufficientRoles': 'PERMISSION_DENIED',
    'Auth.InsufficientRole': 'PERMISSION_DENIED',
    InsufficientRoles: 'PERMISSION_DENIED',
    'Auth.UserNotAuthorizedToAdmin': 'PERMISSION_DENIED',
    insufficient_scope: 'PERMISSION_DENIED',
    unauthorized_client: 'PERMISSION_DENIED',
    NotFound: 'NOT_FOUND',
    NotFoundError: 'NOT_FOUND',
    IdExists: 'ALREADY_EXISTS',
    'Api.Offline': 'UPSTREAM_UNAVAILABLE',
  }),
);

/** Codes that are about one field without naming it. */
const FIELD_BY_CODE: ReadonlyMap<string, keyof typeof FIELD_NAMES> = new Map(
  Object.entries<keyof typeof FIELD_NAMES>({
    'ApiClient.InvalidClientID': 'OrderCloudApiClientID',
    'IntegrationEvent.IncompatibleEventType': 'IntegrationEventID',
  }),
);

/** Reads an error body of OrderCloud. */
export function readError({
  status,
  json,
}: {
  readonly status: number;
  readonly json: Json | undefined;
}): ErrorReading {
  const entries = json === undefined ? [] : errorEntries(json);
  const [first] = entries;
  const inOwnWords = json !== undefined && isOwnError(json);
  return {
    details: entries.map(({ ErrorCode, Message, Data }) => ({
      code: ErrorCode,
      message: Message,
      data: Data === null ? null : JSON.stringify(Data),
    })),
    code: first === undefined ? undefined : refine(status, first.ErrorCode),
    issues: isLeftToCode(status) ? entries.flatMap(issuesOf) : [],
    missing: first === undefined ? [] : rolesOf(first.Data),
    object: first === undefined ? undefined : objectOf(first.Data),
    inOwnWords,
    absent: inOwnWords && BY_CODE.get(first?.ErrorCode ?? '') === 'NOT_FOUND',
  };
}

function refine(status: number, code: string | null): OidcErrorCode | undefined {
  if (code === null) return undefined;
  // Another 5xx may come from a proxy in between, whatever its body repeats.
  if (status >= 500)
    return status === 503 && code === 'Api.Offline' ? 'UPSTREAM_UNAVAILABLE' : undefined;
  return isLeftToCode(status) ? BY_CODE.get(code) : undefined;
}

function issuesOf({ ErrorCode, Message, Data }: ErrorEntry): InputIssue[] {
  const byCode = FIELD_BY_CODE.get(ErrorCode ?? '');
  const fields =
    byCode === undefined
      ? fieldsNamedIn({ text: Message, data: Data }, Object.keys(FIELD_NAMES))
      : [byCode];
  return fields.map((field) => ({
    path: [FIELD_NAMES[field as keyof typeof FIELD_NAMES]],
    code: 'REFUSED_BY_UPSTREAM',
    message: Message ?? ErrorCode ?? 'OrderCloud refused this field.',
    source: 'UPSTREAM',
  }));
}

/** Roles of which one is enough (`SufficientRoles`). */
function rolesOf(data: Json): string[] {
  const roles = isObject(data) ? data['SufficientRoles'] : undefined;
  return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
}

function objectOf(data: Json): Subject | undefined {
  if (!isObject(data)) return undefined;
  const { ObjectType: resource, ObjectID: id } = data;
  if (typeof resource !== 'string' || resource === '') return undefined;
  return { resource, id: typeof id === 'string' && id !== '' ? id : null };
}
