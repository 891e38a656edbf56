import { InvalidInputError } from '../../domain/errors.ts';
import { fingerprintOf } from '../../domain/fingerprint.ts';
import { oncePer } from '../../domain/memo.ts';
import { parseInput } from '../../domain/parse.ts';
import { requiresScope } from '../../graph/authorization.ts';
import { COSTS_OF_FINGERPRINT } from '../../graph/cost.ts';
import { CHANGE_ERRORS, CREATE_ERRORS, READ_ERRORS } from '../../graph/errors.ts';
import { ABOUT_FINGERPRINT } from '../../graph/fingerprint.ts';
import type { Graph } from '../../graph/graph.ts';
import { keyedBy } from '../../graph/keys.ts';
import { aboutRetries } from '../../graph/retries.ts';
import { deletedId, indexed } from '../../graph/success.ts';
import type { Success } from '../../graph/success.ts';
import type { OpenSession } from '../../transport/upstream.ts';
import {
  createMapping,
  deleteMapping,
  getMapping,
  listMappings,
  updateMapping,
} from './client-federation.ts';
import {
  mappingChange,
  mappingDeletion,
  mappingDraft,
  mappingKey,
  storedMappingWarnings,
} from './input-federation.ts';
import type { MappingKey } from './input-federation.ts';
import { mappingContent } from './mapping-federation.ts';
import type { Mapping } from './mapping-federation.ts';
import { addRule } from './schema-rule.ts';
import type { HuaweiIamSettings } from './upstream.ts';

interface MappingSuccess extends Success {
  readonly huaweiMapping: Mapping;
}

interface MappingsSuccess extends Success {
  readonly huaweiMappings: readonly Mapping[];
}

const fingerprint = oncePer((stored: Mapping) => fingerprintOf(mappingContent(stored)));

const ABOUT = {
  id: 'Id of the mapping: 1 to 64 letters, digits, hyphens and underscores.',
  rules: 'Rules, in order: 1 to 10.',
} as const;
const PATH = '/v3/OS-FEDERATION/mappings';
const needs = (action: string) =>
  `Needs Security Administrator or the action iam:identityProviders:${action}.`;

