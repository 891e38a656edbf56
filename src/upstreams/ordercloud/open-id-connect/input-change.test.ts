import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { InvalidInputError } from '../../../domain/errors.ts';
import { parseInput } from '../../../domain/parse.ts';
import { openIdConnectQuery } from './list-input.ts';
import { openIdConnectDeletion, openIdConnectPatch, openIdConnectSave } from './input.ts';
import { contentOf, fromWire, patchDifferences, wholeDifferences } from './translate.ts';

const FINGERPRINT = 'a'.repeat(64);
const WHOLE = {
  id: 'acme',
  orderCloudApiClientId: 'API-CLIENT',
  connectClientId: 'client_id_example',
  connectClientSecret: 'secret',
  appStartUrl: 'https://host.com{2}?t={0}',
  authorizationEndpoint: 'https://accounts.example.com/auth',
  tokenEndpoint: 'https://accounts.example.com/token',
};

/** Issues of an input, as "path code". */
function codesOf(schema: z.ZodType, input: object): string[] {
  try {
    parseInput(schema, input);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError)
      return error.issues.map(({ path, code }) => `${path.join('.')} ${code}`);
    throw error;
  }
}

describe('openIdConnectPatch', () => {
  it('needs nothing but the id', () => {
    expect(parseInput(openIdConnectPatch, { id: 'acme' })).toEqual({ id: 'acme' });
  });

  it.each([
    'orderCloudApiClientId',
    'connectClientId',
    'connectClientSecret',
    'appStartUrl',
    'authorizationEndpoint',
    'tokenEndpoint',
    'urlEncoded',
    'callSyncUserIntegrationEvent',
  ])('cannot clear %s', (field) => {
    expect(codesOf(openIdConnectPatch, { id: 'acme', [field]: null })).toEqual([
      `${field} NOT_ALLOWED`,
    ]);
  });

  it.each(['integrationEventId', 'additionalIdpScopes', 'customErrorUrl'])(
    'clears %s with null',
    (field) => {
      expect(parseInput(openIdConnectPatch, { id: 'acme', [field]: null })).toEqual({
        id: 'acme',
        [field]: null,
      });
    },
  );

  it.each([
    [{ connectClientSecret: '********' }, ['connectClientSecret MASKED_SECRET']],
    [
      { connectClientSecret: '<Redacted. Leave unchanged.>' },
      ['connectClientSecret MASKED_SECRET'],
    ],
    [{ id: '..' }, ['id INVALID_CHARACTER']],
    [{ newId: 'a/b' }, ['newId INVALID_FORMAT']],
    [
      {
        newId: 'x'.repeat(101),
        appStartUrl: ' ',
        additionalIdpScopes: ['a b'],
        expectedFingerprint: 'x',
      },
      [
        'newId INVALID_FORMAT',
        'appStartUrl BLANK',
        'additionalIdpScopes.0 INVALID_FORMAT',
        'expectedFingerprint INVALID_FORMAT',
      ],
    ],
  ])('finds all issues of %j', (change, issues) => {
    expect(codesOf(openIdConnectPatch, { id: 'acme', ...change })).toEqual(issues);
  });
});

describe('openIdConnectSave', () => {
  it('takes a whole configuration with its id, and a fingerprint', () => {
    expect(codesOf(openIdConnectSave, { ...WHOLE, expectedFingerprint: FINGERPRINT })).toEqual([]);
    expect(codesOf(openIdConnectSave, { ...WHOLE, id: 'a.b', connectClientSecret: '***' })).toEqual(
      ['id INVALID_FORMAT', 'connectClientSecret MASKED_SECRET'],
    );
  });
});

describe('openIdConnectDeletion', () => {
  it('takes the id of anything that exists, and a fingerprint', () => {
    expect(codesOf(openIdConnectDeletion, { id: 'a.b', expectedFingerprint: null })).toEqual([]);
    expect(
      codesOf(openIdConnectDeletion, {
        id: 'a%2Fb',
        expectedFingerprint: FINGERPRINT.toUpperCase(),
      }),
    ).toEqual(['id INVALID_CHARACTER', 'expectedFingerprint INVALID_FORMAT']);
  });
});

