import { SLOT } from './request-template.ts';

/** A mutation of the gateway. */
export type Mutation = 'createOpenIdConnect' | 'createOidcConfig';

/** The upstream's response: 201, or 409 (OrderCloud) and 400 (Huawei Cloud IAM). */
export type Outcome = 'success' | 'error';

/** A mutation, the upstream's response to it, and the place of the values in the request. */
export interface Scenario {
  readonly name: string;
  readonly mutation: Mutation;
  readonly outcome: Outcome;
  /** In the variables of a document that stays the same, or as literals in a document that differs each time. */
  readonly values: 'variables' | 'inline';
}

/** Every scenario, the most common first. */
export const SCENARIOS: readonly Scenario[] = (
  ['createOpenIdConnect', 'createOidcConfig'] as const
).flatMap((mutation) =>
  (['success', 'error'] as const).flatMap((outcome) =>
    (['variables', 'inline'] as const).map((values) => ({
      name: `${mutation}/${outcome}/${values}`,
      mutation,
      outcome,
      values,
    })),
  ),
);

/** Half of the scenarios, which still combine every mutation, outcome, and place of the values with each other. */
export const SMOKE_SCENARIOS: readonly Scenario[] = SCENARIOS.filter(
  ({ mutation, outcome, values }) =>
    [mutation === 'createOidcConfig', outcome === 'error', values === 'inline'].filter(Boolean)
      .length %
      2 ===
    0,
);

/** Prefix of an ID, which tells the upstream how to respond. */
export const ID_PREFIX: Readonly<Record<Outcome, string>> = { success: 'fresh-', error: 'taken-' };

/** The ID that a request sends. */
export function idFor(outcome: Outcome): string {
  return `${ID_PREFIX[outcome]}${SLOT}`;
}

/** The `client_id` at the identity provider that a request to Huawei Cloud IAM sends: the response repeats it, but not the ID. */
export const CLIENT_ID = `client-${SLOT}`;