/** Adds the mappings of Huawei Cloud IAM. @returns the input type of a rule */
export function addMappings(graph: Graph, open: OpenSession<HuaweiIamSettings>) {
  const { builder, OidcSuccess } = graph;
  const { rule, ruleInput } = addRule(graph);

  const mapping = builder.objectRef<Mapping>('HuaweiMapping').implement({
    description:
      'A mapping of Huawei Cloud IAM: who people become when they sign in through an identity provider whose protocol names it.',
    extensions: keyedBy('id'),
    fields: (t) => ({
      id: t.exposeID('id', { description: ABOUT.id }),
      rules: t.field({
        type: [rule],
        description: 'Rules, in order.',
        resolve: ({ rules }) => [...rules],
      }),
      fingerprint: t.string({
        description: ABOUT_FINGERPRINT.fingerprint,
        extensions: COSTS_OF_FINGERPRINT,
        resolve: fingerprint,
      }),
    }),
  });

  const success = (name: string, description: string) =>
    builder.objectRef<MappingSuccess>(name).implement({
      description,
      interfaces: [OidcSuccess],
      fields: (t) => ({
        huaweiMapping: t.field({
          type: mapping,
          description: 'The mapping as IAM answered it.',
          resolve: (self) => self.huaweiMapping,
        }),
      }),
    });
  const withWarnings = (stored: Mapping, warnings: Success['warnings'] = []): MappingSuccess => ({
    huaweiMapping: stored,
    warnings: [...warnings, ...storedMappingWarnings(stored)],
  });

  builder.queryField('huaweiMapping', (t) =>
    t.field({
      type: success('HuaweiMappingSuccess', 'The mapping exists.'),
      nullable: true,
      description: `Reads a mapping of Huawei Cloud IAM (\`GET ${PATH}/{id}\`). ${needs('getMapping')}`,
      args: { id: t.arg.id({ required: true, description: ABOUT.id }) },
      extensions: requiresScope('oidc:read'),
      errors: { types: READ_ERRORS, union: { description: 'What `huaweiMapping` gives.' } },
      resolve: async (_root, { id }, context) => {
        const session = open(context);
        const { value } = await session.call(getMapping, parseInput(mappingKey, { id }));
        return withWarnings(value);
      },
    }),
  );

  builder.queryField('huaweiMappings', (t) =>
    t.field({
      type: builder.objectRef<MappingsSuccess>('HuaweiMappingsSuccess').implement({
        description:
          'The mappings of the account. The paths of its warnings begin with the index of the mapping.',
        interfaces: [OidcSuccess],
        fields: (f) => ({
          huaweiMappings: f.field({
            type: [mapping],
            description: 'All of them.',
            resolve: (self) => [...self.huaweiMappings],
          }),
        }),
      }),
      nullable: true,
      description: `Lists the mappings of the account in Huawei Cloud IAM (\`GET ${PATH}\`). ${needs('listMappings')}`,
      extensions: requiresScope('oidc:read'),
      errors: {
        types: READ_ERRORS.filter((error) => error !== InvalidInputError),
        union: { description: 'What `huaweiMappings` gives.' },
      },
      resolve: async (_root, _args, context) => {
        const { value } = await open(context).call(listMappings, null);
        return { huaweiMappings: value, warnings: indexed(value, storedMappingWarnings) };
      },
    }),
  );

  builder.mutationField('createHuaweiMapping', (t) =>
    t.field({
      type: success('CreateHuaweiMappingSuccess', 'The mapping was created.'),
      nullable: true,
      description: `Creates a mapping in Huawei Cloud IAM (\`PUT ${PATH}/{id}\`). ${needs('createMapping')} ${aboutRetries(createMapping)}`,
      args: {
        input: t.arg({
          type: builder.inputType('CreateHuaweiMappingInput', {
            description: 'A new mapping of Huawei Cloud IAM.',
            fields: (f) => ({
              id: f.id({ required: true, description: ABOUT.id }),
              rules: f.field({ type: [ruleInput], required: true, description: ABOUT.rules }),
            }),
          }),
          required: true,
          description: 'The new mapping.',
        }),
      },
      extensions: requiresScope('oidc:write'),
      errors: { types: CREATE_ERRORS, union: { description: 'What `createHuaweiMapping` gives.' } },
      resolve: async (_root, { input }, context) => {
        const session = open(context);
        const { value, warnings } = await session.call(
          createMapping,
          parseInput(mappingDraft, input),
        );
        return withWarnings(value, warnings);
      },
    }),
  );

  builder.mutationField('updateHuaweiMapping', (t) =>
    t.field({
      type: success('UpdateHuaweiMappingSuccess', 'The mapping was changed.'),
      nullable: true,
      description: `Replaces the rules of a mapping in Huawei Cloud IAM (\`PATCH ${PATH}/{id}\`). ${needs('updateMapping')} ${aboutRetries(updateMapping)}`,
      args: {
        input: t.arg({
          type: builder.inputType('UpdateHuaweiMappingInput', {
            description: 'A change of a mapping of Huawei Cloud IAM.',
            fields: (f) => ({
              id: f.id({ required: true, description: ABOUT.id }),
              rules: f.field({
                type: [ruleInput],
                required: true,
                description: `${ABOUT.rules} They replace all that are stored, also what is not shown of them (warning RULE_NOT_SHOWN_WHOLE of a read).`,
              }),
              expectedFingerprint: f.string({ description: ABOUT_FINGERPRINT.expectedFingerprint }),
            }),
          }),
          required: true,
          description: 'Which mapping, and its rules.',
        }),
      },
      extensions: requiresScope('oidc:write'),
      errors: { types: CHANGE_ERRORS, union: { description: 'What `updateHuaweiMapping` gives.' } },
      resolve: async (_root, { input }, context) => {
        const session = open(context);
        const { expectedFingerprint, ...change } = parseInput(mappingChange, input);
        const { value, warnings } = await session.call(updateMapping, change, {
          expected: expectedFingerprint,
        });
        return withWarnings(value, warnings);
      },
    }),
  );

  builder.mutationField('deleteHuaweiMapping', (t) =>
    t.field({
      type: builder.objectRef<MappingKey & Success>('DeleteHuaweiMappingSuccess').implement({
        description: 'The mapping does not exist any more.',
        interfaces: [OidcSuccess],
        fields: (f) => ({ id: f.exposeID('id', deletedId('Id that the mapping had.')) }),
      }),
      nullable: true,
      description:
        `Deletes a mapping in Huawei Cloud IAM (\`DELETE ${PATH}/{id}\`): nobody can sign in any more where a protocol still names it. ${needs('deleteMapping')} ` +
        aboutRetries(deleteMapping),
      args: {
        input: t.arg({
          type: builder.inputType('DeleteHuaweiMappingInput', {
            description: 'The mapping of Huawei Cloud IAM to delete.',
            fields: (f) => ({
              id: f.id({ required: true, description: ABOUT.id }),
              expectedFingerprint: f.string({ description: ABOUT_FINGERPRINT.expectedFingerprint }),
            }),
          }),
          required: true,
          description: 'Which mapping.',
        }),
      },
      extensions: requiresScope('oidc:admin'),
      errors: { types: CHANGE_ERRORS, union: { description: 'What `deleteHuaweiMapping` gives.' } },
      resolve: async (_root, { input }, context) => {
        const session = open(context);
        const { expectedFingerprint, ...key } = parseInput(mappingDeletion, input);
        const { value, warnings } = await session.call(deleteMapping, key, {
          expected: expectedFingerprint,
        });
        return { ...value, warnings };
      },
    }),
  );

  return ruleInput;
}
