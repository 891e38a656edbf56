import type { Secret } from '../file/secrets.ts';
import type { Step } from '../plan/step.ts';
import { createLimit } from '../state/concurrency.ts';
import { compareState } from './compare-state.ts';
import type { Standing } from './compare-state.ts';
import { endsRun, isDone } from './outcome.ts';
import type { Outcome, StepOutcome } from './outcome.ts';
import { sendStep, staleMessage } from './send-step.ts';
import type { SendContext } from './send-step.ts';

const MAX_REQUESTS = 4;

export interface ApplyContext extends SendContext {
  /** Secrets of steps that set one. */
  readonly secretOf: (step: Step) => Secret | null;
  /** Whether no further step is to be started. */
  readonly isStopped: () => boolean;
  /** Called before a step is sent. */
  readonly onStart: (step: Step) => void;
  /** Called after each step that was sent. */
  readonly onEnd: (outcome: StepOutcome) => void;
}

/**
 * Takes the steps of a plan, in their order. First, everything is read again: nothing is written if something is not as
 * planned. A step that fails keeps those from starting that need it.
 * @throws ReadFailure, GatewayRequestError before anything is written
 */
export async function applySteps(
  steps: readonly Step[],
  context: ApplyContext,
): Promise<readonly StepOutcome[]> {
  const limit = createLimit(MAX_REQUESTS);
  const standings = await Promise.all(
    steps.map((step) =>
      limit(() => compareState(context.client, context.reader, step, context.secretOf(step))),
    ),
  );
  const stale = steps.flatMap((step, index) => {
    const standing = standings[index];
    return standing?.kind === 'changed'
      ? [[step.name, staleMessage(standing.exists)] as const]
      : [];
  });
  const outcomes = new Map<string, Outcome>(
    stale.map(([name, message]) => [name, { kind: 'stale', message }]),
  );
  for (const [index, step] of steps.entries()) {
    if (outcomes.has(step.name)) continue;
    const standing = standings[index];
    if (standing === undefined) throw new Error('A step was not compared.');
    if (step.action === 'unchanged') {
      outcomes.set(step.name, { kind: 'unchanged' });
      continue;
    }
    const reason = whyNotStarted(step, outcomes, context.isStopped());
    outcomes.set(
      step.name,
      reason === null ? await take(step, standing, context) : { kind: 'notStarted', reason },
    );
  }
  return steps.map((step) => ({
    step,
    outcome: outcomes.get(step.name) ?? { kind: 'notStarted', reason: 'It was not planned.' },
  }));
}

async function take(step: Step, standing: Standing, context: ApplyContext): Promise<Outcome> {
  if (standing.kind === 'asWanted') return { kind: 'already', note: standing.note };
  context.onStart(step);
  const outcome = await sendStep(context, step, context.secretOf(step)).catch(
    // A bug must not hide what was written before.
    (error: unknown): Outcome => ({
      kind: 'unknown',
      message: `It failed unexpectedly: ${error instanceof Error ? error.message : String(error)}`,
      verifyWith: null,
    }),
  );
  context.onEnd({ step, outcome });
  return outcome;
}

function whyNotStarted(
  step: Step,
  outcomes: ReadonlyMap<string, Outcome>,
  isStopped: boolean,
): string | null {
  const before = [...outcomes.values()];
  if (before.some(endsRun)) return 'The run ended before.';
  if (isStopped) return 'It was interrupted before.';
  const missing = step.needs.find((name) => {
    const outcome = outcomes.get(name);
    return outcome !== undefined && !isDone(outcome);
  });
  if (missing !== undefined) return `It needs ${missing}.`;
  if (step.action === 'delete' && before.some((outcome) => !isDone(outcome)))
    return 'Nothing is deleted if something else failed.';
  return null;
}
