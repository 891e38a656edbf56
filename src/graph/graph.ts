import type { Issuer } from '../domain/sign-in/issuer.ts';
import type { Upstream } from '../transport/upstream.ts';
import { createBuilder } from './builder.ts';
import type { Builder, TypeOf } from './builder.ts';
import { addErrors } from './errors.ts';
import { addOidcConfiguration } from './oidc-configuration.ts';
import { addScalars } from './scalars.ts';
import { addSuccess } from './root-fields/success.ts';

/** The GraphQL types that all upstreams share; each upstream adds its own to the builder. */
export interface Graph {
  readonly builder: Builder;
  readonly OidcConfiguration: ReturnType<typeof addOidcConfiguration>;
  readonly OidcError: ReturnType<typeof addErrors>;
  readonly OidcSuccess: ReturnType<typeof addSuccess>['OidcSuccess'];
  readonly OidcWarning: ReturnType<typeof addSuccess>['OidcWarning'];
  /** Each upstream adds the field with the values for its own inputs. */
  readonly OidcIssuer: TypeOf<Issuer>;
}

/** Starts a schema for a list of upstreams. */
export function createGraph(
  upstreams: readonly Pick<Upstream, 'id' | 'description' | 'warningCodes'>[],
): Graph {
  const builder = createBuilder();
  addScalars(builder);
  const OidcError = addErrors(builder, upstreams);
  return {
    builder,
    OidcError,
    OidcConfiguration: addOidcConfiguration(builder),
    OidcIssuer: builder.objectRef<Issuer>('OidcIssuer'),
    ...addSuccess(builder, upstreams),
  };
}
