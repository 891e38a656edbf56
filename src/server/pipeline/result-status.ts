import type { ExecutionResult } from 'graphql';

/** The HTTP status of the result of an operation. A refused operation has a status of its own; errors of an executed one are part of the response. */
export function statusOf({ data, errors }: ExecutionResult): number {
  if (errors === undefined) return 200;
  const [declared = 0] = errors
    .map(
      ({ extensions }) =>
        (extensions['http'] as { readonly status?: number } | undefined)?.status ?? 0,
    )
    .sort((a, b) => b - a);
  if (declared > 0) return declared;
  return data === undefined && errors.some(({ extensions }) => extensions['unexpected'] === true)
    ? 500
    : 200;
}
