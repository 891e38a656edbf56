import { GraphQLError, parse } from 'graphql';
import type {
  ASTVisitor,
  DocumentNode,
  GraphQLErrorOptions,
  ParseOptions,
  Source,
  ValidationContext,
  ValidationRule,
} from 'graphql';
import type { DocumentLimits } from '../../config/limit-settings.ts';
import { markOwn } from '../../graph/own-errors.ts';
import { COST, Measurer } from './operation-cost.ts';

/** How many objects `_entities` may refer to. One is always allowed, like the field itself. */
export function maxReferences({ cost }: Pick<DocumentLimits, 'cost'>): number {
  return Math.max(1, Math.floor(cost / COST.root));
}

/** Minimum depth that is allowed in introspection. The usual introspection query has 14. */
const INTROSPECTION_DEPTH = 20;

/** The largest number in a message. Larger ones only come from nested fragments. */
const MAX_SHOWN = 1e9;

/** Validation rules in addition to those of GraphQL. They also work on invalid documents, and never throw. */
export function documentLimitRules(limits: DocumentLimits): readonly ValidationRule[] {
  /** The limits of one operation. */
  function DocumentLimitsRule(context: ValidationContext): ASTVisitor {
    const measurer = new Measurer(context, limits.repeatedWrites + 1);
    const maxIntrospectionDepth = Math.max(limits.depth, INTROSPECTION_DEPTH);
    return {
      OperationDefinition(operation) {
        const { depth, introspectionDepth, aliases, directives, cost, writes } =
          measurer.measure(operation);
        const check = (found: number, max: number, excess: string, variable: string) => {
          if (found <= max) return;
          const shown = found > MAX_SHOWN ? `over ${MAX_SHOWN}` : String(found);
          context.reportError(
            limitError(`The operation ${excess}: ${shown}; the maximum is ${max}.`, variable, {
              nodes: operation,
            }),
          );
        };
        check(depth, limits.depth, 'is nested too deeply', 'LIMIT_DEPTH');
        check(
          introspectionDepth,
          maxIntrospectionDepth,
          'nests introspection too deeply',
          'LIMIT_DEPTH',
        );
        check(aliases, limits.aliases, 'has too many aliases', 'LIMIT_ALIASES');
        check(directives, limits.directives, 'has too many directives', 'LIMIT_DIRECTIVES');
        check(cost, limits.cost, 'costs too much', 'LIMIT_COST');
        for (const [field, keys] of writes) {
          if (keys.size <= limits.repeatedWrites) continue;
          context.reportError(
            limitError(
              `The operation runs ${field} too often; the maximum is ${limits.repeatedWrites}.`,
              'LIMIT_REPEATED_WRITES',
              { nodes: operation },
            ),
          );
        }
        return false;
      },
    };
  }
  return [DocumentLimitsRule];
}

/** The message of graphql-js if a document has more tokens than `maxTokens`; nothing else distinguishes it from other syntax errors. */
const TOO_MANY_TOKENS = /^Syntax Error: Document contains more tha[tn] \d{1,9} tokens\./;

/** The parser of graphql-js with the limit of tokens. It stops reading at the limit. */
export function parserWithin({
  tokens,
}: Pick<DocumentLimits, 'tokens'>): (
  source: string | Source,
  options?: ParseOptions,
) => DocumentNode {
  return (source, options) => {
    try {
      return parse(source, { ...options, maxTokens: tokens });
    } catch (error) {
      if (!(error instanceof GraphQLError) || !TOO_MANY_TOKENS.test(error.message)) throw error;
      throw limitError(`The document has more than ${tokens} tokens.`, 'LIMIT_TOKENS', {
        source: error.source ?? null,
        positions: error.positions ?? null,
      });
    }
  };
}

/** An error of a limit. Its message contains nothing from a document except names of the schema. */
function limitError(what: string, variable: string, place: GraphQLErrorOptions): GraphQLError {
  return markOwn(
    new GraphQLError(
      `${what} Request less, or ask the operator of the gateway to raise ${variable}.`,
      {
        ...place,
        extensions: { code: 'LIMIT_EXCEEDED' },
      },
    ),
  );
}
