import { describe, expect, it } from 'vitest';
import { anIssuer } from '../../../../test/setup/an-issuer.ts';
import { askAuthorization } from './ask-authorization.ts';
import { askForAbsence } from './ask-token.ts';
import type { IssuerRequest, IssuerResponse, ProbeResult } from './probe.ts';

/* An endpoint that the metadata does not have: what two responses to the same request show of it. */

const STORED = 'https://idp.example/old';
const PUBLISHED = 'https://idp.example/new';
const REDIRECT_URI = 'https://api.example/ocrpcode';

interface Given {
  readonly status: number;
  readonly body?: string;
  /** Parameters at the redirect URI, besides the state. */
  readonly redirect?: string;
}

/** Responds as given, and records what was sent to which endpoint. */
function responding(given: Readonly<Record<string, Given | null>>) {
  const sent: IssuerRequest[] = [];
  const probe = (request: IssuerRequest): Promise<ProbeResult> => {
    sent.push(request);
    const found = given[request.url];
    if (!found) return Promise.resolve({ response: null, problem: 'No response.' });
    const state = new URLSearchParams(request.query).get('state') ?? '';
    const location = `${REDIRECT_URI}?${found.redirect ?? ''}&state=${state}`;
    const response: IssuerResponse = {
      status: found.status,
      body: found.body ?? '',
      header: (name) => (name === 'location' && found.redirect !== undefined ? location : null),
    };
    return Promise.resolve({ response });
  };
  return { probe, sent };
}

const NOT_FOUND = { status: 404, body: '<h1>Not found</h1>' };
const error = (status: number, code: string) => ({ status, body: JSON.stringify({ error: code }) });

describe('a token endpoint', () => {
  const request = (endpoint = STORED, form: 'FORM' | 'JSON' = 'FORM') =>
    ({ endpoint, form, clientId: 'app', redirectUri: REDIRECT_URI }) as const;
  const ask = (stored: Given | null, published: Given | null) => {
    const { probe, sent } = responding({ [STORED]: stored, [PUBLISHED]: published });
    return askForAbsence(probe, request(), PUBLISHED).then((absence) => ({ absence, sent }));
  };

  it.each<[string, Given, Given]>([
    ['404 with a page', NOT_FOUND, error(401, 'invalid_client')],
    ['405', { status: 405 }, error(400, 'invalid_request')],
    ['410', { status: 410 }, error(400, 'invalid_grant')],
    ['404, as oidc-provider says it', error(404, 'invalid_request'), error(401, 'invalid_client')],
    ['404, as Keycloak says it', error(404, 'Realm does not exist'), error(401, 'invalid_client')],
    ['404, as Spring says it', error(404, 'Not Found'), error(403, 'access_denied')],
  ])('certainly does not exist: %s', async (_what, stored, published) => {
    const { absence, sent } = await ask(stored, published);
    expect(absence).toBe(`The response has the status ${stored.status}.`);
    expect(sent.map(({ url }) => url)).toEqual([STORED, PUBLISHED]);
  });

  it.each<[string, Given | null, Given | null, number]>([
    ['nothing responds', null, error(401, 'invalid_client'), 1],
    ['it refuses the client', error(401, 'invalid_client'), error(401, 'invalid_client'), 1],
    ['it refuses the client, with 404', error(404, 'invalid_client'), error(401, 'x'), 1],
    ['it refuses the code, with 404', error(404, 'invalid_grant'), error(400, 'invalid_grant'), 1],
    ['it fails', { status: 500 }, error(401, 'invalid_client'), 1],
    ['it redirects', { status: 308 }, error(401, 'invalid_client'), 1],
    ['it is refused by something', { status: 403 }, error(401, 'invalid_client'), 1],
    ['the published one is not there either', NOT_FOUND, NOT_FOUND, 2],
    ['the published one has no error', NOT_FOUND, { status: 400, body: '<h1>Bad</h1>' }, 2],
    ['the published one has another error', NOT_FOUND, error(415, 'HTTP 415'), 2],
    ['the published one fails', NOT_FOUND, error(503, 'invalid_request'), 2],
    ['the published one does not respond', NOT_FOUND, null, 2],
  ])('may exist if %s', async (_what, stored, published, requests) => {
    const { absence, sent } = await ask(stored, published);
    expect([absence, sent]).toEqual([null, expect.objectContaining({ length: requests })]);
  });

  it.each([
    ['on another host', 'https://other.example/token'],
    ['on another port', 'https://idp.example:8443/token'],
    ['with another scheme', 'http://idp.example/token'],
    ['that is the stored one', STORED],
    ['that is none', null],
  ])('is not asked, nor a published one %s', async (_what, published) => {
    const { probe, sent } = responding({});
    expect(await askForAbsence(probe, request(), published)).toBeNull();
    expect(sent).toEqual([]);
  });

  it.each(['FORM', 'JSON'] as const)('gets no secret: %s', async (form) => {
    const { probe, sent } = responding({
      [STORED]: NOT_FOUND,
      [PUBLISHED]: error(400, 'invalid_request'),
    });
    await askForAbsence(probe, request(STORED, form), PUBLISHED);
    const sentTo = sent.map(({ headers, body = '' }) => ({
      headers: Object.keys(headers),
      fields: Object.keys(
        form === 'JSON'
          ? (JSON.parse(body) as object)
          : Object.fromEntries(new URLSearchParams(body)),
      ).sort(),
    }));
    const without = {
      headers: ['accept', 'content-type'],
      fields: ['client_id', 'code', 'grant_type', 'redirect_uri'],
    };
    expect(sentTo).toEqual([without, without]);
    expect(sent[0]?.body).not.toBe(sent[1]?.body);
  });
});

