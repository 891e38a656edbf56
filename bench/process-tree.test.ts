import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseStat, treeOf, usageOf } from './process-tree.ts';

describe('a line of /proc', () => {
  it('is read for any process name', () => {
    const line =
      '4242 (node (a) b) S 17 4242 4242 0 -1 4194560 9000 0 3 0 120 30 7 5 20 0 11 0 99 1 2 3';
    expect(parseStat(line)).toEqual({ pid: 4242, parent: 17, ticks: 162 });
  });
});

describe('a process tree', () => {
  it('is a process with all its descendants', () => {
    const processes = [
      [1, 0],
      [10, 1],
      [11, 10],
      [12, 11],
      [20, 1],
    ].map(([pid = 0, parent = 0]) => ({ pid, parent, ticks: 0 }));
    expect(treeOf(10, processes).map(({ pid }) => pid)).toEqual([10, 11, 12]);
  });

  it('uses memory, processor time and descriptors', () => {
    const usage = usageOf(process.pid);
    expect(usage.cpuMs).toBeGreaterThan(0);
    expect(usage.rssBytes).toBeGreaterThan(10_000_000);
    expect(usage.peakRssBytes).toBeGreaterThanOrEqual(usage.rssBytes);
    expect(usage.descriptors).toBeGreaterThan(3);
  });

  it('counts the processor time of children that have ended', () => {
    const before = usageOf(process.pid).cpuMs;
    execFileSync(process.execPath, [
      '-e',
      'const until = process.cpuUsage().user + 200_000; while (process.cpuUsage().user < until);',
    ]);
    expect(usageOf(process.pid).cpuMs - before).toBeGreaterThanOrEqual(200);
  });

  it('uses nothing once it is gone', () => {
    expect(usageOf(2 ** 30)).toEqual({ cpuMs: 0, rssBytes: 0, peakRssBytes: 0, descriptors: 0 });
  });
});
