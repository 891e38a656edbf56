import * as z from 'zod';
import type { Snapshot } from '../../domain/fingerprint.ts';
import { id } from '../../domain/primitives.ts';
import type {
  Operation,
  OperationFacts,
  ReadOperation,
  Subject,
} from '../../transport/operation.ts';
import { confirmEqual, confirmGone } from '../../transport/exchange/read-back.ts';

/** Id of an identity provider or a mapping, which is also its name. */
export const federationId = id(
  /^[A-Za-z0-9_-]{1,64}$/,
  '1 to 64 letters, digits, hyphens and underscores',
);

/** Links of a list. Lists have one page. If there is a next page, the response is refused, so that a partial list never looks complete. */
export const onePage = z.object({ next: z.null().optional() }).optional();

/** The empty body of a response to a deletion. */
export const nothing = z.undefined();

/** The sentence about required rights in the description of a root field. */
export function needs(action: string): string {
  return `Requires the Security Administrator role or the action iam:identityProviders:${action}.`;
}

/** The schema's values in a table of schema and wire values. */
export function wordsOf<Word extends string>(table: Readonly<Record<Word, string>>): Word[] {
  return Object.keys(table) as Word[];
}

/** The schema's value for a wire value. The types ensure that the table has all values. */
export function wordFor<Word extends string, Value extends string>(
  table: Readonly<Record<Word, Value>>,
  value: Value,
): Word {
  return wordsOf(table).find((word) => table[word] === value) as Word;
}

/** The key that identifies an object. */
type Key<Name extends string> = Readonly<Record<Name, string>>;

/** An operation that creates or changes a resource. */
interface Write<Args, Stored> extends Pick<OperationFacts<Args>, 'fields' | 'needs'> {
  readonly body: (args: Args) => object;
  /** Fields whose stored value differs from what the write asks for. */
  readonly differences: (args: Args, stored: Stored) => readonly string[];
}

/** A resource of the `/v3` API. */
interface Resource<Name extends string, Draft, Patch, Wire, Stored> extends Pick<
  Operation<Key<Name>, Wire, Stored>,
  'response' | 'isAbout' | 'result' | 'whole'
> {
  /** The noun in names, e.g. `IdentityProvider`. */
  readonly noun: string;
  /** The noun in messages, e.g. `identity provider`. */
  readonly label: string;
  /** The field that identifies an object. */
  readonly key: Name;
  readonly subject: (key: Key<Name>) => Subject;
  /** The id has been checked by its pattern, so it can be used as a path segment without escaping. */
  readonly path: (id: string) => string;
  readonly snapshotOf: (stored: Stored) => Snapshot;
  readonly create: Write<Draft, Stored>;
  readonly update: Write<Patch, Stored>;
  /** The GraphQL selection of fields that a write may have changed. */
  readonly selection: string;
}

/** Statuses of a deletion: 204 is documented, but some of these APIs send 200. */
const DELETED = [200, 204];

/**
 * The operations of a resource of the `/v3` API. Its PUT is a create operation, which fails with a conflict if it is
 * repeated, so only reads and deletions may be repeated.
 */
export function operationsOf<
  Name extends string,
  Draft extends Key<Name>,
  Patch extends Key<Name>,
  Wire,
  Stored,
>(resource: Resource<Name, Draft, Patch, Wire, Stored>) {
  const { noun, label, key, path, snapshotOf, selection } = resource;
  const { response, isAbout, result, subject, whole } = resource;
  const facts = { subject, ...(whole && { whole }) };
  const one = { ...facts, response, result, ...(isAbout && { isAbout }) };
  const keyIn = (args: Key<Name>) => ({ [key]: args[key] }) as Key<Name>;
  const verifyWith = (args: Key<Name>) =>
    `query { huawei${noun}(${key}: ${JSON.stringify(args[key])}) { __typename ... on Huawei${noun}Success { huawei${noun} { ${selection} fingerprint } } ... on OidcError { code message } } }`;
  const current = async (args: Key<Name>, read: ReadOperation) =>
    snapshotOf(await read(get, keyIn(args)));

  const get: Operation<Key<Name>, Wire, Stored> = {
    ...one,
    name: `get${noun}`,
    purpose: `read the ${label}`,
    effect: 'read',
    repeatable: true,
    fields: [key],
    request: (args) => ({ method: 'GET', path: path(args[key]) }),
  };
  const writing = <Args extends Key<Name>>(
    { body, differences, ...others }: Write<Args, Stored>,
    method: 'PUT' | 'PATCH',
  ) =>
    ({
      ...one,
      ...others,
      effect: 'write',
      repeatable: false,
      request: (args: Args) => ({ method, path: path(args[key]), body: body(args) }),
      readBack: (args: Args, read: ReadOperation) =>
        confirmEqual(read(get, keyIn(args)), (found) => differences(args, found), snapshotOf),
      verifyWith,
    }) as const;
  const create: Operation<Draft, Wire, Stored> = {
    ...writing(resource.create, 'PUT'),
    name: `create${noun}`,
    purpose: `create the ${label}`,
    claims: subject,
  };
  const update: Operation<Patch, Wire, Stored> = {
    ...writing(resource.update, 'PATCH'),
    name: `update${noun}`,
    purpose: `update the ${label}`,
    current,
  };
  const remove: Operation<Key<Name>, undefined, Key<Name>> = {
    ...facts,
    name: `delete${noun}`,
    purpose: `delete the ${label}`,
    effect: 'write',
    repeatable: true,
    fields: [key],
    request: (args) => ({ method: 'DELETE', path: path(args[key]) }),
    response: nothing,
    doneBy: DELETED,
    result: (_wire, args) => keyIn(args),
    whenGone: keyIn,
    readBack: (args, read) => confirmGone(read(get, keyIn(args)), keyIn(args), snapshotOf),
    current,
    verifyWith,
  };
  return { get, create, update, remove };
}
