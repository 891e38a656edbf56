import { parseArgs } from 'node:util';
import { runStorm } from './storm.ts';

const USAGE = `Usage: npm run repeats -- [--requests N] [--callers N] [--instances N] [--seed TEXT]

Sends writes with an Idempotency-Key again and again (10,000 requests by 50 callers) to 3 instances of the gateway that share
a Redis, over an upstream that loses, delays and fails. Fails if a write was applied twice, or if repeats got different results.
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
if (values.help) process.stdout.write(USAGE);
else {
  const began = performance.now();
  const report = await runStorm({
    requests: Number(values.requests),
    callers: Number(values.callers),
    instances: Number(values.instances),
    seed: values.seed,
  });
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(`${JSON.stringify({ seconds, ...report }, null, 2)}\n`);
  const { appliedTwice, notApplied, different, unexpected } = report;
  if ([appliedTwice, notApplied, different, unexpected].some(({ length }) => length > 0))
    process.exitCode = 1;
}
