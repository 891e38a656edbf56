import { isObject } from '../domain/json.ts';
import { describeCaller } from './log.ts';
import type { Log } from './log.ts';
import type { WriteOutcome } from './schema.ts';

/** What ids of new objects look like. Where nothing was written, anything else might be whatever was pasted there. */
const ID = /^[\w-]{1,100}$/;

/** Members of an input that name the object, and not what changes. */
const KEYS = new Set(['id', 'idpId', 'expectedFingerprint']);

/** The id by which a value names an object; undefined where it has none. */
function idIn(value: unknown): string | undefined {
  const { id, idpId } = isObject(value) ? value : {};
  return [id, idpId].find((one) => typeof one === 'string');
}

/** The id of the object that was written: as it was asked for, or, where it was left to the upstream, as it came back. */
function objectOf(input: unknown, success: unknown): string | null {
  const asked = idIn(input);
  if (asked !== undefined) return success !== null || ID.test(asked) ? asked : null;
  // A success has the object under its noun.
  return [success, ...(isObject(success) ? Object.values(success) : [])].map(idIn).find((id) => id !== undefined) ?? null;
}

/**
 * Logs one line per write: who wrote what, to which object, and what became of it. Of the input there are names of
 * fields alone, and the id.
 */
export function logWrite(log: Log, { field, args, member, success, upstreamRequestId, context }: WriteOutcome): void {
  const { requestId, trace, scrubber } = context;
  // Every mutation takes one argument, an input object.
  const { input } = args as { readonly input: Readonly<Record<string, unknown>> };
  const object = objectOf(input, success);
  log.audit({
    requestId,
    traceId: trace?.traceId,
    caller: describeCaller(context),
    operation: field,
    object: object === null ? null : scrubber.text(object),
    // Only looked what there would be to do.
    ...(input['dryRun'] === true && { dryRun: true }),
    member,
    upstreamRequestId,
    fields: Object.keys(input).filter((name) => !KEYS.has(name) && input[name] !== undefined),
  });
}
