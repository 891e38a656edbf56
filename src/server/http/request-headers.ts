import type { IncomingMessage } from 'node:http';
import { isUtf8Name, responseTypeOf } from './accept.ts';
import type { ResponseType } from './accept.ts';
import { createCrossSiteCheck } from '../browser/cross-site.ts';
import { readElement, splitUnquoted } from './header-lists.ts';
import type { Refusal } from './refusal.ts';

/** The format of a request's body. */
export type BodyKind = 'JSON' | 'FORM' | 'DOCUMENT';

/** How to read a request and respond to it, by its headers. */
export interface RequestShape {
  readonly responseType: ResponseType;
  /** Null if there is no body to read. */
  readonly bodyKind: BodyKind | null;
}

/** The media types of bodies that are accepted. */
const BODY_KINDS: ReadonlyMap<string, BodyKind> = new Map<string, BodyKind>([
  ['application/json', 'JSON'],
  ['application/graphql+json', 'JSON'],
  ['application/x-www-form-urlencoded', 'FORM'],
  ['application/graphql', 'DOCUMENT'],
]);

/** What clients usually send, to save parsing it. */
const USUAL_TYPES = new Set([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
  'application/json; charset=UTF-8',
  'application/json;charset=UTF-8',
]);

const NOT_ACCEPTABLE: Refusal = {
  status: 406,
  code: 'NOT_ACCEPTABLE',
  message:
    'The header Accept must allow for one of application/json, application/graphql-response+json, text/event-stream and multipart/mixed. Nothing was executed.',
};

/** A part of a header that messages may repeat: the name of a charset or a coding, and hardly anything else. */
const NAME = /^[\w.:+-]{1,40}$/;

function unsupported(message: string, headers: Readonly<Record<string, string>> = {}): Refusal {
  return {
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: `${message} Nothing was executed.`,
    headers,
  };
}

/** Reads the headers of a request before its body. @returns a refusal if the request is not acceptable */
export type ReadHeaders = (request: IncomingMessage) => RequestShape | Refusal;

/** @param tokenHeaders the headers in which callers send tokens for the upstreams, in lower case */
export function createHeaderReader(tokenHeaders: readonly string[]): ReadHeaders {
  const crossSite = createCrossSiteCheck(tokenHeaders);
  return ({ method, headers }) => {
    // A mutation must not run if its outcome cannot be sent.
    const responseType = responseTypeOf(headers.accept);
    if (responseType === null) return NOT_ACCEPTABLE;
    const type = headers['content-type'];
    const post = method === 'POST';
    if (
      post &&
      type !== undefined &&
      USUAL_TYPES.has(type) &&
      headers['content-encoding'] === undefined
    )
      return { responseType, bodyKind: 'JSON' };
    const refusal = crossSite(headers);
    if (refusal !== null) return refusal;
    if (!post) return { responseType, bodyKind: null };
    const bodyKind = bodyKindOf(type ?? '');
    if (typeof bodyKind !== 'string') return bodyKind;
    return codingRefusal(headers['content-encoding'] ?? '') ?? { responseType, bodyKind };
  };
}

function bodyKindOf(contentType: string): BodyKind | Refusal {
  // It must not be a list, but some clients and proxies join two headers to one.
  const [type, ...parameters] = readElement(splitUnquoted(contentType, ',')[0] ?? '');
  const kind = BODY_KINDS.get(type);
  if (kind === undefined)
    return unsupported('Send JSON, with the header "Content-Type: application/json".');
  const charset = parameters.find(([name, value]) => name === 'charset' && !isUtf8Name(value))?.[1];
  return charset === undefined
    ? kind
    : unsupported(
        `The charset ${named(charset)}of the header Content-Type is not supported: send the body in UTF-8.`,
      );
}

/** `identity` is the name of no coding at all (RFC 9110 section 12.5.3). */
function codingRefusal(contentEncoding: string): Refusal | null {
  const coding = contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .find((name) => name !== '' && name !== 'identity');
  return coding === undefined
    ? null
    : unsupported(
        `The content coding ${named(coding)}of the header Content-Encoding is not supported: send the body uncompressed.`,
        { 'accept-encoding': 'identity' },
      );
}

function named(value: string): string {
  return NAME.test(value) ? `"${value}" ` : '';
}
