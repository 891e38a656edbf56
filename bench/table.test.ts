import { expect, it } from 'vitest';
import { markdownTable } from './table.ts';

it('makes the columns as wide as they must be', () => {
  expect(
    markdownTable(
      ['', 'a', 'longer'],
      [
        ['first', '1,000', '2'],
        ['2nd', '', '3'],
      ],
    ),
  ).toBe(
    [
      '|       |     a | longer |',
      '|-------|------:|-------:|',
      '| first | 1,000 |      2 |',
      '| 2nd   |       |      3 |',
    ].join('\n'),
  );
});
