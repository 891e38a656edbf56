import { getOperationAST } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { compilePlan } from './plan/plan.ts';
import type { Plan } from './plan/plan.ts';

/** What is known of the operations of one document, by their names. Null: it has no plan. */
type Plans = Map<string, Plan | null | 'EXECUTED_ONCE'>;

/**
 * Gives the plan of an operation, from the second time on: making one takes 5 µs and memory, which is lost where the
 * document never comes again; each execution by it saves 13 µs. Plans live as long as their documents do.
 */
export function createPlans(
  schema: GraphQLSchema,
): (request: {
  readonly document: DocumentNode;
  readonly operationName: string | null | undefined;
}) => Plan | null {
  const documents = new WeakMap<DocumentNode, Plans>();
  return ({ document, operationName }) => {
    const name = operationName ?? '';
    const plans: Plans = documents.get(document) ?? (new Map() as Plans);
    const known = plans.get(name);
    if (known !== undefined && known !== 'EXECUTED_ONCE') return known;
    const operation = known === undefined ? undefined : getOperationAST(document, operationName);
    const plan =
      operation === undefined || operation === null
        ? null
        : compilePlan(schema, document, operation);
    documents.set(document, plans.set(name, known === undefined ? 'EXECUTED_ONCE' : plan));
    return plan;
  };
}
