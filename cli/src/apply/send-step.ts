import type { Client, OidcSuccess } from 'oidc-config-client';
import { GatewayRequestError, isSuccess } from 'oidc-config-client';
import { CommandError } from '../command-error.ts';
import type { Secret } from '../file/secrets.ts';
import type { waitFor } from '../gateway/ask.ts';
import { describeError, describeRequestError } from '../gateway/failure.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Step } from '../plan/step.ts';
import type { Reader } from '../state/read-object.ts';
import { ReadFailure } from '../state/read-object.ts';
import { issuePath } from '../state/issue-path.ts';
import { compareState } from './compare-state.ts';
import type { Outcome } from './outcome.ts';
import type { RunFile } from './run-file.ts';
import { missingReferences, unknownMessage } from './write-error.ts';
import { writeStep } from './write-step.ts';
import type { WriteResult } from './write-step.ts';

/** How often a write is sent again that was put off, or got no response. Its key keeps it from happening twice. */
const MAX_REPEATS = 4;

/** How often the gateway is asked again for a write that it still works on. */
const MAX_WAITS = 60;
const MIN_WAIT_SECONDS = 1;

export interface SendContext {
  readonly client: Client;
  readonly url: string;
  readonly reader: Reader;
  readonly runFile: RunFile;
  /** Waits before a request is sent again. */
  readonly wait: typeof waitFor;
}

/** Takes a step: sends its write, finds out what came of it, and sends it again as long as that is safe. */
export async function sendStep(
  context: SendContext,
  step: Step,
  secret: Secret | null,
): Promise<Outcome> {
  const { runFile } = context;
  const wasSent = runFile.wasSent(step);
  const outcome = await sendWithKey(context, step, secret, () => runFile.keyFor(step));
  if (!wasSent || outcome.kind === 'already' || outcome.kind === 'stale') return outcome;
  const { kind } = outcome;
  // The part of the run before was killed. The gateway may tell what came of it then, and not what is stored now. What
  // fails now may have been applied by then.
  return resolve(context, step, secret, {
    asPlanned: () =>
      kind === 'failed'
        ? Promise.resolve(outcome)
        : sendWithKey(context, step, secret, () => runFile.newKeyFor(step)),
    otherwise:
      kind === 'failed' ? { kind: 'unknown', message: outcome.message, verifyWith: null } : outcome,
  });
}

async function sendWithKey(
  context: SendContext,
  step: Step,
  secret: Secret | null,
  storeKey: () => string,
): Promise<Outcome> {
  let key;
  try {
    key = storeKey();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { kind: 'failed', message: `Nothing was sent: ${error.message}`, issues: [] };
  }
  const input: JsonObject = {
    ...step.input,
    ...(secret !== null && { connectClientSecret: secret.reveal() }),
  };
  let repeats = 0;
  let waits = 0;
  let mayBeApplied = false;
  for (;;) {
    let result: WriteResult;
    try {
      result = await writeStep(context.client, step, input, key);
    } catch (error) {
      // Without a token, such as of a file that is gone, nothing is sent.
      const isUnsent = error instanceof CommandError;
      if (!isUnsent && !(error instanceof GatewayRequestError)) throw error;
      mayBeApplied ||= !isUnsent && mayHaveBeenApplied(error);
      const message = isUnsent ? error.message : describeRequestError(error, context.url);
      if (!isUnsent && !isFinal(error) && repeats < MAX_REPEATS) {
        await context.wait(null, repeats);
        repeats += 1;
        continue;
      }
      return mayBeApplied
        ? { kind: 'unknown', message, verifyWith: null }
        : { kind: 'failed', message, issues: [] };
    }
    if (isSuccess(result)) return { kind: 'applied', warnings: result.warnings };
    switch (result.__typename) {
      case 'OidcIdempotencyInFlightError':
        if (waits === MAX_WAITS)
          return { kind: 'unknown', message: describeError(result), verifyWith: null };
        waits += 1;
        await context.wait(Math.max(result.retryAfterSeconds ?? 0, MIN_WAIT_SECONDS), 0);
        continue;
      case 'OidcRateLimitedError':
      case 'OidcUpstreamUnavailableError':
        if (repeats === MAX_REPEATS) break;
        await context.wait(result.retryAfterSeconds, repeats);
        repeats += 1;
        continue;
    }
    return readFailure(context, step, secret, result, mayBeApplied);
  }
}

/** Whether the gateway may have passed a request on that has no result. */
function mayHaveBeenApplied({ code, sent }: GatewayRequestError): boolean {
  return sent !== false && code !== 'REFUSED';
}

/** Whether sending it again gives the same. */
function isFinal({ code, status }: GatewayRequestError): boolean {
  if (code === 'INVALID_REQUEST') return true;
  return code === 'REFUSED' && status !== 429 && status !== 503;
}

async function readFailure(
  context: SendContext,
  step: Step,
  secret: Secret | null,
  error: Exclude<WriteResult, OidcSuccess>,
  mayBeApplied: boolean,
): Promise<Outcome> {
  const message = describeError(error);
  switch (error.__typename) {
    case 'OidcOutcomeUnknownError':
      return { kind: 'unknown', message: unknownMessage(error), verifyWith: error.verifyWith };
    case 'OidcIdempotencyMismatchError':
      // The run before was sent with another secret.
      return { kind: 'unknown', message, verifyWith: null };
    case 'OidcStaleError':
    case 'OidcAlreadyExistsError':
    case 'OidcNotFoundError':
      // Either somebody else was faster, or an earlier attempt of this one.
      return resolve(context, step, secret, {
        asPlanned: () =>
          Promise.resolve({ kind: 'failed', message, issues: missingReferences(error, step) }),
        otherwise: { kind: 'stale', message },
      });
    case 'OidcInvalidInputError':
      return {
        kind: 'failed',
        message,
        issues: error.issues.map((issue) => ({
          path: issuePath(issue.path),
          message: issue.message,
        })),
      };
    default:
      return mayBeApplied
        ? { kind: 'unknown', message, verifyWith: null }
        : { kind: 'failed', message, issues: [] };
  }
}

/** Reads what is stored, to find out what came of a step. */
async function resolve(
  { client, reader, url }: SendContext,
  step: Step,
  secret: Secret | null,
  {
    asPlanned,
    otherwise,
  }: { readonly asPlanned: () => Promise<Outcome>; readonly otherwise: Outcome },
): Promise<Outcome> {
  let standing;
  try {
    standing = await compareState(client, reader, step, secret);
  } catch (error) {
    const message =
      error instanceof GatewayRequestError
        ? describeRequestError(error, url)
        : error instanceof ReadFailure || error instanceof CommandError
          ? error.message
          : null;
    if (message === null) throw error;
    return otherwise.kind === 'applied'
      ? { kind: 'unknown', message, verifyWith: null }
      : otherwise;
  }
  switch (standing.kind) {
    case 'asWanted':
      return otherwise.kind === 'applied' ? otherwise : { kind: 'already', note: standing.note };
    case 'asPlanned':
      return asPlanned();
    case 'changed':
      return otherwise.kind === 'stale'
        ? otherwise
        : { kind: 'stale', message: staleMessage(standing.exists) };
  }
}

/** What it means if an object is not as planned. */
export function staleMessage(exists: boolean): string {
  return exists
    ? 'Somebody else changed it after it was planned. Plan again, and look at what changes.'
    : 'Somebody else deleted it after it was planned. Plan again, and look at what changes.';
}
