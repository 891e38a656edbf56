import type { z } from 'zod';
import { parseInput } from '../../domain/parse.ts';
import type { Operation } from '../../transport/operation.ts';
import type { OpenSession, Session } from '../../transport/upstream.ts';
import type { TypeOf } from '../builder.ts';
import type { ErrorType } from '../errors.ts';
import type { Graph } from '../graph.ts';
import { optionsOf } from '../root-fields/options.ts';
import { fieldNameOf } from '../root-fields/resource.ts';
import type { Found, Resource } from '../root-fields/resource.ts';

/** Opens the session of a request with an upstream, or returns the one that is open. @throws OidcError */
export type Sessions = <Settings>(open: OpenSession<Settings>) => Session<Settings>;

/** How one call reads several objects. What it does not find is read by its id. */
export interface ListRead<Settings, Stored> {
  /** Divides distinct ids into those that one call reads. Those that no list can find stand alone. */
  readonly batches: (ids: readonly string[]) => readonly (readonly string[])[];
  /** Reads the objects with these ids, or more, by id. */
  readonly read: (
    session: Session<Settings>,
    ids: readonly string[],
  ) => Promise<ReadonlyMap<string, Stored>>;
  /** Whether it needs another right than reading one object, so that one may be denied and not the other. */
  readonly hasOwnRight: boolean;
}

/** Objects that edges lead to. */
export interface Target<View extends object> {
  /** The union of a success with the object and its errors. */
  readonly result: ReturnType<typeof addResult<View>>;
  readonly errors: readonly ErrorType[];
  /** The id of an object. */
  readonly idOf: (view: View) => string;
  /** Reads one object. @throws OidcError */
  readonly read: (sessions: Sessions, id: string) => Promise<Found<View>>;
  /** Whether an id can be sent. Ids are stored in other objects, where any text may be. */
  readonly canRead: (id: string) => boolean;
  /** Null if only one object can be read at a time. */
  readonly list:
    | (Omit<ListRead<never, never>, 'read'> & {
        readonly read: (
          sessions: Sessions,
          ids: readonly string[],
        ) => Promise<ReadonlyMap<string, Found<View>>>;
      })
    | null;
  /** What an edge gives for an object that the request knows already. */
  readonly known: (view: View) => Found<View>;
}

/** The union that the query for an object and all edges to it return. */
function addResult<View extends object>(
  { builder }: Graph,
  name: string,
  description: string,
  success: TypeOf<Found<View>>,
  errors: readonly ErrorType[],
) {
  return builder.errorUnion(name, {
    description,
    types: [...errors, success],
    // Errors say themselves what they are.
    resolveType: () => success,
  });
}

/**
 * Adds the result of reading an object, for its query and for edges.
 * @param options `about`: what gives the result, where no query has the noun's name
 */
export function addTarget<
  Settings,
  Stored extends object,
  View extends Stored,
  Key extends string,
  Args,
  Wire,
>(
  graph: Graph,
  resource: Resource<Settings, Stored, View, Key>,
  operation: Operation<Args, Wire, Stored>,
  {
    schema,
    success,
    list,
    about = fieldNameOf(resource),
  }: {
    /** Of an object with the key. */
    readonly schema: z.ZodType<Args>;
    readonly success: TypeOf<Found<View>>;
    readonly list?: ListRead<Settings, Stored>;
    readonly about?: string;
  },
): Target<View> {
  const { noun, key, open, viewOf, warnings } = resource;
  const { errors } = optionsOf(about, operation, key);
  // A caller who may read an object need not have the rights to read those that its edges lead to.
  const reading = { ...operation, mayBeDenied: true };
  const found = (stored: Stored, session: Session<Settings>) => ({
    object: viewOf(stored, session),
    warnings: [...warnings(stored)],
  });
  return {
    result: addResult(graph, `${noun}Result`, errors.union.description, success, errors.types),
    errors: errors.types,
    idOf: (view) => String((view as Readonly<Record<string, unknown>>)[key]),
    read: async (sessions, id) => {
      const session = sessions(open);
      const { value } = await session.call(reading, parseInput(schema, { [key]: id }));
      return found(value, session);
    },
    canRead: (id) => schema.safeParse({ [key]: id }).success,
    list:
      list === undefined
        ? null
        : {
            ...list,
            read: async (sessions, ids) => {
              const session = sessions(open);
              const entries = [...(await list.read(session, ids))];
              return new Map(entries.map(([id, stored]) => [id, found(stored, session)]));
            },
          },
    known: (view) => ({ object: view, warnings: [...warnings(view)] }),
  };
}
