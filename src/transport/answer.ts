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
} from '../domain/errors.ts';
import type {
  OidcError,
  OidcErrorCode,
  OutcomeUnknownReason,
  UpstreamErrorDetail,
  UpstreamFailure,
} from '../domain/errors.ts';
import type { InputIssue } from '../domain/parse.ts';
import { parseJson } from '../domain/json.ts';
import type { Json } from '../domain/json.ts';
import type { Scrubber } from '../domain/scrub.ts';
import type { HttpAnswer, TransportFailure } from './http.ts';
import { isSameId } from './operation.ts';
import type { Operation, OperationFacts, Subject } from './operation.ts';
import {
  absence,
  mismatch,
  named,
  possibleAbsence,
  saidBy,
  wordsForBare,
  wordsForLost,
  wordsForUnsent,
} from './response-words.ts';
import type { Concerned } from './response-words.ts';
import { codeForStatus, retryAfterSeconds } from './status.ts';

/** What an upstream's error body says. Everything in it is free of the request's secrets. */
export interface ErrorReading {
  /** The entries of the body, the deciding one first; of very many, the first. */
  readonly details: readonly UpstreamErrorDetail[];
  /** Where the upstream's own code says more than the status. */
  readonly code?: OidcErrorCode | undefined;
  /** Faults of input fields that the body names; looked for where the status leaves it to the body what was refused. */
  readonly issues?: readonly InputIssue[];
  /** Roles or actions that the body names as missing. */
  readonly missing?: readonly string[];
  /** The object that the body names. */
  readonly object?: Subject | undefined;
  /** Whether it is in the form of the upstream's own errors. Anything else may come from something in between, and counts only as its status. */
  readonly inOwnWords?: boolean;
  /** Whether it says, in the upstream's own words, that something does not exist. */
  readonly absent?: boolean;
  /** A request id in the body. */
  readonly requestId?: string | undefined;
}

/** What has to be known of an upstream to read its answers. */
export interface AnswerReader {
  readonly id: string;
  readonly label: string;
  /** Header with the upstream's request id, null where it sends none. */
  readonly requestIdHeader: string | null;
  /** Reads a body that is not 2xx; `json` is undefined where the body is no JSON. Never throws. */
  readonly readError: (body: {
    readonly status: number;
    readonly json: Json | undefined;
  }) => ErrorReading;
  /** Advice when credentials are refused. */
  readonly credentialsAdvice: string;
  /** The variables that say where it is: if one of them is wrong, something else answers. */
  readonly urlVariables: readonly string[];
}

/** Turns an answer into the operation's result, or into the error that it stands for. Pure. */
export function processAnswer<Args, Wire, Result>(
  operation: Operation<Args, Wire, Result>,
  args: Args,
  answer: HttpAnswer,
  reader: AnswerReader,
  scrubber: Scrubber,
): Result {
  const json = parseJson(answer.body);
  const requestId = requestIdOf(answer, reader, scrubber);
  const statusCode = codeForStatus(answer.status, operation.effect);

  if (statusCode === null) {
    const parsed = operation.response.safeParse(
      json ?? (answer.body.trim() === '' ? undefined : answer.body),
    );
    const isDone = operation.doneBy?.includes(answer.status) ?? true;
    const repeatsSecret = scrubber.holdsShared(answer.body);
    const isAbout = !parsed.success || (operation.isAbout?.(parsed.data, args) ?? true);
    if (parsed.success && isDone && isAbout && !repeatsSecret)
      return operation.result(parsed.data, args);
    const problem = repeatsSecret
      ? "it repeats a secret of the gateway's own credentials"
      : !parsed.success
        ? mismatch(parsed.error, answer.body, json)
        : isAbout
          ? 'its contract has another status for what was done'
          : 'with another object than the one that was asked for';
    const upstream = { upstream: reader.id, status: answer.status, requestId, details: [] };
    if (operation.effect === 'write')
      throw outcomeUnknown(
        operation,
        args,
        reader,
        'UNREADABLE_ANSWER',
        `answered ${answer.status}, but ${problem}`,
        upstream,
      );
    throw new UpstreamContractError(
      `${reader.label} answered ${answer.status}, but ${problem}. Report this with the request id.`,
      { upstream },
    );
  }

  const reading = reader.readError({
    status: answer.status,
    json: json === undefined ? undefined : scrubber.json(json),
  });
  const upstream = {
    upstream: reader.id,
    status: answer.status,
    requestId: requestId ?? wellFormedId(reading.requestId, scrubber),
    details: reading.details,
  };
  throw toError(decide(statusCode, answer.status, reading, operation, args), {
    operation,
    args,
    answer,
    reader,
    reading,
    upstream,
    scrubber,
  });
}

