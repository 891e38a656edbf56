import type { InputFieldMap } from '@pothos/core';
import type { z } from 'zod';
import { parseInput, withoutNulls } from '../../domain/parse.ts';
import type { Filling } from '../../domain/sign-in/filling.ts';
import type { Warning, WarningCode } from '../../domain/warnings.ts';
import type { Operation } from '../../transport/operation.ts';
import type { InputFields, TypeOf } from '../builder.ts';
import type { GatewayContext } from '../context.ts';
import { addTarget } from '../edges/target.ts';
import type { ListRead, Target } from '../edges/target.ts';
import type { Graph } from '../graph.ts';
import { ABOUT_FINGERPRINT } from './fingerprint.ts';
import { parseNamingIssuer } from './issuer-input.ts';
import { addMutation } from './mutation.ts';
import type { Input } from './mutation.ts';
import { optionsOf } from './options.ts';
import { fieldNameOf } from './resource.ts';
import type { Found, Resource } from './resource.ts';
import { addFound } from './found.ts';
import { aboutRetries } from './retries.ts';
import { deletedKey, indexed } from './success.ts';
import type { Success } from './success.ts';

/** The facts about a root field that do not follow from its operation. */
interface Declared<Parsed> {
  /** States what the field does, and which rights it requires. */
  readonly description: string;
  readonly schema: z.ZodType<Parsed>;
}

/** The facts about a storing mutation that do not follow from its operation. */
interface DeclaredWrite<Parsed, Args> extends Declared<Parsed> {
  /** Description of its input type. */
  readonly input: string;
  /** Fields of its input type, except `expectedFingerprint` and `issuer`. */
  readonly fields: (t: InputFields) => InputFieldMap;
  /** How an issuer fills in the input. If left out, it has no field `issuer`. */
  readonly filling?: Filling<Parsed>;
  /** Warnings about the input; if left out, the warnings are about the returned object. */
  readonly warnings?: (args: Args) => readonly Warning[];
}

/** The input of a change that must not overwrite the changes of others. */
interface Expecting {
  readonly expectedFingerprint?: string | null | undefined;
}

/** The checked input, without the fingerprint. */
type Change<Parsed> = Omit<Parsed, 'expectedFingerprint'>;

interface Listed<View> extends Success {
  readonly objects: readonly View[];
}

interface Deleted extends Success {
  readonly key: string;
}

/**
 * The root fields of a kind of object. Names, errors, scopes and descriptions are made when the schema is built; a
 * request only parses, calls and shows.
 */
export class RootFields<Settings, Stored extends object, View extends Stored, Key extends string> {
  readonly #graph: Graph;
  readonly #resource: Resource<Settings, Stored, View, Key>;
  readonly #field: string;

  constructor(graph: Graph, resource: Resource<Settings, Stored, View, Key>) {
    this.#graph = graph;
    this.#resource = resource;
    this.#field = fieldNameOf(resource);
  }

