import { describe, expect, it } from 'vitest';
import { createLoginGate, FOR_GOOD, WORKED } from './login-gate.ts';

function open() {
  let time = 0;
  const gate = createLoginGate(() => time);
  const entries: string[] = [];
  /** Enters, and tells when it has its turn, or is turned away. */
  const enter = async (name: string, upstream = 'SHOP') => {
    const turn = await gate.enter(upstream);
    entries.push(`${name} ${'pausedMs' in turn ? 'turned away' : 'in'}`);
    return {
      ...turn,
      end: (pauseMs: number) => {
        if ('end' in turn) turn.end(pauseMs);
      },
    };
  };
  return {
    enter,
    entries,
    at: (ms: number) => {
      time = ms;
    },
  };
}
const settled = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('the gate of logins', () => {
  it('lets one login in at a time, in order, separately for each upstream', async () => {
    const { enter, entries } = open();
    const [first, second, third] = [enter('first'), enter('second'), enter('third')];
    const other = enter('other', 'BANK');
    await settled();
    expect(entries).toEqual(['first in', 'other in']);
    (await first).end(0);
    await settled();
    expect(entries.slice(2)).toEqual(['second in']);
    (await first).end(0);
    await settled();
    expect(entries.slice(2), 'a turn ends once').toEqual(['second in']);
    (await second).end(0);
    (await third).end(0);
    (await other).end(0);
    await enter('fourth');
    expect(entries.slice(3)).toEqual(['third in', 'fourth in']);
  });

  it.each([
    [60_000, 60_000],
    [FOR_GOOD, null],
  ])('stays closed for as long as a refusal says: %d ms', async (refusedMs, until) => {
    const { enter, entries, at } = open();
    const [first] = [enter('first'), enter('second'), enter('third')];
    (await first).end(refusedMs);
    await settled();
    at((until ?? 1e12) - 1);
    await enter('fourth');
    expect(entries).toEqual([
      'first in',
      'second turned away',
      'third turned away',
      'fourth turned away',
    ]);
    if (until === null) return;
    at(until);
    await enter('fifth');
    expect(entries.at(-1)).toBe('fifth in');
  });

  it('reports how long it stays closed', async () => {
    const { enter, at } = open();
    (await enter('first')).end(60_000);
    at(25_000);
    expect(await enter('second')).toMatchObject({ pausedMs: 35_000 });
    at(60_000);
    (await enter('third')).end(FOR_GOOD);
    at(1e12);
    expect(await enter('fourth')).toMatchObject({ pausedMs: FOR_GOOD });
  });

  it('counts refusals in a row: only one that worked ends them, not one without a result', async () => {
    const { enter, at } = open();
    const counts: unknown[] = [];
    for (const [index, pauseMs] of [1, 0, 1, 1, WORKED, 1, 0].entries()) {
      at(index * 10);
      const turn = await enter('next');
      counts.push('refusals' in turn ? turn.refusals : turn);
      turn.end(pauseMs);
    }
    expect(counts).toEqual([0, 1, 1, 2, 3, 0, 1]);
    expect(await enter('another', 'BANK')).toMatchObject({ refusals: 0 });
  });
});
