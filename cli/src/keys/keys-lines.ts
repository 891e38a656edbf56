import type { LoadedFile } from '../file/load-file.ts';
import { describeError } from '../gateway/failure.ts';
import { objectName } from '../terminal/plan-lines.ts';
import type { Line, Style } from '../terminal/text.ts';
import type { KeysOutcome } from './compare-keys.ts';

const STYLES: Readonly<Record<string, Style>> = {
  WORKS: 'green',
  FAILS: 'red',
  UNDECIDED: 'yellow',
  SAME: 'dim',
  MISSING: 'red',
  RETIRED: 'yellow',
  UNUSABLE: 'dim',
};
const WORDS: Readonly<Record<string, string>> = {
  ADDED: 'would be added',
  DROPPED: 'would be dropped',
  LEFT_OUT: 'does not fit',
  UPDATED: 'would be stored as published',
};

const colored = (text: string) => ({ text, style: STYLES[text] ?? ('bold' as const) });

/** The keys of a configuration for a person: each key, whether sign-in works now and after a rotation, and what a sync would do. */
export function keysLines(outcome: KeysOutcome, { positionOf }: LoadedFile): Line[] {
  const name = objectName({ target: 'oidcConfig', id: outcome.idpId });
  const { file, line, column } = positionOf(outcome.path);
  if ('error' in outcome)
    return [
      [name, ': ', { text: 'FAILED', style: 'red' }],
      `    ${file}:${line}:${column}: ${describeError(outcome.error)}`,
    ];
  const { keys, sync, warnings, refused } = outcome;
  const { now, afterRotation } = keys;
  return [
    [name, ': ', colored(now.verdict)],
    `    now: ${now.message}`,
    ['    after the next rotation: ', colored(afterRotation.verdict), ` ${afterRotation.message}`],
    ...keys.keys.map(({ kid, kty, alg, status, thumbprint, unusable, difference }): Line => [
      '    ',
      colored(status),
      ` key ${kid ?? thumbprint ?? 'without an id'} (${[kty, alg].filter((part) => part !== null).join(', ')})`,
      ...[unusable, difference].flatMap((reason) => (reason === null ? [] : [`: ${reason}`])),
    ]),
    ...(sync ?? []).flatMap(({ kid, thumbprint, action }): Line[] => {
      const word = WORDS[action];
      return word === undefined ? [] : [`    sync: key ${kid ?? thumbprint ?? ''} ${word}`];
    }),
    ...warnings.map((text): Line => ['    ', { text: 'warning', style: 'yellow' }, `: ${text}`]),
    ...(refused === null
      ? []
      : [
          [
            '    ',
            { text: 'a sync is refused', style: 'red' as const },
            `: ${describeError(refused)}`,
          ],
        ]),
  ];
}
