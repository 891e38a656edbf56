import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../docs/performance.md', import.meta.url);
const BEGIN = '<!-- result: begin -->';
const END = '<!-- result: end -->';

/** Puts a report between the markers of `docs/performance.md`; all else there is written by hand. */
export function writeIntoDocument(report: string): void {
  writeFileSync(FILE, withResult(readFileSync(FILE, 'utf8'), report));
}

/** A document with another result between its markers. @throws where they are missing */
export function withResult(document: string, report: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin === -1 || end < begin)
    throw new Error(`the document has no place for the result: ${BEGIN} … ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n${report}\n${document.slice(end)}`;
}
