import { BASE } from './contenders.ts';
import type { Measurement } from './measure.ts';
import type { Results, Sample } from './results.ts';
import { median } from './statistics.ts';
import { markdownTable } from './table.ts';

/** A figure of the report: one table of contenders by scenarios. */
interface Figure {
  readonly title: string;
  readonly of: keyof Measurement;
  readonly format: (value: number) => string;
}

const FIGURES: readonly Figure[] = [
  {
    title: 'Operations per second at 64 connections',
    of: 'throughput',
    format: (value) => Math.round(value).toLocaleString('en'),
  },
  {
    title: 'CPU time per 1,000 operations, in ms',
    of: 'cpuMsPer1000',
    format: (value) => value.toFixed(0),
  },
  {
    title: 'Latency at 1 connection, p50 in ms',
    of: 'singleP50Ms',
    format: (value) => value.toFixed(2),
  },
  {
    title: 'Latency at 64 connections, p50 in ms',
    of: 'p50Ms',
    format: (value) => value.toFixed(1),
  },
];

/** Below this share of its core, the contender did not limit the throughput. */
const BUSY_ENOUGH = 0.9;

/** The report in Markdown that is also readable in a terminal. */
export function report(results: Results): string {
  const { date, command, machine, others, contenders, leftOut, base, samples } = results;
  const rounds = new Set(samples.map(({ round }) => round)).size;
  const where = `${machine.cpu}, ${machine.cores} cores, Node.js ${machine.node}${machine.pinned ? '' : ', not pinned to cores: `taskset` is missing'}`;
  return [
    `${date}, \`${command}\`: ${where}. Other work took ${(others * 100).toFixed(0)}% of the cores' time.`,
    `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}; in parentheses the ratio to \`${base}\` in the same round, median. \\* The contender's core was less than 90% busy: something else was the limit.`,
    ...FIGURES.map((figure) => `**${figure.title}**\n\n${figureTable(figure, results)}`),
    `**Each contender**\n\n${markdownTable(
      [
        '',
        'start-up to the first correct response, ms',
        'peak memory, MB',
        'upstream calls per operation',
      ],
      contenders.map(({ name, startUpMs, peakRssBytes }) => [
        name,
        median(startUpMs).toFixed(0),
        (peakRssBytes / 2 ** 20).toFixed(0),
        '1.00',
      ]),
    )}`,
    contenders.map(({ name, description }) => `- \`${name}\`: ${description}`).join('\n'),
    ...(leftOut.length === 0
      ? []
      : [leftOut.map(({ name, reason }) => `- \`${name}\` is left out: ${reason}`).join('\n')]),
  ].join('\n\n');
}

function figureTable(
  { of, format }: Figure,
  { base, scenarios, contenders, samples }: Results,
): string {
  const cell = (scenario: string, contender: string): string => {
    const own = samples.filter(
      (sample) => sample.scenario === scenario && sample.contender === contender,
    );
    if (own.length === 0) return '';
    const limitedElsewhere =
      of === 'throughput' && median(own.map(({ busy }) => busy)) < BUSY_ENOUGH;
    const ratios = own.flatMap((sample) => ratioTo(base, sample, of, samples));
    const ratio =
      contender === base || ratios.length === 0 ? '' : ` (${median(ratios).toFixed(2)})`;
    return `${format(median(own.map((sample) => sample[of])))}${limitedElsewhere ? '\\*' : ''}${ratio}`;
  };
  return markdownTable(
    ['', ...contenders.map(({ name }) => name)],
    scenarios.map((scenario) => [scenario, ...contenders.map(({ name }) => cell(scenario, name))]),
  );
}

/** The bare proxy has no document that could contain values: its figures with the same bodies count for both. */
function ratioTo(
  name: string,
  sample: Sample,
  of: keyof Measurement,
  samples: readonly Sample[],
): number[] {
  const { round, scenario } = sample;
  const same = name === BASE.name ? scenario.replace(/inline$/, 'variables') : scenario;
  const base = samples.find(
    (other) => other.round === round && other.scenario === same && other.contender === name,
  );
  return base === undefined ? [] : [sample[of] / base[of]];
}
