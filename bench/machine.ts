import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { canPin } from './pinning.ts';
import { ticksPerSecond, usageOf } from './process-tree.ts';

/** Length of a Linux clock tick, in milliseconds. */
const TICK_MS = 1000 / ticksPerSecond();

/** The machine of a run. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** Whether the contenders had their own core. */
  readonly pinned: boolean;
}

/** This machine. */
export function thisMachine(): Machine {
  const [first] = cpus();
  return {
    cpu: first?.model ?? 'unknown CPU',
    cores: cpus().length,
    node: process.version,
    pinned: canPin,
  };
}

/** Starts watching. @returns the share of the cores' time that other processes have used since then: they disturb the benchmark */
export function watchOthers(): () => number {
  const look = () => ({
    ...coreTime(readFileSync('/proc/stat', 'utf8')),
    own: usageOf(process.pid).cpuMs / TICK_MS,
  });
  const before = look();
  return () => {
    const now = look();
    const others = now.busy - before.busy - (now.own - before.own);
    return Math.max(0, others / (now.total - before.total));
  };
}

/** Reads the first line of `/proc/stat`: the ticks of all cores since the start, and how many of them were not idle. */
export function coreTime(text: string): { readonly busy: number; readonly total: number } {
  // user, nice, system, idle, iowait, irq, softirq, steal; user already includes the rest.
  const ticks = text.slice(0, text.indexOf('\n')).split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, each) => sum + each, 0);
  const [, , , idle = 0, waiting = 0] = ticks;
  return { busy: total - idle - waiting, total };
}
