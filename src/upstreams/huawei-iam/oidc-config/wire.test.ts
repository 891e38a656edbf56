import { describe, expect, it } from 'vitest';
import { openIdConnectConfig } from './wire.ts';

const PROGRAM = {
  access_mode: 'program',
  idp_url: 'https://accounts.example.com',
  client_id: 'client_id_example',
  signing_key: '{"keys":[]}',
};
const CONSOLE = {
  ...PROGRAM,
  access_mode: 'program_console',
  authorization_endpoint: 'https://accounts.example.com/auth',
  scope: 'openid email',
  response_type: 'id_token',
  response_mode: 'form_post',
};
const CONSOLE_ONLY = ['authorization_endpoint', 'scope', 'response_type', 'response_mode'];

describe('openIdConnectConfig', () => {
  it.each<[string, object]>([
    ['for programmatic access', PROGRAM],
    [
      'for programmatic access, the fields of the console null',
      { ...PROGRAM, ...Object.fromEntries(CONSOLE_ONLY.map((name) => [name, null])) },
    ],
    ['for the console', CONSOLE],
    ['for the console, with another response mode', { ...CONSOLE, response_mode: 'fragment' }],
    ['with a signing key that is none', { ...PROGRAM, signing_key: '' }],
  ])('takes a configuration %s', (_which, config) => {
    expect(openIdConnectConfig.parse({ openid_connect_config: config })).toEqual({
      openid_connect_config: config,
    });
  });

  it('reads empty texts as absent if the values are fixed', () => {
    const config = {
      ...PROGRAM,
      authorization_endpoint: '',
      scope: '',
      response_type: '',
      response_mode: '',
    };
    expect(
      openIdConnectConfig.parse({ openid_connect_config: config }).openid_connect_config,
    ).toMatchObject({ response_type: null, response_mode: null });
  });

  it('leaves out members that it does not know', () => {
    expect(
      openIdConnectConfig.parse({
        openid_connect_config: { ...PROGRAM, links: {} },
        httpStatusCode: 200,
      }),
    ).toEqual({ openid_connect_config: PROGRAM });
  });

  it.each<[string, unknown]>([
    ['the configuration without its wrapper', PROGRAM],
    ['an empty wrapper', { openid_connect_config: null }],
    [
      'an access mode that there is not',
      { openid_connect_config: { ...PROGRAM, access_mode: 'console' } },
    ],
    ['no issuer', { openid_connect_config: { ...PROGRAM, idp_url: undefined } }],
    ['a client id that is null', { openid_connect_config: { ...PROGRAM, client_id: null } }],
    [
      'a signing key that is an object',
      { openid_connect_config: { ...PROGRAM, signing_key: { keys: [] } } },
    ],
    ['scopes as a list', { openid_connect_config: { ...CONSOLE, scope: ['openid'] } }],
    [
      'a response type that there is not',
      { openid_connect_config: { ...CONSOLE, response_type: 'code' } },
    ],
    ['an error', { error_code: 'IAM.0011', error_msg: 'Request body is invalid.' }],
    ['a list', [{ openid_connect_config: PROGRAM }]],
    ['nothing', undefined],
  ])('refuses %s', (_what, body) => {
    expect(openIdConnectConfig.safeParse(body).success).toBe(false);
  });
});
