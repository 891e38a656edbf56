import type { GraphQLObjectType } from 'graphql';

/**
 * Declares the field, of type `ID!`, that tells objects of a type apart: for the `extensions` of the type. Clients that
 * cache objects need it, above all if it is not `id`. Types without it have no identity: their objects are parts of others.
 */
export function keyedBy(field: string): { readonly key: string } {
  return { key: field };
}

/** The field that tells objects of the type apart; undefined if they have no identity of their own. */
export function keyOf({ extensions }: GraphQLObjectType): string | undefined {
  return extensions['key'] as string | undefined;
}