  /** Adds the query for one object. @returns what edges need to lead to such objects */
  read<Args, Wire>(
    operation: Operation<Args, Wire, Stored>,
    { description, schema, list }: Declared<Args> & { readonly list?: ListRead<Settings, Stored> },
  ): Target<View> {
    const { label, key, aboutKey, open, viewOf, warnings } = this.#resource;
    const success = this.success('', `The ${label} exists.`);
    const target = addTarget(this.#graph, this.#resource, operation, {
      schema,
      success,
      ...(list && { list }),
    });
    const { nullable, extensions } = optionsOf(this.#field, operation, key);
    this.#graph.builder.queryField(this.#field, (t) =>
      t.field({
        nullable,
        extensions,
        type: target.result,
        description,
        args: { [key]: t.arg.id({ required: true, description: aboutKey }) },
        resolve: async (_root, args, context) => {
          const session = open(context);
          const { value } = await session.call(operation, parseInput(schema, args));
          return { object: viewOf(value, session), warnings: [...warnings(value)] };
        },
      }),
    );
    return target;
  }

  /** Adds the query for all objects. */
  list<Wire>(
    operation: Operation<null, Wire, readonly Stored[]>,
    declared: { readonly description: string; readonly success: string; readonly items: string },
  ): void {
    const { builder, OidcSuccess } = this.#graph;
    const { noun, label, key, type, open, viewOf, warnings } = this.#resource;
    const name = `${this.#field}s`;
    const success = builder.objectRef<Listed<View>>(`${noun}sSuccess`).implement({
      description: `${declared.success} The \`path\` of each warning begins with the index of the ${label} in this list.`,
      interfaces: [OidcSuccess],
      fields: (t) => ({
        [name]: t.field({
          type: [type],
          description: declared.items,
          resolve: ({ objects }) => [...objects],
        }),
      }),
    });
    builder.queryField(name, (t) =>
      t.field({
        ...optionsOf(name, operation, key, { input: false }),
        type: success,
        description: declared.description,
        resolve: async (_root, _args, context) => {
          const session = open(context);
          const { value } = await session.call(operation, null);
          return {
            objects: value.map((stored) => viewOf(stored, session)),
            warnings: indexed(value, warnings),
          };
        },
      }),
    );
  }

  /** Adds the mutation that creates an object. */
  create<Args, Wire>(
    operation: Operation<Args, Wire, Stored>,
    { schema, warnings: warningsOf, ...declared }: DeclaredWrite<Args, Args>,
  ): void {
    const { noun, label, key, open, viewOf, warnings: storedWarnings } = this.#resource;
    const { choosesId = false } = operation;
    addMutation(this.#graph, operation, {
      ...declared,
      name: `create${noun}`,
      key,
      success: this.success('Create', `The ${label} was created.`),
      description: `${declared.description} ${aboutRetries(operation)}`,
      argument: `The new ${label}.`,
      resolve: async (input, context) => {
        const session = open(context);
        const given = withoutNulls(input);
        const filled = await parseNamingIssuer(schema, declared.filling, given, context, session);
        const args = filled.value;
        // Before the call: after it, nothing may fail before the caller gets its result.
        const about = warningsOf?.(args);
        const { value, warnings } = await session.call(operation, args);
        return {
          object: viewOf(value, session),
          warnings: [
            ...warnings,
            ...filled.warnings,
            ...(choosesId ? missingKey(key, input) : []),
            ...(about ?? storedWarnings(value)),
          ],
        };
      },
    });
  }

  /** Adds the mutation that creates or replaces an object as a whole. */
  save<Parsed extends Expecting, Wire>(
    operation: Operation<Change<Parsed>, Wire, Stored>,
    declared: DeclaredWrite<Parsed, Change<Parsed>>,
  ): void {
    const { noun, label, key } = this.#resource;
    addMutation(this.#graph, operation, {
      ...declared,
      name: `save${noun}`,
      key,
      success: this.success('Save', `The ${label} is stored as given.`),
      description: `${declared.description} ${aboutRetries(operation)}`,
      argument: `The whole ${label}.`,
      expected: `${ABOUT_FINGERPRINT.expectedFingerprint} If given, the ${label} must exist.`,
      resolve: this.#changing(operation, declared, withoutNulls),
    });
  }

  /** Adds the mutation that changes the given fields of an object. */
  update<Parsed extends Expecting, Wire>(
    operation: Operation<Change<Parsed>, Wire, Stored>,
    declared: DeclaredWrite<Parsed, Change<Parsed>> & { readonly changes?: string },
  ): void {
    const { noun, label, key } = this.#resource;
    addMutation(this.#graph, operation, {
      ...declared,
      name: `update${noun}`,
      key,
      success: this.success('Update', `The ${label} was changed.`),
      description: `${declared.description} ${aboutRetries(operation)}`,
      argument: `The ${label} to change, and ${declared.changes ?? 'the new values'}.`,
      resolve: this.#changing(operation, declared, (input) => input),
    });
  }

  /** Adds the mutation that deletes an object. */
  delete<Parsed extends Expecting, Wire>(
    operation: Operation<Change<Parsed>, Wire, Readonly<Record<Key, string>>>,
    declared: Declared<Parsed> & { readonly input: string; readonly gone: string },
  ): void {
    const { builder, OidcSuccess } = this.#graph;
    const { noun, label, key, aboutKey, open } = this.#resource;
    const success = builder.objectRef<Deleted>(`Delete${noun}Success`).implement({
      description: `The ${label} no longer exists.`,
      interfaces: [OidcSuccess],
      fields: (t) => ({
        [key]: t.id({ ...deletedKey(key, declared.gone), resolve: (self) => self.key }),
      }),
    });
    addMutation(this.#graph, operation, {
      ...declared,
      name: `delete${noun}`,
      key,
      success,
      description: `${declared.description} ${aboutRetries(operation)}`,
      argument: `The ${label} to delete.`,
      fields: (t) => ({ [key]: t.id({ required: true, description: aboutKey }) }),
      resolve: async (input, context) => {
        const session = open(context);
        const { expectedFingerprint: expected, ...args } = parseInput(declared.schema, input);
        const { value, warnings } = await session.call(operation, args, { expected });
        return { key: value[key], warnings };
      },
    });
  }

  /** The type of a success that returns one object. */
  success(verb: 'Create' | 'Save' | 'Update' | '', description: string): TypeOf<Found<View>> {
    return addFound(this.#graph, this.#resource, verb, description);
  }

  /** Resolves a change of an object that may be stored already. */
  #changing<Parsed extends Expecting, Wire>(
    operation: Operation<Change<Parsed>, Wire, Stored>,
    { schema, filling, warnings: warningsOf }: DeclaredWrite<Parsed, Change<Parsed>>,
    prepared: (input: Input) => Input,
  ): (input: Input, context: GatewayContext) => Promise<Found<View>> {
    const { open, viewOf, warnings: storedWarnings } = this.#resource;
    return async (input, context) => {
      const session = open(context);
      const filled = await parseNamingIssuer(schema, filling, prepared(input), context, session);
      const { expectedFingerprint: expected, ...args } = filled.value;
      const about = warningsOf?.(args);
      const { value, warnings } = await session.call(operation, args, { expected });
      return {
        object: viewOf(value, session),
        warnings: [...warnings, ...filled.warnings, ...(about ?? storedWarnings(value))],
      };
    };
  }
}

/** The warning about a create operation that does not set the key of its object. */
function missingKey(key: string, input: Input): Warning<WarningCode>[] {
  if (typeof input[key] === 'string') return [];
  return [
    {
      code: 'ID_MISSING',
      path: [key],
      message: `Give an ${key}: if this response had been lost, the gateway could not look up whether the create operation was applied.`,
    },
  ];
}
