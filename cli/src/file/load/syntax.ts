import { type Document, visit, type YAMLError } from 'yaml';

/** What is wrong with a text that is not YAML. The message goes on after "This". */
export interface SyntaxProblem {
  readonly offset: number;
  readonly message: string;
}

type Code = YAMLError['code'];

const UNEXPECTED =
  'is not expected here. Look for a missing quotation mark, bracket or comma, and at the indentation.';
const INDENTED = 'is indented wrongly.';
const NO_COLON = 'has no ": " after the name of a field.';

/** What a text has alone. After other errors, the parser finds errors that only follow from them. */
const ALONE: Partial<Record<Code, string>> = {
  BAD_ALIAS: 'is an alias without its anchor. Put text that begins with * in quotation marks.',
  BAD_DQ_ESCAPE: 'is an unknown escape in double quotation marks. Use single ones.',
  BAD_SCALAR_START: 'begins with a character that text may only have in quotation marks.',
  TAG_RESOLVE_FAILED: 'has an unknown tag. Put text that begins with ! in quotation marks.',
};

const OTHERS: Partial<Record<Code, string>> = {
  BAD_INDENT: INDENTED,
  BLOCK_AS_IMPLICIT_KEY: INDENTED,
  BLOCK_IN_FLOW: 'needs a comma after it, or quotation marks.',
  MISSING_CHAR: 'misses a character, such as a closing quotation mark, bracket or comma.',
  MULTILINE_IMPLICIT_KEY: NO_COLON,
  MULTIPLE_DOCS: 'begins a second document. A file has only one.',
  NON_STRING_KEY: 'is a key that is not text.',
  RESOURCE_EXHAUSTION: 'is nested too deeply.',
  TAB_AS_INDENT: 'is indented with a tab. Use spaces.',
  UNEXPECTED_TOKEN: UNEXPECTED,
};

const UNCLOSED = 'Missing closing ';

/** What the parser's message says more than its code, by how it begins. */
const DETAILS: readonly (readonly [Code, string, string])[] = [
  ['BAD_INDENT', 'Flow ', 'is indented wrongly, or a bracket or brace before it is not closed.'],
  ['BLOCK_AS_IMPLICIT_KEY', 'Nested ', 'needs quotation marks, because it has ": " in it.'],
  ['MISSING_CHAR', 'Implicit ', NO_COLON],
  ['MISSING_CHAR', UNCLOSED, 'begins with a quotation mark that is never closed.'],
  ['MISSING_CHAR', 'Sequence item ', INDENTED],
];

const GOES_ON =
  'goes on in the next line, because that is indented further than this one. Indent both lines alike.';

/** What tools for versions leave in a file. */
const CONFLICT = /^[<>]{7}(?: |\r?$)/m;

/**
 * What is wrong, up to the first error that others may follow from. The messages of the parser are not shown, because they quote the
 * line, which may have a secret: one that begins with `*` or `!` is taken for an alias or a tag.
 */
export function syntaxProblems(text: string, document: Document.Parsed): SyntaxProblem[] {
  const { errors, warnings } = document;
  const conflict = errors.length === 0 ? null : CONFLICT.exec(text);
  if (conflict)
    return [{ offset: conflict.index, message: 'is a mark of a merge conflict. Resolve it.' }];
  const quotations = quotationsOf(document);
  const found = [...errors, ...warnings]
    .map((error) => {
      const [offset] = error.pos;
      // The parser reports a quotation that is not closed at its end.
      return { error, offset: isUnclosed(error) ? (quotations.get(offset) ?? offset) : offset };
    })
    .sort((one, other) => one.offset - other.offset);
  const first = found.findIndex(({ error }) => ALONE[error.code] === undefined);
  const shown = first === -1 ? found : found.slice(0, first + 1);
  return shown.map(({ error, offset }) => ({ offset, message: messageOf(error, errors) }));
}

function messageOf({ code, message, pos }: YAMLError, errors: readonly YAMLError[]): string {
  const detail = DETAILS.find(([of, begin]) => of === code && message.startsWith(begin));
  if (detail?.[0] === 'BLOCK_AS_IMPLICIT_KEY') {
    const goesOn = errors.some(
      (other) => other.code === 'MULTILINE_IMPLICIT_KEY' && other.pos[0] === pos[0],
    );
    if (goesOn) return GOES_ON;
  }
  return detail?.[2] ?? ALONE[code] ?? OTHERS[code] ?? `is not valid YAML (${code}).`;
}

function isUnclosed({ message }: YAMLError): boolean {
  return message.startsWith(UNCLOSED);
}

/** Where texts in quotation marks begin, by where they end. */
function quotationsOf(document: Document.Parsed): ReadonlyMap<number, number> {
  const starts = new Map<number, number>();
  if (document.errors.some(isUnclosed))
    visit(document, {
      Scalar: (_key, { type, range }) => {
        if (type?.startsWith('QUOTE_') && range) starts.set(range[1], range[0]);
      },
    });
  return starts;
}
