import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { parseJson } from '../../domain/json.ts';
import type { Json } from '../../domain/json.ts';
import {
  errorBody,
  identityProvider,
  identityProviders,
  mapping,
  mappings,
  nothing,
  openIdConnectConfig,
  protocol,
} from './wire.ts';

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

  it('takes empty texts for nothing where there are fixed values', () => {
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

describe('what the /v3 APIs answer', () => {
  it.each<[string, z.ZodType, unknown, unknown]>([
    [
      'an identity provider',
      identityProvider,
      {
        identity_provider: {
          id: 'a',
          description: 'x',
          enabled: true,
          sso_type: '',
          remote_ids: ['r'],
          links: {},
        },
      },
      {
        identity_provider: {
          id: 'a',
          description: 'x',
          enabled: true,
          sso_type: '',
          remote_ids: ['r'],
        },
      },
    ],
    [
      'an identity provider with its id alone',
      identityProvider,
      { identity_provider: { id: 'a' } },
      { identity_provider: { id: 'a' } },
    ],
    [
      'an identity provider of nulls',
      identityProvider,
      {
        identity_provider: {
          id: 'a',
          description: null,
          enabled: null,
          sso_type: null,
          remote_ids: null,
        },
      },
      {
        identity_provider: {
          id: 'a',
          description: null,
          enabled: null,
          sso_type: null,
          remote_ids: null,
        },
      },
    ],
    [
      'identity providers',
      identityProviders,
      { identity_providers: [{ id: 'a' }, { id: 'b' }], links: { self: 's', next: null } },
      { identity_providers: [{ id: 'a' }, { id: 'b' }], links: { next: null } },
    ],
    [
      'no identity providers',
      identityProviders,
      { identity_providers: [] },
      { identity_providers: [] },
    ],
    [
      'a protocol',
      protocol,
      { protocol: { id: 'oidc', mapping_id: 'm', links: {} } },
      { protocol: { id: 'oidc', mapping_id: 'm' } },
    ],
    [
      'a protocol with its id alone',
      protocol,
      { protocol: { id: 'oidc' } },
      { protocol: { id: 'oidc' } },
    ],
    [
      'a mapping, its rules as they are',
      mapping,
      { mapping: { id: 'm', rules: [{ odd: [1, null] }, null, 'x'], links: {} } },
      { mapping: { id: 'm', rules: [{ odd: [1, null] }, null, 'x'] } },
    ],
    [
      'mappings',
      mappings,
      { mappings: [{ id: 'm', rules: [] }] },
      { mappings: [{ id: 'm', rules: [] }] },
    ],
    ['nothing', nothing, undefined, undefined],
  ])('takes %s', (_what, schema, body, expected) => {
    expect(schema.parse(body)).toEqual(expected);
  });

  it.each<[string, z.ZodType, unknown]>([
    ['an identity provider without its wrapper', identityProvider, { id: 'a' }],
    [
      'an identity provider without an id',
      identityProvider,
      { identity_provider: { enabled: true } },
    ],
    [
      'an identity provider that is enabled in words',
      identityProvider,
      { identity_provider: { id: 'a', enabled: 'true' } },
    ],
    [
      'identity providers as an object',
      identityProviders,
      { identity_providers: { a: { id: 'a' } } },
    ],
    [
      'a list of identity providers that goes on elsewhere',
      identityProviders,
      { identity_providers: [{ id: 'a' }], links: { next: 'https://iam.example.com/next' } },
    ],
    [
      'one bad identity provider in a list',
      identityProviders,
      { identity_providers: [{ id: 'a' }, { id: null }] },
    ],
    ['a protocol whose mapping is a number', protocol, { protocol: { id: 'oidc', mapping_id: 1 } }],
    ['a mapping without rules', mapping, { mapping: { id: 'm' } }],
    ['a mapping whose rules are an object', mapping, { mapping: { id: 'm', rules: {} } }],
    ['a body where there should be none', nothing, {}],
    ['null where there should be nothing', nothing, null],
    // What looks through it later must not exhaust the stack.
    [
      'a rule without a floor',
      mapping,
      parseJson(`{"mapping":{"id":"m","rules":[${'['.repeat(100_000)}${']'.repeat(100_000)}]}}`),
    ],
    [
      'a rule without a floor in a list',
      mappings,
      parseJson(
        `{"mappings":[{"id":"m","rules":[${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}]}]}`,
      ),
    ],
  ])('refuses %s', (_what, schema, body) => {
    expect(schema.safeParse(body).success).toBe(false);
  });
});

describe('errorBody', () => {
  const nothing = { code: null, message: null, requestId: null, rest: null };

  it.each<[string, Json, object]>([
    [
      'the form of /v3.0',
      { error_msg: 'Request body is invalid.', error_code: 'IAM.0011' },
      { ...nothing, code: 'IAM.0011', message: 'Request body is invalid.' },
    ],
    [
      'a bare number as text',
      { error_msg: 'Mandatory parameters are not specified.', error_code: '1100' },
      { ...nothing, code: '1100', message: 'Mandatory parameters are not specified.' },
    ],
    [
      'a bare number',
      { error_msg: 'Mandatory parameters are not specified.', error_code: 1100 },
      { ...nothing, code: '1100', message: 'Mandatory parameters are not specified.' },
    ],
    ['a code alone', { error_code: 'IAM.0011' }, { ...nothing, code: 'IAM.0011' }],
    ['a message alone', { error_msg: 'No.' }, { ...nothing, message: 'No.' }],
    [
      'the API gateway',
      {
        error_msg: 'Incorrect IAM authentication information: x',
        error_code: 'APIGW.0301',
        request_id: 'r-1',
      },
      {
        code: 'APIGW.0301',
        message: 'Incorrect IAM authentication information: x',
        requestId: 'r-1',
        rest: { request_id: 'r-1' },
      },
    ],
    [
      'an encoded message about authorization',
      { error_code: 'PAP5.0001', error_msg: 'Denied.', encoded_authorization_message: 'abc' },
      {
        ...nothing,
        code: 'PAP5.0001',
        message: 'Denied.',
        rest: { encoded_authorization_message: 'abc' },
      },
    ],
    [
      'the form of /v3, whose number is the status and no code',
      {
        error: {
          code: 401,
          message: 'The request you have made requires authentication.',
          title: 'Unauthorized',
        },
      },
      {
        ...nothing,
        message: 'The request you have made requires authentication.',
        rest: { title: 'Unauthorized' },
      },
    ],
    [
      'the form of /v3.0 inside that of /v3',
      { error: { error_code: 'IAM.0011', error_msg: 'No.' } },
      { ...nothing, code: 'IAM.0011', message: 'No.' },
    ],
    [
      'a code and a message under other names',
      { code: 'IAM.0011', message: 'No.' },
      { ...nothing, code: 'IAM.0011', message: 'No.' },
    ],
    // What has not the form is kept.
    [
      'OAuth',
      { error: 'invalid_token', error_description: 'No.' },
      { ...nothing, rest: { error: 'invalid_token', error_description: 'No.' } },
    ],
    ['a null for an error', { error: null }, { ...nothing, rest: { error: null } }],
    ['an empty object', {}, nothing],
    ['a list', ['a'], { ...nothing, rest: ['a'] }],
    ['a number', 500, { ...nothing, rest: 500 }],
    ['a text', 'Service Unavailable', { ...nothing, rest: 'Service Unavailable' }],
    ['null', null, nothing],
  ])('reads %s', (_what, body, expected) => {
    expect(errorBody(body)).toEqual(expected);
  });

  it.each<[string, Json]>([
    [
      'the form of /v3',
      { error: { code: 401, message: 'No.', title: 'Unauthorized' }, kept: 'kept' },
    ],
    ['the form of /v3.0', { error_code: 'IAM.0011', error_msg: 'No.', kept: 'kept' }],
    ['an error code of another type', { error_code: { kept: 'kept' }, error_msg: 'No.' }],
  ])('keeps what stands beside %s', (_what, body) => {
    expect(JSON.stringify(errorBody(body).rest)).toContain('kept');
  });
});
