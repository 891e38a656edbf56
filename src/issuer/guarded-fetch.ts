import { performance } from 'node:perf_hooks';
import { isIP } from 'node:net';
import { IssuerError } from '../domain/errors.ts';
import type { IssuerReason } from '../domain/errors.ts';
import type { IssuerRequest, IssuerResponse } from '../domain/sign-in/probes/probe.ts';
import { systemErrorCode } from '../domain/system-error.ts';
import { parseUrl } from '../domain/text/url.ts';
import { cut } from '../domain/text/visible.ts';
import { isSuccess, openPool, send, TransportFailure } from '../transport/http/http.ts';
import type { TlsOptions } from '../transport/http/http.ts';
import { UnreadableBody } from '../transport/http/response-body.ts';
import { CancelSource } from '../transport/waiting/cancel-signal.ts';
import { pause } from '../transport/waiting/time-limit.ts';
import { isPublicAddress } from './addresses.ts';
import { isAllowedByOperator } from './allowed-hosts.ts';
import type { AllowedHost } from './allowed-hosts.ts';
import { NotPublic, publicLookup } from './public-lookup.ts';
import type { Resolve } from './public-lookup.ts';

/** How long a refused host name takes at least, in milliseconds: the time must not show whether the name resolves. */
const MIN_REFUSAL_MS = 1_000;

/** Longest URL in an error, in characters. */
const MAX_SHOWN_URL = 500;

/** What may be called, and how. */
export interface Guard {
  readonly allowedHosts: readonly AllowedHost[];
  readonly resolve: Resolve;
  /** What is trusted, if not Node's own defaults. */
  readonly tls?: TlsOptions;
}

export interface FetchLimits {
  /** Largest body of a response, in bytes. */
  readonly maxBytes: number;
  /** When to give up, on the clock of `performance.now()`. */
  readonly deadline: number;
}

/** A document as it was fetched. */
export interface FetchedDocument {
  readonly url: string;
  readonly text: string;
  readonly header: (name: string) => string | null;
}

/**
 * Fetches a document from a URL that a caller, or a document of an issuer, names.
 * @throws IssuerError if it is not there
 */
export async function guardedFetch(
  address: string,
  limits: FetchLimits,
  guard: Guard,
): Promise<FetchedDocument> {
  const { url, status, body, header } = await guardedRequest(
    { method: 'GET', url: address, headers: { accept: 'application/json' } },
    limits,
    guard,
  );
  if (status !== 200) throw statusError(status, url);
  return { url, text: body, header };
}

/** @param url as it was called, without what was added to its query */
export type GuardedResponse = IssuerResponse & { readonly url: string };

/**
 * Sends a request to a URL that a caller, a platform, or a document of an issuer names. Adds no credentials, follows no
 * redirects, and connects only to public addresses at port 443, or to what the operator allows.
 * @returns the response, whatever its status
 * @throws IssuerError if there is none
 */
export async function guardedRequest(
  { method, url: address, query, headers, body }: IssuerRequest,
  { maxBytes, deadline }: FetchLimits,
  guard: Guard,
): Promise<GuardedResponse> {
  const began = performance.now();
  const { url, isPrivate } = allowedUrl(address, guard.allowedHosts);
  const pool = openPool(url.origin, {
    ...guard.tls,
    ...(!isPrivate && { lookup: publicLookup(guard.resolve) }),
  });
  const signal = new CancelSource();
  try {
    const response = await send(
      pool,
      {
        method,
        path: url.pathname + searchOf(url, query),
        headers: {
          ...headers,
          'accept-encoding': 'identity',
          'user-agent': 'oidc-config-gateway',
        },
        body,
      },
      { deadline, maxBytes, signal, cancellable: true, refusesCodings: true },
    );
    const header = (name: string) => response.header(name);
    return { url: url.href, status: response.status, header, body: response.body };
  } catch (error) {
    if (!(error instanceof TransportFailure)) throw error;
    if (error.cause instanceof NotPublic)
      await pause(began + MIN_REFUSAL_MS - performance.now(), signal);
    throw failureOf(error, url, maxBytes);
  } finally {
    // Documents are cached, and probes are rare: keep no connection for the next one.
    void pool.destroy();
  }
}

