import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { coreTime, thisMachine, watchOthers } from './machine.ts';

describe('the machine', () => {
  it('is this one', () => {
    expect(thisMachine()).toMatchObject({ node: process.version });
    expect(thisMachine().cores).toBeGreaterThan(0);
  });

  it('reports the busy and the total time of its cores', () => {
    expect(coreTime('cpu  100 10 40 800 30 0 5 15 7 0\ncpu0 1 2 3 4\n')).toEqual({
      busy: 170,
      total: 1000,
    });
  });

  it('reports the share of the time that others used', () => {
    const others = watchOthers();
    execFileSync(process.execPath, [
      '-e',
      'const until = process.cpuUsage().user + 100_000; while (process.cpuUsage().user < until);',
    ]);
    expect(others()).toBeLessThan(1);
    expect(others()).toBeGreaterThanOrEqual(0);
  });
});
