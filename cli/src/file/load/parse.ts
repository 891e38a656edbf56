import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Node,
} from 'yaml';
import { type Located, listOf, mapOf } from './located.ts';
import type { FileProblem, Path, Position } from './problems.ts';
import { quoted } from './problems.ts';
import { syntaxProblems } from './syntax.ts';

/** How many values a file may have with its aliases replaced, so that a few nested ones do not fill the memory. */
const MAX_VALUES = 100_000;

/** How deep values may be nested. */
const MAX_DEPTH = 50;

/** Reads YAML 1.2, of which JSON is a part. Gives what it could read, if anything, and adds what is wrong to `problems`. */
export function parseText(
  text: string,
  file: string,
  problems: FileProblem[],
): Located | undefined {
  const lines = new LineCounter();
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const report = (offset: number, path: Path, message: string): void => {
    problems.push({ ...place(offset), path, message });
  };
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    // Ours has the line of the first, and takes no time that grows with the square of their number.
    uniqueKeys: false,
  });
  for (const { offset, message } of syntaxProblems(text, document))
    report(offset, [], `This ${message}`);
  if (document.errors.length > 0) return undefined;
  const { contents } = document as Document;
  if (contents === null) {
    report(0, [], 'The file is empty.');
    return undefined;
  }

  const anchors = new Map<string, Located>();
  const locate = (node: Node, path: Path, at: Position): Located => {
    const located = locateContent(node, path, at);
    if (!isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, located);
    return located;
  };
  const nothing = (at: Position): Located => ({ kind: 'scalar', at, size: 1, value: null });
  const locateContent = (node: Node, path: Path, at: Position): Located => {
    const offset = node.range?.[0] ?? 0;
    if (path.length > MAX_DEPTH) {
      report(offset, path, 'This is nested too deeply.');
      return nothing(at);
    }
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target) return { ...target, at };
      report(offset, path, 'This alias is inside of what it stands for.');
      return nothing(at);
    }
    if (isSeq<Node>(node))
      return listOf(
        node.items.map((item, index) =>
          locate(item, [...path, index], place(item.range?.[0] ?? offset)),
        ),
        at,
      );
    if (isMap<Node, Node | null>(node)) {
      const entries = new Map<string, Located>();
      for (const { key, value } of node.items) {
        const keyOffset = key.range?.[0] ?? offset;
        const name = isScalar(key) ? String(key.value) : undefined;
        if (name === undefined || name === '__proto__') {
          report(keyOffset, path, 'This is not a name that a field can have.');
          continue;
        }
        const first = entries.get(name);
        if (first) report(keyOffset, [...path, name], duplicate(name, path, first.at));
        const keyAt = place(keyOffset);
        entries.set(name, value ? locate(value, [...path, name], keyAt) : nothing(keyAt));
      }
      return mapOf(entries, at);
    }
    const value: unknown = isScalar(node) ? node.value : null;
    return { kind: 'scalar', at, size: 1, value: scalarOf(value) };
  };

  const root = locate(contents, [], place(contents.range?.[0] ?? 0));
  if (root.size <= MAX_VALUES) return root;
  report(0, [], `The file has more than ${MAX_VALUES} values, with its aliases replaced.`);
  return undefined;
}

/** Keys below a secret are not named: one of them may be the secret. */
function duplicate(name: string, path: Path, first: Position): string {
  const shown = path.includes('connectClientSecret') ? 'The field' : quoted(name);
  return `${shown} is there twice, first in line ${first.line}.`;
}

function scalarOf(value: unknown): string | number | boolean | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  // With the core schema only a large integer could come here, and this parser makes a number of it.
  return null;
}
