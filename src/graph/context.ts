import type { Caller } from '../transport/connection.ts';

/** What a resolver knows of the request it works for. */
export interface GatewayContext extends Caller {
  /** Which union member each root field of the operation gave, for the log. */
  readonly outcomes: Outcome[];
}

export interface Outcome {
  readonly field: string;
  /** Name of the GraphQL type, null where the field failed in a way that is masked. */
  readonly member: string | null;
}
