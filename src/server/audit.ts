import { isObject } from '../domain/json.ts';
import { REDACTED } from '../domain/secret.ts';
import { errorTypeName } from '../graph/errors.ts';
import { API_KEYS } from './authentication.ts';
import { describeCaller } from './log.ts';
import type { Log } from './log.ts';
import type { WriteOutcome } from './schema.ts';

/** Members of an input that name the object, and not what changes. */
const KEYS = new Set(['id', 'idpId', 'expectedFingerprint']);

/** The id by which a value names an object; undefined where it has none. */
function idIn(value: unknown): string | undefined {
  const { id, idpId } = isObject(value) ? value : {};
  return [id, idpId].find((one) => typeof one === 'string');
}

/** What ids of new objects look like. */
const ID = /^[\w-]{1,100}$/;

/** The member by which a write says that it may have been applied. */
const UNKNOWN = errorTypeName('OUTCOME_UNKNOWN');

/**
 * The id of the object that was written: as it was asked for, or, where it was left to the upstream, as it came back. An
 * id that may be stored now is told as it is, but for API keys of the gateway: whoever could have it redacted, by sending
 * it as a token too, could write without a trace. Any other one might be whatever was pasted there.
 */
function objectOf({ args, success, member, context: { scrubber } }: WriteOutcome, isApiKey: (text: string) => boolean): string | null {
  const { input } = args;
  const asked = idIn(input);
  const mayBeStored = !isDryRun(input) && (success !== null || member === UNKNOWN);
  // A success has the object under its noun.
  const object = asked ?? [success, ...(isObject(success) ? Object.values(success) : [])].map(idIn).find((id) => id !== undefined);
  if (object === undefined) return null;
  if (mayBeStored) return object.replaceAll(API_KEYS, (text) => (isApiKey(text) ? REDACTED : text));
  return ID.test(object) ? scrubber.text(object) : null;
}

/** Whether a mutation only looked what there would be to do. */
function isDryRun(input: unknown): boolean {
  return isObject(input) && input['dryRun'] === true;
}

/**
 * Logs one line per write: who wrote what, to which object, and what became of it. Of the input there are names of
 * fields alone, and the id. It is a warning if it is not known whether something was applied, an error if the field
 * failed unexpectedly.
 * @param isApiKey whether a text is an API key of the gateway
 */
export function logWrite(log: Log, outcome: WriteOutcome, isApiKey: (text: string) => boolean): void {
  const { field, args, member, upstreamRequestId, isOutcomeUnknown, context: { requestId, trace, identity } } = outcome;
  // Every mutation takes one argument, an input object.
  const { input } = args as { readonly input: Readonly<Record<string, unknown>> };
  log.audit({
    requestId,
    traceId: trace?.traceId,
    caller: describeCaller(identity),
    operation: field,
    object: objectOf(outcome, isApiKey),
    ...(isDryRun(input) && { dryRun: true }),
    member,
    upstreamRequestId,
    fields: Object.keys(input).filter((name) => !KEYS.has(name)),
  }, member === null ? 'error' : isOutcomeUnknown ? 'warn' : 'info');
}
