import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The core of the contenders. */
export const CONTENDER_CORE = 0;
/** The core of the load generator and of the upstream. */
export const HELPER_CORE = 1;

/** Whether processes can be kept on a core of their own: it takes util-linux's `taskset`, and two cores. */
export const canPin =
  availableParallelism() > HELPER_CORE && spawnSync('taskset', ['--version']).status === 0;

/** The command that runs a program on one core, where that is possible; else the program as it is. */
export function pinned(
  core: number,
  command: string,
  args: readonly string[],
): { readonly command: string; readonly args: readonly string[] } {
  return canPin
    ? { command: 'taskset', args: ['-c', String(core), command, ...args] }
    : { command, args };
}
