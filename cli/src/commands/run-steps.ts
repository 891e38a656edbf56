import { applySteps } from '../apply/apply-steps.ts';
import { listenForInterruption } from '../apply/interruption.ts';
import { isDone } from '../apply/outcome.ts';
import type { StepOutcome } from '../apply/outcome.ts';
import { openRunFile } from '../apply/run-file.ts';
import type { RunFile } from '../apply/run-file.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Secret } from '../file/secrets.ts';
import { waitFor } from '../gateway/ask.ts';
import type { Gateway } from '../gateway/connect.ts';
import type { Step } from '../plan/step.ts';
import { createReader, ReadFailure } from '../state/read-object.ts';
import { endedLine, startedText } from '../terminal/outcome-lines.ts';
import { objectName } from '../terminal/plan-lines.ts';
import { startProgress } from '../terminal/progress.ts';
import type { Progress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface Run {
  readonly steps: readonly Step[];
  /** What `fromFile` is relative to. */
  readonly folder: string;
  /** The path of the file that keeps the keys. */
  readonly runFile: string;
}

/**
 * Takes the steps of a plan, with a line for each.
 * @param secrets that the steps set, by their names
 * @throws CommandError if nothing was written
 */
export async function runSteps(
  { steps, runFile: runFilePath }: Run,
  secrets: ReadonlyMap<string, Secret>,
  gateway: Gateway,
  terminal: Terminal,
): Promise<readonly StepOutcome[]> {
  const runFile = openRunFile(runFilePath, gateway.url, steps);
  let underWay: Step | null = null;
  let progress: Progress = startProgress(terminal, 'Reading what is stored');
  let started = performance.now();
  const interruption = listenForInterruption(
    () => {
      progress.note(
        underWay === null
          ? 'Stopping.'
          : 'Stopping after the step under way. Once more ends at once, and leaves it unknown.',
      );
    },
    () => {
      progress.end();
      terminal.note(
        underWay === null
          ? 'Ended at once. No step was under way.'
          : `Ended at once. Unknown: ${objectName(underWay)}. Running the same command again finds out, and goes on.`,
      );
      process.exit(EXIT.interrupted);
    },
  );
  try {
    const outcomes = await applySteps(steps, {
      ...gateway,
      reader: createReader(gateway.client),
      runFile,
      wait: waitFor,
      secretOf: (step) => secrets.get(step.name) ?? null,
      isStopped: interruption.isAsked,
      onStart: (step) => {
        underWay = step;
        progress.end();
        started = performance.now();
        progress = startProgress(terminal, startedText(step));
      },
      onEnd: (ended) => {
        underWay = null;
        progress.end();
        terminal.note(endedLine(ended, (performance.now() - started) / 1000));
      },
    });
    progress.end();
    // What is unknown is found out with the same keys.
    if (!outcomes.some(({ outcome }) => outcome.kind === 'unknown'))
      removeRunFile(runFile, runFilePath, terminal);
    return outcomes;
  } catch (error) {
    if (error instanceof ReadFailure)
      throw new CommandError(`${error.message} Nothing was written.`, { cause: error });
    throw error;
  } finally {
    progress.end();
    interruption.end();
  }
}

/** What was written is said also if the file stays. */
function removeRunFile(runFile: RunFile, path: string, { note }: Terminal): void {
  try {
    runFile.remove();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    note(`${path} cannot be removed (${code}). The run has ended: delete it.`);
  }
}

/** The exit code of a run. */
export function exitCodeOf(
  outcomes: readonly StepOutcome[],
): typeof EXIT.done | typeof EXIT.failed {
  return outcomes.every(({ outcome }) => isDone(outcome)) ? EXIT.done : EXIT.failed;
}
