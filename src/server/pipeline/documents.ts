import { specifiedRules, validate } from 'graphql';
import type { ASTVisitor, DocumentNode, GraphQLError, GraphQLSchema, ValidationContext } from 'graphql';
import { LRUCache } from 'lru-cache';
import { documentLimitRules, parserWithin } from '../limits.ts';
import type { DocumentLimits } from '../limits.ts';
import { introspectionError, safeSyntaxError, safeValidationErrors } from './safe-errors.ts';

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
}

/** Reads documents; what depends on the text alone is done once for a text. */
export interface Documents {
  /** @throws GraphQLError where the text is no document; its message holds nothing of it */
  readonly prepare: (text: string) => PreparedDocument;
  /** The faults of a document that `prepare` gave. */
  readonly faultsOf: (document: DocumentNode) => readonly GraphQLError[];
}

/** Characters of texts that are remembered: those of the documents that one has, many times over. */
const MOST_CHARACTERS = 4_000_000;

/** A text has a document that takes far more memory than it does; so short ones count for more. */
const LEAST_CHARACTERS = 2_000;

export function createDocuments({ schema, limits, introspection }: DocumentsOptions): Documents {
  const prepared = new LRUCache<string, PreparedDocument>({ maxSize: MOST_CHARACTERS, sizeCalculation: (_value, text) => Math.max(LEAST_CHARACTERS, text.length) });
  const faults = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  const parse = parserWithin(limits);
  const limitRules = [...(introspection ? [] : [NoIntrospectionRule]), ...documentLimitRules(limits)];

  const check = (document: DocumentNode): readonly GraphQLError[] => {
    // First what is cheap: a document that asks for too much is not worth more.
    const beyond = validate(schema, document, limitRules);
    const errors = beyond.length > 0 ? beyond : validate(schema, document, specifiedRules);
    return errors.length === 0 ? errors : safeValidationErrors(errors, document, schema, { suggestions: introspection });
  };

  return {
    prepare: (text) => {
      const known = prepared.get(text);
      if (known !== undefined) return known;
      let result: PreparedDocument;
      try {
        const document = parse(text);
        result = { document, faults: check(document) };
      } catch (error) {
        throw safeSyntaxError(error);
      }
      faults.set(result.document, result.faults);
      prepared.set(text, result);
      return result;
    },
    faultsOf: (document) => faults.get(document) ?? check(document),
  };
}

/** Root fields that give the schema, as data or as text. */
const SCHEMA_FIELDS = new Set(['__schema', '__type', '_service']);

function NoIntrospectionRule(context: ValidationContext): ASTVisitor {
  return {
    Field: (node) => {
      if (SCHEMA_FIELDS.has(node.name.value) && context.getParentType() === context.getSchema().getQueryType()) context.reportError(introspectionError(node));
    },
  };
}