describe('openIdConnectQuery', () => {
  it.each<[object, string[]]>([
    [
      { page: 0, pageSize: 101, search: '' },
      ['search BLANK', 'page OUT_OF_RANGE', 'pageSize OUT_OF_RANGE'],
    ],
    [
      { filter: { id: { equals: 'a|b', not: '!a', after: '>a', before: 'a*' } } },
      ['equals', 'not', 'after', 'before'].map((name) => `filter.id.${name} INVALID_CHARACTER`),
    ],
    [
      { filter: { tokenEndpoint: { anyOf: ['a', 'b|c'] } } },
      ['filter.tokenEndpoint.anyOf.1 INVALID_CHARACTER'],
    ],
    [{ filter: { tokenEndpoint: { anyOf: [] } } }, ['filter.tokenEndpoint.anyOf TOO_SHORT']],
    [
      { filter: { id: {}, tokenEndpoint: { equals: null }, urlEncoded: null } },
      ['filter.id REQUIRED', 'filter.tokenEndpoint REQUIRED'],
    ],
    [{ filter: { id: null } }, []],
    [
      { filter: { connectClientId: { matches: 'a', notMatches: 'a|*' } } },
      [
        'filter.connectClientId.matches INVALID_FORMAT',
        'filter.connectClientId.notMatches INVALID_CHARACTER',
      ],
    ],
    [{ filter: { connectClientId: { matches: 'go*le*', equals: 'a!b>c&d=e' } } }, []],
  ])('finds the issues of %j', (query, issues) => {
    expect(codesOf(openIdConnectQuery, query)).toEqual(issues);
  });
});

describe('what a fingerprint is made of', () => {
  const stored = fromWire({
    ID: 'acme',
    ConnectClientSecret: 'secret',
    AppStartUrl: 'https://host.com',
    AdditionalIdpScopes: ['b', 'a'],
  });

  it('has no secret and nothing that cannot be written', () => {
    expect(JSON.stringify(contentOf(stored))).not.toContain('secret');
    expect(contentOf({ ...stored, integrationEventName: 'other' })).toEqual(contentOf(stored));
  });

  it('is the same for what means the same', () => {
    expect(
      contentOf(
        fromWire({
          ID: 'acme',
          AppStartUrl: 'https://host.com',
          AdditionalIdpScopes: ['a', 'b'],
          UrlEncoded: false,
          CustomErrorUrl: null,
        }),
      ),
    ).toEqual(contentOf(stored));
    expect(
      contentOf(
        fromWire({ ID: 'acme', AppStartUrl: 'https://host.com/', AdditionalIdpScopes: ['a', 'b'] }),
      ),
    ).not.toEqual(contentOf(stored));
  });
});

describe('wholeDifferences', () => {
  const draft = parseInput(openIdConnectSave, WHOLE);
  const stored = {
    ID: 'acme',
    OrderCloudApiClientID: 'API-CLIENT',
    ConnectClientID: 'client_id_example',
    ConnectClientSecret: 'secret',
    AppStartUrl: WHOLE.appStartUrl,
    AuthorizationEndpoint: WHOLE.authorizationEndpoint,
    TokenEndpoint: WHOLE.tokenEndpoint,
  };

  it('counts what was left out, because it is reset', () => {
    expect(wholeDifferences(draft, fromWire(stored))).toEqual([]);
    const kept = fromWire({
      ...stored,
      UrlEncoded: true,
      IntegrationEventID: 'e',
      CallSyncUserIntegrationEvent: true,
      AdditionalIdpScopes: ['a'],
      CustomErrorUrl: 'https://a.example',
    });
    expect(wholeDifferences(draft, kept)).toEqual([
      'urlEncoded',
      'integrationEventId',
      'callSyncUserIntegrationEvent',
      'customErrorUrl',
      'additionalIdpScopes',
    ]);
  });
});

describe('patchDifferences', () => {
  const stored = fromWire({
    ID: 'acme',
    TokenEndpoint: 'https://a.example',
    AdditionalIdpScopes: [],
    ConnectClientSecret: 's1',
  });

  it.each<[object, string[]]>([
    [{}, []],
    [
      {
        tokenEndpoint: 'https://a.example',
        additionalIdpScopes: null,
        connectClientSecret: 's1',
        customErrorUrl: null,
      },
      [],
    ],
    [
      {
        tokenEndpoint: 'https://b.example',
        additionalIdpScopes: ['a'],
        connectClientSecret: 's2',
        urlEncoded: true,
      },
      ['tokenEndpoint', 'urlEncoded', 'connectClientSecret', 'additionalIdpScopes'],
    ],
  ])('of %j', (change, different) => {
    expect(
      patchDifferences(parseInput(openIdConnectPatch, { id: 'acme', ...change }), stored),
    ).toEqual(different);
  });
});
