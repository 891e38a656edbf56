import {
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isUnionType,
  lexicographicSortSchema,
} from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { keyOf } from '../src/graph/keys.ts';

/** What an object type of the schema needs in a cache. */
interface TypePolicy {
  readonly keyFields: readonly string[] | false;
  readonly merge?: true;
}

/** What Apollo Client's `InMemoryCache` has to know about a schema, as plain data. */
export interface ClientCacheConfig {
  /** Members of unions and interfaces, by name. */
  readonly possibleTypes: Readonly<Record<string, readonly string[]>>;
  readonly typePolicies: Readonly<Record<string, TypePolicy>>;
}

/** The configuration of a client's cache that goes with a schema, sorted. */
export function clientCacheConfig(schema: GraphQLSchema): ClientCacheConfig {
  const sorted = lexicographicSortSchema(schema);
  const roots = [sorted.getQueryType(), sorted.getMutationType()];
  const types = Object.values(sorted.getTypeMap()).filter((type) => !isIntrospectionType(type));
  return {
    possibleTypes: Object.fromEntries(
      types
        .filter((type) => isUnionType(type) || isInterfaceType(type))
        .map((type) => [
          type.name,
          sorted
            .getPossibleTypes(type)
            .map(({ name }) => name)
            .sort(),
        ]),
    ),
    typePolicies: Object.fromEntries(
      types.filter(isObjectType).flatMap((type): [string, TypePolicy][] => {
        if (roots.includes(type)) return [];
        const key = keyOf(type);
        // What has no identity is a part of what it is read with. Two queries that select different fields of it complete each other.
        if (key === undefined) return [[type.name, { keyFields: false, merge: true }]];
        // The caches take `id` by themselves, and then also an object whose `id` is not selected.
        return key === 'id' ? [] : [[type.name, { keyFields: [key] }]];
      }),
    ),
  };
}

/** The configuration as the text of a JSON file. */
export function printClientCacheConfig(schema: GraphQLSchema): string {
  return `${JSON.stringify(clientCacheConfig(schema), null, 2)}\n`;
}
