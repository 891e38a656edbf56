import { describe, expect, it } from 'vitest';
import { askToken } from './ask-token.ts';
import type { IssuerRequest, IssuerResponse } from './probe.ts';
import { formEncoded, readTokenResponse, tokenProbe } from './token.ts';
import type { TokenForm } from './token.ts';

/* What token endpoints respond with to a code that does not exist, in their own words. */

const SECRET = 'canary secret+1/=&';
const REQUEST = {
  endpoint: 'https://idp.example/token',
  clientId: 'app:1',
  clientSecret: SECRET,
  code: 'made-up',
  redirectUri: 'https://api.example/ocrpcode',
};

interface Given {
  readonly status?: number;
  readonly error?: string;
  readonly description?: string;
  readonly body?: string;
  readonly authenticate?: string;
}

const responding = ({ status = 400, error, description, body, authenticate }: Given) =>
  ({
    status,
    body: body ?? JSON.stringify({ error, error_description: description }),
    header: (name) => (name === 'www-authenticate' ? (authenticate ?? null) : null),
  }) satisfies IssuerResponse;
const hide = (text: string) => text.replaceAll(SECRET, '[hidden]');
const read = (given: Given, form: TokenForm = 'FORM') =>
  readTokenResponse(responding(given), form, hide);

describe('the request', () => {
  it('is a form with everything in it', () => {
    const { method, url, query, headers, body } = tokenProbe({ ...REQUEST, form: 'FORM' });
    expect([method, url, query]).toEqual(['POST', REQUEST.endpoint, undefined]);
    expect(headers).toEqual({
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      grant_type: 'authorization_code',
      code: 'made-up',
      redirect_uri: REQUEST.redirectUri,
      client_id: 'app:1',
      client_secret: SECRET,
    });
  });

  it('is JSON without credentials, which are in a header, encoded as RFC 6749 section 2.3.1 says', () => {
    const { headers, body } = tokenProbe({ ...REQUEST, form: 'JSON' });
    expect(headers).toEqual({
      accept: 'application/json',
      'content-type': 'application/json',
      authorization: `Basic ${btoa('app%3A1:canary+secret%2B1%2F%3D%26')}`,
    });
    expect(JSON.parse(body ?? '')).toEqual({
      grant_type: 'authorization_code',
      code: 'made-up',
      redirect_uri: REQUEST.redirectUri,
    });
    expect(formEncoded('aZ09-._')).toBe('aZ09-._');
  });
});

