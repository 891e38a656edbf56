import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { InvalidInputError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { parseInput } from '../../domain/parse.ts';
import type { InputIssue } from '../../domain/parse.ts';
import type { Warning } from '../../domain/warnings.ts';
import {
  identityProviderDeletion,
  identityProviderDraft,
  identityProviderKey,
  identityProviderPatch,
  identityProviderWarnings,
  mappingChange,
  mappingDeletion,
  mappingDraft,
  mappingKey,
  mappingWarnings,
  ruleWarnings,
  storedMappingWarnings,
  storedProtocolWarnings,
  storedProviderWarnings,
  protocolChange,
  protocolDeletion,
  protocolDraft,
  protocolKey,
} from './input-federation.ts';
import { mappingFromWire } from './mapping-federation.ts';
import type { MappingRule } from './mapping-federation.ts';

const FINGERPRINT = 'a'.repeat(64);
const USER = { user: { name: '{0}' } };
const EMAIL = { type: 'email' };
const SALES = { type: 'department', anyOneOf: ['sales'] };
const RULE = { local: [USER], remote: [EMAIL] };

function issuesOf(schema: z.ZodType, input: unknown): readonly InputIssue[] {
  try {
    parseInput(schema, input);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues;
    throw error;
  }
}

/** Faults as "path code". */
const faultsOf = (schema: z.ZodType, input: unknown) =>
  issuesOf(schema, input).map(({ path, code }) => `${path.join('.')} ${code}`);
/** Faults of a mapping with one rule, their paths below that rule. */
const ruleFaults = (rule: object) =>
  faultsOf(mappingDraft, { id: 'm', rules: [{ ...RULE, ...rule }] }).map((fault) =>
    fault.replace(/^rules\.0\.?/, ''),
  );

describe('ids', () => {
  const schemas: [string, z.ZodType, string, object][] = [
    ['identityProviderKey', identityProviderKey, 'id', {}],
    ['identityProviderDraft', identityProviderDraft, 'id', {}],
    ['identityProviderPatch', identityProviderPatch, 'id', { enabled: true }],
    ['identityProviderDeletion', identityProviderDeletion, 'id', {}],
    ['protocolKey', protocolKey, 'idpId', {}],
    ['protocolDraft', protocolDraft, 'idpId', { mappingId: 'm' }],
    ['protocolDraft', protocolDraft, 'mappingId', { idpId: 'ACME' }],
    ['protocolChange', protocolChange, 'mappingId', { idpId: 'ACME' }],
    ['protocolDeletion', protocolDeletion, 'idpId', {}],
    ['mappingKey', mappingKey, 'id', {}],
    ['mappingDraft', mappingDraft, 'id', { rules: [RULE] }],
    ['mappingChange', mappingChange, 'id', { rules: [RULE] }],
    ['mappingDeletion', mappingDeletion, 'id', {}],
  ];

  it.each(schemas.map(([name, ...others]) => [`${name}.${others[1]}`, ...others] as const))(
    'of %s',
    (_name, schema, field, others) => {
      for (const id of ['ACME', 'a', '-_9', 'x'.repeat(64)])
        expect(faultsOf(schema, { ...others, [field]: id })).toEqual([]);
      for (const id of ['', ' ', '\n'])
        expect(faultsOf(schema, { ...others, [field]: id })).toEqual([`${field} BLANK`]);
      for (const id of [
        '.',
        '..',
        'a.b',
        'a/b',
        'a%2fb',
        'a b',
        'ä',
        'a\n',
        'x'.repeat(65),
        '?',
        '#',
      ])
        expect(faultsOf(schema, { ...others, [field]: id })).toEqual([`${field} INVALID_FORMAT`]);
    },
  );

  it.each<[string, z.ZodType, object]>([
    ['identityProviderPatch', identityProviderPatch, { id: 'ACME', enabled: true }],
    ['identityProviderDeletion', identityProviderDeletion, { id: 'ACME' }],
    ['protocolChange', protocolChange, { idpId: 'ACME', mappingId: 'm' }],
    ['protocolDeletion', protocolDeletion, { idpId: 'ACME' }],
    ['mappingChange', mappingChange, { id: 'm', rules: [RULE] }],
    ['mappingDeletion', mappingDeletion, { id: 'm' }],
  ])('and the fingerprint of %s, which may be null', (_name, schema, input) => {
    for (const expectedFingerprint of [undefined, null, FINGERPRINT])
      expect(faultsOf(schema, { ...input, expectedFingerprint })).toEqual([]);
    for (const expectedFingerprint of [FINGERPRINT.toUpperCase(), 'a', `${FINGERPRINT}0`])
      expect(faultsOf(schema, { ...input, expectedFingerprint })).toEqual([
        'expectedFingerprint INVALID_FORMAT',
      ]);
    expect(faultsOf(schema, { ...input, expectedFingerprint: '' })).toEqual([
      'expectedFingerprint BLANK',
    ]);
  });
});

describe('an identity provider', () => {
  it.each<[object, string[]]>([
    [{}, []],
    [{ description: 'People of ACME', enabled: false, ssoType: 'VIRTUAL_USER_SSO' }, []],
    [{ ssoType: 'IAM_USER_SSO' }, []],
    [{ description: '' }, ['description BLANK']],
    [{ description: ' \t' }, ['description BLANK']],
    [{ description: 'a\u0000b' }, ['description INVALID_CHARACTER']],
    [{ ssoType: 'virtual_user_sso' }, ['ssoType INVALID_FORMAT']],
    [
      { id: '..', description: ' ', ssoType: 'x' },
      ['id INVALID_FORMAT', 'description BLANK', 'ssoType INVALID_FORMAT'],
    ],
  ])('to create: %j: %j', (fields, faults) => {
    expect(faultsOf(identityProviderDraft, { id: 'ACME', ...fields })).toEqual(faults);
  });

  it.each<[object, object]>([
    [{ description: null }, { description: null }],
    // As it is shown where there is none.
    [{ description: '' }, { description: null }],
    [{ description: 'New' }, { description: 'New' }],
    [{ enabled: false }, { enabled: false }],
    // What cannot be changed is no part of it.
    [{ enabled: true, ssoType: 'IAM_USER_SSO' }, { enabled: true }],
  ])('to update with %j: %j', (fields, patch) => {
    expect(parseInput(identityProviderPatch, { id: 'ACME', ...fields })).toEqual({
      id: 'ACME',
      ...patch,
    });
  });

  it.each<[object, string[]]>([
    [{}, [' REQUIRED']],
    [{ enabled: undefined, expectedFingerprint: FINGERPRINT }, [' REQUIRED']],
    [{ enabled: null }, ['enabled NOT_ALLOWED']],
    [{ description: ' ' }, ['description BLANK']],
    [
      { id: 'a.b', description: '\u200b ', enabled: null, expectedFingerprint: 'x' },
      [
        'id INVALID_FORMAT',
        'description INVALID_CHARACTER',
        'enabled NOT_ALLOWED',
        'expectedFingerprint INVALID_FORMAT',
      ],
    ],
  ])('to update with the faults of %j: %j', (fields, faults) => {
    expect(faultsOf(identityProviderPatch, { id: 'ACME', ...fields })).toEqual(faults);
  });

  it.each([
    [{ enabled: true, ssoType: 'VIRTUAL_USER_SSO' }, []],
    [{ enabled: true, ssoType: null }, []],
    [{ enabled: false, ssoType: 'VIRTUAL_USER_SSO' }, ['enabled IDENTITY_PROVIDER_DISABLED']],
    [
      { enabled: false, ssoType: 'IAM_USER_SSO' },
      ['enabled IDENTITY_PROVIDER_DISABLED', 'ssoType SSO_TYPE_WITHOUT_OIDC'],
    ],
  ] as const)('%j has the warnings %j', (stored, warnings) => {
    expect(
      [...identityProviderWarnings(stored)].map(({ code, path }) => `${path.join('.')} ${code}`),
    ).toEqual(warnings);
  });
});

describe('a rule', () => {
  it.each<[string, object, string[]]>([
    ['one group', { local: [USER, { group: { name: 'admin' } }] }, []],
    ['several groups', { local: [USER, { groups: '["admin","manager"]' }] }, []],
    [
      'groups from a claim',
      { local: [USER, { groups: '{1}' }], remote: [EMAIL, { type: 'groups' }] },
      [],
    ],
    [
      'nulls for what is left out',
      {
        local: [{ ...USER, group: null, groups: null }],
        remote: [{ ...EMAIL, anyOneOf: null, notAnyOf: null, regex: null }],
      },
      [],
    ],
    ['a part that says nothing', { local: [{}] }, ['local.0 REQUIRED']],
    [
      'a part of nulls',
      { local: [USER, { user: null, group: null, groups: null }] },
      ['local.1 REQUIRED'],
    ],
    ['a part that says two things', { local: [{ ...USER, group: { name: 'admin' } }] }, []],
    ['a part that says all', { local: [{ ...USER, group: { name: 'admin' }, groups: 'x' }] }, []],
    ['no parts', { local: [] }, ['local TOO_SHORT']],
    ['a blank user', { local: [{ user: { name: ' ' } }] }, ['local.0.user.name BLANK']],
    ['a blank group', { local: [{ group: { name: '' } }] }, ['local.0.group.name BLANK']],
    ['blank groups', { local: [{ groups: '\n' }] }, ['local.0.groups BLANK']],
    [
      'blank groups beside a user: it is given',
      { local: [{ ...USER, groups: '' }] },
      ['local.0.groups BLANK'],
    ],
    [
      'no conditions',
      { local: [{ user: { name: 'FederationUser' } }], remote: [] },
      ['remote TOO_SHORT'],
    ],
    ['ten conditions', { remote: Array(10).fill(EMAIL) }, []],
    ['eleven conditions', { remote: Array(11).fill(EMAIL) }, ['remote TOO_LONG']],
    ['a blank type', { remote: [{ type: '\t' }] }, ['remote.0.type BLANK']],
    ['one of some values', { remote: [EMAIL, SALES] }, []],
    ['none of some values', { remote: [EMAIL, { type: 'department', notAnyOf: ['sales'] }] }, []],
    [
      'both',
      { remote: [EMAIL, { ...SALES, notAnyOf: ['support'] }] },
      ['remote.1.notAnyOf NOT_ALLOWED'],
    ],
    [
      'both, empty',
      { remote: [EMAIL, { type: 'x', anyOneOf: [], notAnyOf: [] }] },
      ['remote.1.notAnyOf NOT_ALLOWED'],
    ],
    ['one of no values', { remote: [EMAIL, { type: 'x', anyOneOf: [] }] }, []],
    ['none of no values', { remote: [EMAIL, { type: 'x', notAnyOf: [], regex: true }] }, []],
    [
      'a blank value',
      { remote: [EMAIL, { type: 'x', notAnyOf: ['a', ' '] }] },
      ['remote.1.notAnyOf.1 BLANK'],
    ],
    [
      'regular expressions',
      { remote: [EMAIL, { type: 'x', anyOneOf: ['^a{2}$'], regex: true }] },
      [],
    ],
    [
      'regular expressions for none of them',
      { remote: [EMAIL, { type: 'x', notAnyOf: ['^a'], regex: true }] },
      [],
    ],
    [
      'a regular expression about nothing',
      { remote: [{ ...EMAIL, regex: true }] },
      ['remote.0.regex NOT_ALLOWED'],
    ],
    [
      'a regular expression about nulls',
      { remote: [{ ...EMAIL, anyOneOf: null, notAnyOf: null, regex: true }] },
      ['remote.0.regex NOT_ALLOWED'],
    ],
    ['no regular expression about nothing', { remote: [{ ...EMAIL, regex: false }] }, []],
  ])('with %s', (_what, rule, faults) => {
    expect(ruleFaults(rule)).toEqual(faults);
  });

  const named = (text: string) => [
    { user: { name: text } },
    { group: { name: text } },
    { groups: text },
  ];
  const NAMES = ['user.name', 'group.name', 'groups'];

  it.each<[string, readonly object[], readonly string[], readonly string[]]>([
    ['one condition', [EMAIL], ['{0}', '{0}{0}', 'x {0} y'], ['{1}', '{0}{1}', '{9}', '{10}']],
    ['two conditions', [EMAIL, { type: 'name' }], ['{0}', '{1}', '{1} {0}'], ['{2}', '{0} {2}']],
    [
      'what is no number',
      [EMAIL],
      ['(0)', '[0]'],
      [
        '{}',
        '{ }',
        '{ 0 }',
        '{-1}',
        '{+0}',
        '{0.0}',
        '{00}',
        '{email}',
        '{0',
        '0}',
        '}{',
        '{{0}}',
        '{{0}0}',
        '{0}}',
        '{٠}',
      ],
    ],
    // Keystone stores them, whether or not the condition gives a text: see the warning PLACEHOLDER_NOT_FILLED.
    ['a condition with values', [EMAIL, SALES], ['{0}', '{1}'], ['{2}']],
    [
      'conditions with values alone',
      [SALES, { type: 'x', notAnyOf: ['y'] }],
      ['x', '{0}', '{1}'],
      ['{2}'],
    ],
    ['nulls for values', [{ ...EMAIL, anyOneOf: null, notAnyOf: null }], ['{0}'], ['{1}']],
  ])('finds placeholders in every text, with %s', (_what, remote, good, bad) => {
    for (const text of good)
      expect([text, ruleFaults({ local: named(text), remote })]).toEqual([text, []]);
    for (const text of bad)
      expect([text, ruleFaults({ local: named(text), remote })]).toEqual([
        text,
        NAMES.map((name, index) => `local.${index}.${name} INVALID_PLACEHOLDER`),
      ]);
  });

  it.each<[readonly object[], string]>([
    [
      [EMAIL, SALES, { type: 'name' }],
      'Braces may only hold the number of a condition: {0}, {1}, {2}.',
    ],
    [[EMAIL], 'Braces may only hold the number of a condition: {0}.'],
    [[], 'Must not hold braces: the rule has no condition that could fill them.'],
  ])('says which placeholders there are, for %j', (remote, message) => {
    const [issue] = issuesOf(mappingDraft, {
      id: 'm',
      rules: [{ local: [{ groups: '{x}' }], remote }],
    }).filter(({ code }) => code === 'INVALID_PLACEHOLDER');
    expect(issue?.message).toBe(message);
  });

  it('does not speak of placeholders in values and types, where braces are what they are', () => {
    expect(
      ruleFaults({ remote: [{ type: '{9}' }, { type: 'x', anyOneOf: ['{9}', '{'] }] }),
    ).toEqual([]);
  });
});

describe('the rules of a mapping', () => {
  it.each([
    [0, ['rules TOO_SHORT']],
    [1, []],
    [10, []],
    [11, ['rules TOO_LONG']],
  ])('are 1 to 10: %i', (count, faults) => {
    for (const schema of [mappingDraft, mappingChange])
      expect(faultsOf(schema, { id: 'm', rules: Array(count).fill(RULE) })).toEqual(faults);
  });

  it('are counted in words', () => {
    expect(
      issuesOf(mappingDraft, { id: 'm', rules: Array(11).fill(RULE) }).map(
        ({ message }) => message,
      ),
    ).toEqual(['Must have at most 10 rules, has 11.']);
    expect(issuesOf(mappingDraft, { id: 'm', rules: [] }).map(({ message }) => message)).toEqual([
      'Must have at least 1 rule.',
    ]);
  });

  it('show all their faults at once', () => {
    const rules = [
      RULE,
      {
        local: [{ user: { name: '{2}' } }, {}],
        remote: [{ type: '' }, { type: 'x', anyOneOf: [''], notAnyOf: ['y'] }],
      },
      { local: [], remote: [{ ...EMAIL, regex: true }] },
      ...(Array(8).fill(RULE) as object[]),
    ];
    expect(
      faultsOf(mappingChange, { id: 'a b', rules, expectedFingerprint: 'x' }).toSorted(),
    ).toEqual(
      [
        'id INVALID_FORMAT',
        'rules.1.local.0.user.name INVALID_PLACEHOLDER',
        'rules.1.local.1 REQUIRED',
        'rules.1.remote.0.type BLANK',
        'rules.1.remote.1.anyOneOf.0 BLANK',
        'rules.1.remote.1.notAnyOf NOT_ALLOWED',
        'rules.2.local TOO_SHORT',
        'rules.2.remote.0.regex NOT_ALLOWED',
        'rules TOO_LONG',
        'expectedFingerprint INVALID_FORMAT',
      ].toSorted(),
    );
  });

  it('keep texts as they came', () => {
    const rules = [
      { local: [{ user: { name: ' {0} ' } }], remote: [{ type: ' email ', anyOneOf: null }] },
    ];
    expect(parseInput(mappingDraft, { id: 'm', rules }).rules).toEqual(rules);
  });

  it('that are not shown whole have a warning each', () => {
    expect([...mappingWarnings({ incomplete: [] })]).toEqual([]);
    expect(
      [...mappingWarnings({ incomplete: [0, 3] })].map(
        ({ code, path }) => `${path.join('.')} ${code}`,
      ),
    ).toEqual(['rules.0 RULE_NOT_SHOWN_WHOLE', 'rules.3 RULE_NOT_SHOWN_WHOLE']);
  });
});

describe('any input', () => {
  const canary = 'canary-c19e';
  const word = fc.oneof(
    fc.constantFrom(canary, `{${canary}}`, '{0}', '{1}', '', ' ', `${canary}\n`),
    fc.string(),
  );
  const anything = fc.oneof(
    word,
    fc.anything({ values: [word, fc.integer(), fc.boolean(), fc.constant(null)] }),
  );
  const some = <Value>(arbitrary: fc.Arbitrary<Value>) =>
    fc.oneof(
      { weight: 8, arbitrary },
      { weight: 1, arbitrary: anything },
      { weight: 2, arbitrary: fc.constantFrom(null, undefined) },
    );
  const named = some(fc.record({ name: some(word) }));
  const local = some(
    fc.record({ user: named, group: named, groups: some(word) }, { requiredKeys: [] }),
  );
  const remote = some(
    fc.record(
      {
        type: some(word),
        anyOneOf: some(fc.array(some(word))),
        notAnyOf: some(fc.array(some(word))),
        regex: some(fc.boolean()),
      },
      { requiredKeys: ['type'] },
    ),
  );
  const rules = some(
    fc.array(some(fc.record({ local: some(fc.array(local)), remote: some(fc.array(remote)) })), {
      maxLength: 12,
    }),
  );
  const input = some(
    fc.record(
      {
        id: some(word),
        idpId: some(word),
        mappingId: some(word),
        description: some(word),
        enabled: some(fc.boolean()),
        ssoType: anything,
        rules,
        expectedFingerprint: some(word),
      },
      { requiredKeys: [] },
    ),
  );
  const schema = fc.constantFrom<z.ZodType[]>(
    identityProviderDraft,
    identityProviderPatch,
    identityProviderDeletion,
    protocolDraft,
    protocolChange,
    protocolDeletion,
    mappingDraft,
    mappingChange,
    mappingDeletion,
  );

  it('is taken or refused, with at least one fault and without its values', () => {
    fc.assert(
      fc.property(
        schema,
        fc.oneof(
          input,
          rules.map((list) => ({ id: 'm', rules: list })),
        ),
        (checked, given) => {
          try {
            parseInput(checked, given);
          } catch (error) {
            if (!(error instanceof InvalidInputError)) throw error;
            expect(error.issues.length).toBeGreaterThan(0);
            expect(
              error.issues.flatMap(({ path }) => path).every((part) => typeof part === 'string'),
            ).toBe(true);
            expect(JSON.stringify([error.message, error.issues])).not.toContain(canary);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('ruleWarnings', () => {
  it('tell of rules that give nobody a user name', () => {
    const remote = [{ type: 'email' }];
    expect(
      [...ruleWarnings([{ local: [{ group: { name: 'a' } }], remote }])].map(({ code }) => code),
    ).toEqual(['NO_USER_IN_RULES']);
    expect([
      ...ruleWarnings([
        { local: [{ group: { name: 'a' } }], remote },
        { local: [{ user: { name: '{0}' } }], remote },
      ]),
    ]).toEqual([]);
  });

  it.each<[string, MappingRule, string[]]>([
    [
      'a list of no values',
      { local: [USER], remote: [EMAIL, { type: 'x', anyOneOf: [] }] },
      ['rules.0.remote.1.anyOneOf RULE_NEVER_APPLIES'],
    ],
    [
      'no value that is excluded',
      { local: [USER], remote: [EMAIL, { type: 'x', notAnyOf: [] }] },
      [],
    ],
    [
      'placeholders of conditions without values',
      { local: [{ user: { name: '{0} {1}' } }], remote: [EMAIL, { type: 'name' }, SALES] },
      [],
    ],
    // The first without values, or the first of all: the user guide does not say.
    [
      'a condition with values first',
      { local: [{ user: { name: '{0}' } }, { groups: '{1}' }], remote: [SALES, EMAIL] },
      [],
    ],
    [
      'a placeholder of a condition with values',
      { local: [{ user: { name: '{0}' }, group: { name: '{1}' } }], remote: [EMAIL, SALES] },
      ['rules.0.local.0.group.name PLACEHOLDER_NOT_FILLED'],
    ],
    [
      'conditions with values alone',
      { local: [{ user: { name: '{0}' } }], remote: [SALES] },
      ['rules.0.local.0.user.name PLACEHOLDER_NOT_FILLED'],
    ],
  ])('tell of %s', (_what, rule, warnings) => {
    expect([...ruleWarnings([rule])].map(({ code, path }) => `${path.join('.')} ${code}`)).toEqual(
      warnings,
    );
  });
});

describe('what is stored and could not be written back', () => {
  const warned = (warnings: Iterable<Warning>) =>
    [...warnings]
      .map(({ code, path }) => `${path.join('.')} ${code}`)
      .filter((warning) => !/NO_USER/.test(warning));
  const provider = {
    id: 'ACME',
    description: '',
    enabled: true,
    ssoType: 'VIRTUAL_USER_SSO',
    remoteIds: [],
  } as const;
  const protocol = { idpId: 'ACME', id: 'oidc', mappingId: 'm' };

  it.each<[string, Iterable<Warning>, string[]]>([
    ['a provider without a description', storedProviderWarnings(provider), []],
    [
      'a description with a control character',
      storedProviderWarnings({ ...provider, description: 'a\u0007b' }),
      ['description NOT_WRITABLE'],
    ],
    [
      'a blank description',
      storedProviderWarnings({ ...provider, description: ' ' }),
      ['description NOT_WRITABLE'],
    ],
    [
      'a private key',
      storedProviderWarnings({ ...provider, description: '-----BEGIN PRIVATE KEY-----MIIB' }),
      ['description PRIVATE_KEY_STORED'],
    ],
    [
      'a type that is not known',
      storedProviderWarnings({ ...provider, ssoType: null }),
      ['ssoType NOT_WRITABLE'],
    ],
    [
      'an id in another form',
      storedProviderWarnings({ ...provider, id: 'a.b' }),
      ['id NOT_WRITABLE'],
    ],
    ['a protocol', storedProtocolWarnings(protocol), []],
    [
      'a protocol without a mapping',
      storedProtocolWarnings({ ...protocol, mappingId: null }),
      ['mappingId NOT_WRITABLE'],
    ],
    [
      'a mapping id in another form',
      storedProtocolWarnings({ ...protocol, mappingId: 'a/b' }),
      ['mappingId NOT_WRITABLE'],
    ],
    ['a mapping', storedMappingWarnings(mappingFromWire({ id: 'm', rules: [RULE] })), []],
    [
      'too many rules',
      storedMappingWarnings(mappingFromWire({ id: 'm', rules: Array(11).fill(RULE) as Json[] })),
      ['rules NOT_WRITABLE'],
    ],
    [
      'a placeholder with a name',
      storedMappingWarnings(
        mappingFromWire({ id: 'm', rules: [{ ...RULE, local: [{ user: { name: '{email}' } }] }] }),
      ),
      ['rules.0.local.0.user.name NOT_WRITABLE'],
    ],
    [
      'an empty part',
      storedMappingWarnings(mappingFromWire({ id: 'm', rules: [{ ...RULE, local: [{}] }] })),
      ['rules.0.local.0 NOT_WRITABLE'],
    ],
    [
      'what is not shown',
      storedMappingWarnings(mappingFromWire({ id: 'm', rules: [{ ...RULE, x: 1 }] })),
      ['rules.0 RULE_NOT_SHOWN_WHOLE'],
    ],
  ])('%s', (_what, warnings, expected) => {
    expect(warned(warnings)).toEqual(expected);
  });
});
