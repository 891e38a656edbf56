import { isObject } from '../../../../domain/json/json.ts';
import type { Json } from '../../../../domain/json/json.ts';
import { getMapping } from '../operations.ts';
import { fromWire } from '../translate.ts';
import type { Mapping } from '../translate.ts';
import type { EvaluableRule, Part } from './model.ts';

/** `getMapping`, whose id is `mappingId` beside rules. */
export const getEvaluatedMapping: typeof getMapping = {
  ...getMapping,
  fields: ['mappingId'],
  fieldFor: (field) => (field === 'id' ? 'mappingId' : field),
};

/**
 * The rules of a stored mapping. Some pages of IAM document the form `{"groups": {"name": "admin"}}`, which the schema's
 * types do not show, but which can be evaluated. A rule with anything else that they do not show is not whole.
 */
export function storedRules({ id, rules, stored, incomplete }: Mapping): EvaluableRule[] {
  const wires = Array.isArray(stored) ? stored : [];
  return rules.map((rule, index) => {
    if (!incomplete.includes(index)) return rule;
    return withNamedGroups(id, wires[index] ?? null) ?? { ...rule, isWhole: false };
  });
}

/** A rule that only has named groups besides what is shown; null if it has more. */
function withNamedGroups(id: string, wire: Json): EvaluableRule | null {
  if (!isObject(wire) || !Array.isArray(wire['local'])) return null;
  const parts = wire['local'];
  const shown = parts.map((part) => (groupIn(part) === null ? part : without(part, 'groups')));
  const {
    rules: [rule],
    incomplete,
  } = fromWire({ id, rules: [{ ...wire, local: shown }] });
  if (rule === undefined || incomplete.length > 0) return null;
  const local = rule.local.map((part, index): Part => {
    const name = groupIn(parts[index] ?? null);
    return name === null ? part : { ...part, groups: { name } };
  });
  return { ...rule, local };
}

/** The name in `{"groups": {"name": …}}`; null if the part has none, or has more. */
function groupIn(part: Json): string | null {
  const groups = isObject(part) ? part['groups'] : null;
  if (!isObject(groups) || Object.keys(groups).length !== 1) return null;
  return typeof groups['name'] === 'string' ? groups['name'] : null;
}

function without(part: Json, member: string): Json {
  return isObject(part)
    ? Object.fromEntries(Object.entries(part).filter(([name]) => name !== member))
    : part;
}
