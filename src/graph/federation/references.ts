import { GraphQLError } from 'graphql';
import type { ValueNode } from 'graphql';
import { NotFoundError, OidcError } from '../../domain/errors.ts';
import type { InvalidInputError } from '../../domain/errors.ts';
import { invalidInput } from '../../domain/parse.ts';
import { refusalOf } from '../authorization.ts';
import type { GatewayContext } from '../context.ts';
import { beginRootField, readsOf } from '../edges/reads.ts';
import { exactId, inexactId } from '../scalars/exact-ids.ts';
import { markOwn } from '../own-errors.ts';
import type { Entity } from './entity.ts';

/** Maximum number of references per allowed object: routers may send the same one many times. */
const REFERENCES_PER_OBJECT = 10;

/** The objects that a request has referred to, over all its fields. */
interface Reading {
  references: number;
  /** Objects that have been read, or are being read, by type and id. */
  readonly objects: Map<string, Promise<object | GraphQLError | null>>;
}

const readings = new WeakMap<GatewayContext, Reading>();

function readingOf(context: GatewayContext): Reading {
  const reading = readings.get(context) ?? {
    references: 0,
    objects: new Map(),
  };
  readings.set(context, reading);
  return reading;
}

/**
 * Reads each object once, however many references there are, and a few objects at the same time.
 * @param types records the type of each object that is returned
 * @throws GraphQLError if the caller may not read, or refers to too many objects
 */
export function resolveReferences(
  representations: readonly unknown[],
  entities: ReadonlyMap<string, Entity>,
  context: GatewayContext,
  { types, maxObjects }: { readonly types: WeakMap<object, string>; readonly maxObjects: number },
): Promise<(object | null)[]> {
  // Checked before any work per reference: a caller who may not read must not cause it.
  const reading = readingOf(context);
  const { objects } = reading;
  beginRootField(context.progress, false);
  const { slots } = readsOf(context);
  reading.references += representations.length;
  if (reading.references > maxObjects * REFERENCES_PER_OBJECT)
    throw tooMany(reading.references, 'references', maxObjects * REFERENCES_PER_OBJECT);
  const refusal = refusalOf(context, 'oidc:read');
  if (refusal !== null) throw failure(refusal);
  const readers = new Map<string, (id: string) => Promise<object>>();
  const references = representations.map((representation) => referenceOf(representation, entities));
  const count = new Set([...objects.keys(), ...references.map(({ name }) => name)]).size;
  if (count > maxObjects) throw tooMany(count, 'objects', maxObjects);

  return Promise.all(
    references.map(async ({ name, typeName, id, inexact }) => {
      const declaration = entities.get(typeName);
      if (inexact) return markOwn(inexactId());
      if (declaration === undefined || id === null)
        return failure(invalidReference(declaration?.key ?? '__typename'));
      const read =
        objects.get(name) ??
        slots
          .run(async () => {
            const reader = readers.get(typeName) ?? declaration.open(context);
            readers.set(typeName, reader);
            const value = await reader(id);
            types.set(value, typeName);
            return value;
          })
          .catch((error: unknown) => {
            if (error instanceof NotFoundError && error.attested) return null;
            if (error instanceof OidcError) return failure(error);
            // Returned, not thrown: an unexpected error fails this reference and not all of them.
            return error instanceof Error
              ? error
              : new Error('A value that is not an Error was thrown.', { cause: error });
          });
      objects.set(name, read);
      return read;
    }),
  );
}

/** A parsed reference. */
interface Reference {
  readonly typeName: string;
  /** Null if the key is missing. */
  readonly id: string | null;
  /** Whether the key is a number that may differ from the one that was sent. */
  readonly inexact: boolean;
  /** Equal for references to the same object. */
  readonly name: string;
}

function referenceOf(representation: unknown, entities: ReadonlyMap<string, Entity>): Reference {
  const { typeName, id, inexact } = keyOf(representation, entities);
  return { typeName, id, inexact, name: JSON.stringify([typeName, id]) };
}

/** Leaves out `name`, which takes longer than everything else, because all references are checked, however many. */
function keyOf(
  representation: unknown,
  entities: ReadonlyMap<string, Entity>,
): Omit<Reference, 'name'> {
  const fields = (
    typeof representation === 'object' && representation !== null ? representation : {}
  ) as Readonly<Record<string, unknown>>;
  const given = fields['__typename'];
  const typeName = typeof given === 'string' ? given : '';
  const name = entities.get(typeName)?.key;
  const key = name === undefined ? undefined : fields[name];
  const id = typeof key === 'string' ? key : typeof key === 'number' ? exactId(key) : null;
  return { typeName, id, inexact: typeof key === 'number' && id === null };
}

/** The representation unchanged. @throws GraphQLError if its key is a number that may differ from the one that was sent */
export function checked(
  representation: unknown,
  entities: ReadonlyMap<string, Entity>,
  node?: ValueNode,
): unknown {
  if (keyOf(representation, entities).inexact) throw inexactId(node);
  return representation;
}

function invalidReference(field: string): InvalidInputError {
  return invalidInput({
    path: [field],
    code: 'REQUIRED',
    message: 'A reference must have the name of an entity type in __typename, and its key.',
    source: 'GATEWAY',
  });
}

function tooMany(count: number, what: 'objects' | 'references', most: number): GraphQLError {
  const message = `The request has ${count} ${what}; at most ${most} are allowed, because each object costs as much as a query for it. Nothing was read for this field. Request fewer, or ask the operator of the gateway to raise LIMIT_COST.`;
  return markOwn(new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED' } }));
}

/** The only place where an `OidcError` becomes a GraphQL error: a reference has no result union. */
function failure({ message, code }: OidcError): GraphQLError {
  return markOwn(new GraphQLError(message, { extensions: { code } }));
}
