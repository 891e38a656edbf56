import { describe, expect, it } from 'vitest';
import { report } from './report.ts';
import type { Results, Sample } from './results.ts';

const sample = (
  round: number,
  contender: string,
  scenario: string,
  throughput: number,
  busy = 1,
): Sample => ({
  round,
  contender,
  scenario,
  throughput,
  busy,
  cpuMsPer1000: 1_000_000 / throughput,
  p50Ms: 64_000 / throughput,
  p99Ms: 9,
  singleP50Ms: 500 / throughput,
});
const SAME = 'createOpenIdConnect/success/variables';
const INLINE = 'createOpenIdConnect/success/inline';
const results: Results = {
  date: '2026-01-02',
  command: 'npm run bench',
  machine: { cpu: 'Some CPU', cores: 2, node: 'v20.0.0', pinned: true },
  others: 0.126,
  contenders: ['gateway', 'bare-proxy'].map((name) => ({
    name,
    description: `what ${name} is.`,
    startUpMs: [300, 100, 200],
    peakRssBytes: 100 * 2 ** 20,
  })),
  leftOut: [{ name: 'other', reason: 'it does not start' }],
  base: 'bare-proxy',
  scenarios: [SAME, INLINE],
  samples: [
    ...[4000, 1000, 2000].map((throughput, index) =>
      sample(index + 1, 'gateway', SAME, throughput),
    ),
    ...[8000, 4000, 8000].map((throughput, index) =>
      sample(index + 1, 'bare-proxy', SAME, throughput, 0.5),
    ),
    ...[800, 800, 800].map((throughput, index) => sample(index + 1, 'gateway', INLINE, throughput)),
  ],
};

describe('the report', () => {
  const text = report(results);
  const rows = (first: string, of = text) =>
    of
      .split('\n')
      .filter((line) => line.startsWith(`| ${first} `))
      .map((line) =>
        line
          .split('|')
          .slice(2, -1)
          .map((cell) => cell.trim()),
      );

  it('gives medians, with the medians of the ratios in each round', () => {
    expect(rows(SAME)[0]).toEqual(['2,000 (0.25)', '8,000\\*']);
    expect(rows(SAME)[1]).toEqual(['500 (4.00)', '125']);
  });

  it('compares values in documents with the same bodies through the base', () => {
    expect(rows(INLINE)[0]).toEqual(['800 (0.10)', '']);
  });

  it('says when, where and how often it was measured, and which contenders are left out', () => {
    expect(text).toContain(
      "2026-01-02, `npm run bench`: Some CPU, 2 cores, Node.js v20.0.0. Other work took 13% of the cores' time.",
    );
    expect(text).toContain('Medians of 3 rounds');
    expect(text).toContain('- `other` is left out: it does not start');
    expect(rows('gateway')).toEqual([['200', '100', '1.00']]);
  });

  it('says that processes could not be pinned', () => {
    expect(report({ ...results, machine: { ...results.machine, pinned: false } })).toContain(
      'not pinned to cores',
    );
  });

  it('has no ratios if the base did not take part', () => {
    const alone = report({
      ...results,
      samples: results.samples.filter(({ contender }) => contender === 'gateway'),
    });
    expect(rows(SAME, alone)[0]).toEqual(['2,000', '']);
  });
});
