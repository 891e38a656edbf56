import { ABOUT_ISSUER } from '../domain/sign-in/issuer-url.ts';
import { requiresScope } from '../graph/authorization.ts';
import type { Graph, SignInPartTypes } from '../graph/graph.ts';
import { keyedBy, RESUMES } from '../graph/keys.ts';
import {
  ABOUT_DRY_RUN,
  ERRORS_BEFORE_STEPS,
  isIncomplete,
  ProvisionIncomplete,
} from '../graph/root-fields/provision.ts';
import type { Upstream } from '../transport/upstream.ts';
import { provisionSignIn } from './provision.ts';
import type { SignInProvision } from './provision.ts';

class SignInIncomplete extends ProvisionIncomplete {}

/** Adds the mutation that sets up sign-in with one issuer, with a part for each upstream that has one. */
export function addSignInProvisioning(
  graph: Graph,
  upstreams: readonly Pick<Upstream, 'signIn'>[],
): void {
  const { builder, OidcConfigProvision, OidcSuccess } = graph;
  const parts = upstreams.flatMap(({ signIn: { provision } }) => provision ?? []);
  const typed = parts.map((part) => ({ ...part, types: typesOf(part.field, graph) }));

  const success = builder.objectRef<SignInProvision>('ProvisionOidcSignInSuccess').implement({
    description:
      'Everything matches the desired state, on every platform that the input has a part for. In a dry run: nothing was written, and no step failed.',
    interfaces: [OidcSuccess, OidcConfigProvision],
    fields: (t) =>
      Object.fromEntries(
        typed.map(({ field, aboutResult, types }) => [
          field,
          t.field({
            type: types.output,
            nullable: true,
            description: aboutResult,
            resolve: ({ results }) => results[field] ?? null,
          }),
        ]),
      ),
  });
  builder.objectType(SignInIncomplete, {
    name: 'ProvisionOidcSignInIncomplete',
    description:
      'A step failed. Changes made by other steps stay, also those on the other platform. Fix what the `error` of each failed step describes, then send the same input again: provisioning continues from there.',
    interfaces: [OidcConfigProvision],
  });
  const input = builder.inputType('ProvisionOidcSignInInput', {
    description:
      'An issuer, and the desired state of each platform that people sign in to with it. At least one platform is required.',
    fields: (t) => ({
      issuer: t.string({
        required: true,
        description: `The issuer whose metadata and keys fill in what the parts omit. Give it ${ABOUT_ISSUER} It is read once, only if the rest of the input is valid, and before anything is sent to a platform. What is given is kept, with the warning DIFFERS_FROM_ISSUER if the issuer says otherwise.`,
      }),
      ...Object.fromEntries(
        typed.map(({ field, about, types }) => [
          field,
          t.field({ type: types.input, description: about }),
        ]),
      ),
      dryRun: t.boolean({ description: ABOUT_DRY_RUN }),
    }),
  });

  builder.mutationField('provisionOidcSignIn', (t) =>
    t.field({
      type: success,
      nullable: true,
      description:
        'Sets up sign-in with one issuer on several platforms, or on one of them. It creates what is missing, updates what differs, and leaves alone what matches. ' +
        'All platforms are read first; nothing is written on any of them unless everything could be read. After that, a step that fails stops the steps of its own platform only. After a failure, send the same input again: provisioning continues from there. ' +
        'Select `... on OidcConfigProvision` as well as `... on OidcError`: if a step fails, the result is `ProvisionOidcSignInIncomplete`. Requires the rights of the mutations for the individual platforms.',
      args: { input: t.arg({ type: input, required: true, description: 'The desired state.' }) },
      extensions: { ...requiresScope('oidc:write'), ...keyedBy('issuer'), ...RESUMES },
      errors: {
        types: [...ERRORS_BEFORE_STEPS, SignInIncomplete],
        union: {
          description:
            'The result of `provisionOidcSignIn`. Upstream errors are reported in the steps.',
        },
      },
      resolve: async (_root, args, context) => {
        const done = await provisionSignIn(parts, args.input, context);
        if (isIncomplete(done)) throw new SignInIncomplete(done);
        return done;
      },
    }),
  );
}

function typesOf(field: string, { signInParts }: Graph): SignInPartTypes {
  const types = signInParts.get(field);
  if (types === undefined) throw new Error(`The part ${field} of a sign-in has no GraphQL types.`);
  return types;
}
