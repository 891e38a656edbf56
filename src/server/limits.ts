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
import { COST, Measurer } from './limits-measure.ts';

/** What a document may ask for. Each holds for every operation of it, executed or not; a fragment counts as often as it is spread. */
export interface DocumentLimits {
  /**
   * Fields inside of each other; fragments add none by themselves. Below `__schema` and `__type`, where tools nest
   * deeply, at least 20 are allowed.
   */
  readonly depth: number;
  /** Fields with an alias, `__typename` among them. */
  readonly aliases: number;
  /** Tokens of the whole document: names, values and punctuation, commas and comments left out. */
  readonly tokens: number;
  /** Directives on the operation, on its variables, on fields, and on fragments and their spreads. */
  readonly directives: number;
  /**
   * The sum over all fields, in microseconds of processor time, roughly: 150 for a root field, which is a call to an upstream;
   * 2 for a field with fields of its own, 10 for a field with arguments, such as a link, 1 for any other, unless the field declares what it costs. What is selected
   * of a page counts, with 12 more, as often as the page may have items; what is selected of another list of objects counts 5 times. Of introspection,
   * the list of all types is 1,000, any other list 120, and what is in lists counts once. Each object that `_entities` refers to is as much as a root field of queries.
   */
  readonly cost: number;
  /** How often an operation may run the same mutation field: that is how many writes of one kind. Aliases make no other field of it. */
  readonly repeatedWrites: number;
}

/**
 * About twice what the largest single field takes with everything selected, and more than a whole introspection query
 * takes. Ten and more objects can be read in one operation, and some be written.
 */
export const DEFAULT_LIMITS: DocumentLimits = {
  depth: 10,
  aliases: 20,
  tokens: 1000,
  directives: 50,
  cost: 5000,
  repeatedWrites: 5,
};

/** Objects that a request may refer to in `_entities`. One is always allowed, like the field itself. */
export function mostReferences({ cost }: Pick<DocumentLimits, 'cost'>): number {
  return Math.max(1, Math.floor(cost / COST.query));
}

/** Fields inside of each other that introspection always has; the usual introspection query takes 14. */
const INTROSPECTION_DEPTH = 20;

/** A number that is told; larger ones are only what fragments multiply to. */
const MOST_TOLD = 1e9;

/** The rules to validate documents with, beside those of GraphQL itself. They hold for invalid documents too, and throw for none. */
export function documentLimitRules(limits: DocumentLimits): readonly ValidationRule[] {
  /** Limits of one operation. */
  function DocumentLimitsRule(context: ValidationContext): ASTVisitor {
    const measurer = new Measurer(context, limits.repeatedWrites + 1);
    const mostIntrospection = Math.max(limits.depth, INTROSPECTION_DEPTH);
    return {
      OperationDefinition(operation) {
        const { depth, introspectionDepth, aliases, directives, cost, writes } =
          measurer.measure(operation);
        const check = (found: number, most: number, fault: string, variable: string) => {
          if (found <= most) return;
          const told = found > MOST_TOLD ? `over ${MOST_TOLD}` : String(found);
          context.reportError(
            limitError(`The operation ${fault}: ${told}, where ${most} is the most.`, variable, {
              nodes: operation,
            }),
          );
        };
        check(depth, limits.depth, 'is nested too deeply', 'LIMIT_DEPTH');
        check(
          introspectionDepth,
          mostIntrospection,
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
              `The operation runs ${field} too often; the most is ${limits.repeatedWrites}.`,
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

/** What graphql-js throws where a document has more tokens than `maxTokens`: a syntax error like any other, but for its words. */
const TOO_MANY_TOKENS = /^Syntax Error: Document contains more tha[tn] \d{1,9} tokens\./;

/** The parser of graphql-js for documents within the limit of tokens: a longer one is not read to its end. */
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

/** Whether an error was made here: its message holds no more of a document than names of the schema. */
export function isLimitError(error: unknown): boolean {
  return error instanceof GraphQLError && made.has(error);
}

const made = new WeakSet<GraphQLError>();

function limitError(what: string, variable: string, place: GraphQLErrorOptions): GraphQLError {
  const error = new GraphQLError(
    `${what} Ask for less, or let the operator of the gateway raise ${variable}.`,
    { ...place, extensions: { code: 'LIMIT_EXCEEDED' } },
  );
  made.add(error);
  return error;
}
