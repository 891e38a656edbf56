import { isObject, parseJson } from '../../json/json.ts';
import { isAbsent } from './absence.ts';
import type { Hide, IssuerRequest, IssuerResponse } from './probe.ts';
import { saidBy } from './said.ts';

/**
 * How a platform sends a token request. `FORM`: as a form with the credentials in it. `JSON`: as a JSON object, with the
 * credentials in a header, which RFC 6749 does not know and many token endpoints take.
 */
export type TokenForm = 'FORM' | 'JSON';

/** A token request (RFC 6749 section 4.1.3), as a platform makes it. */
export interface TokenRequest {
  /** Absolute, with http or https. */
  readonly endpoint: string;
  readonly form: TokenForm;
  readonly clientId: string;
  /** Null to send none. */
  readonly clientSecret: string | null;
  readonly code: string;
  readonly redirectUri: string;
}

/** What a token endpoint says to a code that it has never issued. `said` is a sentence that is safe to show. */
export type TokenResult =
  /** It refuses the code. */
  | { readonly kind: 'CODE'; readonly said: string }
  /** It refuses the client, or how the client authenticates. */
  | { readonly kind: 'CLIENT'; readonly said: string }
  /** It does not take a body of this type. */
  | { readonly kind: 'CONTENT_TYPE'; readonly said: string }
  | { readonly kind: 'UNCLEAR'; readonly said: string };

/** The request that shows whether a client secret is right, or without one, whether there is a token endpoint. The whole of it is secret. */
export function tokenProbe(request: TokenRequest): IssuerRequest {
  const { endpoint, form, clientId, clientSecret, code, redirectUri } = request;
  const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
  const sent = { method: 'POST', url: endpoint } as const;
  const accept = 'application/json';
  if (form === 'FORM')
    return {
      ...sent,
      headers: { accept, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        ...grant,
        client_id: clientId,
        ...(clientSecret !== null && { client_secret: clientSecret }),
      }).toString(),
    };
  const headers = { accept, 'content-type': 'application/json' };
  if (clientSecret === null)
    return { ...sent, headers, body: JSON.stringify({ ...grant, client_id: clientId }) };
  const credentials = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
  return {
    ...sent,
    headers: {
      ...headers,
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    },
    body: JSON.stringify(grant),
  };
}

/** A value as it is in a form, and in Basic credentials of a client (RFC 6749 section 2.3.1). */
export function formEncoded(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1);
}

/** Reads the response to a probe. Takes bounded work, and keeps nothing of a token. */
export function readTokenResponse(
  { status, header, body }: IssuerResponse,
  form: TokenForm,
  hide: Hide,
): TokenResult {
  if (status < 400 || status > 499)
    return {
      kind: 'UNCLEAR',
      said: `The token endpoint responds with the status ${status} to a code that does not exist.`,
    };
  const { error, description } = errorIn(body);
  const said =
    error === ''
      ? `The token endpoint responds with the status ${status}.`
      : `The token endpoint responds with the status ${status} and the error ${saidBy(error, description, hide)}.`;
  const isAuthenticating = /^basic\b/i.test(header('www-authenticate') ?? '');
  if (form === 'JSON' && (status === 415 || isAboutBody(error, description)))
    return { kind: 'CONTENT_TYPE', said };
  // An error about PKCE says nothing about the secret: some look at the code verifier first.
  if (/code[_ ]verifier|pkce/i.test(description)) return { kind: 'UNCLEAR', said };
  if (error === 'invalid_grant') return { kind: 'CODE', said };
  if (error === 'invalid_client' || isUnknownClient(error, description))
    return { kind: 'CLIENT', said };
  // Some have errors of their own for it, such as access_denied and unauthorized_client.
  const isRefusal = error === '' ? isAuthenticating : error !== 'invalid_request';
  return { kind: status === 401 && isRefusal ? 'CLIENT' : 'UNCLEAR', said };
}

/** Errors about a client or a grant, which only a token endpoint looks at. */
const ABOUT_GRANT: ReadonlySet<string> = new Set([
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'access_denied',
]);

/**
 * What a response to a request without a secret says of the endpoint.
 * `ABSENT`: the server has nothing for such a request. `REFUSES`: it is a token endpoint, with an error of OAuth.
 */
export function presenceIn({ status, body }: IssuerResponse): 'ABSENT' | 'REFUSES' | 'UNCLEAR' {
  const { error } = errorIn(body);
  if (isAbsent(status)) return ABOUT_GRANT.has(error) ? 'UNCLEAR' : 'ABSENT';
  const isRefusal = status === 400 || status === 401 || status === 403;
  return isRefusal && (ABOUT_GRANT.has(error) || error === 'invalid_request')
    ? 'REFUSES'
    : 'UNCLEAR';
}

/** The error of a response (RFC 6749 section 5.2); empty texts if it has none. */
function errorIn(body: string): { readonly error: string; readonly description: string } {
  const json = parseJson(body);
  const { error, error_description: description } = isObject(json) ? json : {};
  return {
    error: typeof error === 'string' ? error : '',
    description: typeof description === 'string' ? description : '',
  };
}

/** Whether an error means that the body was not read: the type of the body is refused, or a parameter that was in it is missed. */
function isAboutBody(error: string, description: string): boolean {
  return (
    error === 'invalid_request' &&
    /content[- ]?type|media type|form-urlencoded|grant[_ ]type/i.test(description)
  );
}

/** Entra responds like that to an application that its tenant does not have. */
function isUnknownClient(error: string, description: string): boolean {
  return error === 'unauthorized_client' && /\bAADSTS700016\b/.test(description);
}
