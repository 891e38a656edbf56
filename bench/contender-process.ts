import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask.ts';
import type { Contender } from './contender.ts';
import { CONTENDER_CORE, pinned } from './pinning.ts';
import { usageOf } from './process-tree.ts';
import type { TreeUsage } from './process-tree.ts';
import type { RequestTemplate } from './request-template.ts';

/** How long a contender may take to its first right answer. */
const PATIENCE_MS = 60_000;

/** How long a contender may take to end when it is asked to, before it is killed. */
const FAREWELL_MS = 5_000;

/** A contender that runs. */
export interface RunningContender {
  readonly pid: number;
  readonly port: number;
  /** From its start to its first right answer. */
  readonly startUpMs: number;
  readonly usage: () => TreeUsage;
  /** Throws away what it has printed: the log of a whole run would be large. */
  readonly clearOutput: () => void;
  readonly hasEnded: () => boolean;
  /** The end of what it printed. */
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

/** Process groups that run: none may outlive the benchmark, however that ends. */
const groups = new Set<number>();
process.on('exit', () => {
  for (const pid of groups) signal(pid, 'SIGKILL');
});

/** Has signals end this process by an exit, which takes the contenders along. */
export function exitOnSignals(): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      process.stderr.write(`ended by ${name}\n`);
      process.exit(1);
    });
  }
}

/** How often a contender is started where another process takes its port first. */
const MAX_STARTS = 3;

/**
 * Starts a contender on its core, in a process group of its own, and waits until it gives the right answer.
 * @param variables for its environment, beside its own
 * @throws with the end of its output where it does not
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
    await firstRightAnswer(running, request, began + PATIENCE_MS);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return { ...running, startUpMs: performance.now() - began };
}

async function firstRightAnswer(
  { port, hasEnded, output }: Pick<RunningContender, 'port' | 'hasEnded' | 'output'>,
  request: RequestTemplate,
  until: number,
): Promise<void> {
  for (;;) {
    const fault = await ask(port, request);
    if (fault === null) return;
    if (hasEnded()) throw new Error(`it ended before it answered:\n${output()}`);
    if (performance.now() > until) throw new Error(`no right answer: ${fault}\n${output()}`);
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

/** A port that was free a moment ago: not every contender can choose one by itself. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // what a listening TCP server has
  await once(server.close(), 'close');
  return port;
}
