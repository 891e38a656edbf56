import { SLOT } from './request-template.ts';

/** A mutation of the gateway. */
export type Mutation = 'createOpenIdConnect' | 'createOidcConfig';

/** What the upstream says: 201, or else 409 (OrderCloud) and 400 (Huawei Cloud IAM). */
export type Outcome = 'success' | 'error';

/** What is asked for: a mutation, how the upstream answers it, and where the values stand in the request. */
export interface Scenario {
  readonly name: string;
  readonly mutation: Mutation;
  readonly outcome: Outcome;
  /** In the variables beside a document that stays the same, or as literals in a document that is another one each time. */
  readonly values: 'variables' | 'inline';
}

/** Every scenario, the most usual first. */
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

/** Half of the scenarios, in which every mutation, outcome and place of the values still meets each of the others. */
export const SMOKE_SCENARIOS: readonly Scenario[] = SCENARIOS.filter(
  ({ mutation, outcome, values }) =>
    [mutation === 'createOidcConfig', outcome === 'error', values === 'inline'].filter(Boolean)
      .length %
      2 ===
    0,
);

/** How an ID begins, which tells the upstream how to answer. */
export const ID_PREFIX: Readonly<Record<Outcome, string>> = { success: 'fresh-', error: 'taken-' };

/** The ID that a request sends. */
export function idFor(outcome: Outcome): string {
  return `${ID_PREFIX[outcome]}${SLOT}`;
}

/** The `client_id` at the identity provider that a request to Huawei Cloud IAM sends: its answer repeats it, but not the ID. */
export const CLIENT_ID = `client-${SLOT}`;
