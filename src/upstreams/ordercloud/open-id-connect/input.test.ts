import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { InvalidInputError } from '../../../domain/errors.ts';
import { parseInput } from '../../../domain/parse.ts';
import type { InputIssue } from '../../../domain/input-issue.ts';
import type { ClientId } from '../../../domain/primitives.ts';
import { openIdConnectDraft, openIdConnectKey } from './input.ts';
import type { OpenIdConnectDraft } from './input.ts';

type ApiClientId = OpenIdConnectDraft['orderCloudApiClientId'];

const REQUIRED = {
  orderCloudApiClientId: '6B5A5F1E-0000-4000-8000-1F6C3E2D4B5A',
  connectClientId: 'client_id_example',
  connectClientSecret: 'correct horse battery',
  appStartUrl: 'https://host.com{2}?t={0}',
  authorizationEndpoint: 'https://accounts.example.com/o/oauth2/v2/auth',
  tokenEndpoint: 'https://accounts.example.com/token',
};
const COMPLETE = {
  ...REQUIRED,
  id: 'acme_OIDC-1',
  urlEncoded: false,
  integrationEventId: 'openidconnect',
  callSyncUserIntegrationEvent: true,
  additionalIdpScopes: ['api://client-id/.default', 'offline_access'],
  customErrorUrl: 'https://host.com/error?text={0}',
};

function issuesOf(schema: z.ZodType, input: unknown): readonly InputIssue[] {
  try {
    parseInput(schema, input);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues;
    throw error;
  }
}

/** Issues of a draft that differs from a good one in some fields, as "path code". */
function codesOf(changes: object): string[] {
  return issuesOf(openIdConnectDraft, { ...REQUIRED, ...changes }).map(
    ({ path, code }) => `${path.join('.')} ${code}`,
  );
}

