import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The core of the contenders. */
export const CONTENDER_CORE = 0;
/** The core of the load generator and of the upstream. */
export const HELPER_CORE = 1;

/** Whether processes can be pinned to a core: requires util-linux's `taskset` and two cores. */
export const canPin =
  availableParallelism() > HELPER_CORE && spawnSync('taskset', ['--version']).status === 0;

/** The command that runs a program on one core, if that is possible; otherwise the unchanged program. */
export function pinned(
  core: number,
  command: string,
  args: readonly string[],
): { readonly command: string; readonly args: readonly string[] } {
  return canPin
    ? { command: 'taskset', args: ['-c', String(core), command, ...args] }
    : { command, args };
}
