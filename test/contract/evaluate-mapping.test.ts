import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExampleOperations } from '../../src/server/browser/graphiql/assets.ts';
import { permissiveUpstream } from '../setup/permissive-upstream.ts';
import { documentOf } from '../setup/root-fields.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';

/* The query for what mapping rules make of claims, over HTTP. */

const DOCUMENT = documentOf('evaluateHuaweiMapping', {
  EvaluateHuaweiMappingSuccess: `warnings { code path message } evaluation {
    signsIn reason message user groups groupsComplete nearestMiss { rule conditions }
    rules { index applies reason message user groups conditions { index claim holds reason message similarClaim } }
  }`,
  OidcError: 'code message',
  OidcInvalidInputError: 'issues { path code source }',
});
const RULES = [{ local: [{ user: { name: '{0}' } }], remote: [{ type: 'sub' }] }];

const lines: string[] = [];
let gateway: ScriptedGateway;
beforeAll(async () => {
  gateway = await startScriptedGateway({}, { write: (line: string) => lines.push(line) });
});
afterAll(async () => {
  await gateway.stop();
});

const evaluate = (input: object, headers?: Record<string, string>) => {
  gateway.upstream.seen.length = 0;
  gateway.upstream.respondWith(permissiveUpstream);
  return gateway.run(DOCUMENT, { input }, headers);
};

describe('rules that are given', () => {
  it('are evaluated without any token, and nothing is sent', async () => {
    const result = await evaluate({ rules: RULES, claims: { sub: 'jane' } }, {});
    expect(result).toEqual({
      __typename: 'EvaluateHuaweiMappingSuccess',
      warnings: [],
      evaluation: {
        signsIn: 'YES',
        reason: 'USER_ASSIGNED',
        message: expect.stringMatching(/^Signed in: /) as unknown,
        user: 'jane',
        groups: [],
        groupsComplete: true,
        nearestMiss: null,
        rules: [
          {
            index: 0,
            applies: 'YES',
            reason: 'ALL_CONDITIONS_HOLD',
            message: expect.stringMatching(/^Applies: /) as unknown,
            user: 'jane',
            groups: [],
            conditions: [
              {
                index: 0,
                claim: 'sub',
                holds: 'YES',
                reason: 'CLAIM_PRESENT',
                message: expect.stringMatching(/^Holds: /) as unknown,
                similarClaim: null,
              },
            ],
          },
        ],
      },
    });
    expect(gateway.upstream.seen).toEqual([]);
  });

  it('take claims as text, or as a literal in the document', async () => {
    const text = await evaluate({ rules: RULES, claims: '{"sub": "jane"}' });
    expect(text).toMatchObject({ evaluation: { user: 'jane' } });
    const literal = await gateway.run(
      DOCUMENT.replace('$input: EvaluateHuaweiMappingInput!', '$sub: String').replace(
        '$input',
        '{rules: [{local: [{user: {name: "{0}"}}], remote: [{type: "sub"}]}], claims: {sub: $sub}}',
      ),
      { sub: 'jane' },
    );
    expect(literal).toMatchObject({ evaluation: { user: 'jane' } });
  });

  it('carry the warnings of rules to be stored, and those about claims', async () => {
    const { warnings } = await evaluate({
      rules: [
        {
          local: [{ groups: 'admin' }],
          remote: [{ type: 'groups', anyOneOf: ['a'], regex: true }],
        },
      ],
      claims: { groups: ['x', 1] },
    });
    expect((warnings as { code: string }[]).map(({ code }) => code)).toEqual([
      'NO_USER_IN_RULES',
      'UNANCHORED_REGEX',
      'CLAIM_NOT_TEXT',
    ]);
  });

  it('are refused with all issues at once, and nothing is sent', async () => {
    const result = await evaluate({
      rules: [{ local: [{}], remote: [{ type: 'a', anyOneOf: ['x'], notAnyOf: ['y'] }] }],
      mappingId: 'map1',
      claims: 'SECRET',
    });
    expect(result).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [
        { path: ['rules', '0', 'local', '0'], code: 'REQUIRED' },
        { path: ['rules', '0', 'remote', '0', 'notAnyOf'], code: 'NOT_ALLOWED' },
        { path: ['claims'], code: 'INVALID_JSON' },
        { path: ['mappingId'], code: 'NOT_ALLOWED' },
      ],
    });
    expect(JSON.stringify(result)).not.toContain('SECRET');
    expect(gateway.upstream.seen).toEqual([]);
  });

  it('are refused if the claims are no object, without repeating them', async () => {
    const { errors } = await gateway.post(DOCUMENT, {
      input: { rules: RULES, claims: ['SECRET'] },
    });
    expect(JSON.stringify(errors)).toContain('OidcClaims must be a JSON object or its JSON text.');
    expect(JSON.stringify(errors)).not.toContain('SECRET');
  });
});

