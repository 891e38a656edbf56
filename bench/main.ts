import { writeFileSync } from 'node:fs';
import { exitOnSignals } from './contender-process.ts';
import { buildGateway } from './install.ts';
import { WrongBehavior } from './measure.ts';
import { readOptions, USAGE, UsageError } from './options.ts';
import type { Options } from './options.ts';
import { writeIntoDocument } from './performance-document.ts';
import { say } from './progress.ts';
import { report } from './report.ts';
import { run } from './run.ts';

async function bench(options: Options, args: readonly string[]): Promise<void> {
  say('building the gateway …');
  await buildGateway();
  const results = await run(
    options,
    ['npm run bench', ...(args.length === 0 ? [] : ['--', ...args])].join(' '),
  );
  const text = report(results);
  process.stdout.write(`\n${text}\n`);
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  if (options.write) writeIntoDocument(text);
}

exitOnSignals();
try {
  const args = process.argv.slice(2);
  const options = readOptions(args);
  if (options.help) process.stdout.write(USAGE);
  else await bench(options, args);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof WrongBehavior)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
