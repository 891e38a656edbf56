import { LineCounter, parseDocument, visit } from 'yaml';
import { visible } from '../../domain/text/visible.ts';

type Path = readonly PropertyKey[];

/** A YAML document, or what keeps it from being one. Lines begin with 1. */
export type Yaml =
  | { readonly issues: readonly { readonly line: number; readonly message: string }[] }
  | {
      readonly value: unknown;
      /** The line of a member or item, or of the nearest one around it that exists. */
      readonly lineAt: (path: Path) => number;
    };

/** A node of a document, as far as its line goes. Members of an object have keys, items of a list have none. */
interface Node {
  readonly range?: readonly [number, ...unknown[]] | null;
  readonly items?: readonly { readonly key?: (Node & { readonly value?: unknown }) | null }[];
}

/** What is usually wrong, by the codes of the library, whose own messages may have text of the document. */
const HINTS: Readonly<Partial<Record<string, string>>> = {
  BAD_INDENT: 'it is not indented as it must be, or a bracket is not closed',
  BAD_SCALAR_START: 'put a value that begins with this character in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'put a value that has a colon in quotes, or begin a new line',
  MISSING_CHAR: 'a quote, a bracket, a comma or a colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing, or it is not indented as it must be',
  MULTIPLE_DOCS: 'remove the line ---',
  TAB_AS_INDENT: 'indent with spaces, not with tabs',
};

/** Reads YAML. The library takes time to load, so this file is loaded on demand. Issues have no text of the document. */
export function readYaml(text: string): Yaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0)
    return {
      issues: document.errors.map(({ code, pos: [at] }) => ({
        line: lines.linePos(at).line,
        message:
          code === 'DUPLICATE_KEY'
            ? `has the key ${keyAt(text, at)} twice`
            : `is not valid YAML (${code}): ${HINTS[code] ?? 'it has something that is not allowed here'}`,
      })),
    };
  const nodeAt = (path: Path) => document.getIn(path, true) as Node | undefined;
  try {
    return {
      value: document.toJS(),
      lineAt: (path) => {
        for (let length = path.length; length > 0; length -= 1) {
          const around = nodeAt(path.slice(0, length - 1));
          const member = around?.items?.find(({ key }) => key?.value === path[length - 1]);
          const range = member?.key?.range ?? nodeAt(path.slice(0, length))?.range;
          if (range) return lines.linePos(range[0]).line;
        }
        return 1;
      },
    };
  } catch (error) {
    // Otherwise one that is used too often: see `maxAliasCount` of the library.
    const isUnknown = error instanceof ReferenceError && error.message.startsWith('Unresolved');
    if (!isUnknown) return { issues: [{ line: 1, message: 'has too many aliases' }] };
    let at = 0;
    visit(document, {
      Alias: (_key, alias) => {
        if (alias.resolve(document) !== undefined) return undefined;
        at = alias.range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
    return {
      issues: [
        {
          line: lines.linePos(at).line,
          message: 'has an alias without an anchor: put a value that begins with * in quotes',
        },
      ],
    };
  }
}

/** The key that begins here, as it is written. */
function keyAt(text: string, at: number): string {
  return visible(/^[^:\n]{1,100}/.exec(text.slice(at, at + 100))?.[0].trim() ?? '');
}
