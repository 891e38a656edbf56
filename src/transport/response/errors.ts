import {
  AlreadyExistsError,
  InvalidInputError,
  NotFoundError,
  OutcomeUnknownError,
  PermissionDeniedError,
  RateLimitedError,
  UnauthenticatedError,
  UpstreamContractError,
  UpstreamRejectedError,
  UpstreamUnavailableError,
} from '../../domain/errors.ts';
import type {
  OidcError,
  OidcErrorCode,
  OutcomeUnknownReason,
  UpstreamErrorDetail,
  UpstreamFailure,
} from '../../domain/errors.ts';
import type { Scrubber } from '../../domain/scrub/scrub.ts';
import { withoutPeriod } from '../../domain/text/sentence.ts';
import type { HttpResponse } from '../http/http.ts';
import { isSameId } from '../operation.ts';
import type { OperationFacts, Subject } from '../operation.ts';
import { inputIssues } from './error-code.ts';
import { absence, named, possibleAbsence } from './missing.ts';
import type { Concerned } from './missing.ts';
import type { ErrorReading, ResponseReader } from './reader.ts';
import { retryAfterSeconds } from './retry-after.ts';

/** A response that is not a success, and what is known about it. */
interface Refusal<Args> {
  readonly operation: OperationFacts<Args>;
  readonly args: Args;
  readonly response: HttpResponse;
  readonly reader: ResponseReader;
  readonly reading: ErrorReading;
  readonly upstream: UpstreamFailure;
  readonly scrubber: Scrubber;
}

/**
 * The domain error with its message. A message claims no more than the response shows: what is not in the upstream's own
 * words may come from a proxy.
 */
export function errorOf<Args>(
  code: OidcErrorCode,
  { operation, args, response, reader, reading, upstream, scrubber }: Refusal<Args>,
): OidcError {
  const { label } = reader;
  const said = saidBy(reading.details);
  const own = reading.inOwnWords === true;
  const foreign = own ? '' : `${label} ${scrubber.text(describeForeign(response))}${said}`;
  const retryAfter = retryAfterSeconds(response.header('retry-after'));
  const unapplied =
    operation.effect === 'read'
      ? ''
      : own
        ? ' Nothing was applied.'
        : ' According to that status, nothing was applied.';
  const options = { upstream, attested: own };
  switch (code) {
    case 'INVALID_INPUT': {
      const [first, ...rest] = inputIssues(reading, operation, args);
      if (first === undefined) break;
      return new InvalidInputError(
        `${own ? `${label} refused the input${said}` : `${foreign}: it, or an intermediary such as a proxy, refused the input`}.${unapplied}`,
        [first, ...rest],
        options,
      );
    }
    case 'UNAUTHENTICATED':
      return new UnauthenticatedError(
        `${own ? `${label} does not accept the credentials${said}` : `${foreign}: it may not accept the credentials, or an intermediary such as a proxy refused the request`}. ${reader.credentialsAdvice}`,
        options,
      );
    case 'PERMISSION_DENIED': {
      const missing = reading.missing ?? [];
      const needed = missing.length === 0 ? '' : ` This requires ${missing.join(' or ')}.`;
      const what = own
        ? `${label} does not allow the caller to ${operation.purpose}${said}`
        : `${foreign}: it may not allow the caller to ${operation.purpose}, or an intermediary such as a proxy refused the request`;
      return new PermissionDeniedError(`${what}.${needed}`, missing, options);
    }
    case 'NOT_FOUND': {
      const needs = operation.needs?.(args);
      const subject = operation.subject(args);
      const { resource, id } = reading.object ?? needs ?? subject;
      const concerned: Concerned = {
        object: reading.object,
        needs,
        whole: operation.whole?.(args),
        subject,
      };
      const what = own
        ? absence(concerned, label, said)
        : `${foreign}: ${possibleAbsence(concerned)}, or ${reader.urlVariables.join(' or ')} may be wrong at this gateway`;
      return new NotFoundError(
        `${what}.${needs === undefined ? '' : ` ${needs.advice}`}`,
        resource,
        id,
        {
          upstream,
          attested:
            reading.absent === true &&
            !(operation.whole === undefined && isOther(reading.object, subject)),
        },
      );
    }
    case 'ALREADY_EXISTS': {
      const claimed = operation.claims?.(args) ?? operation.subject(args);
      const object = {
        resource: reading.object?.resource ?? claimed.resource,
        id: reading.object?.id ?? claimed.id,
      };
      const what = own
        ? `${label} already has ${named(object)}${said}. Nothing was changed`
        : `${foreign}: it may already have ${named(object)}, or an intermediary such as a proxy refused the request. According to that status, nothing was changed`;
      return new AlreadyExistsError(`${what}.`, object.resource, object.id, options);
    }
    case 'RATE_LIMITED': {
      const wait =
        retryAfter === null ? 'Wait before sending it again' : `Send it again in ${retryAfter} s`;
      return new RateLimitedError(
        `${own ? `${label} asks for fewer requests${said}` : `${foreign}: it, or an intermediary such as a proxy, asks for fewer requests`}.${unapplied} ${wait}.`,
        retryAfter,
        options,
      );
    }
    case 'UPSTREAM_UNAVAILABLE':
      return new UpstreamUnavailableError(
        `${label}${own ? '' : ', or an intermediary such as a proxy,'} is unavailable now (status ${response.status})${said}.${unapplied} Try again later.`,
        retryAfter,
        options,
      );
    case 'UPSTREAM_CONTRACT':
      return new UpstreamContractError(
        `${label} returned status ${response.status}, which its contract does not define here${said}.`,
        options,
      );
    case 'OUTCOME_UNKNOWN':
      if (operation.effect === 'read') break;
      return outcomeUnknown(
        operation,
        args,
        reader,
        'UPSTREAM_ERROR',
        `returned status ${response.status}${said}`,
        upstream,
      );
    case 'UPSTREAM_REJECTED':
      break;
  }
  const what = own
    ? `${label} refused to ${operation.purpose} (status ${response.status})${said}`
    : `${foreign}: it, or an intermediary such as a proxy, refused to ${operation.purpose}`;
  return new UpstreamRejectedError(`${what}.${unapplied}`, options);
}

