import type { TypeOf } from '../builder.ts';
import type { Graph } from '../graph.ts';
import { fieldNameOf } from './resource.ts';
import type { Found, Resource } from './resource.ts';

/** Adds the type of a success that returns one object. @param verb the beginning of its name */
export function addFound<View extends object>(
  { builder, OidcSuccess }: Graph,
  resource: Pick<Resource<never, never, View, string>, 'noun' | 'about' | 'type'>,
  verb: 'Create' | 'Save' | 'Update' | '',
  description: string,
): TypeOf<Found<View>> {
  const type: TypeOf<object> = resource.type;
  return builder.objectRef<Found<View>>(`${verb}${resource.noun}Success`).implement({
    description,
    interfaces: [OidcSuccess],
    fields: (t) => ({
      [fieldNameOf(resource)]: t.field({
        type,
        description: resource.about,
        resolve: ({ object }) => object,
      }),
    }),
  });
}
