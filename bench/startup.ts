import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RunningEmulator } from '../src/transport/emulator/emulator.ts';
import { upstreams } from '../src/upstreams/index.ts';
import { usageOf } from './process-tree.ts';
import { readStartupOptions, STARTUP_USAGE } from './startup-options.ts';
import { median } from './statistics.ts';
import { markdownTable } from './table.ts';

/* What a start takes, up to the first successful mutation. */

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** What one start took. */
interface Start {
  readonly cpuMs: number;
  readonly elapsedMs: number;
  readonly rssBytes: number;
}

const read = (name: string) =>
  readFileSync(new URL(`../schema/operations/${name}`, import.meta.url), 'utf8');
const DOCUMENT = read('01-create-open-id-connect.graphql');
const { input: INPUT } = JSON.parse(read('01-create-open-id-connect.variables.json')) as {
  readonly input: object;
};

/** Starts the program, sends it a mutation and ends it. @throws Error if the mutation does not succeed */
async function startOnce(
  node: string,
  program: string,
  { environment, exampleHeaders }: RunningEmulator,
  id: string,
): Promise<Start> {
  const began = performance.now();
  const gateway = spawn(node, [program], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...environment, HOST: '127.0.0.1', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(gateway, 'exit');
  try {
    const url = await listeningAt(createInterface(gateway.stdout));
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...exampleHeaders },
      body: JSON.stringify({ query: DOCUMENT, variables: { input: { ...INPUT, id } } }),
    });
    const text = await response.text();
    if (!text.includes('"CreateOpenIdConnectSuccess"'))
      throw new Error(`the mutation failed: ${text}`);
    const { cpuMs, rssBytes } = usageOf(gateway.pid ?? 0);
    return { cpuMs, elapsedMs: performance.now() - began, rssBytes };
  } finally {
    gateway.kill('SIGTERM');
    await ended;
  }
}

async function listeningAt(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const [, url] = /"url":"([^"]+)"/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error('the gateway ended before it listened');
}

const options = readStartupOptions(process.argv.slice(2));
if (options.help) process.stdout.write(STARTUP_USAGE);
else {
  const [upstream] = upstreams;
  if (upstream === undefined) throw new Error('there is no upstream');
  const emulator = await (await upstream.emulator()).startEmulator({ port: 0 });
  const measured = options.nodes.flatMap((node) =>
    options.programs.map((program) => ({ node, program, starts: [] as Start[] })),
  );
  for (let run = 0; run < options.runs; run += 1) {
    for (const [index, { node, program, starts }] of measured.entries())
      starts.push(await startOnce(node, program, emulator, `startup-${run}-${index}`));
  }
  await emulator.close();
  const both = (values: readonly number[], unit: number, digits: number) =>
    [Math.min(...values), median(values)].map((value) => (value / unit).toFixed(digits));
  process.stdout.write(
    `Minimum and median of ${options.runs} starts, up to the first successful mutation.\n\n${markdownTable(
      ['Node.js', 'program', 'CPU s', '', 'elapsed s', '', 'resident MB', ''],
      measured.map(({ node, program, starts }) => [
        execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(),
        program,
        ...both(
          starts.map(({ cpuMs }) => cpuMs),
          1_000,
          2,
        ),
        ...both(
          starts.map(({ elapsedMs }) => elapsedMs),
          1_000,
          2,
        ),
        ...both(
          starts.map(({ rssBytes }) => rssBytes),
          1_000_000,
          0,
        ),
      ]),
    )}\n`,
  );
}
