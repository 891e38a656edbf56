import { createBuilder } from './builder.ts';
import type { Builder } from './builder.ts';
import { addErrors } from './errors.ts';
import { addOidcConfiguration } from './oidc-configuration.ts';
import { addScalars } from './scalars.ts';
import { addSuccess } from './success.ts';

/** The GraphQL words that all upstreams share; each adds its own types to the builder. */
export interface Graph {
  readonly builder: Builder;
  readonly OidcConfiguration: ReturnType<typeof addOidcConfiguration>;
  readonly OidcError: ReturnType<typeof addErrors>;
  readonly OidcSuccess: ReturnType<typeof addSuccess>['OidcSuccess'];
  readonly OidcWarning: ReturnType<typeof addSuccess>['OidcWarning'];
}

/** Starts a schema for a list of upstreams. */
export function createGraph(
  upstreams: readonly { readonly id: string; readonly description: string }[],
): Graph {
  const builder = createBuilder();
  addScalars(builder);
  const OidcError = addErrors(builder, upstreams);
  return {
    builder,
    OidcError,
    OidcConfiguration: addOidcConfiguration(builder),
    ...addSuccess(builder),
  };
}
