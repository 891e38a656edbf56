import { z } from 'zod';
import { fieldsRule, rule } from '../../domain/parse.ts';
import type { RuleIssue } from '../../domain/parse.ts';
import { text, wholeNumber } from '../../domain/primitives.ts';

/*
 * OrderCloud's filter grammar has signs in the value: `*` stands for anything, `|` is "or", and `!`, `<` and `>` at the
 * begin negate and compare. No way to escape them is documented, so that a value which holds one cannot be looked for.
 */
const SIGN = /[*|]|^[!<>]/;
const SIGN_BESIDE_WILDCARD = /[|]|^[!<>]/;

/** Whether a text can stand in a filter and mean itself. */
export function isFilterValue(value: string): boolean {
  return !SIGN.test(value);
}

const filterValue = text().check(
  rule(function* (value: string): Iterable<RuleIssue> {
    if (!isFilterValue(value))
      yield {
        code: 'INVALID_CHARACTER',
        message:
          'Must not hold * or |, nor begin with !, < or >: OrderCloud reads them as signs of its filters. Use matches for a wildcard.',
      };
  }),
);

const pattern = text().check(
  rule(function* (value: string): Iterable<RuleIssue> {
    if (SIGN_BESIDE_WILDCARD.test(value))
      yield {
        code: 'INVALID_CHARACTER',
        message:
          'Must not hold |, nor begin with !, < or >: OrderCloud reads them as signs of its filters.',
      };
    else if (!value.includes('*'))
      yield {
        code: 'INVALID_FORMAT',
        message: 'Must hold a *, which stands for any characters; use equals for the whole value.',
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

/** A null would let everything through where the caller meant a condition. */
const atLeastOne = () =>
  fieldsRule(function* (fields: Readonly<Record<string, unknown>>): Iterable<RuleIssue> {
    if (Object.values(fields).every((value) => value === undefined || value === null))
      yield {
        code: 'REQUIRED',
        message:
          'Must have at least one condition that is not null; leave the filter out to find everything.',
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
    .object({
      id: idFilter.nullish(),
      orderCloudApiClientId: textFilter.nullish(),
      connectClientId: textFilter.nullish(),
      appStartUrl: textFilter.nullish(),
      authorizationEndpoint: textFilter.nullish(),
      tokenEndpoint: textFilter.nullish(),
      urlEncoded: z.boolean().nullish(),
      integrationEventId: textFilter.nullish(),
      callSyncUserIntegrationEvent: z.boolean().nullish(),
      integrationEventName: textFilter.nullish(),
      additionalIdpScopes: textFilter.nullish(),
      customErrorUrl: textFilter.nullish(),
    })
    .optional(),
});

export type OpenIdConnectQuery = z.output<typeof openIdConnectQuery>;
export type OpenIdConnectFilter = NonNullable<OpenIdConnectQuery['filter']>;
