import type { Log } from './log.ts';
import type { WriteOutcome } from './schema.ts';

/** What an id looks like that may stand in the log; anything else was refused, and might be whatever was pasted there. */
const ID = /^[\w-]{1,100}$/;

/** Members of an input that name the object, and not what changes. */
const KEYS = new Set(['id', 'idpId', 'expectedFingerprint']);

/**
 * Logs one line per write: who wrote what, to which object, and what became of it. Of the input there are names of
 * fields alone, and the id.
 */
export function logWrite(log: Log, { field, args, member, upstreamRequestId, context }: WriteOutcome): void {
  const { requestId, trace, identity, scrubber } = context;
  // Every mutation takes one argument, an input object.
  const { input } = args as { readonly input: Readonly<Record<string, unknown>> };
  const id = input['id'] ?? input['idpId'];
  log.info(
    {
      requestId,
      traceId: trace?.traceId,
      caller: identity === null ? null : { kind: identity.kind, id: scrubber.text(identity.id) },
      operation: field,
      object: typeof id === 'string' && ID.test(id) ? scrubber.text(id) : null,
      member,
      upstreamRequestId,
      fields: Object.keys(input).filter((name) => !KEYS.has(name) && input[name] !== undefined),
    },
    'audit',
  );
}
