import type { GraphQLObjectType } from 'graphql';
import type { GatewayContext } from '../context.ts';
import { keyedBy } from '../keys.ts';

/** How references to an object type are resolved. */
export interface Entity<Value extends object = object> {
  /** The field of type `ID` that identifies objects of the type. */
  readonly key: string;
  /**
   * Opens a reader with the credentials of the request.
   * @throws OidcError
   */
  readonly open: (context: GatewayContext) => (id: string) => Promise<Value>;
}

/** Declares an object type as an entity, for the `extensions` of the type. */
export function entity<Value extends object>(
  declaration: Entity<Value>,
): { readonly entity: Entity<Value>; readonly key: string } {
  return { entity: declaration, ...keyedBy(declaration.key) };
}

/** Declares a field that a supergraph may leave out, for the `extensions` of the field. */
export const SENSITIVE = { tag: 'sensitive' } as const;

/** The declaration that `entity` made. */
export function entityOf({ extensions }: GraphQLObjectType): Entity | undefined {
  return extensions['entity'] as Entity | undefined;
}