/** The error for a request without a whole answer. */
export function processFailure<Args>(
  operation: OperationFacts<Args>,
  args: Args,
  failure: TransportFailure,
  reader: AnswerReader,
  scrubber: Scrubber,
): OidcError {
  const { label } = reader;
  const upstream = {
    upstream: reader.id,
    status: failure.status,
    requestId: requestIdOf(failure, reader, scrubber),
    details: [],
  };
  const options = { upstream, cause: failure };
  const unsent = failure.sent ? null : wordsForUnsent(failure, label);
  const { retryAfterSeconds: wait } = failure;
  if (unsent !== null)
    return new UpstreamUnavailableError(
      `${unsent}. Nothing was sent: it is safe to send it again${wait === null ? '' : ` in ${wait} s`}.`,
      wait,
      options,
    );
  const { unknown, read, what } = wordsForLost(failure);
  // Names of codings and charsets come from the upstream, which may repeat anything.
  const said = scrubber.text(what);
  if (operation.effect === 'write')
    return outcomeUnknown(operation, args, reader, unknown, said, upstream, failure);
  if (read === 'CONTRACT')
    return new UpstreamContractError(`${label} ${said}. Report this with the request id.`, options);
  return new UpstreamUnavailableError(
    `${label} ${said}. ${read === 'LATER' ? 'Try again later' : 'The operator of the gateway finds the reason in the log'}.`,
    null,
    options,
  );
}

/**
 * The status decides first, the upstream's own code refines: within 4xx it may name any error, within 5xx only that
 * the upstream is offline, and in 3xx nothing, because what answered there may not be the upstream at all.
 */
