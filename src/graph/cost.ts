/** Items of a page: as many as the upstream gives if none are asked for, and the most that can be asked for. */
export interface PageSize {
  readonly usual: number;
  readonly most: number;
}

/** Declares a root field that gives a page, whose size is its argument `pageSize`: for the `extensions` of the field. */
export function givesPage(pageSize: PageSize): { readonly pageSize: PageSize } {
  return { pageSize };
}

/** Declares the field that lists the items of a page: for the `extensions` of the field. */
export const ITEMS_OF_PAGE = { itemsOfPage: true } as const;

/** Declares that a field takes more time than others of its kind, in the unit of the limit of cost: for the `extensions` of the field. */
export function costs(cost: number): { readonly cost: number } {
  return { cost };
}

/** What a fingerprint costs: a digest over the whole object, made once for each object. */
export const COSTS_OF_FINGERPRINT = costs(3);
