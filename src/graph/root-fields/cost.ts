/** Number of items on a page: the upstream's default (`usual`) and maximum (`most`). */
export interface PageSize {
  readonly usual: number;
  readonly most: number;
}

/** Declares, in a root field's `extensions`, that it returns a page of `pageSize` items. */
export function givesPage(pageSize: PageSize): { readonly pageSize: PageSize } {
  return { pageSize };
}

/** Declares, in a field's `extensions`, that it lists the items of a page. */
export const ITEMS_OF_PAGE = { itemsOfPage: true } as const;

/** Declares, in a field's `extensions`, that it costs more than other fields of its kind. The unit is that of LIMIT_COST. */
export function costs(cost: number): { readonly cost: number } {
  return { cost };
}

/** The cost of a call to an upstream: of a root field, and of an edge whose object is read by a call of its own. */
export const COST_OF_CALL = 150;

/** The cost of an edge whose objects are read together: an object of the response. */
export const COST_OF_LISTED = 20;

/** The cost of a fingerprint: a digest over the whole object, computed once per object. */
export const COSTS_OF_FINGERPRINT = costs(3);
