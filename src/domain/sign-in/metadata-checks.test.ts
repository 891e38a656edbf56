import { describe, expect, it } from 'vitest';
import { anIssuer } from '../../../test/setup/an-issuer.ts';
import { endpointCheck, scopeCheck } from './metadata-checks.ts';
import type { ProbedEndpoint } from './metadata-checks.ts';

const ISSUER = 'https://idp.example';
const NOTHING: ProbedEndpoint = { respondsAs: null, absence: null };

describe('a stored endpoint that is not the published one', () => {
  const check = (shown: Partial<ProbedEndpoint>, promises = true, stored = `${ISSUER}/x`) =>
    endpointCheck(
      'AUTHORIZATION_ENDPOINT',
      'authorizationEndpoint',
      stored,
      anIssuer({
        authorizationResponseIssParameterSupported: promises,
        userinfoEndpoint: `${ISSUER}/userinfo`,
        endSessionEndpoint: `${ISSUER}/logout`,
      }),
      { ...NOTHING, ...shown },
    );

  it('is the one of the issuer only if it responds as it, exactly, and the issuer promises to', () => {
    expect(check({ respondsAs: ISSUER }).status).toBe('PASSED');
    expect(check({ respondsAs: `${ISSUER}/` }).status).toBe('UNDECIDED');
    expect(check({ respondsAs: 'https://IDP.example' }).status).toBe('UNDECIDED');
    expect(check({ respondsAs: ISSUER }, false).status).toBe('UNDECIDED');
    expect(check({}).status).toBe('UNDECIDED');
  });

  it('does not exist if that is certain, and the published one is named', () => {
    expect(check({ absence: 'The response has the status 404.' })).toMatchObject({
      status: 'FAILED',
      message: expect.stringContaining(
        'does not exist. The response has the status 404.',
      ) as unknown,
      advice: `Store the authorization_endpoint of the issuer, exactly: ${ISSUER}/authorize`,
    });
  });

  it.each([
    ['token', 'token_endpoint'],
    ['userinfo', 'userinfo_endpoint'],
    ['logout', 'end_session_endpoint'],
    ['keys', 'jwks_uri'],
  ])('fails if it is another one of the issuer: %s', (path, name) => {
    expect(check({}, true, `${ISSUER}/${path}`)).toMatchObject({
      status: 'FAILED',
      message: `It is the ${name} of the issuer.`,
    });
  });

  it('is as good as the published one if both are the same', () => {
    const same = anIssuer({ tokenEndpoint: `${ISSUER}/authorize` });
    const of = (stored: string) =>
      endpointCheck('TOKEN_ENDPOINT', 'tokenEndpoint', stored, same, NOTHING).status;
    expect([of(`${ISSUER}/authorize`), of(`${ISSUER}/token`)]).toEqual(['PASSED', 'UNDECIDED']);
  });
});

describe('scopes that the issuer does not list', () => {
  const own = (claims: Readonly<Record<string, string>>) => ({
    text: '',
    alg: null,
    kid: null,
    claims,
  });
  const status = (scope: string, claims: Readonly<Record<string, string>> | null) =>
    scopeCheck(
      anIssuer({ scopesSupported: ['openid'] }),
      ['openid', scope],
      ['scope'],
      claims && own(claims),
    ).status;

  it('are shown by claims of an ID token that is certainly of the client', () => {
    expect(status('phone', { phone_number: '+1' })).toBe('PASSED');
    expect(status('phone', { email: 'a@b.example' })).toBe('UNDECIDED');
    expect(status('phone', null)).toBe('UNDECIDED');
    // They have no claims of their own, or nobody knows which.
    expect(status('offline_access', { email: 'a@b.example' })).toBe('UNDECIDED');
    expect(status('groups', { groups: 'admin' })).toBe('UNDECIDED');
  });
});
