import { GraphQLError, Source, specifiedRules, validate } from 'graphql';
import type { ASTVisitor, DocumentNode, GraphQLSchema, ValidationContext } from 'graphql';
import { LRUCache } from 'lru-cache';
import { documentLimitRules, parserWithin } from '../limits.ts';
import type { DocumentLimits } from '../limits.ts';
import { scan, valueOf } from './literals.ts';
import type { Literal, Scanned } from './literals.ts';
import { introspectionError, safeSyntaxError, safeValidationErrors } from './safe-errors.ts';
import { templateOf } from './template.ts';
import type { Template } from './template.ts';

export interface DocumentsOptions {
  readonly schema: GraphQLSchema;
  readonly limits: DocumentLimits;
  /** Whether documents may ask for the schema, and get suggestions for names that it does not have. */
  readonly introspection: boolean;
}

/** A document, and everything that can be said of it without its variables. */
export interface PreparedDocument {
  readonly document: DocumentNode;
  /** Why it is not executed; none where it is. The messages hold no value of it. */
  readonly faults: readonly GraphQLError[];
  /** Where the document stands for others, which differ from it in literals alone: those of the text that was sent. */
  readonly literals: LiftedLiterals | null;
}

/** The literals of one text. */
export interface LiftedLiterals {
  /** By the names of the variables. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The same error at its place in the text that was sent. */
  readonly relocate: (error: GraphQLError) => GraphQLError;
}

/** Reads documents; what depends on the text alone is done once for a text. */
export interface Documents {
  /** @throws GraphQLError where the text is no document; its message holds nothing of it */
  readonly prepare: (text: string) => PreparedDocument;
  /** Like `prepare`, once for all texts that differ in literals alone, such as routers send. */
  readonly prepareShared: (text: string) => PreparedDocument;
  /** The faults of a document that `prepare` gave. */
  readonly faultsOf: (document: DocumentNode) => readonly GraphQLError[];
}

/** Characters of texts whose documents are kept: those of the documents that one has, many times over. */
const MOST_CHARACTERS = 4_000_000;

/** A text has a document that takes far more memory than it does; so short ones count for more. */
const LEAST_CHARACTERS = 2_000;

/** Characters of texts that came once. Only what comes again is kept: a flood of documents takes nothing from those in use. */
const MOST_SEEN_CHARACTERS = 1_000_000;

/** Documents with faults that are kept, apart from all others: the common way in reads one, and then Yoga does, which says what is wrong. */
const MOST_FAULTY = 50;

/** Faults of a document that are told. Each takes 100 µs, and nobody mends more at once. */
const MOST_FAULTS = 10;

/** The template of a skeleton, with the literals of the text that it was made of. */
interface Shape {
  readonly template: Template;
  readonly literals: readonly Literal[];
}

function cache<Value extends object | true>(maxSize: number, least: number) {
  return new LRUCache<string, Value>({
    maxSize,
    sizeCalculation: (_value, text) => Math.max(least, text.length),
  });
}

export function createDocuments({ schema, limits, introspection }: DocumentsOptions): Documents {
  const seen = cache<true>(MOST_SEEN_CHARACTERS, 100);
  const kept = cache<PreparedDocument>(MOST_CHARACTERS, LEAST_CHARACTERS);
  const faulty = new LRUCache<string, PreparedDocument>({ max: MOST_FAULTY });
  /** By skeleton: which of its literals are lifted; none where that cannot be done. */
  const masks = cache<readonly boolean[]>(MOST_CHARACTERS, LEAST_CHARACTERS);
  /** By skeleton, with the literals that stay. */
  const shapes = cache<Shape>(MOST_CHARACTERS, LEAST_CHARACTERS);
  const faults = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  const parse = parserWithin(limits);
  const limitRules = [
    ...(introspection ? [] : [NoIntrospectionRule]),
    ...documentLimitRules(limits),
  ];

  const check = (document: DocumentNode): readonly GraphQLError[] => {
    // First what is cheap: a document that asks for too much is not worth more.
    const beyond = validate(schema, document, limitRules);
    const errors =
      beyond.length > 0
        ? beyond
        : validate(schema, document, specifiedRules, {
            maxErrors: MOST_FAULTS,
            hideSuggestions: !introspection,
          });
    return errors.length === 0
      ? errors
      : safeValidationErrors(errors, { document, schema, suggestions: introspection });
  };

  /** Whether it comes again; from now on it does. */
  const comesAgain = (key: string): boolean => seen.delete(key) || (seen.set(key, true), false);

  const prepare = (text: string): PreparedDocument => {
    const known = kept.get(text) ?? faulty.get(text);
    if (known !== undefined) return known;
    let result: PreparedDocument;
    try {
      const document = parse(text);
      result = { document, faults: check(document), literals: null };
    } catch (error) {
      throw safeSyntaxError(error);
    }
    faults.set(result.document, result.faults);
    if (result.faults.length > 0) faulty.set(text, result);
    else if (comesAgain(text)) kept.set(text, result);
    return result;
  };

  /** Reads a text of a skeleton that has no template for it; where it comes again, makes one for the next. */
  const prepareFirst = (text: string, scanned: Scanned): PreparedDocument => {
    const result = prepare(text);
    if (result.faults.length > 0 || !comesAgain(scanned.skeleton)) return result;
    const template = templateOf(schema, result.document, scanned.literals);
    const mask = template?.variables.map((name) => name !== null) ?? [];
    masks.set(scanned.skeleton, mask);
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
      const mask = masks.get(scanned.skeleton);
      if (mask?.length === 0) return prepare(text);
      const shape = mask === undefined ? undefined : shapes.get(keyOf(text, scanned, mask));
      const literals = shape === undefined ? null : lift(text, scanned.literals, shape);
      if (shape === undefined || literals === null) return prepareFirst(text, scanned);
      return { document: shape.template.document, faults: [], literals };
    },
    faultsOf: (document) => faults.get(document) ?? check(document),
  };
}

/** What documents with the same template have in common. No document can have the character that stands between. */
function keyOf(text: string, { skeleton, literals }: Scanned, mask: readonly boolean[]): string {
  let key = skeleton;
  for (const [index, { start, end }] of literals.entries())
    if (mask[index] !== true) key += `\0${text.slice(start, end)}`;
  return key;
}

/** The literals of a text as variables of the template; null where one of them has no value there. */
function lift(
  text: string,
  literals: readonly Literal[],
  { template, literals: own }: Shape,
): LiftedLiterals | null {
  const values: Record<string, unknown> = {};
  for (const [index, name] of template.variables.entries()) {
    const literal = literals[index];
    if (name === null || literal === undefined) continue;
    const value = valueOf(text, literal);
    if (value === undefined) return null;
    values[name] = value;
  }
  return { values, relocate: (error) => relocated(error, text, literals, own) };
}

/** Moves an error by as much as the literals before it are longer than those of the template. */
function relocated(
  error: GraphQLError,
  text: string,
  literals: readonly Literal[],
  own: readonly Literal[],
): GraphQLError {
  const positions = error.positions?.map((position) => {
    const before = own.findLastIndex(({ end }) => end <= position);
    return position + (literals[before]?.end ?? 0) - (own[before]?.end ?? 0);
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

/** Root fields that give the schema, as data or as text. */
const SCHEMA_FIELDS = new Set(['__schema', '__type', '_service']);

function NoIntrospectionRule(context: ValidationContext): ASTVisitor {
  return {
    Field: (node) => {
      if (
        SCHEMA_FIELDS.has(node.name.value) &&
        context.getParentType() === context.getSchema().getQueryType()
      )
        context.reportError(introspectionError(node));
    },
  };
}
