import { isDeepStrictEqual } from 'node:util';
import {
  Document,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { plainOf } from '../load/located.ts';
import { parseText } from '../load/parse.ts';
import type { OidcConfigEntry, OpenIdConnectEntry } from '../schema.ts';
import { nodeOf, safeText, SCALARS, STYLE } from './to-yaml.ts';

/** What is added to a file. */
export type Addition = (
  | { readonly list: 'openIdConnects'; readonly entry: OpenIdConnectEntry }
  | { readonly list: 'oidcConfigs'; readonly entry: OidcConfigEntry }
) & {
  /** An issuer that the file does not have yet. */
  readonly issuer: { readonly name: string; readonly url: string } | null;
};

/** Text that is inserted at an offset. */
interface Insertion {
  readonly offset: number;
  readonly text: string;
}

/**
 * The text of a file that can be parsed, with an entry at the end of its list. Everything that was there stays as it was: comments, blank lines, quotation
 * marks. Only a file whose lists or maps are in brackets or braces, or that is JSON, is written anew.
 */
export function withEntry(text: string, addition: Addition): string {
  const wanted = added(dataOf(text), addition);
  for (const change of [asJson, inserted, rewritten]) {
    const changed = change(text, addition);
    if (changed !== undefined && isDeepStrictEqual(dataOf(changed), wanted)) return changed;
  }
  throw new Error('The entry cannot be added to the file.');
}

type Data = Readonly<Record<string, unknown>>;

/** What a file says; undefined if it is not YAML. */
function dataOf(text: string): unknown {
  const problems: Parameters<typeof parseText>[2] = [];
  const located = parseText(text, '', problems);
  return located === undefined || problems.length > 0 ? undefined : plainOf(located);
}

function added(file: unknown, { list, entry, issuer }: Addition): unknown {
  const data = file as Data;
  const entries = (data[list] ?? []) as readonly unknown[];
  const issuers = (data['issuers'] ?? {}) as Data;
  return {
    ...data,
    ...(issuer !== null && { issuers: { ...issuers, [issuer.name]: { url: issuer.url } } }),
    [list]: [...entries, JSON.parse(JSON.stringify(entry)) as unknown],
  };
}

/** A file that is JSON stays JSON. */
function asJson(text: string, addition: Addition): string | undefined {
  try {
    return `${JSON.stringify(added(JSON.parse(text), addition), null, 2)}\n`;
  } catch {
    return undefined;
  }
}

/** The text with the new lines between those that it has; undefined if it is not a block of lines. */
function inserted(text: string, { list, entry, issuer }: Addition): string | undefined {
  const root = parseDocument(text, { stringKeys: true, uniqueKeys: false }).contents;
  if (!isMap<Node, Node | null>(root) || root.flow === true) return undefined;
  // Of two insertions at one place, the second one comes first in the text.
  const insertions = [
    insertion(text, root, list, [entry]),
    issuer === null
      ? undefined
      : insertion(text, root, 'issuers', { [issuer.name]: { url: issuer.url } }),
  ].filter((one) => one !== undefined);
  if (insertions.length < (issuer === null ? 1 : 2)) return undefined;
  return insertions
    .toSorted((one, other) => other.offset - one.offset)
    .reduce(
      (changed, { offset, text: lines }) =>
        changed.slice(0, offset) + lines + changed.slice(offset),
      text,
    );
}

/** Where the new items of a field of the file go, and how they are written. */
function insertion(
  text: string,
  root: YAMLMap<Node, Node | null>,
  field: string,
  items: object,
): Insertion | undefined {
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const asLines = (value: unknown, path: readonly string[], indent: string): string =>
    linesOf(value, path)
      .map((line) => (line === '' ? '' : indent + line) + lineBreak)
      .join('');
  const at = (offset: number, indent: string, lines: string, withBlank: boolean): Insertion => {
    const end = endOfBlock(text, offset, indent.length);
    const missing = end === 0 || text[end - 1] === '\n' ? '' : lineBreak;
    return { offset: end, text: missing + (withBlank ? lineBreak : '') + lines };
  };
  const rootIndent = indentOf(text, root);
  const pairOf = (name: string) =>
    root.items.find(({ key }) => isScalar(key) && key.value === name);
  const pair = pairOf(field);
  // Issuers come before the entries that name them.
  const before = pair ?? (field === 'issuers' ? pairOf('version') : undefined) ?? root.items.at(-1);
  const end = before && endOfPair(before);
  if (rootIndent === undefined || end === undefined) return undefined;
  if (pair === undefined)
    return at(end, rootIndent, asLines({ [field]: items }, [], rootIndent), true);
  const { value } = pair;
  if (isEmpty(value, text)) {
    const indent = `${rootIndent}  `;
    return at(end, rootIndent, asLines(items, [field], indent), false);
  }
  if ((!isSeq(value) && !isMap(value)) || value.flow === true) return undefined;
  const indent = indentOf(text, value);
  return indent === undefined
    ? undefined
    : at(end, indent, asLines(items, [field], indent), isSeq(value) && hasBlankLines(text, value));
}

function linesOf(value: unknown, path: readonly string[]): string[] {
  const document = new Document(null, SCALARS);
  document.contents = nodeOf(document, value, path);
  return safeText(document.toString(STYLE)).trimEnd().split('\n');
}

/** What stands before the first item; undefined if that is more than space. */
function indentOf(text: string, { range }: Node): string | undefined {
  const start = range?.[0] ?? 0;
  const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  return /^ *$/.test(before) ? before : undefined;
}

/** Where the last thing in a node ends. */
function endOf(node: Node | null): number | undefined {
  if (isMap<Node, Node | null>(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return last && endOfPair(last);
  }
  if (isSeq<Node>(node) && node.flow !== true) return endOf(node.items.at(-1) ?? null);
  return node?.range?.[1];
}

function endOfPair({ key, value }: Pair<Node, Node | null>): number | undefined {
  return endOf(value) ?? key.range?.[1];
}

/** A field with nothing after its colon. */
function isEmpty(value: Node | null, text: string): boolean {
  if (value === null) return true;
  const [start = 0, end = 0] = value.range ?? [];
  return isScalar(value) && value.value === null && text.slice(start, end).trim() === '';
}

/** The start of the line after a block: after its last line, and after comments that are indented as what is in it. */
function endOfBlock(text: string, offset: number, indent: number): number {
  let end = afterLine(text, offset);
  for (let next = end; next < text.length;) {
    const line = text.slice(next, afterLine(text, next + 1));
    const [, space = '', comment] = /^( *)(#)?/.exec(line) ?? [];
    const isComment = comment !== undefined && space.length > indent;
    if (!isComment && line.trim() !== '') break;
    next += line.length;
    if (isComment) end = next;
  }
  return end;
}

/** The start of the line after the one that an offset is in, or the offset itself if a line begins there. */
function afterLine(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === '\n') return offset;
  const lineBreak = text.indexOf('\n', offset);
  return lineBreak < 0 ? text.length : lineBreak + 1;
}

/** Whether there are blank lines between entries. With one entry there are to be some. */
function hasBlankLines(text: string, { items }: YAMLSeq): boolean {
  const [before, last] = items.slice(-2) as Node[];
  if (!before || !last) return true;
  const [end = 0, start = 0] = [endOf(before), last.range?.[0]];
  return /\n[ \t]*\r?\n/.test(text.slice(end, start));
}

/** The file as the `yaml` package writes it, with its comments. */
function rewritten(text: string, { list, entry, issuer }: Addition): string | undefined {
  const document = parseDocument(text, { stringKeys: true, uniqueKeys: false });
  if (!isMap(document.contents)) return undefined;
  const issuers = document.get('issuers');
  if (issuer !== null) {
    const { name, url } = issuer;
    if (isMap(issuers)) issuers.set(name, nodeOf(document, { url }, ['issuers', name]));
    else document.set('issuers', nodeOf(document, { [name]: { url } }, ['issuers']));
  }
  const entries = document.get(list);
  if (isSeq(entries)) entries.add(nodeOf(document, entry, [list, 0]));
  else document.set(list, nodeOf(document, [entry], [list]));
  return document.toString(STYLE);
}
