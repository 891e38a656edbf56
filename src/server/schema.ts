import { getNamedType, isUnionType, lexicographicSortSchema, printSchema } from 'graphql';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import type { GatewayContext } from '../graph/context.ts';
import { createGraph } from '../graph/graph.ts';
import type { Graph } from '../graph/graph.ts';
import type { Upstream } from '../transport/upstream.ts';

/** Builds the schema of a gateway over these upstreams. */
export function buildSchema(upstreams: readonly Upstream<Graph>[]): GraphQLSchema {
  const graph = createGraph(upstreams);
  for (const upstream of upstreams) upstream.registerSchema(graph);
  const schema = graph.builder.toSchema();
  recordOutcomes(schema);
  return schema;
}

/** The schema as text, sorted, so that two of them can be compared line by line. */
export function printSortedSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

/** Notes for the log which union member each root field gave. */
function recordOutcomes(schema: GraphQLSchema): void {
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      const type = getNamedType(field.type);
      const resolve: GraphQLFieldResolver<unknown, GatewayContext> | undefined = field.resolve;
      if (resolve === undefined || !isUnionType(type)) continue;
      field.resolve = async (source, args: Record<string, unknown>, context: GatewayContext, info) => {
        let member: string | null = null;
        try {
          const value: unknown = await resolve(source, args, context, info);
          const resolved: unknown = await type.resolveType?.(value, context, info, type);
          member = typeof resolved === 'string' ? resolved : null;
          return value;
        } finally {
          context.outcomes.push({ field: field.name, member });
        }
      };
    }
  }
}
