import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask.ts';
import type { Contender } from './contender.ts';
import { freePort } from './free-port.ts';
import { CONTENDER_CORE, pinned } from './pinning.ts';
import { usageOf } from './process-tree.ts';
import type { TreeUsage } from './process-tree.ts';
import type { RequestTemplate } from './request-template.ts';

/** How long a contender may take until its first correct response. */
const PATIENCE_MS = 60_000;

/** How long a contender may take to stop when asked, before it is killed. */
const FAREWELL_MS = 5_000;

/** A running contender. */
export interface RunningContender {
  readonly pid: number;
  readonly port: number;
  /** From its start to its first correct response. */
  readonly startUpMs: number;
  readonly usage: () => TreeUsage;
  /** Discards its output so far: the log of a whole run would be large. */
  readonly clearOutput: () => void;
  readonly hasEnded: () => boolean;
  /** The end of its output. */
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

/** Running process groups. None may outlive the benchmark, however it ends. */
const groups = new Set<number>();
process.on('exit', () => {
  for (const pid of groups) signal(pid, 'SIGKILL');
});

/** Makes signals end this process with an exit, which stops the contenders too. */
export function exitOnSignals(): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      process.stderr.write(`ended by ${name}\n`);
      process.exit(1);
    });
  }
}

/** How often a contender is started if another process takes its port first. */
const MAX_STARTS = 3;

/**
 * Starts a contender on its core, in its own process group, and waits until it returns the correct response.
 * @param variables for its environment, in addition to its own
 * @throws with the end of its output if it does not
 */
export async function startContender(
  ...given: Parameters<typeof startOnce>
): Promise<RunningContender> {
  for (let starts = 1; ; starts += 1) {
    try {
      return await startOnce(...given);
    } catch (error) {
      if (starts === MAX_STARTS || !String(error).includes('EADDRINUSE')) throw error;
    }
  }
}

async function startOnce(
  contender: Contender,
  upstream: string,
  request: RequestTemplate,
  variables: Readonly<Record<string, string>> = {},
): Promise<RunningContender> {
  const port = await freePort();
  const { command, args, cwd, environment } = contender.start({ port, upstream });
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const file = join(folder, 'output');
  const output = openSync(file, 'a');
  const began = performance.now();
  const run = pinned(CONTENDER_CORE, command, args);
  const child = spawn(run.command, run.args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: folder, ...environment, ...variables },
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} cannot be started`);
  groups.add(pid);
  const running = {
    pid,
    port,
    usage: () => usageOf(pid),
    clearOutput: () => {
      truncateSync(file);
    },
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    output: () => readFileSync(file, 'utf8').slice(-2_000),
    stop: async () => {
      await end(child, pid);
      groups.delete(pid);
      rmSync(folder, { recursive: true });
    },
  };
  try {
    await firstCorrectResponse(running, request, began + PATIENCE_MS);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return { ...running, startUpMs: performance.now() - began };
}

async function firstCorrectResponse(
  { port, hasEnded, output }: Pick<RunningContender, 'port' | 'hasEnded' | 'output'>,
  request: RequestTemplate,
  until: number,
): Promise<void> {
  for (;;) {
    const problem = await ask(port, request);
    if (problem === null) return;
    if (hasEnded()) throw new Error(`it ended before it responded:\n${output()}`);
    if (performance.now() > until) throw new Error(`no correct response: ${problem}\n${output()}`);
    await sleep(2);
  }
}

async function end(child: ChildProcess, pid: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  signal(pid, 'SIGTERM');
  await Promise.race([gone, sleep(FAREWELL_MS, undefined, { ref: false })]);
  signal(pid, 'SIGKILL');
  await gone;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // The group is gone already.
  }
}
