// Loaded into a Node.js process that is measured: appends to a file, for each full collection, when it was and how many bytes
// of the heap it left in use. SIGUSR2 asks for a full collection, which has a line of its own, marked as asked for: the
// observer tells of a collection some time later, when there may be more in use again.
import { appendFileSync } from 'node:fs';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const report = (mark) => {
  appendFileSync(process.env.HEAP_FILE, `${Date.now()} ${process.memoryUsage().heapUsed}${mark}\n`);
};

const observer = new PerformanceObserver((list) => {
  const full = list
    .getEntries()
    .some(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR);
  if (full) report('');
});
observer.observe({ entryTypes: ['gc'] });

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => {
  collect();
  report(' asked');
});