describe('a response', () => {
  const AADSTS = (code: number, rest: string) => `AADSTS${code}: ${rest} Trace ID: 1`;
  it.each<[string, string, Given, TokenForm?]>([
    ['CODE', 'Keycloak', { error: 'invalid_grant', description: 'Code not valid' }],
    ['CODE', 'Okta', { error: 'invalid_grant', description: 'The authorization code is invalid.' }],
    ['CODE', 'Auth0', { status: 403, error: 'invalid_grant', description: 'Invalid code' }],
    ['CODE', 'Google', { error: 'invalid_grant', description: 'Malformed auth code.' }, 'JSON'],
    ['CODE', 'oidc-provider', { error: 'invalid_grant', description: 'grant request is invalid' }],
    ['CLIENT', 'oidc-provider', { status: 401, error: 'invalid_client' }],
    ['CLIENT', 'Google', { status: 401, error: 'invalid_client', description: 'Unauthorized' }],
    ['CLIENT', 'Cognito', { status: 400, error: 'invalid_client' }],
    ['CLIENT', 'Auth0', { status: 401, error: 'access_denied', description: 'Unauthorized' }],
    [
      'CLIENT',
      'Keycloak',
      {
        status: 401,
        error: 'unauthorized_client',
        description: 'Invalid client or Invalid client credentials',
      },
    ],
    [
      'CLIENT',
      'Entra, if the secret has expired',
      {
        status: 401,
        error: 'invalid_client',
        description: AADSTS(7000222, 'The provided client secret keys are expired.'),
      },
    ],
    [
      'CLIENT',
      'Entra, without the application',
      { error: 'unauthorized_client', description: AADSTS(700016, 'Application not found.') },
    ],
    ['CLIENT', 'one without a body', { status: 401, body: '', authenticate: 'Basic realm="x"' }],
    [
      'CONTENT_TYPE',
      'oidc-provider',
      {
        error: 'invalid_request',
        description:
          'only application/x-www-form-urlencoded content-type bodies are supported on POST /token',
      },
      'JSON',
    ],
    ['CONTENT_TYPE', 'Keycloak', { status: 415, body: '{"error":"HTTP 415"}' }, 'JSON'],
    ['CONTENT_TYPE', 'Okta', { status: 415, body: '{"errorCode":"E0000021"}' }, 'JSON'],
    [
      'CONTENT_TYPE',
      'Entra',
      {
        error: 'invalid_request',
        description: AADSTS(900144, "The body must contain the parameter: 'grant_type'."),
      },
      'JSON',
    ],
    ['UNCLEAR', 'one that refuses forms', { status: 415, body: '' }],
    [
      'UNCLEAR',
      'one that misses the grant type of a form',
      { error: 'invalid_request', description: 'grant_type is missing' },
    ],
    [
      'UNCLEAR',
      'one that wants PKCE',
      { error: 'invalid_request', description: 'code_verifier is required' },
    ],
    [
      'UNCLEAR',
      'one that wants PKCE, as a grant',
      { error: 'invalid_grant', description: 'PKCE verification failed' },
    ],
    ['UNCLEAR', 'a bad request', { error: 'invalid_request' }],
    ['UNCLEAR', 'Dex', { error: 'invalid_request', description: 'Invalid or expired code' }],
    ['UNCLEAR', 'a bad request that is 401', { status: 401, error: 'invalid_request' }],
    ['UNCLEAR', 'a client without the grant', { error: 'unauthorized_client' }],
    ['UNCLEAR', 'another grant', { error: 'unsupported_grant_type' }, 'JSON'],
    ['UNCLEAR', 'a firewall', { status: 403, body: '<h1>invalid_grant</h1>' }],
    ['UNCLEAR', '401 of a proxy', { status: 401, body: '<h1>Unauthorized</h1>' }],
    ['UNCLEAR', '401 of an API', { status: 401, body: '', authenticate: 'Bearer' }],
    ['UNCLEAR', 'a page that is not there', { status: 404, body: '<h1>invalid_client</h1>' }],
    ['UNCLEAR', 'too many requests', { status: 429, body: '{"error":"slow_down"}' }],
    ['UNCLEAR', 'a failure', { status: 500, error: 'invalid_client' }],
    ['UNCLEAR', 'a redirect', { status: 302, body: '' }],
    ['UNCLEAR', 'a success', { status: 200, body: '{"id_token":"canary secret+1/=&"}' }],
    ['UNCLEAR', 'an error that is a success', { status: 200, error: 'invalid_grant' }],
    ['UNCLEAR', 'a list', { body: '["invalid_grant"]' }],
    ['UNCLEAR', 'an error that is not a text', { body: '{"error":{"code":"invalid_grant"}}' }],
    ['UNCLEAR', 'JSON without end', { body: '['.repeat(65_536) }],
  ])('is %s: %s', (kind, _who, given, form) => {
    const result = read(given, form);
    expect(result.kind).toBe(kind);
    expect(result.said).toMatch(/^The token endpoint responds with the status \d{3}\b.*\.$/);
    expect(result.said).not.toContain('canary');
  });

  it('is shown without the secret and without control characters, and cut', () => {
    const description = `${'x'.repeat(190)}${SECRET}\u202E`;
    const { said } = read({ error: `a\u202E${SECRET}`, description });
    expect(said).not.toMatch(/cana|\u202E/);
    expect(said.length).toBeLessThan(400);
  });
});

describe('a probe', () => {
  /** A token endpoint that has a secret, and looks at the code first or not. */
  const ask = async (form: TokenForm, respond: (isRight: boolean) => Given | null) => {
    const sent: IssuerRequest[] = [];
    const result = await askToken(
      (request) => {
        sent.push(request);
        const isRight = JSON.stringify(request).includes(
          form === 'FORM' ? formEncoded(SECRET) : btoa(`app%3A1:${formEncoded(SECRET)}`),
        );
        const given = respond(isRight);
        return Promise.resolve(
          given === null
            ? { response: null, problem: 'It cannot be reached.' }
            : { response: responding(given) },
        );
      },
      hide,
      { ...REQUEST, form },
    );
    return { result, sent };
  };

  it.each(['FORM', 'JSON'] as const)('shows that the secret is right in %s', async (form) => {
    const { result, sent } = await ask(form, (isRight) => ({
      error: isRight ? 'invalid_grant' : 'invalid_client',
    }));
    expect(result.kind).toBe('CODE');
    expect(sent).toHaveLength(2);
    expect(JSON.stringify(sent[1])).not.toMatch(/canary|Y2FuYXJ5/);
  });

  it('does not believe an endpoint that looks at the code first', async () => {
    const { result } = await ask('FORM', () => ({ error: 'invalid_grant' }));
    expect(result).toMatchObject({
      kind: 'UNCLEAR',
      said: expect.stringMatching(/made up/) as unknown,
    });
  });

  it('does not believe an endpoint that says nothing clear for comparison', async () => {
    const { result } = await ask('FORM', (isRight) =>
      isRight ? { error: 'invalid_grant' } : { status: 429, body: '' },
    );
    expect(result).toMatchObject({
      kind: 'UNCLEAR',
      said: expect.stringMatching(/status 429/) as unknown,
    });
  });

  it('sends nothing again after a refusal, or without a response', async () => {
    const refused = await ask('FORM', () => ({ error: 'invalid_client' }));
    expect([refused.result.kind, refused.sent.length]).toEqual(['CLIENT', 1]);
    const failed = await ask('FORM', () => null);
    expect(failed.result).toEqual({ kind: 'UNCLEAR', said: 'It cannot be reached.' });
    expect(failed.sent).toHaveLength(1);
  });
});
