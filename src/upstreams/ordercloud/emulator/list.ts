import { refused } from './error-bodies.ts';
import { compareIds, filterOf, invalidType, likenessTo } from './filter.ts';
import type { Configuration } from './model.ts';

// Everything else in the query string is a filter.
const OPTIONS = new Set(['search', 'searchOn', 'sortBy', 'page', 'pageSize']);
const LARGEST_PAGE = 100;

interface ListPage<Item> {
  readonly Meta: {
    readonly Page: number;
    readonly PageSize: number;
    readonly TotalCount: number;
    readonly TotalPages: number;
    readonly ItemRange: readonly [first: number, last: number];
    readonly NextPageKey: null;
  };
  readonly Items: readonly Item[];
}

/** The page that a query string asks for. The names of options and fields are case-sensitive. */
export function listPage(
  configurations: readonly Configuration[],
  query: URLSearchParams,
): ListPage<Configuration> {
  const found = searchOf(query);
  const filters = [...query]
    .filter(([name]) => !OPTIONS.has(name))
    .map(([name, expression]) => filterOf(name, expression));
  const order = orderOf(query);
  const all = configurations
    .filter((each) => found(each) && filters.every((passes) => passes(each)))
    .sort(order);
  return pageOf(all, query);
}

/** The page of a list of other objects, of which the emulator has filters for the ID alone. */
export function pageById<Item extends { readonly ID: string }>(
  items: readonly Item[],
  query: URLSearchParams,
): ListPage<Item> {
  const filters = [...query].filter(([name]) => name !== 'page' && name !== 'pageSize');
  const unknown = filters.find(([name]) => name !== 'ID');
  if (unknown !== undefined)
    throw refused(
      400,
      'List.InvalidProperty',
      `The list cannot be filtered by ${unknown[0]}.`,
      unknown[0],
    );
  const passes = filters.map(([, expression]) => filterOf('ID', expression));
  return pageOf(
    items.filter(({ ID }) => passes.every((pass) => pass({ ID }))),
    query,
  );
}

/** The page of a list that `page` and `pageSize` ask for. */
export function pageOf<Item>(all: readonly Item[], query: URLSearchParams): ListPage<Item> {
  const page = integerOf(query, 'page', 1);
  if (page < 1) throw invalidType('page', 'at least 1'); // pages have no code of their own
  const pageSize = integerOf(query, 'pageSize', 20);
  if (pageSize < 1 || pageSize > LARGEST_PAGE) {
    throw refused(
      400,
      'List.InvalidPageSize',
      `pageSize must be from 1 to ${LARGEST_PAGE}.`,
      'pageSize',
    );
  }
  const skipped = (page - 1) * pageSize;
  const items = all.slice(skipped, skipped + pageSize);
  return {
    Meta: {
      Page: page,
      PageSize: pageSize,
      TotalCount: all.length,
      TotalPages: Math.ceil(all.length / pageSize),
      // Counted from 1, as in the documented example. A page without items is not documented; here it is [0, 0].
      ItemRange: items.length > 0 ? [skipped + 1, skipped + items.length] : [0, 0],
      NextPageKey: null,
    },
    Items: items,
  };
}

/** A search finds its term anywhere in the ID. */
function searchOf(query: URLSearchParams): (configuration: Configuration) => boolean {
  const unknown = itemsOf(query, 'searchOn').find((property) => property !== 'ID');
  if (unknown !== undefined)
    throw refused(400, 'List.InvalidSearchProperty', `${unknown} is not searchable.`, unknown);
  const isLike = likenessTo(`*${query.get('search') ?? ''}*`);
  return ({ ID }) => isLike(ID);
}

/** Only the first property matters, because no two IDs are equal. */
function orderOf(query: URLSearchParams): (one: Configuration, other: Configuration) => number {
  const properties = itemsOf(query, 'sortBy');
  const unknown = properties.find((property) => !/^!?ID$/.test(property));
  if (unknown !== undefined)
    throw refused(400, 'List.InvalidSortProperty', `${unknown} is not sortable.`, unknown);
  const direction = properties[0] === '!ID' ? -1 : 1;
  return (one, other) => compareIds(one.ID, other.ID) * direction;
}

function itemsOf(query: URLSearchParams, name: string): string[] {
  return query
    .getAll(name)
    .flatMap((items) => items.split(','))
    .filter(Boolean);
}

function integerOf(query: URLSearchParams, name: string, defaultValue: number): number {
  const text = query.get(name) ?? String(defaultValue);
  if (!/^-?\d{1,9}$/.test(text)) throw invalidType(name, 'a whole number of at most nine digits'); // longer ones overflow
  return Number(text);
}
