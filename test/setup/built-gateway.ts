import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that is running, with everything it printed so far. */
export interface Running {
  readonly pid: number;
  /** Signals the program and all that it started, as a terminal does. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** Signals the program alone. */
  readonly signalAlone: (name: NodeJS.Signals) => void;
  readonly output: () => string;
  /** Whole lines of what it printed. */
  readonly lines: () => readonly string[];
  /** Closes the pipe of its stdout. */
  readonly stopReading: () => void;
  /** Resolves with the first line of stdout that matches; fails when the process ends before. */
  readonly line: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly exit: Promise<Exit>;
}

/** Process groups that run. None is to outlive the tests, however these end. */
const groups = new Set<number>();
process.on('exit', killAll);

/** Ends all that was started and runs yet. */
export function killAll(): void {
  for (const pid of groups) process.kill(-pid, 'SIGKILL');
  groups.clear();
}

/** Starts a program in the project's folder, with nothing of this process's environment but the path. */
export function start(
  command: string,
  args: readonly string[],
  environment: Record<string, string>,
  cwd = ROOT,
): Running {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} cannot be started`);
  groups.add(pid);
  const exit = once(child, 'close').then(([code]): Exit => {
    groups.delete(pid);
    return { code: code as number | null, stdout, stderr };
  });
  return {
    pid,
    signal: (name) => {
      process.kill(-pid, name);
    },
    signalAlone: (name) => {
      child.kill(name);
    },
    output: () => stdout + stderr,
    lines: () => [stdout, stderr].flatMap((text) => text.split('\n').slice(0, -1)),
    stopReading: () => {
      child.stdout.destroy();
    },
    exit,
    line: async (pattern) => {
      const lines = createInterface(child.stdout);
      try {
        return await new Promise((resolve, reject) => {
          for (const text of stdout.split('\n')) {
            const match = pattern.exec(text);
            if (match) resolve(match);
          }
          lines.on('line', (text) => {
            const match = pattern.exec(text);
            if (match) resolve(match);
          });
          void exit.then(({ code }) => {
            reject(
              new Error(
                `ended with ${String(code)} before ${String(pattern)}:\n${stdout}${stderr}`,
              ),
            );
          });
        });
      } finally {
        lines.removeAllListeners('line');
      }
    },
  };
}

/** The built gateway as a separate process. */
export interface BuiltGateway extends Running {
  /** Of the API. */
  readonly url: string;
  /** Every log line so far, parsed. */
  readonly logs: () => Record<string, unknown>[];
  /** Lets ten seconds go by, where its clock stands still: the deadline of whatever it waits for. */
  readonly passTenSeconds: () => void;
  /** Sends SIGTERM and waits for the end. */
  readonly stop: () => Promise<Exit>;
}

/** Options of Node.js for a program whose clock stands still: ten seconds go by with each SIGUSR2, and only so do waits of a second or more end. */
export const STOPPED_CLOCK = ['--import', 'tsx', '--import', './test/setup/stopped-process.ts'];

/** Starts what `npm run build` made, as `npm start` does. @param nodeOptions e.g. `STOPPED_CLOCK` */
export async function startBuiltGateway(
  environment: Record<string, string>,
  nodeOptions: readonly string[] = [],
): Promise<BuiltGateway> {
  const running = start(process.execPath, [...nodeOptions, 'dist/main.js'], {
    HOST: '127.0.0.1',
    PORT: '0',
    ...environment,
  });
  const [, url = ''] = await running.line(/"url":"([^"]+)"/);
  return {
    ...running,
    url,
    logs: () =>
      running
        .lines()
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    passTenSeconds: () => {
      running.signalAlone('SIGUSR2');
    },
    stop: () => {
      running.signal('SIGTERM');
      return running.exit;
    },
  };
}

/** Sends a typed document and gives its data, typed; errors beside the data are a failure. */
export async function send<Result, Variables extends object>(
  url: string,
  document: TypedDocumentNode<Result, Variables>,
  variables: Variables,
  headers: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const { data, errors } = (await response.json()) as {
    data?: Result | null;
    errors?: { message: string }[];
  };
  if (errors !== undefined || data === undefined || data === null)
    throw new Error(`the request failed: ${JSON.stringify(errors)}`);
  return data;
}

/** Tells an emulator to misbehave. */
export async function addFault(emulatorUrl: string, fault: object): Promise<void> {
  const response = await fetch(`${emulatorUrl}/__emulator/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
  if (response.status !== 201)
    throw new Error(`the emulator refused the fault: ${await response.text()}`);
}
