import type { OidcErrorCode } from '../../domain/errors.ts';
import type { InputIssue } from '../../domain/input-issue.ts';
import { isSuccess } from '../http/http.ts';
import type { OperationFacts } from '../operation.ts';
import type { ErrorReading } from './reader.ts';

/** What a call does at the upstream. A write that was sent may have been applied, whatever comes back. */
export type Effect = 'read' | 'write';

/** Statuses that mean the same for every upstream; the class decides about all others (`codeForStatus`). */
const BY_STATUS: Readonly<Record<number, OidcErrorCode | Readonly<Record<Effect, OidcErrorCode>>>> =
  {
    401: 'UNAUTHENTICATED',
    403: 'PERMISSION_DENIED',
    404: 'NOT_FOUND',
    408: { read: 'UPSTREAM_UNAVAILABLE', write: 'OUTCOME_UNKNOWN' },
    409: { read: 'UPSTREAM_REJECTED', write: 'ALREADY_EXISTS' },
    429: 'RATE_LIMITED',
  };

/** The error that an HTTP status alone stands for, null for 2xx. */
export function codeForStatus(status: number, effect: Effect): OidcErrorCode | null {
  if (isSuccess(status)) return null;
  const listed = BY_STATUS[status];
  if (listed !== undefined) return typeof listed === 'string' ? listed : listed[effect];
  if (status >= 400 && status <= 499) return 'UPSTREAM_REJECTED';
  if (effect === 'write') return 'OUTCOME_UNKNOWN';
  return status >= 500 && status <= 599 ? 'UPSTREAM_UNAVAILABLE' : 'UPSTREAM_CONTRACT';
}

/** Whether a status says no more than that the request was refused, so that the upstream's own code may say why. */
export function isLeftToCode(status: number): boolean {
  return status >= 400 && status <= 499 && BY_STATUS[status] === undefined;
}

/**
 * The error that a response stands for: the only place where status, the upstream's own code and the body are weighed.
 *
 * The status decides first, and the upstream's own code refines: within 4xx it may name any error, within 5xx only that
 * the upstream is offline, and in 3xx nothing, because what responded may not be the upstream at all. A 400 or 422 whose
 * body names a field of the input is about the input.
 * @param statusCode what `codeForStatus` says
 */
export function errorCodeFor<Args>(
  statusCode: OidcErrorCode,
  status: number,
  reading: ErrorReading,
  operation: OperationFacts<Args>,
  args: Args,
): OidcErrorCode {
  if (status < 400 || status === 408) return statusCode;
  if (status >= 500) return reading.code === 'UPSTREAM_UNAVAILABLE' ? reading.code : statusCode;
  const code = reading.code ?? statusCode;
  if (code === 'ALREADY_EXISTS' && (operation.claims?.(args) ?? null) === null)
    return 'UPSTREAM_REJECTED';
  const namesField =
    (status === 400 || status === 422) && inputIssues(reading, operation, args).length > 0;
  return code === 'UPSTREAM_REJECTED' && namesField ? 'INVALID_INPUT' : code;
}

/** The issues in an error body that are about fields of the input, under the input's names. */
export function inputIssues<Args>(
  { issues = [] }: ErrorReading,
  { fields, fieldFor }: OperationFacts<Args>,
  args: Args,
): readonly InputIssue[] {
  const named =
    fieldFor === undefined
      ? issues
      : issues.map((issue) => ({
          ...issue,
          path: issue.path.map((part, index) => (index === 0 ? fieldFor(part, args) : part)),
        }));
  return named.filter(({ path: [field] }) => field !== undefined && fields.includes(field));
}
