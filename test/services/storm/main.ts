import { parseArgs } from 'node:util';
import { runStorm } from './storm.ts';
import type { StormOptions, StormReport } from './storm.ts';

const USAGE = `Usage: npm run repeats -- [--requests N] [--callers N] [--instances N] [--seed TEXT]

Sends writes with an Idempotency-Key again and again (10,000 requests by 50 callers) to 3 instances of the gateway, over an
upstream that loses, delays and fails; four times:

  SHARED           the instances share a Redis
  FAILOVER         they share one behind a Sentinel, whose master is killed on the way
  LOSING_FAILOVER  a control: the same, but the replica has lost everything, so writes must be applied twice
  EACH_ITS_OWN     a control: they share nothing, so writes must be applied twice

Fails if a write was applied twice, or if repeats got different results, in the first two, or if the controls show no write
that was applied twice.
`;

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    requests: { ...text, default: '10000' },
    callers: { ...text, default: '50' },
    instances: { ...text, default: '3' },
    seed: { ...text, default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

function isRight({
  appliedTwice,
  lostInFailover,
  notApplied,
  different,
  unexpected,
}: StormReport): boolean {
  return [appliedTwice, lostInFailover, notApplied, different, unexpected].every(
    ({ length }) => length === 0,
  );
}

/** The controls have hundreds of keys in each list. */
function counted(report: StormReport): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(report).map(([name, value]: [string, unknown]) => [
      name,
      Array.isArray(value) ? value.length : value,
    ]),
  );
}

const RUNS: Readonly<Record<StormOptions['redis'], (report: StormReport) => boolean>> = {
  SHARED: isRight,
  FAILOVER: isRight,
  LOSING_FAILOVER: ({ lostInFailover }) => lostInFailover.length > 0,
  EACH_ITS_OWN: ({ appliedTwice }) => appliedTwice.length > 0,
};

if (values.help) process.stdout.write(USAGE);
else
  for (const [redis, isExpected] of Object.entries(RUNS)) {
    const began = performance.now();
    const report = await runStorm({
      requests: Number(values.requests),
      callers: Number(values.callers),
      instances: Number(values.instances),
      seed: values.seed,
      redis: redis as StormOptions['redis'], // a key of RUNS
    });
    const seconds = Math.round((performance.now() - began) / 1000);
    const well = isExpected(report);
    const shown = isExpected === isRight ? report : counted(report);
    process.stdout.write(
      `${redis}: ${well ? 'as expected' : 'NOT as expected'}\n${JSON.stringify({ seconds, ...shown }, null, 2)}\n`,
    );
    if (!well) process.exitCode = 1;
  }
