import { LineCounter, parseDocument } from 'yaml';

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

/** Reads YAML. The library takes time to load, so this file is loaded on demand. Issues have no text of the document. */
export function readYaml(text: string): Yaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0)
    return {
      issues: document.errors.map(({ code, pos: [at] }) => ({
        line: lines.linePos(at).line,
        message: `is no YAML (${code})`,
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
  } catch {
    return { issues: [{ line: 1, message: 'has too many aliases' }] };
  }
}
