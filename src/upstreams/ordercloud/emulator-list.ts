import { refused } from './emulator-errors.ts';
import { compareIds, filterOf, invalidType, likenessTo } from './emulator-filter.ts';
import type { Configuration } from './emulator-model.ts';

// Whatever else is in the query string is a filter.
const OPTIONS = new Set(['search', 'searchOn', 'sortBy', 'page', 'pageSize']);
const LARGEST_PAGE = 100;

interface ListPage {
  readonly Meta: {
    readonly Page: number;
    readonly PageSize: number;
    readonly TotalCount: number;
    readonly TotalPages: number;
    readonly ItemRange: readonly [first: number, last: number];
    readonly NextPageKey: null;
  };
  readonly Items: readonly Configuration[];
}

/** The page that a query string asks for. Options and fields are known by their exact names. */
export function listPage(
  configurations: readonly Configuration[],
  query: URLSearchParams,
): ListPage {
  const found = searchOf(query);
  const filters = [...query]
    .filter(([name]) => !OPTIONS.has(name))
    .map(([name, expression]) => filterOf(name, expression));
  const order = orderOf(query);
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

  const all = configurations
    .filter((each) => found(each) && filters.every((passes) => passes(each)))
    .sort(order);
  const skipped = (page - 1) * pageSize;
  const items = all.slice(skipped, skipped + pageSize);
  return {
    Meta: {
      Page: page,
      PageSize: pageSize,
      TotalCount: all.length,
      TotalPages: Math.ceil(all.length / pageSize),
      // Counted from 1, as in the documented example; of a page without items nothing is documented, and here it is [0, 0].
      ItemRange: items.length > 0 ? [skipped + 1, skipped + items.length] : [0, 0],
      NextPageKey: null,
    },
    Items: items,
  };
}

/** A search finds its text anywhere in the ID. */
function searchOf(query: URLSearchParams): (configuration: Configuration) => boolean {
  const unknown = wordsOf(query, 'searchOn').find((property) => property !== 'ID');
  if (unknown !== undefined)
    throw refused(400, 'List.InvalidSearchProperty', `${unknown} is not searchable.`, unknown);
  const isLike = likenessTo(`*${query.get('search') ?? ''}*`);
  return ({ ID }) => isLike(ID);
}

/** No two IDs are the same, so that the first word decides. */
function orderOf(query: URLSearchParams): (one: Configuration, other: Configuration) => number {
  const words = wordsOf(query, 'sortBy');
  const unknown = words.find((word) => !/^!?ID$/.test(word));
  if (unknown !== undefined)
    throw refused(400, 'List.InvalidSortProperty', `${unknown} is not sortable.`, unknown);
  const direction = words[0] === '!ID' ? -1 : 1;
  return (one, other) => compareIds(one.ID, other.ID) * direction;
}

function wordsOf(query: URLSearchParams, name: string): string[] {
  return query
    .getAll(name)
    .flatMap((words) => words.split(','))
    .filter(Boolean);
}

function integerOf(query: URLSearchParams, name: string, usual: number): number {
  const text = query.get(name) ?? String(usual);
  if (!/^-?\d{1,9}$/.test(text)) throw invalidType(name, 'a whole number of at most nine digits'); // longer ones overflow
  return Number(text);
}
