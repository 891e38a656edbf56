import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { parseJson } from '../../domain/json/json.ts';
import { nothing } from './federation.ts';
import { identityProvider, identityProviders } from './identity-provider/wire.ts';
import { mapping, mappings } from './mapping/wire.ts';
import { protocol } from './protocol/wire.ts';

describe('responses of the /v3 APIs', () => {
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
