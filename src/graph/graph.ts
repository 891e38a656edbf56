import type { Issuer } from '../domain/sign-in/issuer.ts';
import type { Upstream } from '../transport/upstream.ts';
import { createBuilder } from './builder.ts';
import type { Builder, InputTypeOf, TypeOf } from './builder.ts';
import { addUpstreams } from './error-details.ts';
import { addErrors } from './errors.ts';
import { addOidcConfiguration } from './oidc-configuration.ts';
import { addScalars } from './scalars/scalars.ts';
import { addProvision } from './root-fields/provision.ts';
import { addSuccess } from './root-fields/success.ts';

/** The GraphQL types that all upstreams share; each upstream adds its own to the builder. */
export interface Graph {
  readonly builder: Builder;
  readonly OidcConfiguration: ReturnType<typeof addOidcConfiguration>;
  readonly OidcUpstream: ReturnType<typeof addUpstreams>;
  readonly OidcError: ReturnType<typeof addErrors>;
  readonly OidcSuccess: ReturnType<typeof addSuccess>['OidcSuccess'];
  readonly OidcWarning: ReturnType<typeof addSuccess>['OidcWarning'];
  /** Each upstream adds the field with the values for its own inputs. */
  readonly OidcIssuer: TypeOf<Issuer>;
  /** What the results of provisioning mutations have in common. */
  readonly OidcConfigProvision: ReturnType<typeof addProvision>;
  /** Each upstream with a part of `provisionOidcSignIn` adds its types, by the name of the part. */
  readonly signInParts: Map<string, SignInPartTypes>;
}

/** The types of a part of `provisionOidcSignIn`. */
export interface SignInPartTypes {
  readonly input: InputTypeOf<object>;
  /** The object that its last step stores. */
  readonly output: TypeOf<object>;
}

/** Starts a schema for a list of upstreams. */
export function createGraph(
  upstreams: readonly Pick<Upstream, 'id' | 'description' | 'warningCodes' | 'signIn'>[],
): Graph {
  const builder = createBuilder();
  addScalars(builder);
  const OidcUpstream = addUpstreams(builder, upstreams);
  const OidcError = addErrors(builder, OidcUpstream);
  const { OidcSuccess, OidcWarning } = addSuccess(builder, upstreams);
  const targets = upstreams.flatMap(({ signIn: { provision } }) =>
    provision === null ? [] : [provision.targets],
  );
  return {
    builder,
    OidcUpstream,
    OidcError,
    OidcSuccess,
    OidcWarning,
    OidcConfiguration: addOidcConfiguration(builder),
    OidcIssuer: builder.objectRef<Issuer>('OidcIssuer'),
    OidcConfigProvision: addProvision(builder, OidcError, OidcWarning, targets),
    signInParts: new Map(),
  };
}
