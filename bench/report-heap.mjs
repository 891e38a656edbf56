// Loaded into a Node.js process that is measured: writes how much of its heap is in use to a file, every two seconds.
import { writeFileSync } from 'node:fs';

setInterval(() => {
  writeFileSync(process.env.HEAP_FILE, String(process.memoryUsage().heapUsed));
}, 2_000).unref();
