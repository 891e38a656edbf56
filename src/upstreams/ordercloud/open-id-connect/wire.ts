import * as z from 'zod';
import { ALL_FIELDS } from './fields.ts';
import type { FieldName, Fields, WritableName } from './fields.ts';

/** Body of a write. An undefined field is not sent, so OrderCloud uses its default or keeps the stored value; null clears it. An `ID` renames. */
export type WriteBody = { readonly ID: string | undefined } & {
  readonly [Name in WritableName as Fields[Name]['wire']]:
    z.input<Fields[Name]['schema']> | null | undefined;
};

const text = z.string().nullish();

/** Maximum number of scopes that are read. No authorization request has room for as many, and reading more takes too long. */
const MAX_READ_SCOPES = 10_000;

const BY_KIND = {
  text,
  secret: text,
  flag: z.boolean().nullish(),
  list: z.array(z.string()).max(MAX_READ_SCOPES).nullish(),
};

/**
 * An OpenIdConnect in a response. Only the ID is required: OrderCloud's schema marks nothing as required, and a sparse
 * response must not turn a successful create into one with an unknown outcome.
 */
export const openIdConnect = z.object({
  ID: z.string().min(1),
  ...(Object.fromEntries(ALL_FIELDS.map(([, { wire, kind }]) => [wire, BY_KIND[kind]])) as {
    [Name in FieldName as Fields[Name]['wire']]: (typeof BY_KIND)[Fields[Name]['kind']];
  }),
});

export type WireOpenIdConnect = z.output<typeof openIdConnect>;

/** A whole number of any size; Infinity if JSON has a larger one than numbers can hold, so that the items of the list are not lost. */
const count = z.custom<number>(
  (value) => typeof value === 'number' && (Number.isInteger(value) || Math.abs(value) === Infinity),
);

/** A page of a list. */
export const openIdConnectList = z.object({
  Meta: z.object({
    Page: count,
    PageSize: count,
    TotalCount: count,
    TotalPages: count,
    ItemRange: z.array(count),
    NextPageKey: text,
  }),
  Items: z.array(openIdConnect),
});

export type WireOpenIdConnectList = z.output<typeof openIdConnectList>;

/** The empty body of a response to a deletion. */
export const nothing = z.undefined();
