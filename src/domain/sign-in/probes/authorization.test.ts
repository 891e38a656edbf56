import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorizationProbe, readAuthorizationResponse } from './authorization.ts';
import type { AuthorizationRequest } from './authorization.ts';

/* What providers respond with to a request without a person, in their own words. */

const REDIRECT_URI = 'https://auth.example/oidc/post';
const REQUEST: AuthorizationRequest = {
  endpoint: 'https://idp.example/authorize?tenant=a',
  redirectUri: REDIRECT_URI,
  state: 'of-this-request',
  parameters: { response_type: 'id_token', client_id: 'app', scope: 'openid email' },
};
const STATE = `state=${REQUEST.state}`;

/** A response: a redirect if it has a location, otherwise a page or JSON. */
interface Given {
  readonly status?: number;
  readonly location?: string;
  readonly body?: string;
}

const read = ({ location, status = location === undefined ? 200 : 302, body = '' }: Given) =>
  readAuthorizationResponse(
    { status, body, header: (name) => (name === 'location' ? (location ?? null) : null) },
    REQUEST,
    (text) => text.replaceAll('canary', '[hidden]'),
  );

const form = (fields: Readonly<Record<string, string>>, action = REDIRECT_URI) =>
  `<!DOCTYPE html><html><body onload="document.forms[0].submit()"><FORM method='post' action="${action}">${Object.entries(
    fields,
  )
    .map(([name, value]) => `<input type=hidden name=${name} value="${value}"/>`)
    .join('\n')}</FORM></body></html>`;

describe('the request', () => {
  it('has the parameters of the platform, keeps the query of the endpoint, and asks for nobody', () => {
    const { method, url, query, body } = authorizationProbe(REQUEST) ?? {};
    expect([method, url, body]).toEqual(['GET', REQUEST.endpoint, undefined]);
    expect(query).toContain('scope=openid%20email');
    expect(Object.fromEntries(new URLSearchParams(query))).toEqual({
      ...REQUEST.parameters,
      redirect_uri: REDIRECT_URI,
      state: REQUEST.state,
      prompt: 'none',
    });
  });

  it('is not made if the endpoint has a parameter that the platform adds', () => {
    const endpoint = 'https://idp.example/authorize?client_id=other';
    expect(authorizationProbe({ ...REQUEST, endpoint })).toBeNull();
  });
});

describe('the client and the redirect URI are known', () => {
  it.each<[string, Given, string]>([
    ['in the query', { location: `${REDIRECT_URI}?error=login_required&${STATE}` }, 'query'],
    ['in the fragment', { location: `${REDIRECT_URI}#error=login_required&${STATE}` }, 'fragment'],
    [
      'after a redirect of 303',
      { status: 303, location: `${REDIRECT_URI}#${STATE}&error=interaction_required` },
      'fragment',
    ],
    [
      'in a form, with the status 200',
      { body: form({ error: 'consent_required', state: REQUEST.state }) },
      'form_post',
    ],
    [
      'in a form, with the status 400, escaped',
      {
        status: 400,
        body: form(
          { error: 'account_selection_required', state: 'of-this&#x2d;request' },
          REDIRECT_URI.replaceAll('/', '&#47;'),
        ),
      },
      'form_post',
    ],
    [
      'with an ID token, because somebody is known without a person',
      { location: `${REDIRECT_URI}#id_token=canary&${STATE}` },
      'fragment',
    ],
    ['with a code', { location: `${REDIRECT_URI}?code=canary&${STATE}` }, 'query'],
  ])('%s', (_how, given, channel) => {
    const result = read(given);
    expect(result).toEqual({ kind: 'KNOWN', issuer: null, channel });
    expect(JSON.stringify(result)).not.toContain('canary');
  });

  it('with the issuer that responds (RFC 9207)', () => {
    const location = `${REDIRECT_URI}#error=login_required&${STATE}&iss=https%3A%2F%2Fidp.example`;
    expect(read({ location })).toMatchObject({ kind: 'KNOWN', issuer: 'https://idp.example' });
  });
});

describe('is refused for certain', () => {
  const redirected = (error: string, description = '') => ({
    location: `${REDIRECT_URI}#${STATE}&error=${error}&error_description=${encodeURIComponent(description)}`,
  });
  it.each<[string, string, Given]>([
    ['RESPONSE_TYPE', 'Entra', redirected('unsupported_response_type', 'AADSTS700054: no')],
    ['RESPONSE_TYPE', 'Keycloak', redirected('unauthorized_client', 'Implicit flow is disabled')],
    [
      'RESPONSE_TYPE',
      'oidc-provider',
      redirected('invalid_request', 'requested response_type is not allowed for this client'),
    ],
    ['SCOPE', 'Okta', redirected('invalid_scope', 'One or more scopes are not configured')],
    ['CLIENT', 'oidc-provider', { status: 400, body: '<h1>Error: invalid_client</h1>' }],
    ['CLIENT', 'Keycloak', { status: 400, body: '<p class="x">Client not found.</p>' }],
    ['CLIENT', 'Google', { status: 401, body: '<b>Error 401: <i>invalid_client</i></b>' }],
    ['CLIENT', 'JSON', { status: 400, body: '{"error":"invalid_client"}' }],
    ['REDIRECT_URI', 'oidc-provider', { status: 400, body: '<pre>invalid_redirect_uri</pre>' }],
    ['REDIRECT_URI', 'Google', { status: 400, body: 'Error 400: redirect_uri_mismatch' }],
    ['REDIRECT_URI', 'Keycloak', { status: 400, body: '<p>Invalid parameter: redirect_uri</p>' }],
    [
      'REDIRECT_URI',
      'Okta',
      {
        status: 400,
        body: '<p>The &#39;redirect_uri&#39; parameter must be a Login redirect URI in the client app settings</p>',
      },
    ],
    ['REDIRECT_URI', 'Auth0', { status: 403, body: '<p>Callback URL mismatch.</p>' }],
  ])('%s, as %s says it', (kind, _who, given) => {
    expect(read(given)).toMatchObject({
      kind,
      said: expect.stringMatching(/^The provider/) as unknown,
    });
  });
});

