import { describe, expect, it } from 'vitest';
import { loginUrl, redirectUri } from './sign-in-urls.ts';

const API = 'https://sandboxapi.ordercloud.io/v1';
const link = { id: 'google', apiClientId: 'C-1', roles: ['Shopper', 'MeAdmin'] };

describe('redirectUri', () => {
  it.each([
    [API, 'https://sandboxapi.ordercloud.io/ocrpcode'],
    ['https://api.example.com/base/v2', 'https://api.example.com/base/ocrpcode'],
  ])('of %s is %s', (api, expected) => {
    expect(redirectUri(api)).toBe(expected);
  });
});

describe('loginUrl', () => {
  it('has the configuration, the roles and the API client', () => {
    expect(loginUrl(API, link)).toBe(
      'https://sandboxapi.ordercloud.io/ocrplogin?id=google&roles=Shopper%20MeAdmin&cid=C-1',
    );
  });

  it('has the path and the custom parameters if they are given', () => {
    const customParams = [
      { name: 'response_mode', value: 'form_post' },
      { name: 'login_hint', value: 'a&b=c' },
    ];
    expect(loginUrl(API, { ...link, appStartPath: '/cart?a=1', customParams })).toBe(
      'https://sandboxapi.ordercloud.io/ocrplogin?id=google&roles=Shopper%20MeAdmin&cid=C-1&appstartpath=%2Fcart%3Fa%3D1&customParams=response_mode%3Dform_post%26login_hint%3Da%2526b%253Dc',
    );
  });

  it.each([null, undefined, ''])('leaves out a path that is %j', (appStartPath) => {
    expect(loginUrl(API, { ...link, appStartPath, customParams: [] })).not.toMatch(
      /appstartpath|customParams/,
    );
  });

  it('lets nothing in a value become a parameter or part of the path, and takes any text', () => {
    const url = new URL(
      loginUrl(API, {
        id: 'a&cid=evil#x',
        apiClientId: 'ü/?',
        roles: ['R&roles=All'],
        appStartPath: '\uD800',
      }),
    );
    expect(url.pathname).toBe('/ocrplogin');
    expect([...url.searchParams.keys()]).toEqual(['id', 'roles', 'cid', 'appstartpath']);
    expect(url.searchParams.get('id')).toBe('a&cid=evil#x');
    expect(url.searchParams.get('cid')).toBe('ü/?');
  });
});
