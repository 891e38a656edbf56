import { fingerprintOf } from '../../../domain/fingerprint.ts';
import { oncePer } from '../../../domain/memo.ts';
import { COSTS_OF_FINGERPRINT } from '../../../graph/root-fields/cost.ts';
import { ABOUT_FINGERPRINT } from '../../../graph/root-fields/fingerprint.ts';
import type { Graph } from '../../../graph/graph.ts';
import { RootFields } from '../../../graph/root-fields/root-fields.ts';
import { keyedBy } from '../../../graph/keys.ts';
import type { OpenSession } from '../../../transport/upstream.ts';
import { needs } from '../federation.ts';
import {
  createMapping,
  deleteMapping,
  getMapping,
  listMappings,
  updateMapping,
} from './operations.ts';
import { mappingChange, mappingDeletion, mappingDraft, mappingKey } from './input.ts';
import { contentOf } from './translate.ts';
import type { Mapping } from './translate.ts';
import { addMappingEvaluation } from './schema-evaluation.ts';
import { addRule } from './schema-rule.ts';
import { storedWarnings } from './warnings.ts';
import type { HuaweiIamSettings } from '../settings.ts';

const fingerprint = oncePer((stored: Mapping) => fingerprintOf(contentOf(stored)));

const ABOUT = {
  id: 'Id of the mapping: 1 to 64 letters, digits, hyphens and underscores.',
  rules: 'The rules, in order (1 to 10 of them).',
} as const;
const PATH = '/v3/OS-FEDERATION/mappings';

/** Adds the mappings of Huawei Cloud IAM. @returns also the input type of a rule */
export function addMappings(graph: Graph, open: OpenSession<HuaweiIamSettings>) {
  const { rule, ruleInput } = addRule(graph);

  const type = graph.builder.objectRef<Mapping>('HuaweiMapping').implement({
    description:
      'A mapping of Huawei Cloud IAM. It determines which federated user a person is signed in as. It takes effect if the protocol of an identity provider refers to it.',
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

  const fields = new RootFields(graph, {
    noun: 'HuaweiMapping',
    label: 'mapping',
    key: 'id',
    aboutKey: ABOUT.id,
    type,
    about: 'The mapping as IAM returned it.',
    open,
    viewOf: (stored: Mapping) => stored,
    warnings: storedWarnings,
  });
  const target = fields.read(getMapping, {
    description: `Reads a mapping of Huawei Cloud IAM (\`GET ${PATH}/{id}\`). ${needs('getMapping')}`,
    schema: mappingKey,
    list: {
      // The list has all mappings of the account.
      batches: (ids) => [ids],
      read: async ({ call }) => {
        const { value } = await call({ ...listMappings, mayBeDenied: true }, null);
        return new Map(value.map((stored) => [stored.id, stored]));
      },
      hasOwnRight: true,
    },
  });
  fields.list(listMappings, {
    description: `Lists the mappings of the account in Huawei Cloud IAM (\`GET ${PATH}\`). ${needs('listMappings')}`,
    success: 'The mappings of the account.',
    items: 'All of them.',
  });
  fields.create(createMapping, {
    description: `Creates a mapping in Huawei Cloud IAM (\`PUT ${PATH}/{id}\`). ${needs('createMapping')}`,
    input: 'A new mapping of Huawei Cloud IAM.',
    fields: (t) => ({
      id: t.id({ required: true, description: ABOUT.id }),
      rules: t.field({ type: [ruleInput], required: true, description: ABOUT.rules }),
    }),
    schema: mappingDraft,
  });
  fields.update(updateMapping, {
    description: `Replaces the rules of a mapping in Huawei Cloud IAM (\`PATCH ${PATH}/{id}\`). ${needs('updateMapping')}`,
    changes: 'its new rules',
    input: 'A change to a mapping of Huawei Cloud IAM.',
    fields: (t) => ({
      id: t.id({ required: true, description: ABOUT.id }),
      rules: t.field({
        type: [ruleInput],
        required: true,
        description: `${ABOUT.rules} They replace all stored rules, including parts that reads do not show (warning RULE_NOT_SHOWN_WHOLE).`,
      }),
    }),
    schema: mappingChange,
  });
  fields.delete(deleteMapping, {
    description: `Deletes a mapping in Huawei Cloud IAM (\`DELETE ${PATH}/{id}\`). Sign-in fails for every protocol that still refers to it. ${needs('deleteMapping')}`,
    input: 'The mapping of Huawei Cloud IAM to delete.',
    gone: 'Id of the deleted mapping.',
    schema: mappingDeletion,
  });

  addMappingEvaluation(graph, ruleInput, open);
  return { type, target, ruleInput };
}
