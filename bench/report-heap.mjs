// Loaded into a measured Node.js process: for each full collection, appends its time and the bytes of the heap still in use
// to a file. SIGUSR2 requests a full collection, which gets its own line, marked as requested: the observer reports
// a collection some time later, when more of the heap may be in use again.
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
