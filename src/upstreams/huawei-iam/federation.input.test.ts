import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { inputIssues } from '../../../test/setup/input-issues.ts';
import { InvalidInputError } from '../../domain/errors.ts';
import { parseInput } from '../../domain/parse.ts';
import {
  identityProviderDeletion,
  identityProviderDraft,
  identityProviderKey,
  identityProviderPatch,
} from './identity-provider/input.ts';
import { mappingChange, mappingDeletion, mappingDraft, mappingKey } from './mapping/input.ts';
import { protocolChange, protocolDeletion, protocolDraft, protocolKey } from './protocol/input.ts';

const FINGERPRINT = 'a'.repeat(64);
const RULE = { local: [{ user: { name: '{0}' } }], remote: [{ type: 'email' }] };

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
        expect(inputIssues(schema, { ...others, [field]: id })).toEqual([]);
      for (const id of ['', ' ', '\n'])
        expect(inputIssues(schema, { ...others, [field]: id })).toEqual([`${field} BLANK`]);
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
        expect(inputIssues(schema, { ...others, [field]: id })).toEqual([
          `${field} INVALID_FORMAT`,
        ]);
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
      expect(inputIssues(schema, { ...input, expectedFingerprint })).toEqual([]);
    for (const expectedFingerprint of [FINGERPRINT.toUpperCase(), 'a', `${FINGERPRINT}0`])
      expect(inputIssues(schema, { ...input, expectedFingerprint })).toEqual([
        'expectedFingerprint INVALID_FORMAT',
      ]);
    expect(inputIssues(schema, { ...input, expectedFingerprint: '' })).toEqual([
      'expectedFingerprint BLANK',
    ]);
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

  it('is accepted or refused, with at least one issue and without its values', () => {
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
