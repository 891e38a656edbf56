import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../docs/performance.md', import.meta.url);
const BEGIN = '<!-- result: begin -->';
const END = '<!-- result: end -->';

/** Writes a report between the markers of `docs/performance.md`; people write the rest. */
export function writeIntoDocument(report: string): void {
  writeFileSync(FILE, withResult(readFileSync(FILE, 'utf8'), report));
}

/** A document with a new result between its markers. @throws if they are missing */
export function withResult(document: string, report: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin === -1 || end < begin)
    throw new Error(`the document has no place for the result: ${BEGIN} … ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n${report}\n${document.slice(end)}`;
}
