import { aboutScope, refusalOf } from '../authorization.ts';
import type { TypeOf } from '../builder.ts';
import { declaredError } from '../errors.ts';
import type { Graph } from '../graph.ts';
import { COST_OF_CALL, COST_OF_LISTED } from '../root-fields/cost.ts';
import type { Found } from '../root-fields/resource.ts';
import { readsOf } from './reads.ts';
import type { EdgeId } from './reads.ts';
import type { Target } from './target.ts';

const SCOPE = 'oidc:read';

/** Reads an object as an edge does. */
export type Follow = <View extends object>(
  target: Target<View>,
  id: EdgeId,
) => Promise<Found<View> | null>;

/** A field that leads from an object to another one, which has to be read. */
export interface Edge<Owner extends object, View extends object> {
  readonly description: string;
  readonly to: Target<View>;
  /** The id of the other object. `follow`: for an id that another object has. */
  readonly idOf: (owner: Owner, follow: Follow) => EdgeId;
  /** How many calls `idOf` may make; none if left out. */
  readonly callsForId?: number;
}

/** An object type whose objects can be read, as edges read them. */
export interface Readable<View extends object> {
  readonly type: TypeOf<View>;
  readonly target: Target<View>;
}

/** Marks, in a field's `extensions`, an edge. */
const EDGE = { edge: true } as const;

/** Whether a field was added by `addEdge`. */
export function isEdge({
  extensions,
}: {
  readonly extensions: Readonly<Record<string, unknown>>;
}): boolean {
  return extensions['edge'] === true;
}

/** Adds an edge to an object type. Its result is the union of the query for the other object. */
export function addEdge<Owner extends object, View extends object>(
  { builder }: Graph,
  owner: Readable<Owner>,
  name: string,
  { description, to, idOf, callsForId = 0 }: Edge<Owner, View>,
): void {
  const type: typeof to.result = to.result;
  const cost = (to.list === null ? COST_OF_CALL : COST_OF_LISTED) + callsForId * COST_OF_CALL;
  builder.objectField(owner.type, name, (t) =>
    t.field({
      type,
      nullable: true,
      description: `${description} ${aboutScope(SCOPE)}`,
      extensions: { ...EDGE, cost },
      resolve: async (self, _args, context) => {
        const { progress } = context;
        try {
          const refusal = refusalOf(context, SCOPE);
          if (refusal !== null) throw refusal;
          const reads = readsOf(context);
          // So that an edge back to it reads nothing.
          reads.prime(owner.target, self);
          return await reads.load(
            to,
            idOf(self, (target, id) => reads.load(target, id)),
          );
        } catch (error) {
          return declaredError(error, to.errors, progress) as Found<View>;
        }
      },
    }),
  );
}
