import { describe, expect, it } from 'vitest';
import { loginUrl, redirectUris } from './sign-in-urls.ts';

const CONSOLE = 'https://auth.huaweicloud.com';

describe('the links of a configuration', () => {
  it('are the redirect URIs of both response modes', () => {
    expect(redirectUris(CONSOLE)).toEqual([
      'https://auth.huaweicloud.com/authui/oidc/redirect',
      'https://auth.huaweicloud.com/authui/oidc/post',
    ]);
  });

  it.each([
    [
      '0123456789abcdef',
      'https://auth.huaweicloud.com/authui/federation/websso?domain_id=0123456789abcdef&idp=ACME&protocol=oidc',
    ],
    [
      'a&idp=b #\ud800',
      'https://auth.huaweicloud.com/authui/federation/websso?domain_id=a%26idp%3Db%20%23%EF%BF%BD&idp=ACME&protocol=oidc',
    ],
  ])('are the login link of the account %j', (domainId, url) => {
    expect(loginUrl(CONSOLE, { domainId, idpId: 'ACME' })).toBe(url);
  });
});
