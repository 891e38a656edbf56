import { isObject, parseJson } from '../../json/json.ts';
import { parseUrl } from '../../text/url.ts';
import { visible } from '../../text/visible.ts';
import { isAbsent } from './absence.ts';
import { formsIn, textIn } from './html.ts';
import type { Hide, IssuerRequest, IssuerResponse } from './probe.ts';
import { saidBy } from './said.ts';

/** How the authorization endpoint is to send its response (OAuth 2.0 Multiple Response Type Encoding Practices). */
export type ResponseChannel = 'query' | 'fragment' | 'form_post';

/** An authentication request (OpenID Connect Core 1.0 section 3.1.2.1), as a platform makes it. */
export interface AuthorizationRequest {
  /** Absolute, with http or https. */
  readonly endpoint: string;
  readonly redirectUri: string;
  /** Unguessable, so that only a response to this request has it. */
  readonly state: string;
  /** All other parameters of the platform. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What an authorization endpoint says to a request without a person (`prompt=none`). */
export type AuthorizationResult = {
  /** The issuer in the response (RFC 9207); null if it is absent. */
  readonly issuer: string | null;
} & (
  | { readonly kind: 'KNOWN'; readonly channel: ResponseChannel }
  | {
      /** What the provider refuses, for certain. */
      readonly kind: 'CLIENT' | 'REDIRECT_URI' | 'RESPONSE_TYPE' | 'SCOPE';
      /** What it says, safe to show. */
      readonly said: string;
    }
  | {
      readonly kind: 'UNCLEAR';
      /** A sentence. */
      readonly seen: string;
      /** Whether it came to the redirect URI with our state, as only an authorization endpoint responds. */
      readonly isResponse: boolean;
    }
  /** The server has nothing for such a request. `seen`: a sentence. */
  | { readonly kind: 'ABSENT'; readonly seen: string }
);

/**
 * The request that shows whether the client and the redirect URI are known: with `prompt=none`, an OpenID Provider must
 * respond at the redirect URI without a person, and without it if the client or the redirect URI is wrong (RFC 6749
 * section 4.1.2.1). The query of the endpoint is kept.
 * @returns null if the query has one of the parameters already
 */
export function authorizationProbe(request: AuthorizationRequest): IssuerRequest | null {
  const { endpoint, redirectUri, state, parameters } = request;
  const all = { ...parameters, redirect_uri: redirectUri, state, prompt: 'none' };
  const stored = parseUrl(endpoint)?.searchParams;
  if (Object.keys(all).some((name) => stored?.has(name) === true)) return null;
  const query = Object.entries(all)
    .map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`)
    .join('&');
  return {
    method: 'GET',
    url: endpoint,
    query,
    headers: { accept: 'text/html,application/xhtml+xml' },
  };
}

/** Errors that need a person, so that everything before was right (OpenID Connect Core 1.0 section 3.1.2.6). */
const NEEDS_A_PERSON: ReadonlySet<string> = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
]);

/** Reads the response to a probe. Takes bounded work, and keeps nothing of a token. */
export function readAuthorizationResponse(
  response: IssuerResponse,
  request: AuthorizationRequest,
  hide: Hide,
): AuthorizationResult {
  const found = parametersIn(response, request.redirectUri);
  if (found === null) return withoutRedirect(response, request);
  const { channel, values } = found;
  if (values.get('state') !== request.state)
    return unclear('The response at the redirect URI does not have the state of the request.');
  const issuer = values.get('iss');
  const unclearResponse = (seen: string): AuthorizationResult => ({
    ...unclear(seen),
    issuer,
    isResponse: true,
  });
  const error = values.get('error');
  // A response with these got past everything that a client can have wrong.
  if (error === null && (values.has('id_token') || values.has('code')))
    return { kind: 'KNOWN', issuer, channel };
  if (error === null)
    return unclearResponse(
      'The response at the redirect URI has no error, and no code or ID token.',
    );
  if (NEEDS_A_PERSON.has(error)) return { kind: 'KNOWN', issuer, channel };
  const description = values.get('error_description') ?? '';
  const said = `The provider responds with the error ${saidBy(error, description, hide)}.`;
  if (error === 'invalid_scope') return { kind: 'SCOPE', issuer, said };
  if (refusesType(error, description)) return { kind: 'RESPONSE_TYPE', issuer, said };
  return unclearResponse(said);
}

/** A result that shows nothing. */
export function unclear(seen: string) {
  return { kind: 'UNCLEAR', issuer: null, seen, isResponse: false } as const;
}

/** `invalid_request` may be about anything, so the description must be about the response type and nothing else that is sent. */
function refusesType(error: string, description: string): boolean {
  if (error === 'unsupported_response_type' || error === 'unauthorized_client') return true;
  return (
    error === 'invalid_request' &&
    /\bresponse[_ ]types?\b/i.test(description) &&
    !/nonce|response[_ ]mode|prompt|code_challenge|pkce/i.test(description)
  );
}

interface Parameters {
  readonly channel: ResponseChannel;
  readonly values: URLSearchParams;
}

/** The parameters that are sent to a redirect URI, however they are; null if nothing is sent there. */
function parametersIn(
  { status, header, body }: IssuerResponse,
  redirectUri: string,
): Parameters | null {
  const location = status >= 300 && status <= 399 ? header('location') : null;
  if (location?.startsWith(redirectUri) === true) {
    const [query = '', fragment] = location.slice(redirectUri.length).split('#');
    if (query !== '' && !query.startsWith('?')) return null;
    return fragment === undefined || fragment === ''
      ? { channel: 'query', values: new URLSearchParams(query) }
      : { channel: 'fragment', values: new URLSearchParams(fragment) };
  }
  if (location !== null) return null;
  const form = formsIn(body).find(({ action }) => action === redirectUri);
  return form === undefined ? null : { channel: 'form_post', values: form.values };
}

/** What providers say to people who come with a client that they do not have. */
const CLIENT_REFUSED = [
  /\binvalid_client\b/i,
  /\bAADSTS700016\b/,
  /\bclient not found\b/i,
  /\bunknown client\b/i,
];

/** What they say of a redirect URI that is not registered. */
const REDIRECT_URI_REFUSED = [
  /\binvalid_redirect_uri\b/i,
  /\bredirect_uri_mismatch\b/i,
  /\bAADSTS50011\b/,
  /\binvalid parameter: redirect_uri\b/i,
  /\bcallback url mismatch\b/i,
  /'redirect_uri' parameter must be a login redirect uri/i,
  /\bunregistered redirect_uri\b/i,
];

/**
 * A response that stays at the provider. Only a page of refusal that names the reason in a way which nothing else has is
 * certain: error pages may also come from a firewall, and pages with status 200 may be about anything.
 */
function withoutRedirect(
  { status, header, body }: IssuerResponse,
  request: AuthorizationRequest,
): AuthorizationResult {
  if (status >= 300 && status <= 399)
    return unclear(
      header('location')?.startsWith(request.redirectUri) === true
        ? 'The provider redirects to a longer URL than the redirect URI.'
        : 'The provider redirects to a page of its own although the request has prompt=none, as some do whether or not the client is known.',
    );
  // A page that names the client or the redirect URI is one of an authorization endpoint, whatever its status.
  if (
    isAbsent(status) &&
    [...CLIENT_REFUSED, ...REDIRECT_URI_REFUSED].every((phrase) => !phrase.test(body))
  )
    return { kind: 'ABSENT', issuer: null, seen: `The response has the status ${status}.` };
  if (status !== 400 && status !== 401 && status !== 403)
    return unclear(
      status >= 200 && status <= 299
        ? 'The provider shows a page although the request has prompt=none, as some do whether or not the client is known.'
        : `The response has the status ${status}.`,
    );
  const text = refusalIn(body);
  // What the page repeats of the request says nothing.
  const sent = JSON.stringify(request);
  const [client, redirectUri] = [CLIENT_REFUSED, REDIRECT_URI_REFUSED].map((phrases) =>
    phrases.flatMap((phrase) => (phrase.test(sent) ? [] : (phrase.exec(text) ?? []))),
  );
  const [ofClient] = client ?? [];
  const [ofRedirectUri] = redirectUri ?? [];
  const said = (phrase: string) =>
    `The provider responds with the status ${status} and a page that says "${visible(phrase)}".`;
  if (ofClient !== undefined && ofRedirectUri === undefined)
    return { kind: 'CLIENT', issuer: null, said: said(ofClient) };
  if (ofRedirectUri !== undefined && ofClient === undefined)
    return { kind: 'REDIRECT_URI', issuer: null, said: said(ofRedirectUri) };
  return unclear(
    `The response has the status ${status}, and is not a redirect. Providers respond like that to a client id or redirect URI that they do not know, but something in between may have refused the request too.`,
  );
}

/** The text of an error page, or the error of a JSON object. */
function refusalIn(body: string): string {
  const json = parseJson(body);
  if (!isObject(json)) return textIn(body);
  const { error, error_description: description } = json;
  return [error, description].filter((part) => typeof part === 'string').join(' ');
}
