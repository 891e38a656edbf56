import { vi } from 'vitest';

/** How long tests wait for a condition, in milliseconds: so long that no machine is too slow, and that only what never comes is missed. */
const PATIENCE_MS = 120_000;

const { waitFor } = vi;
const waitPatiently: typeof waitFor = (condition, options) =>
  waitFor(condition, typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options });

// The files of one worker share `vi`, and each of them comes by here.
if (waitFor.name !== waitPatiently.name) vi.waitFor = waitPatiently;
