import type { OperationFacts } from '../../transport/operation.ts';

/**
 * The sentences about retries in the description of a mutation.
 * @param alwaysReads whether it reads the stored object before it writes, even without an expected fingerprint
 */
export function aboutRetries(
  {
    repeatable,
    choosesId = false,
    whenGone,
  }: Pick<OperationFacts<never>, 'repeatable' | 'choosesId'> & { readonly whenGone?: unknown },
  alwaysReads = false,
): string {
  if (!repeatable)
    return `Never retried if the upstream might already have received the request. If the upstream's response is lost, the gateway reads the object to find out whether the write was applied${choosesId ? '; that requires an `id`' : ''}.`;
  const succeeds =
    whenGone === undefined ? '' : ' The deletion then succeeds if the object is already gone.';
  const before = alwaysReads
    ? 'the object has not changed since it was read'
    : 'the object still matches `expectedFingerprint`';
  return `If the upstream's response is lost, the gateway reads the object to find out whether the write was applied.${succeeds} The gateway retries the write only if ${before}. An earlier attempt that arrives late can still undo a newer change, so a success that took more than one attempt carries the warning REPEATED.`;
}
