import type { ExpectedResponse, RequestTemplate } from './request-template.ts';
import type { Scenario } from './scenarios.ts';

/** A mutation as one contender defines it. */
export interface GraphQLMutation {
  readonly field: string;
  readonly inputType: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The selection of the result. */
  readonly selection: string;
}

/** A GraphQL request over HTTP, with its values in the place that the scenario sets. */
export function graphqlRequest(
  { field, inputType, input, selection }: GraphQLMutation,
  { values }: Scenario,
  {
    headers,
    path = '/graphql',
    response,
  }: {
    readonly headers: Readonly<Record<string, string>>;
    readonly path?: string;
    readonly response: ExpectedResponse;
  },
): RequestTemplate {
  const body =
    values === 'variables'
      ? {
          query: `mutation Create($input: ${inputType}!) { ${field}(input: $input) { ${selection} } }`,
          variables: { input },
        }
      : { query: `mutation Create { ${field}(input: ${literal(input)}) { ${selection} } }` };
  return { path, headers, body: JSON.stringify(body), response };
}

/** A value as a GraphQL literal. Words in capitals become enum values: no text here looks like one. */
export function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, each]) => `${name}: ${literal(each)}`)
      .join(', ')}}`;
  return typeof value === 'string' && /^[A-Z][A-Z_]+$/.test(value) ? value : JSON.stringify(value);
}