it.each([404, 405, 410])('has nothing for such a request, with the status %s', (status) => {
  expect(read({ status, body: '<h1>Not here</h1>' })).toEqual({
    kind: 'ABSENT',
    issuer: null,
    seen: `The response has the status ${status}.`,
  });
});

it('hides what must not be shown before it is cut', () => {
  const description = `${'x'.repeat(195)}canary`;
  const location = `${REDIRECT_URI}#${STATE}&error=invalid_scope&error_description=${description}`;
  expect(read({ location })).toMatchObject({
    said: expect.not.stringContaining('cana') as unknown,
  });
});

describe('is unclear', () => {
  const to = (rest: string) => ({ location: `${REDIRECT_URI}${rest}` });
  it.each<[string, Given]>([
    ['a page to sign in', { body: '<form action="/login"><input name="user"></form>' }],
    ['a redirect to a page to sign in', { location: 'https://idp.example/login?state=x' }],
    ['a redirect to a relative URL', { location: '/login' }],
    ['a redirect without a location', { status: 302 }],
    ['a redirect to a longer path', to(`more?error=login_required&${STATE}`)],
    ['a redirect to a user name', { location: `${REDIRECT_URI}@evil.example/?${STATE}` }],
    ['another state', to('#error=login_required&state=other&iss=https://idp.example')],
    ['no state', to('#error=login_required')],
    ['the redirect URI alone', to('')],
    [
      'a form for somebody else',
      { body: form({ error: 'login_required', state: REQUEST.state }, 'https://x.example') },
    ],
    ['a status of 400 alone', { status: 400 }],
    ['a firewall', { status: 403, body: '<h1>Request blocked</h1>' }],
    ['a page of refusal with another status', { status: 404, body: '<h1>invalid_client</h1>' }],
    ['a failure', { status: 500, body: 'invalid_client' }],
    [
      'a page with texts for every error',
      { status: 400, body: '<p>Oops</p><script>var t = {"invalid_client": "<script>"};</script>' },
    ],
    ['an attribute', { status: 400, body: '<p data-codes="invalid_client">Oops</p>' }],
    ['a comment', { status: 400, body: '<!-- invalid_client -->Oops' }],
    ['both at once', { status: 400, body: 'invalid_client or invalid_redirect_uri' }],
  ])('%s', (_what, given) => {
    expect(read(given)).toMatchObject({
      kind: 'UNCLEAR',
      issuer: null,
      isResponse: false,
      seen: expect.any(String) as unknown,
    });
  });

  it.each<[string, Given]>([
    ['nothing but the state', to(`?${STATE}`)],
    ['an unknown error', to(`#error=access_denied&${STATE}`)],
    ['a bad request', to(`#error=invalid_request&${STATE}`)],
    [
      'a request without PKCE',
      to(`?error=invalid_request&error_description=code_challenge&${STATE}`),
    ],
    [
      'a response type that needs something else',
      to(`#error=invalid_request&error_description=nonce+required+for+response_type&${STATE}`),
    ],
  ])('%s, but from an authorization endpoint, with its issuer', (_what, given) => {
    const iss = { location: `${given.location ?? ''}&iss=https%3A%2F%2Fidp.example` };
    expect([read(given), read(iss)]).toMatchObject([
      { kind: 'UNCLEAR', issuer: null, isResponse: true },
      { kind: 'UNCLEAR', issuer: 'https://idp.example', isResponse: true },
    ]);
  });

  it('what a page repeats of the request', () => {
    const parameters = { client_id: 'invalid_client' };
    const response = { status: 400, body: 'No invalid_client here', header: () => null };
    const asked = { ...REQUEST, parameters };
    expect(readAuthorizationResponse(response, asked, (text) => text)).toMatchObject({
      kind: 'UNCLEAR',
    });
  });
});

describe('any response', () => {
  it('is read, without control characters of the provider', () => {
    const word = fc.constantFrom(
      '<form',
      ' action=',
      '"',
      "'",
      '>',
      '<input ',
      'name=',
      '</form>',
      REDIRECT_URI,
      STATE,
      '<script>',
      '&#x1F600;',
      '&#999999;',
      'invalid_client',
      '\u202E',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(word, fc.string()), { maxLength: 60 }),
        fc.constantFrom(200, 302, 400),
        (parts, status) => {
          const text = parts.join('');
          for (const given of [
            { status, body: text },
            { status: 302, location: REDIRECT_URI + text },
          ])
            expect(JSON.stringify(read(given))).not.toContain('\u202E');
        },
      ),
    );
  });

  it.each(['<', '<form ', '<input a="', "<form action='", '<script>', '&#', 'a ', '<form a\n\n\n'])(
    'takes little time, if it is 64 KiB of "%s"',
    (part) => {
      const body = part.repeat(65_536 / part.length);
      const began = performance.now();
      read({ status: 400, body });
      // About 5 ms; a search that begins anew at every place would take minutes.
      expect(performance.now() - began).toBeLessThan(5_000);
    },
  );
});