describe('openIdConnectDraft', () => {
  it.each([
    ['the required fields', REQUIRED],
    ['every field', COMPLETE],
  ])('takes %s as they are', (_what, input) => {
    const { connectClientSecret, ...others } = parseInput(openIdConnectDraft, input);
    expect({ ...others, connectClientSecret: connectClientSecret.reveal() }).toEqual(input);
  });

  it('wraps the secret', () => {
    expect(JSON.stringify(parseInput(openIdConnectDraft, COMPLETE))).not.toContain(
      REQUIRED.connectClientSecret,
    );
  });

  it('omits unknown fields, such as those that OrderCloud ignores', () => {
    expect(
      parseInput(openIdConnectDraft, { ...REQUIRED, integrationEventName: 'x' }),
    ).not.toHaveProperty('integrationEventName');
  });

  it('keeps the two kinds of client id apart', () => {
    const { connectClientId, orderCloudApiClientId } = parseInput(openIdConnectDraft, REQUIRED);
    // @ts-expect-error a client id at the identity provider is none of OrderCloud
    const own: ApiClientId = connectClientId;
    // @ts-expect-error an API client of OrderCloud is not a client id at the identity provider
    const theirs: ClientId = orderCloudApiClientId;
    // @ts-expect-error a text becomes one only by being checked
    const unchecked: ApiClientId = 'client_id_example';
    expect([own, theirs, unchecked]).toEqual([
      REQUIRED.connectClientId,
      REQUIRED.orderCloudApiClientId,
      REQUIRED.connectClientId,
    ]);
  });

  it.each<[object, string[]]>([
    [{ id: 'x'.repeat(100) }, []],
    [{ id: 'x'.repeat(101) }, ['id INVALID_FORMAT']],
    [{ id: '' }, ['id BLANK']],
    [{ id: '..' }, ['id INVALID_FORMAT']],
    [{ id: 'a/b' }, ['id INVALID_FORMAT']],
    [{ orderCloudApiClientId: ' ' }, ['orderCloudApiClientId BLANK']],
    [{ orderCloudApiClientId: 'a\u200Bb' }, ['orderCloudApiClientId INVALID_CHARACTER']],
    [{ connectClientId: '' }, ['connectClientId BLANK']],
    [{ connectClientId: 'a\nb' }, ['connectClientId INVALID_CHARACTER']],
    [{ connectClientSecret: '' }, ['connectClientSecret BLANK']],
    [{ connectClientSecret: 'a\tb' }, ['connectClientSecret INVALID_CHARACTER']],
    [{ connectClientSecret: ' ä "quoted" \\ secret ' }, []],
    [{ appStartUrl: '' }, ['appStartUrl BLANK']],
    [{ appStartUrl: 'https://host.com/{token}?r={3}&i={4}' }, []],
    [{ appStartUrl: 'https://host.com/{5}' }, ['appStartUrl INVALID_PLACEHOLDER']],
    [{ appStartUrl: 'host.com/{0}' }, ['appStartUrl INVALID_URL']],
    [
      { authorizationEndpoint: 'https://accounts.example.com/#/auth' },
      ['authorizationEndpoint INVALID_URL'],
    ],
    [{ authorizationEndpoint: 'accounts.example.com' }, ['authorizationEndpoint INVALID_URL']],
    [{ tokenEndpoint: 'https://accounts.example.com/token#' }, ['tokenEndpoint INVALID_URL']],
    [{ tokenEndpoint: ' ' }, ['tokenEndpoint BLANK']],
    [{ integrationEventId: '' }, ['integrationEventId BLANK']],
    [{ integrationEventId: '\uFEFFx' }, ['integrationEventId INVALID_CHARACTER']],
    [{ additionalIdpScopes: [] }, []],
    [{ additionalIdpScopes: [''] }, ['additionalIdpScopes.0 BLANK']],
    [{ additionalIdpScopes: ['ok', 'openid profile'] }, ['additionalIdpScopes.1 INVALID_FORMAT']],
    [{ customErrorUrl: ' ' }, ['customErrorUrl BLANK']],
    [{ customErrorUrl: 'https://host.com/{1}' }, ['customErrorUrl INVALID_PLACEHOLDER']],
    [{ customErrorUrl: 'https://host.com/{token}' }, ['customErrorUrl INVALID_PLACEHOLDER']],
  ])('%j: %j', (changes, issues) => {
    expect(codesOf(changes)).toEqual(issues);
  });

  it.each([
    '***',
    '********',
    '••••••••',
    'xxxxxxxx',
    'XXXX',
    '...',
    ' **** ',
    '[redacted]',
    '<Redacted. Leave unchanged.>',
    '< redacted >',
    'REDACTED',
  ])('refuses %j, which is a mask and no secret', (connectClientSecret) => {
    expect(codesOf({ connectClientSecret })).toEqual(['connectClientSecret MASKED_SECRET']);
  });

  it.each(['xx', 'xyzzy', '*a*', 'redacted-1', 'a********'])(
    'takes %j for a secret',
    (connectClientSecret) => {
      expect(codesOf({ connectClientSecret })).toEqual([]);
    },
  );

  it('does not offer a placeholder that it then warns of', () => {
    expect(
      issuesOf(openIdConnectDraft, { ...REQUIRED, appStartUrl: 'https://host.com/{5}' }),
    ).toMatchObject([{ message: expect.not.stringContaining('{token}') as unknown }]);
  });

  it('reports all issues at once', () => {
    const bad = {
      id: 'a b',
      orderCloudApiClientId: '',
      connectClientId: '',
      connectClientSecret: '***',
      appStartUrl: 'https://host.com/{9}',
      authorizationEndpoint: 'ftp://accounts.example.com',
      tokenEndpoint: 'x',
      integrationEventId: '',
      additionalIdpScopes: ['', 'a b'],
      customErrorUrl: 'y',
    };
    expect(codesOf(bad)).toEqual([
      'id INVALID_FORMAT',
      'orderCloudApiClientId BLANK',
      'connectClientId BLANK',
      'connectClientSecret MASKED_SECRET',
      'appStartUrl INVALID_PLACEHOLDER',
      'authorizationEndpoint INVALID_URL',
      'tokenEndpoint INVALID_URL',
      'integrationEventId BLANK',
      'additionalIdpScopes.0 BLANK',
      'additionalIdpScopes.1 INVALID_FORMAT',
      'customErrorUrl INVALID_URL',
    ]);
  });
});

