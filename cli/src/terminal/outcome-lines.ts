import { isDone } from '../apply/outcome.ts';
import type { Outcome, StepOutcome } from '../apply/outcome.ts';
import type { Path, Step } from '../plan/step.ts';
import { issueMessage } from '../state/issue-path.ts';
import { objectName } from './plan-lines.ts';
import type { Line, Style } from './text.ts';

const PAST = {
  create: 'created',
  update: 'changed',
  delete: 'deleted',
  unchanged: 'unchanged',
} as const;

const PRESENT = {
  create: 'creating',
  update: 'changing',
  delete: 'deleting',
  unchanged: 'reading',
} as const;

/** A step that is under way. */
export function startedText(step: Step): string {
  return `${PRESENT[step.action]} ${objectName(step)}`;
}

/** A step that was sent, in one line. @param seconds that it took */
export function endedLine({ step, outcome }: StepOutcome, seconds: number): Line {
  const [word, style] = wordFor(step, outcome);
  return [{ text: word, style }, ` ${objectName(step)} (${seconds.toFixed(1)} s)`];
}

function wordFor(step: Step, { kind }: Outcome): readonly [string, Style] {
  switch (kind) {
    case 'applied':
    case 'already':
    case 'unchanged':
      return [PAST[step.action], 'green'];
    case 'unknown':
      return ['unknown', 'yellow'];
    default:
      return ['failed', 'red'];
  }
}

/** Where something in the entry of a step is, as text: its position in the file, or its object if that is not known. */
export type Locate = (step: Step, path: Path) => string;

/**
 * What was applied, what failed, what is unknown, and what was not started.
 * @param isRepeated whether the reader has seen a line for each step already, so that only what it did not say is left
 */
export function outcomeLines(
  outcomes: readonly StepOutcome[],
  locate: Locate,
  isRepeated = false,
): Line[] {
  const shown = isRepeated ? outcomes.filter(({ outcome }) => !isToldInOneLine(outcome)) : outcomes;
  return [...shown.flatMap((one) => linesOf(one, locate)), summaryLine(outcomes)];
}

/** Whether the line of the step says everything. */
function isToldInOneLine(outcome: Outcome): boolean {
  return (
    (outcome.kind === 'applied' && outcome.warnings.length === 0) ||
    (outcome.kind === 'already' && outcome.note === null)
  );
}

function linesOf({ step, outcome }: StepOutcome, locate: Locate): Line[] {
  const name = objectName(step);
  const label = (text: string, style: Style) => ({ text, style });
  switch (outcome.kind) {
    case 'unchanged':
      return [];
    case 'applied':
      return [
        [label(PAST[step.action], 'green'), ` ${name}`],
        ...outcome.warnings.map(({ code, message }): Line => [
          '    ',
          label('warning', 'yellow'),
          `: ${message} (${code})`,
        ]),
      ];
    case 'already':
      return [
        [
          label('already done', 'green'),
          ` ${name}${outcome.note === null ? '' : `: ${outcome.note}`}`,
        ],
      ];
    case 'failed':
      return [
        [label('failed', 'red'), ` ${name}: ${outcome.message}`],
        ...outcome.issues.map(
          ({ path, message }): Line => `    ${locate(step, path)}: ${issueMessage(path, message)}`,
        ),
      ];
    case 'stale':
      return [[label('STALE', 'red'), ` ${name}: ${outcome.message}`]];
    case 'unknown':
      return [
        [
          label('unknown', 'yellow'),
          ` ${name}: it may have been ${PAST[step.action]}. ${outcome.message}`,
        ],
        ...(outcome.verifyWith === null
          ? []
          : [`    To find out, send this query to the gateway: ${outcome.verifyWith}`]),
        '    Running the same command again reads it first, and sends it again only if it was not applied.',
      ];
    case 'notStarted':
      return [[label('not started', 'dim'), ` ${name}: ${outcome.reason}`]];
  }
}

/** The numbers of a run in one line. */
function summaryLine(outcomes: readonly StepOutcome[]): Line {
  const count = (is: (one: StepOutcome) => boolean) => outcomes.filter(is).length;
  const written = (action: Step['action']) =>
    count(({ step, outcome }) => step.action === action && outcome.kind === 'applied');
  const of = (kind: Outcome['kind']) => count(({ outcome }) => outcome.kind === kind);
  const parts = [
    [written('create'), 'created'],
    [written('update'), 'changed'],
    [written('delete'), 'deleted'],
    [of('already'), 'already done'],
    [of('unchanged'), 'unchanged'],
    [of('failed'), 'failed'],
    [of('stale'), 'not as planned'],
    [of('unknown'), 'unknown'],
    [of('notStarted'), 'not started'],
  ] as const;
  const shown = parts.filter(([number]) => number > 0).map(([number, text]) => `${number} ${text}`);
  const isWhole = outcomes.every(({ outcome }) => isDone(outcome));
  return [
    { text: isWhole ? 'Done' : 'Not done', style: 'bold' },
    `: ${shown.length === 0 ? 'nothing to do' : shown.join(', ')}.`,
  ];
}
