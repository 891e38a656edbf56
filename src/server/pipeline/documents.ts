import { GraphQLError, Source, specifiedRules, validate } from 'graphql';
import type { ASTVisitor, DocumentNode, GraphQLSchema, ValidationContext } from 'graphql';
import { LRUCache } from 'lru-cache';
import { documentLimitRules, parserWithin } from '../limits/document-limits.ts';
import type { DocumentLimits } from '../../config/limit-settings.ts';
import { scan, valueOf } from './fast-path/literals.ts';
import type { Literal, Scanned } from './fast-path/literals.ts';
import { maskSyntaxError, maskValidationErrors } from './mask-errors.ts';
import { markOwn } from '../../graph/own-errors.ts';
import { templateOf } from './fast-path/parameterize.ts';
import type { Template } from './fast-path/parameterize.ts';

export interface DocumentsOptions {
  readonly schema: GraphQLSchema;
  readonly limits: DocumentLimits;
  /** Whether documents may ask for the schema, and get suggestions for names that it does not have. */
  readonly introspection: boolean;
}

/** A document, and everything that does not depend on its variables. */
export interface PreparedDocument {
  readonly document: DocumentNode;
  /** The reasons why it is not executed; empty if it is. The messages contain no values from the document. */
  readonly errors: readonly GraphQLError[];
  /** The literals of the text that was sent, if the document is shared by all texts that differ only in literals; otherwise null. */
  readonly literals: LiftedLiterals | null;
}

/** The literals of one text. */
export interface LiftedLiterals {
  /** Values by the names of the variables. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Moves an error to its position in the text that was sent. */
  readonly relocate: (error: GraphQLError) => GraphQLError;
}

/** Reads documents. Work that depends only on the text is done once per text. */
export interface Documents {
  /** @throws GraphQLError if the text is not a document; its message contains no part of the text */
  readonly prepare: (text: string) => PreparedDocument;
  /** Like `prepare`, but once for all texts that differ only in literals, such as those that routers send. */
  readonly prepareShared: (text: string) => PreparedDocument;
  /** The errors of a document that `prepare` returned. */
  readonly errorsOf: (document: DocumentNode) => readonly GraphQLError[];
}

/** Maximum total length of the texts whose documents are cached, in characters. One client's documents need only a fraction of it. */
const MAX_CHARACTERS = 4_000_000;

/** A document takes far more memory than its text, so short texts count as this many characters. */
const MIN_CHARACTERS = 2_000;

/** Maximum total length of texts seen once, in characters. A document is cached only when it arrives for the second time, so that a flood of new ones does not push out those in use. */
const MAX_SEEN_CHARACTERS = 1_000_000;

/** Maximum number of invalid documents in a separate cache. The fast path looks one up first, then Yoga, which reports the errors. */
const MAX_INVALID = 50;

/** Maximum number of errors reported for a document. Each takes 100 µs, and more would not help. */
const MAX_ERRORS = 10;

/** The template of a normalized text, with the literals of the text that it was made from. */
interface Shape {
  readonly template: Template;
  readonly literals: readonly Literal[];
}

function cache<Value extends object | true>(maxSize: number, min: number) {
  return new LRUCache<string, Value>({
    maxSize,
    sizeCalculation: (_value, text) => Math.max(min, text.length),
  });
}

