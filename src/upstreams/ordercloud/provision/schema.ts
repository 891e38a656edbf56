import type { Graph } from '../../../graph/graph.ts';
import { provisionFields } from '../open-id-connect/schema-inputs.ts';
import type { OpenIdConnectRef } from '../open-id-connect/schema-types.ts';
import { signInPart } from './part.ts';

/** Adds the types of OrderCloud's part of `provisionOidcSignIn`. */
export function addSignInTypes({ builder, signInParts }: Graph, output: OpenIdConnectRef): void {
  signInParts.set(signInPart.field, {
    input: builder.inputType('OpenIdConnectSignInInput', {
      description:
        'The desired state of an OpenID Connect configuration of OrderCloud. A field that is null counts as omitted: to clear one, use updateOpenIdConnect.',
      fields: provisionFields,
    }),
    output,
  });
}