describe('openIdConnectKey', () => {
  it.each(['acme', 'a.b', 'a b', 'ä', '~', '.a', 'x'.repeat(100)])(
    'takes %j, which an older configuration may have',
    (id) => {
      expect(issuesOf(openIdConnectKey, { id })).toEqual([]);
    },
  );

  it.each([
    ['', ['BLANK']],
    [' ', ['BLANK']],
    ['.', ['INVALID_CHARACTER']],
    ['..', ['INVALID_CHARACTER']],
    ['...', ['INVALID_CHARACTER']],
    ['../x', ['INVALID_CHARACTER']],
    ['a/b', ['INVALID_CHARACTER']],
    [String.raw`a\b`, ['INVALID_CHARACTER']],
    ['%2e%2e', ['INVALID_CHARACTER']],
    ['a?b', ['INVALID_CHARACTER']],
    ['a#b', ['INVALID_CHARACTER']],
    ['a\nb', ['INVALID_CHARACTER']],
    ['a\uD800', ['INVALID_CHARACTER']],
    ['x'.repeat(101), ['TOO_LONG']],
  ])('refuses %j: %j', (id, codes) => {
    expect(issuesOf(openIdConnectKey, { id }).map(({ path, code }) => [path, code])).toEqual(
      codes.map((code) => [['id'], code]),
    );
  });
});

describe('any input', () => {
  const canary = 'canary-3d70';
  const laden = fc.oneof(
    fc
      .tuple(fc.string({ unit: 'binary' }), fc.string())
      .map(([before, after]) => before + canary + after),
    fc.constantFrom(
      `https://${canary}`,
      `https://${canary}@x`,
      `http://a.example/{${canary}}`,
      `{${canary}`,
      canary.repeat(300),
      ` ${canary}\n`,
    ),
  );
  const anything = fc.oneof(
    laden,
    fc.anything({ values: [laden, fc.string(), fc.integer(), fc.boolean(), fc.constant(null)] }),
    fc.array(laden),
  );

  it('is accepted or refused, with at least one issue and without its values', () => {
    const fields = Object.fromEntries(
      Object.keys(COMPLETE).map((field) => [field, fc.option(anything, { nil: undefined })]),
    );
    // Mostly right, so that each field is reached beside good ones.
    const draft = fc.oneof(
      anything,
      fc.record(fields, { requiredKeys: [] }),
      fc.record(fields, { requiredKeys: [] }).map((some) => ({ ...COMPLETE, ...some })),
    );
    fc.assert(
      fc.property(fc.constantFrom(openIdConnectDraft, openIdConnectKey), draft, (schema, input) => {
        try {
          parseInput(schema, input);
        } catch (error) {
          if (!(error instanceof InvalidInputError)) throw error;
          expect(error.issues.length).toBeGreaterThan(0);
          expect(
            error.issues.flatMap(({ path }) => path).every((part) => typeof part === 'string'),
          ).toBe(true);
          expect(JSON.stringify([error.message, error.issues])).not.toContain(canary);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps valid templates, scopes and texts exactly', () => {
    const template = fc
      .array(
        fc.constantFrom(
          '{0}',
          '{1}',
          '{2}',
          '{3}',
          '{4}',
          '/',
          '?',
          '&',
          '=',
          '#',
          '%20',
          '%C3%BC',
        ),
      )
      .map((parts) => `https://host.com/${parts.join('')}`);
    const scopes = fc.uniqueArray(fc.stringMatching(/^[\x21\x23-\x5b\x5d-\x7e]+$/));
    fc.assert(
      fc.property(template, scopes, (appStartUrl, additionalIdpScopes) => {
        expect(
          parseInput(openIdConnectDraft, { ...REQUIRED, appStartUrl, additionalIdpScopes }),
        ).toMatchObject({ appStartUrl, additionalIdpScopes });
      }),
    );
  });
});