describe('an authorization endpoint', () => {
  const asked = {
    endpoint: STORED,
    redirectUri: REDIRECT_URI,
    parameters: { response_type: 'code', client_id: 'app', scope: 'openid' },
  };
  const ask = async (
    stored: Given | null,
    published: Given | null,
    at: string | null = PUBLISHED,
  ) => {
    const { probe, sent } = responding({ [STORED]: stored, [at ?? '']: published });
    const reading = { issuer: anIssuer({ authorizationEndpoint: at }) };
    const probing = { probe, hide: (text: string) => text, isAdmin: false };
    const result = await askAuthorization(probing, asked, Promise.resolve(reading));
    return { result, urls: sent.map(({ url }) => url) };
  };
  const known = { status: 302, redirect: 'error=login_required' };

  it.each<[string, Given]>([
    ['somebody has to sign in', known],
    ['the request is refused', { status: 302, redirect: 'error=invalid_request' }],
    ['the client is refused', { status: 400, body: '<h1>invalid_client</h1>' }],
  ])('certainly does not exist if the published one responds that %s', async (_what, published) => {
    const { result, urls } = await ask({ status: 404 }, published);
    expect(result).toMatchObject({ kind: 'ABSENT', isCertain: true });
    expect(urls).toEqual([STORED, PUBLISHED]);
  });

  it.each<[string, Given | null, string | null]>([
    ['shows a page', { status: 200, body: '<h1>Hello</h1>' }, PUBLISHED],
    ['is not there either', { status: 404 }, PUBLISHED],
    ['does not respond', null, PUBLISHED],
    ['is on another host', known, 'https://other.example/authorize'],
    ['is the stored one', { status: 404 }, STORED],
    ['is not known', null, null],
  ])('may exist if the published one %s', async (_what, published, at) => {
    const { result, urls } = await ask({ status: 404 }, published, at);
    expect(result).toMatchObject({ kind: 'ABSENT', isCertain: false });
    expect(urls).toEqual(at === PUBLISHED ? [STORED, PUBLISHED] : [STORED]);
  });

  it('is not compared if it responds, or fails', async () => {
    for (const stored of [known, { status: 500 }, { status: 403 }, null])
      expect((await ask(stored, known)).urls).toEqual([STORED]);
  });
});
