/** How many IDs a list is asked for, and how long the text of all of them is. A page has at most 100 items. */
const MAX_IDS = 50;
const MAX_LENGTH = 3_000;

/*
 * OrderCloud's filters have operators in the value: `*` stands for anything, `|` is "or", and `!`, `<` and `>` at the
 * beginning negate and compare. No way to escape them is documented, so a value that contains one cannot be searched for.
 */
const SIGN = /[*|]|^[!<>]/;

/** Whether a filter can search for this text literally. */
export function isFilterValue(value: string): boolean {
  return !SIGN.test(value);
}

/** The query string of a list of the objects with these IDs. */
export function idQuery(ids: readonly string[]): string {
  return `?ID=${encodeURIComponent(ids.join('|'))}&pageSize=100`;
}

/** Divides IDs into those that one list finds. */
export function idBatches(ids: readonly string[]): string[][] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let length = 0;
  for (const id of ids) {
    // A list cannot find it.
    if (!isFilterValue(id)) {
      batches.push([id]);
      continue;
    }
    const added = encodeURIComponent(`|${id}`).length;
    if (batch.length === 0 || batch.length === MAX_IDS || length + added > MAX_LENGTH) {
      batch = [];
      batches.push(batch);
      length = 0;
    }
    batch.push(id);
    length += added;
  }
  return batches;
}
