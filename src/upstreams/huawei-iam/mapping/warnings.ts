import { notWritable } from '../../../domain/parse.ts';
import type { HuaweiWarning } from '../warning-codes.ts';
import { mappingDraft } from './input.ts';
import { textsOf } from './translate.ts';
import type { Mapping, MappingRule } from './translate.ts';

/** Warnings about a stored mapping. */
export function* storedWarnings(stored: Mapping): Iterable<HuaweiWarning> {
  yield* mappingWarnings(stored);
  yield* ruleWarnings(stored.rules);
  yield* notWritable(mappingDraft, { id: stored.id, rules: stored.rules });
}

/** Warnings about content that a change through this schema would lose. */
export function* mappingWarnings({
  incomplete,
}: Pick<Mapping, 'incomplete'>): Iterable<HuaweiWarning> {
  for (const index of incomplete) {
    yield {
      code: 'RULE_NOT_SHOWN_WHOLE',
      path: ['rules', String(index)],
      message:
        'The stored rule contains more than this schema shows; updating the rules would drop the rest.',
    };
  }
}

/** Warnings about rules that are accepted but likely to cause problems. */
export function* ruleWarnings(rules: readonly MappingRule[]): Iterable<HuaweiWarning> {
  if (!rules.some(({ local: parts }) => parts.some(({ user }) => user))) {
    yield {
      code: 'NO_USER_IN_RULES',
      path: ['rules'],
      message: 'No rule assigns a user name. Without one, sign-in fails.',
    };
  }
  for (const [index, rule] of rules.entries()) {
    const path = ['rules', String(index)];
    yield* placeholderWarnings(rule, path);
    for (const [at, { anyOneOf }] of rule.remote.entries()) {
      if (anyOneOf?.length !== 0) continue;
      yield {
        code: 'RULE_NEVER_APPLIES',
        path: [...path, 'remote', String(at), 'anyOneOf'],
        message:
          'The list is empty, so the condition never holds and the rule applies to no one. Omit the list to accept any value.',
      };
    }
  }
}

/**
 * `{0}` stands for the claim of the first condition without values: those with values give only true or false. The
 * user guide does not say whether these are numbered too (Keystone does not), so a placeholder passes if it is right in
 * either case.
 */
function* placeholderWarnings(
  { local: parts, remote: conditions }: MappingRule,
  path: readonly string[],
): Iterable<HuaweiWarning> {
  const giving = conditions.map(givesText);
  const count = giving.filter(Boolean).length;
  for (const [index, part] of parts.entries()) {
    for (const { path: below, value } of textsOf(part)) {
      const unfilled = [...value.matchAll(/\{(\d+)\}/g)].find(
        ([, number]) => giving[Number(number)] !== true && Number(number) >= count,
      );
      if (unfilled === undefined) continue;
      const message =
        'A placeholder refers to a condition that has a list of values. Such a condition yields only true or false, so there is nothing to fill in: sign-in through this rule likely fails.';
      yield {
        code: 'PLACEHOLDER_NOT_FILLED',
        path: [...path, 'local', String(index), ...below],
        message,
      };
    }
  }
}

function givesText(condition: unknown): boolean {
  const { anyOneOf, notAnyOf } = (condition ?? {}) as {
    readonly anyOneOf?: unknown;
    readonly notAnyOf?: unknown;
  };
  return (anyOneOf ?? notAnyOf ?? null) === null;
}
