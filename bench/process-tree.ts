import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Resources of a process and its descendants. */
export interface TreeUsage {
  /** User and system processor time since their start, including ended children, in milliseconds. */
  readonly cpuMs: number;
  /** Current and peak memory in bytes, each summed over the processes. */
  readonly rssBytes: number;
  readonly peakRssBytes: number;
  /** Open descriptors. */
  readonly descriptors: number;
}

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

let knownTicks: number | undefined;

/** Ticks per second in which Linux counts processor time. */
export function ticksPerSecond(): number {
  knownTicks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return knownTicks;
}

/** Reads the resources of a process and all its descendants from Linux's `/proc`. */
export function usageOf(pid: number): TreeUsage {
  const tree = treeOf(pid, allProcesses());
  const status = tree.map((each) => readIfAlive(`/proc/${each.pid}/status`));
  return {
    cpuMs: (sum(tree.map(({ ticks }) => ticks)) / ticksPerSecond()) * 1000,
    rssBytes: sum(status.map((text) => kilobytes(text, 'VmRSS') * 1024)),
    peakRssBytes: sum(status.map((text) => kilobytes(text, 'VmHWM') * 1024)),
    descriptors: sum(tree.map((each) => countIfAlive(`/proc/${each.pid}/fd`))),
  };
}

/** A process and its descendants. */
export function treeOf(root: number, all: readonly ProcessStat[]): ProcessStat[] {
  const own = all.filter(({ pid }) => pid === root);
  return [
    ...own,
    ...all.filter(({ parent }) => parent === root).flatMap(({ pid }) => treeOf(pid, all)),
  ];
}

/** Reads a line of `/proc/<pid>/stat`. The name may contain spaces and parentheses, so fields count from the last `)`. */
export function parseStat(text: string): ProcessStat {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, parent = 0] = fields;
  // utime, stime, cutime and cstime: fields 14 to 17 of proc(5), where the one after the name is the third.
  return { pid: Number.parseInt(text, 10), parent, ticks: sum(fields.slice(11, 15)) };
}

function allProcesses(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readIfAlive(`/proc/${pid}/stat`))
    .filter((text) => text !== '')
    .map(parseStat);
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
}

/** Processes may end between being listed and being read. */
function readIfAlive(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function countIfAlive(path: string): number {
  try {
    return readdirSync(path).length;
  } catch {
    return 0;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