export function createDocuments({ schema, limits, introspection }: DocumentsOptions): Documents {
  const seen = cache<true>(MAX_SEEN_CHARACTERS, 100);
  const kept = cache<PreparedDocument>(MAX_CHARACTERS, MIN_CHARACTERS);
  const invalid = new LRUCache<string, PreparedDocument>({ max: MAX_INVALID });
  /** For each normalized text, which of its literals become variables; empty if none of them can. */
  const masks = cache<readonly boolean[]>(MAX_CHARACTERS, MIN_CHARACTERS);
  /** The keys are normalized texts followed by the literals that do not become variables. */
  const shapes = cache<Shape>(MAX_CHARACTERS, MIN_CHARACTERS);
  const errorsOf = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  const parse = parserWithin(limits);
  const limitRules = [
    ...(introspection ? [] : [NoIntrospectionRule]),
    ...documentLimitRules(limits),
  ];

  const check = (document: DocumentNode): readonly GraphQLError[] => {
    // The cheap rules come first: there is no point in running the others on a document that exceeds a limit.
    const limitErrors = validate(schema, document, limitRules);
    const errors =
      limitErrors.length > 0
        ? limitErrors
        : validate(schema, document, specifiedRules, {
            maxErrors: MAX_ERRORS,
            hideSuggestions: !introspection,
          });
    return errors.length === 0
      ? errors
      : maskValidationErrors(errors, { document, schema, suggestions: introspection });
  };

  /** Whether this key has been seen before. */
  const isRepeated = (key: string): boolean => seen.delete(key) || (seen.set(key, true), false);

  const prepare = (text: string): PreparedDocument => {
    const known = kept.get(text) ?? invalid.get(text);
    if (known !== undefined) return known;
    let result: PreparedDocument;
    try {
      const document = parse(text);
      result = { document, errors: check(document), literals: null };
    } catch (error) {
      throw maskSyntaxError(error);
    }
    errorsOf.set(result.document, result.errors);
    if (result.errors.length > 0) invalid.set(text, result);
    else if (isRepeated(text)) kept.set(text, result);
    return result;
  };

  /** Reads a text for which there is no template. If its normalized text has been seen before, creates a template for later texts. */
  const prepareFirst = (text: string, scanned: Scanned): PreparedDocument => {
    const result = prepare(text);
    if (result.errors.length > 0 || !isRepeated(scanned.normalizedText)) return result;
    const template = templateOf(schema, result.document, scanned.literals);
    const mask = template?.variables.map((name) => name !== null) ?? [];
    masks.set(scanned.normalizedText, mask);
    if (template !== null)
      shapes.set(keyOf(text, scanned, mask), { template, literals: scanned.literals });
    return result;
  };

  return {
    prepare,
    prepareShared: (text) => {
      const known = kept.get(text);
      if (known !== undefined) return known;
      const scanned = scan(text);
      if (scanned === null || scanned.literals.length === 0) return prepare(text);
      const mask = masks.get(scanned.normalizedText);
      if (mask?.length === 0) return prepare(text);
      const shape = mask === undefined ? undefined : shapes.get(keyOf(text, scanned, mask));
      const literals = shape === undefined ? null : lift(text, scanned.literals, shape);
      if (shape === undefined || literals === null) return prepareFirst(text, scanned);
      return { document: shape.template.document, errors: [], literals };
    },
    errorsOf: (document) => errorsOf.get(document) ?? check(document),
  };
}

/** The key of all texts with the same template. No document can contain the separator. */
function keyOf(
  text: string,
  { normalizedText, literals }: Scanned,
  mask: readonly boolean[],
): string {
  let key = normalizedText;
  for (const [index, { start, end }] of literals.entries())
    if (mask[index] !== true) key += `\0${text.slice(start, end)}`;
  return key;
}

/** The literals of a text as variables of the template; null if one of them has no value. */
function lift(
  text: string,
  literals: readonly Literal[],
  { template, literals: templateLiterals }: Shape,
): LiftedLiterals | null {
  const values: Record<string, unknown> = {};
  for (const [index, name] of template.variables.entries()) {
    const literal = literals[index];
    if (name === null || literal === undefined) continue;
    const value = valueOf(text, literal);
    if (value === undefined) return null;
    values[name] = value;
  }
  return { values, relocate: (error) => relocated(error, text, literals, templateLiterals) };
}

/** Shifts an error's position by the difference in length between the literals before it and those of the template. */
function relocated(
  error: GraphQLError,
  text: string,
  literals: readonly Literal[],
  templateLiterals: readonly Literal[],
): GraphQLError {
  const positions = error.positions?.map((position) => {
    const before = templateLiterals.findLastIndex(({ end }) => end <= position);
    return position + (literals[before]?.end ?? 0) - (templateLiterals[before]?.end ?? 0);
  });
  const { message, path, originalError, extensions } = error;
  return new GraphQLError(message, {
    source: new Source(text),
    positions: positions ?? null,
    path: path ?? null,
    originalError: originalError ?? null,
    extensions,
  });
}

/** Root fields that return the schema, as data or as text. */
const SCHEMA_FIELDS = new Set(['__schema', '__type', '_service']);

function NoIntrospectionRule(context: ValidationContext): ASTVisitor {
  return {
    Field: (node) => {
      if (
        SCHEMA_FIELDS.has(node.name.value) &&
        context.getParentType() === context.getSchema().getQueryType()
      )
        context.reportError(
          markOwn(
            new GraphQLError(
              'Introspection is turned off here; the operator of the gateway can turn it on (INTROSPECTION).',
              { nodes: node },
            ),
          ),
        );
    },
  };
}
