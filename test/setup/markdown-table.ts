/** The rows of the tables in a text of Markdown, with their cells; those below the heading of each table. */
export function tableRows(markdown: string): string[][] {
  const rows = markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .replace(/^\| | \|$/g, '')
        .split(/ \| /)
        .map((cell) => cell.trim()),
    );
  return rows.filter((row, index) => !isLine(row) && !isLine(rows[index + 1] ?? []));
}

/** Whether it is the line below the heading of a table. */
function isLine(row: readonly string[]): boolean {
  return row.length > 0 && row.every((cell) => /^:?-+:?$/.test(cell));
}
