import type { Action, NotInFile, Plan, Step, Target } from '../plan/step.ts';
import { describeChange } from './value.ts';
import type { Line, Style } from './text.ts';

const TARGETS: Readonly<Record<Target, string>> = {
  openIdConnect: 'OpenIdConnect',
  identityProvider: 'identity provider',
  mapping: 'mapping',
  protocol: 'protocol of',
  oidcConfig: 'OpenID Connect configuration of',
};

const SIGNS: Readonly<Record<Action, { readonly sign: string; readonly style: Style }>> = {
  create: { sign: '+', style: 'green' },
  update: { sign: '~', style: 'yellow' },
  delete: { sign: '-', style: 'red' },
  unchanged: { sign: ' ', style: 'dim' },
};

const WORDS: Readonly<Record<Action, string>> = {
  create: 'will be created',
  update: 'will be changed',
  delete: 'will be deleted',
  unchanged: 'is unchanged',
};

/** Names of fields are aligned up to this length. */
const MAX_ALIGNED = 40;

/** An object by its kind and id, for a person. */
export function objectName({
  target,
  id,
}: {
  readonly target: Target;
  readonly id: string;
}): string {
  return `${TARGETS[target]} "${id}"`;
}

/** The plan for a person: what changes, field by field, and a summary. */
export function planLines({ steps, notInFile }: Pick<Plan, 'steps' | 'notInFile'>): Line[] {
  const shown = steps.filter(({ action, notes }) => action !== 'unchanged' || notes.length > 0);
  const lines = [...shown.flatMap(stepLines), ...notInFile.map(notInFileLine)];
  return [...lines, ...(lines.length > 0 ? [''] : []), summaryLine(steps, notInFile)];
}

function stepLines(step: Step): Line[] {
  const { sign, style } = SIGNS[step.action];
  const names = step.changes.map(({ path }) => path.join('.'));
  const width = Math.min(MAX_ALIGNED, Math.max(0, ...names.map(({ length }) => length)));
  return [
    [{ text: `${sign} ${objectName(step)}`, style }, ` ${WORDS[step.action]}`],
    ...step.changes.map((change): Line => {
      const added = 'from' in change && change.from === null && change.to !== null;
      const gone = 'from' in change && change.to === null;
      const kind = gone ? SIGNS.delete : added ? SIGNS.create : SIGNS.update;
      const own = step.action === 'create' ? SIGNS.create : kind;
      return [
        '    ',
        { text: `${own.sign} ${change.path.join('.').padEnd(width)}`, style: own.style },
        `  ${describeChange(change)}`,
      ];
    }),
    ...step.notes.map((note): Line => ['    ', { text: `note: ${note}`, style: 'dim' }]),
  ];
}

function notInFileLine(object: NotInFile): Line {
  const { kept } = object;
  const reason = kept === null ? 'is not in the file: --prune deletes it' : `stays: ${kept}`;
  return [{ text: `  ${objectName(object)} ${reason}`, style: 'dim' }];
}

/** The numbers of a plan in one line. */
function summaryLine(steps: readonly Step[], notInFile: readonly NotInFile[]): Line {
  const counts = countActions(steps);
  const words = [
    [counts.create, 'to create'],
    [counts.update, 'to change'],
    [counts.delete, 'to delete'],
    [counts.unchanged, 'unchanged'],
    [notInFile.length, 'not in the file'],
  ] as const;
  const isDone = counts.create + counts.update + counts.delete === 0;
  const shown = words.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`);
  const list = shown.length === 0 ? 'the file has no entries' : shown.join(', ');
  return [{ text: isDone ? 'Nothing to do' : 'Plan', style: 'bold' }, `: ${list}.`];
}

/** How many steps have each action. */
export function countActions(steps: readonly Step[]): Record<Action, number> {
  const counts = { create: 0, update: 0, delete: 0, unchanged: 0 };
  for (const { action } of steps) counts[action] += 1;
  return counts;
}
