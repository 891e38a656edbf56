import * as z from 'zod';
import { expectation } from '../../../domain/fingerprint.ts';
import type { RuleIssue } from '../../../domain/input-issue.ts';
import { fieldsRule, rule } from '../../../domain/parse.ts';
import { text } from '../../../domain/primitives.ts';
import { federationId } from '../federation.ts';
import { textsOf } from './translate.ts';

/** Maximum number of rules in a mapping, and of conditions in a rule (user guide). */
const MAX_RULES = 10;
const MAX_CONDITIONS = 10;

/** Maximum number of parts of a rule. IAM documents no limit, but a body of 32 KB has room for fewer than twice as many. */
const MAX_PARTS = 1_000;

const local = z
  .object({
    user: z.object({ name: text() }).nullish(),
    group: z.object({ name: text() }).nullish(),
    groups: text().nullish(),
  })
  .check(
    fieldsRule(function* (fields) {
      if (Object.values(fields).every((value) => value === undefined || value === null))
        yield { code: 'REQUIRED', message: 'Must have at least one of user, group and groups.' };
    }),
  );

/** An empty list differs from none: "any one of" no values never holds, "not any of" no values always does. */
const values = z.array(text());

const remote = z
  .object({
    type: text(),
    anyOneOf: values.nullish(),
    notAnyOf: values.nullish(),
    regex: z.boolean().nullish(),
  })
  .check(
    fieldsRule(function* ({ anyOneOf, notAnyOf, regex }) {
      const [any, none] = [anyOneOf, notAnyOf].map(
        (value) => value !== undefined && value !== null,
      );
      if (any && none)
        yield {
          path: ['notAnyOf'],
          code: 'NOT_ALLOWED',
          message: 'Must be omitted if anyOneOf is given: a condition has only one of them.',
        };
      if (regex === true && !any && !none)
        yield {
          path: ['regex'],
          code: 'NOT_ALLOWED',
          message:
            'Must be omitted without anyOneOf or notAnyOf, because it applies to their values.',
        };
    }),
  );

const mappingRule = z
  .object({
    local: listOf(local, MAX_PARTS, 'part'),
    remote: listOf(remote, MAX_CONDITIONS, 'condition'),
  })
  .check(fieldsRule(placeholderIssues));

/** Rules of a mapping. */
export const mappingRules = listOf(mappingRule, MAX_RULES, 'rule');
export type MappingRules = z.output<typeof mappingRules>;

/** Input of `createHuaweiMapping`. */
export const mappingDraft = z.object({ id: federationId, rules: mappingRules });
export type MappingDraft = z.output<typeof mappingDraft>;
export const mappingChange = mappingDraft.extend(expectation);

/** The key that identifies a mapping. */
export const mappingKey = z.object({ id: federationId });
export type MappingKey = z.output<typeof mappingKey>;
export const mappingDeletion = mappingKey.extend(expectation);

/** A list that is not empty. If it has more than `MAX_PARTS` items, they are not checked: for 80,000 that took 70 ms. */
function listOf<Item extends z.ZodType>(item: Item, max: number, what: string) {
  const tooLong = (list: readonly unknown[]): RuleIssue => ({
    code: 'TOO_LONG',
    message: `Must have at most ${max} ${what}s, but has ${list.length}.`,
  });
  const items = z.array(item).check(
    rule(function* (list: readonly unknown[]): Iterable<RuleIssue> {
      if (list.length < 1) yield { code: 'TOO_SHORT', message: `Must have at least 1 ${what}.` };
      if (list.length > max) yield tooLong(list);
    }),
  );
  return z
    .unknown()
    .check(
      rule(function* (value: unknown): Iterable<RuleIssue> {
        if (isFarTooLong(value)) yield tooLong(value);
      }),
    )
    .pipe(items);
}

function isFarTooLong(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > MAX_PARTS;
}

/** A placeholder has the number of a condition. Which of them give a text is another matter: see `placeholderWarnings`. */
function* placeholderIssues(
  fields: Readonly<{ local?: unknown; remote?: unknown }>,
): Iterable<RuleIssue> {
  if (
    !Array.isArray(fields.local) ||
    !Array.isArray(fields.remote) ||
    fields.local.length > MAX_PARTS
  )
    return;
  const allowed = fields.remote.slice(0, MAX_CONDITIONS).map((_condition, index) => `{${index}}`);
  const message =
    allowed.length === 0
      ? 'Must not contain braces: the rule has no condition that could fill them.'
      : `Braces may only contain the number of a condition: ${allowed.join(', ')}.`;
  for (const [index, part] of fields.local.entries()) {
    for (const { path, value } of textsOf(part as unknown)) {
      const rest = value.replaceAll(/\{\d+\}/g, (one) => (allowed.includes(one) ? '' : one));
      if (/[{}]/.test(rest))
        yield { path: ['local', String(index), ...path], code: 'INVALID_PLACEHOLDER', message };
    }
  }
}