describe('rules that are stored', () => {
  it('are read and evaluated', async () => {
    const result = await evaluate({ mappingId: 'map1', claims: { sub: 'jane' } });
    expect(result).toMatchObject({
      warnings: [],
      evaluation: { signsIn: 'YES', user: 'FederationUser' },
    });
    expect(gateway.upstream.seen.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'GET /v3/OS-FEDERATION/mappings/map1',
    ]);
  });

  it('are undecided if they contain more than the schema shows, except for named groups', async () => {
    const remote = [{ type: 'sub' }];
    const rules = [
      { local: [{ user: { name: '{0}' } }, { groups: { name: 'admin' } }], remote },
      { local: [{ group: { id: 'x' } }], remote },
    ];
    gateway.upstream.respondWith({
      status: 200,
      body: JSON.stringify({ mapping: { id: 'map1', rules } }),
    });
    const result = await gateway.run(DOCUMENT, {
      input: { mappingId: 'map1', claims: { sub: 'jane' } },
    });
    expect(result).toMatchObject({
      warnings: expect.arrayContaining([
        expect.objectContaining({ code: 'RULE_NOT_SHOWN_WHOLE' }),
      ]) as unknown,
      evaluation: {
        signsIn: 'YES',
        user: 'jane',
        groups: ['admin'],
        groupsComplete: false,
        rules: [{ applies: 'YES' }, { applies: 'UNDECIDED', reason: 'RULE_NOT_SHOWN_WHOLE' }],
      },
    });
  });
});

it('is expensive enough that a caller cannot evaluate many at once', async () => {
  const { errors } = await gateway.post(
    `query ($input: EvaluateHuaweiMappingInput!) {
      a: evaluateHuaweiMapping(input: $input) { __typename }
      b: evaluateHuaweiMapping(input: $input) { __typename }
    }`,
    { input: { rules: RULES, claims: {} } },
  );
  expect(JSON.stringify(errors)).toContain('LIMIT_COST');
});

it('logs no claims', async () => {
  await evaluate({ rules: RULES, claims: { sub: 'claim-of-jane', email: 'x@jane.example' } });
  await expect.poll(() => lines.join('')).toContain('evaluateHuaweiMapping');
  expect(lines.join('')).not.toMatch(/claim-of-jane|jane\.example/);
});

it('the example shows a person who is not signed in, and why', async () => {
  const { document = '', variables = '' } =
    readExampleOperations().find(({ name }) => name.endsWith('evaluate-huawei-mapping')) ?? {};
  const { data, errors } = await gateway.post(document, JSON.parse(variables) as object);
  expect(errors).toBeUndefined();
  expect(data).toMatchObject({
    evaluateHuaweiMapping: {
      evaluation: {
        signsIn: 'NO',
        rules: [
          { applies: 'NO', conditions: [{}, {}, { reason: 'PATTERN_NOT_MATCHED' }] },
          { applies: 'NO', conditions: [{ reason: 'VALUE_DIFFERS_IN_CASE_OR_SPACE' }] },
        ],
        nearestMiss: { rule: 0, conditions: [2] },
      },
      warnings: [{ code: 'UNANCHORED_REGEX' }],
    },
  });
});

describe('docs/sign-in.md', () => {
  const page = readFileSync(new URL('../../docs/sign-in.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split(/^## Mapping rules$/m);

  it('shows what the gateway returns', async () => {
    const [, document = ''] = /```graphql\n(.*?)```/s.exec(section) ?? [];
    const [variables, expected] = [...section.matchAll(/```json\n(.*?)```/gs)].map(
      ([, text = '']) => JSON.parse(text) as object,
    );
    const { data, errors } = await gateway.post(document, variables ?? {});
    expect(errors).toBeUndefined();
    expect(data).toEqual(expected);
  });
});
