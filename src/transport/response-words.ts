import type { z } from 'zod';
import type { OutcomeUnknownReason, UpstreamErrorDetail } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import { withoutPeriod } from '../domain/sentence.ts';
import { ending, violation } from './connection-error.ts';
import { MAX_HEADER_BYTES } from './http.ts';
import type { HttpAnswer, TransportFailure } from './http.ts';
import { UnreadableBody } from './response-body.ts';

/** Why a request never left, as a sentence without its full stop; null for what belongs to a request that did. */
export function wordsForUnsent(
  { reason }: Pick<TransportFailure, 'reason'>,
  label: string,
): string | null {
  switch (reason) {
    case 'TIMEOUT':
      return `The deadline passed while waiting for a connection to ${label}`;
    case 'CONNECTION_LOST':
      return `No connection to ${label} could be made`;
    case 'TLS_FAILED':
      // Which certificate or setting is wrong is in the log, for the operator.
      return `No secure connection (TLS) to ${label} could be made; the operator of the gateway finds the reason in the log`;
    case 'CANCELLED':
      return 'The caller hung up';
    case 'CLOSED':
      return 'The gateway is shutting down';
    case 'QUEUE_FULL':
      return `Too many calls are waiting for ${label}: it is slow, does not respond, or gets more calls than it can take`;
    case 'TOO_LATE':
      return `Too little time is left: ${label} would most likely not respond before the deadline`;
    case 'BREAKER_OPEN':
      return `${label} did not respond to the last calls, so the gateway sends it no more for now`;
    case 'TOO_LARGE':
    case 'HEADERS_TOO_LARGE':
    case 'UNREADABLE':
    case 'PROTOCOL_ERROR':
      return null;
  }
}

/** What became of the response to a request that was sent. */
export interface LostResponse {
  /** Why it is not known whether a write was applied. */
  readonly unknown: OutcomeUnknownReason;
  /** What a read does about it: the upstream broke its contract, may answer later, or there is something to look at. */
  readonly read: 'CONTRACT' | 'LATER' | 'LOOK';
  /** In words, after the name of the upstream. */
  readonly what: string;
}

/** What became of the response to a request that was sent. */
export function wordsForLost({
  reason,
  status,
  cause,
}: Pick<TransportFailure, 'reason' | 'status' | 'cause'>): LostResponse {
  switch (reason) {
    case 'TIMEOUT':
      return { unknown: 'TIMEOUT', read: 'LATER', what: 'did not answer in time' };
    case 'CONNECTION_LOST':
      return { unknown: 'CONNECTION_LOST', read: 'LATER', what: ending(cause) };
    case 'TLS_FAILED':
      return {
        unknown: 'CONNECTION_LOST',
        read: 'LOOK',
        what: 'ended the secure connection (TLS) with an error before its response was complete',
      };
    case 'CANCELLED':
      return {
        unknown: 'CONNECTION_LOST',
        read: 'LATER',
        what: 'was not waited for, because the caller hung up',
      };
    case 'CLOSED':
      return {
        unknown: 'CONNECTION_LOST',
        read: 'LATER',
        what: 'was not waited for any longer, because the gateway is shutting down',
      };
    case 'QUEUE_FULL':
    case 'TOO_LATE':
    case 'BREAKER_OPEN':
      return { unknown: 'CONNECTION_LOST', read: 'LATER', what: 'was not asked' };
    case 'PROTOCOL_ERROR':
      return {
        unknown: 'PROTOCOL_ERROR',
        read: 'CONTRACT',
        what: violation(cause) ?? 'sent something that is not valid HTTP/1.1',
      };
    case 'HEADERS_TOO_LARGE':
      return {
        unknown: 'UNREADABLE_ANSWER',
        read: 'CONTRACT',
        what: `answered with more than ${MAX_HEADER_BYTES / 1024} KiB of headers, which is all that the gateway reads`,
      };
    case 'TOO_LARGE':
      return {
        unknown: 'UNREADABLE_ANSWER',
        read: 'CONTRACT',
        what:
          cause instanceof UnreadableBody
            ? `answered ${String(status)}, but ${cause.message}`
            : 'answered with more than the gateway reads',
      };
    case 'UNREADABLE':
      return {
        unknown: 'UNREADABLE_ANSWER',
        read: 'CONTRACT',
        what: `answered ${String(status)}, but ${cause instanceof UnreadableBody ? cause.message : 'its body cannot be read'}`,
      };
  }
}

/** What an upstream that refused a request came with, if it is not in its own words; after its name. */
export function wordsForBare({
  status,
  body,
  unreadable,
}: Pick<HttpAnswer, 'status' | 'body' | 'unreadable'>): string {
  const answered = `answered with status ${status}`;
  if (unreadable !== undefined) return `${answered}, but ${unreadable.message}`;
  return body.trim() === ''
    ? `${answered} without saying why`
    : `${answered}, but not in its own words`;
}