/** Whether the upstream names another object of the same kind, so that its error is not about the one asked for. Not for parts: upstreams give their ids without that of the whole. */
function isOther(object: Subject | undefined, subject: Subject): boolean {
  return (
    object !== undefined &&
    object.resource === subject.resource &&
    object.id !== null &&
    subject.id !== null &&
    !isSameId(object.id, subject.id)
  );
}

/** The error for a write that may have been applied. `what` follows the upstream's name. */
export function outcomeUnknown<Args>(
  operation: Extract<OperationFacts<Args>, { effect: 'write' }>,
  args: Args,
  { label }: ResponseReader,
  reason: OutcomeUnknownReason,
  what: string,
  upstream: UpstreamFailure,
  cause?: unknown,
): OutcomeUnknownError {
  const subject = named(operation.subject(args));
  return new OutcomeUnknownError(
    `The request to ${operation.purpose} was sent. ${label} ${what}. It may or may not have been applied (${subject}). ` +
      'Do not send it again before you have checked with the query in verifyWith.',
    reason,
    operation.verifyWith(args),
    { upstream, ...(cause !== undefined && { cause }) },
  );
}

/** Describes a refusal that is not in the upstream's error format. It follows the upstream's name in a message. */
function describeForeign({
  status,
  body,
  unreadable,
}: Pick<HttpResponse, 'status' | 'body' | 'unreadable'>): string {
  const returned = `returned status ${status}`;
  if (unreadable !== undefined) return `${returned}, but ${unreadable.message}`;
  return body.trim() === ''
    ? `${returned} with an empty body`
    : `${returned}, but not in its own error format`;
}

/** The deciding entry of an error, in parentheses; empty if there is none. */
function saidBy([first]: readonly UpstreamErrorDetail[]): string {
  if (first === undefined) return '';
  const text = [
    first.code,
    first.message === null ? null : withoutPeriod(first.message.slice(0, 300)),
  ]
    .filter((part) => part !== null && part !== '')
    .join(': ');
  return text === '' ? '' : ` (${text})`;
}