function searchOf({ search }: URL, query = ''): string {
  if (query === '') return search;
  return search === '' ? `?${query}` : `${search}&${query}`;
}

/** A URL that may be called, as far as the URL itself shows. `isPrivate`: the operator allows it, whatever it resolves to. @throws IssuerError if it may not */
export function allowedUrl(
  address: string,
  allowedHosts: readonly AllowedHost[],
): { readonly url: URL; readonly isPrivate: boolean } {
  const url = parseUrl(address);
  if (url === null) throw issuerError('INVALID_METADATA', address, 'It is not an absolute URL.');
  if (url.username !== '' || url.password !== '') {
    url.username = '';
    url.password = '';
    throw notAllowed(url, 'It must not have a user name or password.');
  }
  if (isAllowedByOperator(url, allowedHosts)) return { url, isPrivate: true };
  if (url.protocol !== 'https:') throw notAllowed(url, `It must begin with https://. ${OPERATOR}`);
  if (url.port !== '') throw notAllowed(url, `It must use port 443. ${OPERATOR}`);
  // The lookup of a connection is not called for addresses.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) > 0 && !isPublicAddress(host))
    throw notAllowed(url, `Its address is not public. ${OPERATOR}`);
  return { url, isPrivate: false };
}

const OPERATOR = 'The operator of the gateway can allow it with ISSUER_ALLOWED_HOSTS.';

function notAllowed(url: URL, why: string): IssuerError {
  return issuerError('NOT_ALLOWED', url.href, why);
}

function statusError(status: number, url: string): IssuerError {
  const advice =
    status >= 300 && status <= 399
      ? 'Redirects are not followed: use the issuer that the redirect leads to, if its metadata names it.'
      : 'Check the issuer: the document must be there for everyone, without credentials.';
  return issuerError('HTTP_STATUS', url, `The response has the status ${status}. ${advice}`);
}

function failureOf({ reason, cause, status }: TransportFailure, url: URL, maxBytes: number) {
  const error = (issuerReason: IssuerReason, why: string) =>
    issuerError(issuerReason, url.href, why, cause);
  if (cause instanceof NotPublic)
    return error(
      'NOT_ALLOWED',
      `Check the spelling of the host name: it does not resolve, or not to public addresses only. ${OPERATOR}`,
    );
  switch (reason) {
    case 'TOO_LARGE':
      return error('TOO_LARGE', `The document has more than ${maxBytes / 1024} KiB.`);
    case 'UNREADABLE':
      return error(
        'NOT_JSON',
        `The response came, but ${cause instanceof UnreadableBody ? cause.message : 'its body cannot be read'}.`,
      );
    case 'TLS_FAILED':
      return error(
        'TLS',
        `TLS failed${codeIn(cause)}: the certificate must be valid for this host and issued by a public authority.`,
      );
    case 'TIMEOUT':
      return error('UNREACHABLE', 'No complete response came within 5 seconds.');
    case 'PROTOCOL_ERROR':
    case 'HEADERS_TOO_LARGE':
      return error('UNREACHABLE', 'The response is not valid HTTP/1.1, or has too large headers.');
    default:
      return error(
        'UNREACHABLE',
        status === null || !isSuccess(status)
          ? `The connection failed${codeIn(cause)}.`
          : `The connection broke before the response was complete${codeIn(cause)}.`,
      );
  }
}

function codeIn(cause: unknown): string {
  const code = systemErrorCode(cause);
  return code === null ? '' : ` (${code})`;
}

/** @param why a sentence about the URL, and what to do */
export function issuerError(
  reason: IssuerReason,
  url: string,
  why: string,
  cause?: unknown,
): IssuerError {
  const shown = cut(url, MAX_SHOWN_URL);
  return new IssuerError(
    `The gateway cannot use ${shown}. ${why}`,
    reason,
    shown,
    null,
    cause === undefined ? {} : { cause },
  );
}
