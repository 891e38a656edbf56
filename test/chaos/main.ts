import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inWords, reportOf } from './report.ts';
import type { Report } from './report.ts';
import { runStorm } from './storm.ts';

const USAGE = `Usage: npm run chaos -- [--minutes N] [--seed TEXT] [--workers N] [--dist FOLDER] [--json FILE] [--before FILE]

Runs the built gateway for a while (10 minutes) over a pair of upstreams that fail in every way, with callers who hang up, and
kills and restarts it meanwhile. A ledger knows what was really applied. Fails if something that must hold did not.

--seed     the same seed draws the same faults and calls (1)
--workers  processes that serve; not given: another number with each start
--dist     what was built before, such as another version; not given: builds this one
--json     where to keep the report
--before   a report of another version, to be shown beside this one
`;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const began = Date.now();

function say(text: string): void {
  const seconds = Math.round((Date.now() - began) / 1000);
  process.stdout.write(
    `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}  ${text}\n`,
  );
}

/** Tells the result, in the form of the test runner at the end. */
function tell(report: Report, before: Report | null): void {
  process.stdout.write(`\n${inWords(report, before).join('\n')}\n`);
  const failed = report.checks.filter(({ count }) => count > 0);
  for (const { name, count, examples } of failed)
    process.stderr.write(
      `\nFAILED (${count}): ${name}\n${examples
        .slice(0, 5)
        .map((one) => `  ${one}\n`)
        .join('')}`,
    );
  const passed = report.checks.length - failed.length;
  process.stdout.write(
    `\n      Tests  ${failed.length > 0 ? `${failed.length} failed | ` : ''}${passed} passed (${report.checks.length})\n`,
  );
  if (failed.length > 0) process.exitCode = 1;
}

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    minutes: { ...text, default: '10' },
    seed: { ...text, default: '1' },
    workers: text,
    dist: text,
    json: text,
    before: text,
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const minutes = Number(values.minutes);
const workers = values.workers === undefined ? null : Number(values.workers);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

if (values.help) {
  process.stdout.write(USAGE);
} else if (!(minutes > 0) || (workers !== null && !(Number.isInteger(workers) && workers > 0))) {
  process.stderr.write(
    '--minutes must be a number and --workers a whole number, both greater than zero\n',
  );
  process.exitCode = 1;
} else {
  const before =
    values.before === undefined
      ? null
      : (JSON.parse(readFileSync(values.before, 'utf8')) as Report);
  if (values.dist === undefined) {
    say('building the gateway …');
    execFileSync('npm', ['run', 'build'], { cwd: ROOT, stdio: 'ignore' });
  }
  const history = await runStorm({
    minutes,
    seed: values.seed,
    workers,
    main: resolve(values.dist ?? `${ROOT}dist`, 'main.js'),
    say,
  });
  const report = reportOf(history, values.seed, minutes);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  tell(report, before);
}
