/** A list of texts as Python prints it. A group name that stands for several values is such a text. */
export function printedList(items: readonly string[]): string {
  return `[${items.map(printed).join(', ')}]`;
}

function printed(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`);
  return quote + inner + quote;
}

/** The texts in a printed list, as JSON or as Python prints it; undefined if it is not a list of texts. */
export function textsIn(text: string): string[] | undefined {
  const list = text.trim();
  if (!list.startsWith('[') || !list.endsWith(']')) return undefined;
  const inner = list.slice(1, -1).trim();
  const item = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(?:,|$)/sy;
  const texts: string[] = [];
  while (item.lastIndex < inner.length) {
    const found = item.exec(inner);
    if (!found) return undefined;
    texts.push((found[1] ?? found[2] ?? '').replace(/\\(.)/gs, '$1'));
  }
  return texts;
}
