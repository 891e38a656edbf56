import { getOperationAST } from 'graphql';
import type { DocumentNode, ExecutionArgs, ExecutionResult, GraphQLError, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../graph/context.ts';

/** A plugin of this gateway's server. */
export type GatewayPlugin = Plugin<GatewayContext, GatewayContext>;

/** What is being executed. */
export interface Execution {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: GatewayContext;
}

/** Gives the arguments of an execution their types: the plugin system hands them on as `any`. */
export function executionOf(args: unknown): Execution {
  const { schema, document, operationName, variableValues, contextValue } = args as ExecutionArgs;
  return {
    schema,
    document,
    operation: getOperationAST(document, operationName) ?? null,
    variables: variableValues ?? {},
    context: contextValue as GatewayContext,
  };
}

/** The errors of a result, whatever the plugin system calls its type: a stream of results has none of its own. */
export function errorsOf(result: unknown): readonly GraphQLError[] {
  return typeof result === 'object' && result !== null && 'errors' in result ? ((result as ExecutionResult).errors ?? []) : [];
}
