import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts'], setupFiles: ['test/setup/no-network.ts'] } },
      // The committed schema against the code and against the last release; needs nothing generated.
      { test: { name: 'schema', include: ['test/schema/**/*.test.ts'] } },
      { test: { name: 'architecture', include: ['test/architecture/**/*.test.ts'] } },
      // The gateway over loopback, against scripted upstreams and the emulators.
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'] } },
      // Real processes and sockets; `npm test` builds first.
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 30_000 } },
      // Needs Chromium: a command of its own.
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 } },
    ],
  },
});
