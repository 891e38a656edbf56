import { isSameId } from '../../../transport/operation.ts';
import type { Operation } from '../../../transport/operation.ts';
import { operationsOf } from '../federation.ts';
import type { MappingDraft } from './input.ts';
import { fromWire, hasRules, rulesToWire, snapshotOf } from './translate.ts';
import type { Mapping } from './translate.ts';
import { mapping, mappings } from './wire.ts';
import type { WireMapping } from './wire.ts';

const PATH = '/v3/OS-FEDERATION/mappings';

/** `GET /v3/OS-FEDERATION/mappings`. */
export const listMappings: Operation<
  null,
  { readonly mappings: WireMapping[] },
  readonly Mapping[]
> = {
  name: 'listMappings',
  purpose: 'list the mappings',
  effect: 'read',
  repeatable: true,
  fields: [],
  request: () => ({ method: 'GET', path: PATH }),
  response: mappings,
  result: ({ mappings: list }) => list.map(fromWire),
  subject: () => ({ resource: 'mapping', id: null }),
};

/** A create operation, or a change, which replaces all rules. */
const write = {
  fields: ['id', 'rules'],
  body: ({ rules }: MappingDraft) => ({ mapping: { rules: rulesToWire(rules) } }),
  differences: ({ rules }: MappingDraft, stored: Mapping) =>
    hasRules(rules, stored) ? [] : ['rules'],
};

/** The operations of one mapping. */
export const {
  get: getMapping,
  create: createMapping,
  update: updateMapping,
  remove: deleteMapping,
} = operationsOf({
  noun: 'Mapping',
  label: 'mapping',
  key: 'id',
  subject: ({ id }) => ({ resource: 'mapping', id }),
  path: (id) => `${PATH}/${id}`,
  response: mapping,
  isAbout: ({ mapping: wire }, { id }) => isSameId(wire.id, id),
  result: ({ mapping: wire }) => fromWire(wire),
  snapshotOf,
  create: write,
  update: write,
  selection:
    'id rules { local { user { name } group { name } groups } remote { type anyOneOf notAnyOf regex } }',
});
