import * as z from 'zod';
import { fieldsRule, rule } from '../../../domain/parse.ts';
import type { RuleIssue } from '../../../domain/input-issue.ts';
import { text, wholeNumber } from '../../../domain/primitives.ts';
import { isFilterValue } from '../id-list.ts';
import { PLAIN_FIELDS } from './fields.ts';

const SIGN_BESIDE_WILDCARD = /[|]|^[!<>]/;

const filterValue = text().check(
  rule(function* (value: string): Iterable<RuleIssue> {
    if (!isFilterValue(value))
      yield {
        code: 'INVALID_CHARACTER',
        message:
          'Must not contain * or |, or begin with !, < or >: OrderCloud treats those characters as filter operators. Use matches for a wildcard.',
      };
  }),
);

const pattern = text().check(
  rule(function* (value: string): Iterable<RuleIssue> {
    if (SIGN_BESIDE_WILDCARD.test(value))
      yield {
        code: 'INVALID_CHARACTER',
        message:
          'Must not contain |, or begin with !, < or >: OrderCloud treats those characters as filter operators.',
      };
    else if (!value.includes('*'))
      yield {
        code: 'INVALID_FORMAT',
        message:
          'Must contain a *, which stands for any characters. Use equals for the whole value.',
      };
  }),
);

const anyOf = z.array(filterValue).check(
  rule(function* (values: string[]): Iterable<RuleIssue> {
    if (values.length === 0) yield { code: 'TOO_SHORT', message: 'Must have at least one value.' };
  }),
);

const conditions = {
  equals: filterValue.nullish(),
  anyOf: anyOf.nullish(),
  not: filterValue.nullish(),
  noneOf: anyOf.nullish(),
  matches: pattern.nullish(),
  notMatches: pattern.nullish(),
  absent: z.boolean().nullish(),
};

/** A null would match everything although the caller meant a condition. */
const atLeastOne = () =>
  fieldsRule(function* (fields: Readonly<Record<string, unknown>>): Iterable<RuleIssue> {
    if (Object.values(fields).every((value) => value === undefined || value === null))
      yield {
        code: 'REQUIRED',
        message:
          'Must have at least one condition that is not null. Omit the filter to find everything.',
      };
  });

const textFilter = z.object(conditions).check(atLeastOne());
const idFilter = z
  .object({ ...conditions, after: filterValue.nullish(), before: filterValue.nullish() })
  .check(atLeastOne());

/** Conditions on one property; all of them must hold. */
export type TextFilter = Partial<z.output<typeof idFilter>>;

/** Arguments of `openIdConnects`, without their nulls. */
export const openIdConnectQuery = z.object({
  search: text().optional(),
  sort: z.enum(['ID_ASC', 'ID_DESC']).optional(),
  page: wholeNumber({ min: 1 }).optional(),
  pageSize: wholeNumber({ min: 1, max: 100 }).optional(),
  filter: z
    .object(
      Object.fromEntries([
        ['id', idFilter.nullish()] as const,
        ...PLAIN_FIELDS.map(
          ([name, { kind }]) =>
            [name, (kind === 'flag' ? z.boolean() : textFilter).nullish()] as const,
        ),
      ]),
    )
    .optional(),
});

export type OpenIdConnectQuery = z.output<typeof openIdConnectQuery>;
