import type { OperationFacts } from '../transport/operation.ts';

/**
 * What the description of a mutation says about sending it again.
 * @param alwaysReads whether it reads what is stored before it writes, also if the caller expects nothing
 */
export function aboutRetries(
  {
    repeatable,
    whenGone,
  }: Pick<OperationFacts<never>, 'repeatable'> & { readonly whenGone?: unknown },
  alwaysReads = false,
): string {
  if (!repeatable)
    return 'Not retried once it may have been received. If the response is lost, the gateway reads the object back.';
  const succeeds = whenGone === undefined ? '' : ' Succeeds if it is gone.';
  const before = alwaysReads
    ? 'it is still as it was read before'
    : 'it still has the `expectedFingerprint`';
  return `If the response is lost, the gateway reads the object back.${succeeds} Retried only if ${before}. An attempt that arrives late can still undo a later change: a success after more than one has the warning REPEATED.`;
}
