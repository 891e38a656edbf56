import { checkSync } from 'recheck';
import ts from 'typescript';
import type { SourceFile } from './floors.ts';

// In this process, in JavaScript: neither Java nor a program for one kind of machine.
process.env['RECHECK_BACKEND'] = 'pure';

/** A regular expression of the source. */
export interface Pattern {
  /** The file, and the text of the expression in it. */
  readonly path: string;
  readonly text: string;
  readonly source: string;
  readonly flags: string;
}

/** What stands for a part of a pattern that is known at run time only. */
export interface StandIn {
  readonly path: string;
  /** The expression in the source. */
  readonly expression: string;
  readonly value: string;
  /** Why no other value is worse. */
  readonly reason: string;
}

/**
 * Every regular expression of some files: literals, and what `RegExp` is called with, as far as that is text and constants of the file.
 * @param used is told each stand-in that was needed
 * @throws Error for a pattern that is made of anything else
 */
export function patternsOf(
  files: readonly SourceFile[],
  standIns: readonly StandIn[],
  used: (standIn: StandIn) => void = () => undefined,
): Pattern[] {
  return files.flatMap(({ path, text }) => {
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    const constants = constantsOf(file);
    const found: Pattern[] = [];

    const textOf = (node: ts.Expression): string => {
      if (ts.isStringLiteralLike(node)) return node.text;
      if (ts.isTemplateExpression(node))
        return (
          node.head.text +
          node.templateSpans
            .map(({ expression, literal }) => textOf(expression) + literal.text)
            .join('')
        );
      if (
        ts.isTaggedTemplateExpression(node) &&
        node.tag.getText() === 'String.raw' &&
        ts.isNoSubstitutionTemplateLiteral(node.template)
      )
        return node.template.rawText ?? '';
      const constant = ts.isIdentifier(node) ? constants.get(node.text) : undefined;
      if (constant !== undefined) return textOf(constant);
      const standIn = standIns.find(
        (each) => each.path === path && each.expression === node.getText(),
      );
      if (standIn === undefined)
        throw new Error(
          `${path} makes a pattern of ${node.getText()}, which is known at run time only`,
        );
      used(standIn);
      return standIn.value;
    };

    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const end = node.text.lastIndexOf('/');
        found.push({
          path,
          text: node.text,
          source: node.text.slice(1, end),
          flags: node.text.slice(end + 1),
        });
      } else if (
        (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
        /^(?:globalThis\.)?RegExp$/.test(node.expression.getText())
      ) {
        const [source, flags] = node.arguments ?? [];
        if (source === undefined || !ts.isRegularExpressionLiteral(source)) {
          found.push({
            path,
            text: node.getText(),
            source: source === undefined ? '' : textOf(source),
            flags: flags === undefined ? '' : textOf(flags),
          });
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    return found;
  });
}

/** The constants at the top of a file, by name. */
function constantsOf(file: ts.SourceFile): ReadonlyMap<string, ts.Expression> {
  const constants = new Map<string, ts.Expression>();
  for (const statement of file.statements) {
    if (
      !ts.isVariableStatement(statement) ||
      !(statement.declarationList.flags & ts.NodeFlags.Const)
    )
      continue;
    for (const { name, initializer } of statement.declarationList.declarations)
      if (ts.isIdentifier(name) && initializer !== undefined) constants.set(name.text, initializer);
  }
  return constants;
}

/** Repetitions of more than this count as unbounded: of a character, and of a group. */
const MAX_BOUND = 300;
const MAX_GROUPS = 4;

/**
 * A pattern with shorter repetitions. A bounded one makes a search longer by a constant factor at most, while the automaton of a checker grows with it;
 * two or three rounds show all that can follow on what. One of a group counts as unbounded: repetitions in repetitions multiply.
 */
export function shortened(source: string): string {
  return source.replaceAll(
    /\\u\{|\\.|\[(?:[^\]\\]|\\.)*\]|\{(\d+)(?:(,)(\d*))?\}/g,
    (
      whole: string,
      min: string | undefined,
      comma: string | undefined,
      max: string | undefined,
      offset: number,
    ) => {
      if (min === undefined) return whole;
      const least = Math.min(Number(min), 2);
      const most = comma === undefined ? Number(min) : max === '' ? Infinity : Number(max);
      if (most > MAX_BOUND || (source.charAt(offset - 1) === ')' && most > MAX_GROUPS))
        return `{${least},}`;
      return comma === undefined ? `{${least}}` : `{${least},${Math.min(most, 3)}}`;
    },
  );
}

/**
 * Whether a pattern takes linear time at a glance: nothing in it repeats without a bound, or one character class does, once, in a pattern that is tried at one
 * place alone. A checker needs seconds for some of these.
 */
export function isPlainlyLinear(source: string, flags: string): boolean {
  const bare = shortened(source).replaceAll(/\\[pu]\{[^}]*\}|\\.|\[(?:[^\]\\]|\\.)*\]/g, 'x');
  const unbounded = bare.match(/[*+]|\{\d+,\}/g)?.length ?? 0;
  if (unbounded === 0) return true;
  const once =
    (bare.startsWith('^') && !flags.includes('m') && !hasTopLevelAlternatives(bare)) ||
    flags.includes('y');
  return unbounded === 1 && once && !/\)(?:[*+]|\{)/.test(bare);
}

/** How long a pattern may take, in words; `linear` if the time grows with the text alone. */
export function complexityOf(source: string, flags: string): string {
  // Its other checker tries texts at random, which finds slow patterns that are none.
  const found = checkSync(shortened(source), flags, { checker: 'automaton', timeout: null });
  if (found.status === 'unknown') return `not known: ${found.error.kind}`;
  return found.status === 'safe' ? 'linear' : found.complexity.summary;
}

function hasTopLevelAlternatives(bare: string): boolean {
  let depth = 0;
  for (const char of bare) {
    if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === '|' && depth === 0) return true;
  }
  return false;
}
