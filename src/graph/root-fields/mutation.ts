import type { InputFieldMap } from '@pothos/core';
import type { Filling } from '../../domain/sign-in/filling.ts';
import type { InputFields, TypeOf } from '../builder.ts';
import type { GatewayContext } from '../context.ts';
import type { Graph } from '../graph.ts';
import { ABOUT_FINGERPRINT, EXPECTED_FINGERPRINT } from './fingerprint.ts';
import { issuerField } from './issuer-input.ts';
import { optionsOf } from './options.ts';
import type { FieldFacts, Takes } from './options.ts';
import type { Success } from './success.ts';

/** An input as GraphQL passes it. */
export type Input = Readonly<Record<string, unknown>>;

/** The facts about a mutation that do not follow from its operation. */
export interface Mutation<Gives extends Success> {
  readonly name: string;
  /** The field that identifies the object. */
  readonly key: string;
  readonly success: TypeOf<Gives>;
  readonly description: string;
  /** Description of its argument. */
  readonly argument: string;
  /** Description of the argument's type. */
  readonly input: string;
  /** Fields of the input, except `expectedFingerprint` and `issuer`. */
  readonly fields: (t: InputFields) => InputFieldMap;
  /** Description of `expectedFingerprint`, if it is not the usual one. */
  readonly expected?: string;
  /** How an issuer fills in the input. If left out, the input has no field `issuer`. */
  readonly filling?: Pick<Filling<never>, 'fields'> | undefined;
  /** What it takes besides, if it is not the usual. */
  readonly takes?: Takes;
  /** Further extensions of the field. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly resolve: (input: Input, context: GatewayContext) => Promise<Gives>;
}

/** Adds a mutation. If it reads the stored object first, its input has the fingerprint that the caller expects. */
export function addMutation(
  { builder }: Graph,
  operation: FieldFacts,
  mutation: Mutation<Success>,
): void {
  const { name, key, success, description, argument, input, fields, filling, resolve } = mutation;
  const { current, secretFields = [] } = operation;
  const { expected = ABOUT_FINGERPRINT.expectedFingerprint } = mutation;
  const inputType = builder.inputType(`${name.charAt(0).toUpperCase()}${name.slice(1)}Input`, {
    description: input,
    fields: (t): InputFieldMap => ({
      ...fields(t),
      ...(filling !== undefined && issuerField(t, filling)),
      ...(current !== undefined && { [EXPECTED_FINGERPRINT]: t.string({ description: expected }) }),
    }),
  });
  const { extensions, ...options } = optionsOf(name, operation, key, {
    issuer: filling !== undefined,
    ...mutation.takes,
  });
  builder.mutationField(name, (t) =>
    t.field({
      ...options,
      extensions: { ...extensions, ...mutation.extensions },
      type: success,
      description,
      args: { input: t.arg({ type: inputType, required: true, description: argument }) },
      resolve: (_root, args, context) => {
        // Register the secrets before anything is checked: not even an error message may show them.
        for (const field of secretFields) {
          const secret = args.input[field];
          if (typeof secret === 'string') context.scrubber.add(secret);
        }
        return resolve(args.input, context);
      },
    }),
  );
}
