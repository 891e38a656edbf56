import { describe, expect, it } from 'vitest';
import { ClockSkew } from './clock-skew.ts';

const NOW = Date.UTC(2030, 0, 1);

/** What is reported for responses with these `Date` headers, one after the other. */
function reported(...dates: readonly (string | null)[]): number[] {
  const skews: number[] = [];
  const clock = new ClockSkew((skewMs) => skews.push(skewMs));
  for (const date of dates) clock.look(date, NOW);
  return skews;
}

/** The header of an upstream whose clock is this far behind, in milliseconds. */
const behind = (ms: number) => new Date(NOW - ms).toUTCString();

describe('the clock', () => {
  it.each([
    ['agrees', 0],
    ['is a minute ahead', 60_000],
    ['is a minute behind', -60_000],
  ])('that %s is right', (_what, ms) => {
    expect(reported(behind(ms))).toEqual([]);
  });

  it.each([
    ['ahead', 61_000],
    ['behind', -61_000],
    ['a day ahead', 86_400_000],
  ])('that is more than a minute %s is wrong', (_what, ms) => {
    expect(reported(behind(ms))).toEqual([ms]);
  });

  it('is reported once when it goes wrong, and once when it is right again', () => {
    expect(
      reported(behind(0), behind(90_000), behind(95_000), behind(-90_000), behind(0), behind(0)),
    ).toEqual([90_000, 0]);
  });

  it('is reported once a minute if servers behind one name do not agree', () => {
    const skews: number[] = [];
    const clock = new ClockSkew((skewMs) => skews.push(skewMs));
    for (let second = 0; second < 120; second += 1)
      clock.look(behind(second % 2 === 0 ? 90_000 : 0), NOW, second * 1_000);
    expect(skews).toEqual([90_000, 0, 90_000, 0]);
  });

  it.each([
    ['there is no header', null],
    ['the header is empty', ''],
    ['the header is no time', 'yesterday'],
  ])('stays unchanged if %s', (_what, date) => {
    expect(reported(date)).toEqual([]);
    expect(reported(behind(90_000), date, behind(90_000), date)).toEqual([90_000]);
  });

  it('is the one of this machine', () => {
    const skews: number[] = [];
    const clock = new ClockSkew((skewMs) => skews.push(skewMs));
    clock.look(new Date().toUTCString());
    clock.look(new Date(Date.now() - 3_600_000).toUTCString());
    expect(skews.map((skewMs) => Math.round(skewMs / 60_000))).toEqual([60]);
  });
});
