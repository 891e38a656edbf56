import { describe, expect, it } from 'vitest';
import { createLoginGate, FOR_GOOD, WORKED } from './login-gate.ts';

function open() {
  let time = 0;
  const gate = createLoginGate(() => time);
  const told: string[] = [];
  /** Enters, and tells when it has its turn, or is turned away. */
  const enter = async (name: string, upstream = 'SHOP') => {
    const turn = await gate.enter(upstream);
    told.push(`${name} ${'pausedMs' in turn ? 'turned away' : 'in'}`);
    return {
      ...turn,
      end: (pauseMs: number) => {
        if ('end' in turn) turn.end(pauseMs);
      },
    };
  };
  return {
    enter,
    told,
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
  it('lets one in at a time, in the order they came, each upstream by itself', async () => {
    const { enter, told } = open();
    const [first, second, third] = [enter('first'), enter('second'), enter('third')];
    const other = enter('other', 'BANK');
    await settled();
    expect(told).toEqual(['first in', 'other in']);
    (await first).end(0);
    await settled();
    expect(told.slice(2)).toEqual(['second in']);
    (await first).end(0);
    await settled();
    expect(told.slice(2), 'a turn ends once').toEqual(['second in']);
    (await second).end(0);
    (await third).end(0);
    (await other).end(0);
    await enter('fourth');
    expect(told.slice(3)).toEqual(['third in', 'fourth in']);
  });

  it.each([
    [60_000, 60_000],
    [FOR_GOOD, null],
  ])('lets nobody in for as long as a refusal says: %d ms', async (refusedMs, until) => {
    const { enter, told, at } = open();
    const [first] = [enter('first'), enter('second'), enter('third')];
    (await first).end(refusedMs);
    await settled();
    at((until ?? 1e12) - 1);
    await enter('fourth');
    expect(told).toEqual([
      'first in',
      'second turned away',
      'third turned away',
      'fourth turned away',
    ]);
    if (until === null) return;
    at(until);
    await enter('fifth');
    expect(told.at(-1)).toBe('fifth in');
  });

  it('tells whom it turns away for how long', async () => {
    const { enter, at } = open();
    (await enter('first')).end(60_000);
    at(25_000);
    expect(await enter('second')).toMatchObject({ pausedMs: 35_000 });
    at(60_000);
    (await enter('third')).end(FOR_GOOD);
    at(1e12);
    expect(await enter('fourth')).toMatchObject({ pausedMs: FOR_GOOD });
  });

  it('counts refusals in a row: only one that worked ends them, not one that told nothing', async () => {
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
