// Loaded into a Node.js process that is measured: writes to a file how much of its heap is in use after each full collection.
import { writeFileSync } from 'node:fs';
import { constants, PerformanceObserver } from 'node:perf_hooks';

const observer = new PerformanceObserver((list) => {
  const full = list.getEntries().some(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR);
  if (full) writeFileSync(process.env.HEAP_FILE, String(process.memoryUsage().heapUsed));
});
observer.observe({ entryTypes: ['gc'] });