function decide<Args>(
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

function inputIssues<Args>(
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

/** A response that is not a success, with all that is known about it. */
interface Refusal<Args> {
  readonly operation: OperationFacts<Args>;
  readonly args: Args;
  readonly answer: HttpAnswer;
  readonly reader: AnswerReader;
  readonly reading: ErrorReading;
  readonly upstream: UpstreamFailure;
  readonly scrubber: Scrubber;
}

/** A message is as sure as what came: what is not in the upstream's own words may come from something in between. */
function toError<Args>(
  code: OidcErrorCode,
  { operation, args, answer, reader, reading, upstream, scrubber }: Refusal<Args>,
): OidcError {
  const { label } = reader;
  const said = saidBy(reading.details);
  const own = reading.inOwnWords === true;
  const bare = own ? '' : `${label} ${scrubber.text(wordsForBare(answer))}${said}`;
  const retryAfter = retryAfterSeconds(answer.header('retry-after'));
  const unapplied =
    operation.effect === 'read'
      ? ''
      : own
        ? ' Nothing was applied.'
        : ' By that status, nothing was applied.';
  const options = { upstream, attested: own };
  switch (code) {
    case 'INVALID_INPUT': {
      const [first, ...rest] = inputIssues(reading, operation, args);
      if (first === undefined) break;
      return new InvalidInputError(
        `${own ? `${label} refused the input${said}` : `${bare}: it, or something in between, refused the input`}.${unapplied}`,
        [first, ...rest],
        options,
      );
    }
    case 'UNAUTHENTICATED':
      return new UnauthenticatedError(
        `${own ? `${label} does not accept the credentials${said}` : `${bare}: it may not accept the credentials, or something in between refused the request`}. ${reader.credentialsAdvice}`,
        options,
      );
    case 'PERMISSION_DENIED': {
      const missing = reading.missing ?? [];
      const needed = missing.length === 0 ? '' : ` It takes ${missing.join(' or ')}.`;
      const what = own
        ? `${label} does not allow the caller to ${operation.purpose}${said}`
        : `${bare}: it may not allow the caller to ${operation.purpose}, or something in between refused the request`;
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
        : `${bare}: ${possibleAbsence(concerned)}, or ${reader.urlVariables.join(' or ')} may be wrong at this gateway`;
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
        ? `${label} has ${named(object)} already${said}. Nothing was changed`
        : `${bare}: it may have ${named(object)} already, or something in between refused the request. By that status, nothing was changed`;
      return new AlreadyExistsError(`${what}.`, object.resource, object.id, options);
    }
    case 'RATE_LIMITED': {
      const wait =
        retryAfter === null ? 'Wait before sending it again' : `Send it again in ${retryAfter} s`;
      return new RateLimitedError(
        `${own ? `${label} asks for fewer requests${said}` : `${bare}: it, or something in between, asks for fewer requests`}.${unapplied} ${wait}.`,
        retryAfter,
        options,
      );
    }
    case 'UPSTREAM_UNAVAILABLE':
      return new UpstreamUnavailableError(
        `${label}${own ? '' : ', or something in between,'} cannot answer now (status ${answer.status})${said}.${unapplied} Try again later.`,
        retryAfter,
        options,
      );
    case 'UPSTREAM_CONTRACT':
      return new UpstreamContractError(
        `${label} answered with status ${answer.status}, which its contract does not have here${said}.`,
        options,
      );
    case 'OUTCOME_UNKNOWN':
      if (operation.effect === 'read') break;
      return outcomeUnknown(
        operation,
        args,
        reader,
        'UPSTREAM_ERROR',
        `answered with status ${answer.status}${said}`,
        upstream,
      );
    case 'UPSTREAM_REJECTED':
      break;
  }
  const what = own
    ? `${label} refused to ${operation.purpose} (status ${answer.status})${said}`
    : `${bare}: it, or something in between, refused to ${operation.purpose}`;
  return new UpstreamRejectedError(`${what}.${unapplied}`, options);
}

/** Whether the upstream names another object of the same kind: what it says is not about the one that was asked for. Not for parts, whose ids it gives without that of the whole. */
function isOther(object: Subject | undefined, subject: Subject): boolean {
  return (
    object !== undefined &&
    object.resource === subject.resource &&
    object.id !== null &&
    subject.id !== null &&
    !isSameId(object.id, subject.id)
  );
}

function outcomeUnknown<Args>(
  operation: Extract<OperationFacts<Args>, { effect: 'write' }>,
  args: Args,
  { label }: AnswerReader,
  reason: OutcomeUnknownReason,
  what: string,
  upstream: UpstreamFailure,
  cause?: unknown,
): OutcomeUnknownError {
  const subject = named(operation.subject(args));
  return new OutcomeUnknownError(
    `The request to ${operation.purpose} was sent, but ${label} ${what}. It may have been applied or not (${subject}). ` +
      'Do not send it again before you have looked with the query in verifyWith.',
    reason,
    operation.verifyWith(args),
    { upstream, ...(cause !== undefined && { cause }) },
  );
}

/** The upstream's request id in the header of an answer. */
export function requestIdOf(
  answer: Pick<HttpAnswer, 'header'>,
  { requestIdHeader }: AnswerReader,
  scrubber: Scrubber,
): string | null {
  return requestIdHeader === null ? null : wellFormedId(answer.header(requestIdHeader), scrubber);
}

/** Request ids are shown and logged: one that does not look like an id is not taken over. */
function wellFormedId(value: string | null | undefined, scrubber: Scrubber): string | null {
  return typeof value === 'string' && /^[\w.:/+=-]{1,128}$/.test(value)
    ? scrubber.text(value)
    : null;
}