/** The deciding entry of an error in a few words. */
export function saidBy([first]: readonly UpstreamErrorDetail[]): string {
  if (first === undefined) return '';
  const text = [
    first.code,
    first.message === null ? null : withoutPeriod(first.message.slice(0, 300)),
  ]
    .filter((part) => part !== null && part !== '')
    .join(': ');
  return text === '' ? '' : ` (${text})`;
}

/** An object at an upstream; `id` is null where it is not known. */
interface Named {
  readonly resource: string;
  readonly id: string | null;
}

/** An object that has another one as a part, which is not found by an id of its own. */
export interface Whole extends Named {
  readonly id: string;
  /** What people call it, e.g. "identity provider". */
  readonly called: string;
  /** What they call its parts, by what is in the upstream's own names for them, in small letters without signs: `protocol` for "federated_protocol". */
  readonly parts: Readonly<Record<string, string>>;
  /** Which of them a request is about. */
  readonly part: string;
}

/** What a 404 may be about. */
export interface Concerned {
  /** What the upstream names. */
  readonly object: Named | undefined;
  /** What has to exist first. */
  readonly needs: Named | undefined;
  readonly whole: Whole | undefined;
  /** What the request was about. */
  readonly subject: Named;
}

/** What the upstream says is missing, as a sentence without its full stop. Without a word about what, that is a guess. */
export function absence(
  { object, needs, whole, subject }: Concerned,
  label: string,
  said: string,
): string {
  if (object === undefined && needs !== undefined)
    return `${label} says that something is missing${said}, probably the ${named(needs)}`;
  const part =
    whole === undefined
      ? undefined
      : object === undefined
        ? whole.parts[whole.part]
        : partIn(whole, object);
  if (whole !== undefined && part !== undefined)
    return `${capitalized(whole.called)} "${whole.id}" has no ${part}${said}`;
  return `${label} has no ${named(object ?? subject)}${said}`;
}

/** What may be missing where nobody says so. */
export function possibleAbsence({ needs, whole, subject }: Concerned): string {
  if (needs !== undefined) return `something may be missing, probably the ${named(needs)}`;
  if (whole !== undefined)
    return `the ${whole.called} "${whole.id}" may have no ${whole.parts[whole.part] ?? whole.part}`;
  return subject.id === null
    ? `there may be no ${subject.resource}`
    : `the ${named(subject)} may not exist`;
}

/** An object for a message. */
export function named({ resource, id }: Named): string {
  return id === null ? resource : `${resource} "${id}"`;
}

/** The part that an upstream names, in words. It may write the name in several ways. */
function partIn({ parts }: Whole, { resource }: Named): string | undefined {
  const letters = resource.toLowerCase().replaceAll(/[^a-z]/g, '');
  return Object.entries(parts).find(([name]) => letters.includes(name))?.[1];
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/**
 * How a body differs from its schema, in words: paths and types only, because values may be secrets.
 * @param json the body, undefined if it is none
 */
export function mismatch(error: z.ZodError, text: string, json: Json | undefined): string {
  const [first] = error.issues;
  if (first?.code === 'invalid_type' && first.expected === 'undefined' && first.path.length === 0)
    return 'no body was expected, and one came';
  if (json === undefined) return text.trim() === '' ? 'the body is empty' : 'the body is not JSON';
  return `not as its contract says: ${error.issues
    .slice(0, MAX_ISSUES)
    .map((issue) => difference(issue, json))
    .join(', ')}`;
}

/** More differences are not named. */
const MAX_ISSUES = 5;

function difference(issue: z.core.$ZodIssue, body: Json): string {
  const where = issue.path.length === 0 ? 'the body' : issue.path.map(String).join('.');
  const found = foundAt(body, issue.path);
  if (found === undefined) return `${where} is missing`;
  if (issue.code === 'invalid_type')
    return `${where} should be ${KINDS[issue.expected] ?? issue.expected} and is ${kindOf(found, issue.expected)}`;
  if (issue.code === 'invalid_value') return `${where} has another value than it may have`;
  return found === '' ? `${where} is empty` : `${where} is not as expected`;
}

/** What a schema expects, in words; all others are named as the schema does. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

function foundAt(body: Json, path: readonly PropertyKey[]): Json | undefined {
  let found: Json | undefined = body;
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part))
      return undefined;
    found = (found as Readonly<Record<PropertyKey, Json>>)[part];
  }
  return found;
}

function kindOf(value: Json, expected: string): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' && expected === 'number') return 'too large for one';
  if (typeof value === 'number') return expected === 'int' ? 'a fraction' : 'a number';
  return KINDS[typeof value] ?? typeof value;
}
