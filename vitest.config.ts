import { defineConfig } from 'vitest/config';

export default defineConfig({
  // One copy of graphql: Vite would take its ES modules for our imports while the libraries require the CommonJS ones.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    // Much of the time is spent waiting, for processes to start and for deadlines to pass.
    maxWorkers: 5,
    // One set of modules for each worker: loading the schema anew for each of 150 files takes longer than its tests.
    isolate: false,
    // However slow the machine is: no test fails because something came late, only because it never came.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 120_000 } },
    setupFiles: ['test/setup/patience.ts'],
    // `npm run coverage`, a part of the check: a floor, so that code without tests is noticed. Commands and workers run as processes, and the
    // page in a browser, and what speaks with Redis is tested with a real one: their suites reach what is left out here.
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: [
        'src/main.ts',
        'src/commands/**',
        'src/redis/*-redis.ts',
        'src/redis/retired-keys.ts',
        'src/watch/ledger/redis-ledger.ts',
        'src/server/watching/primary-watching.ts',
        'src/server/idempotency/redis-store.ts',
        'src/server/workers/worker*.ts',
        'src/server/browser/graphiql/**',
      ],
      reporter: ['text-summary', 'html'],
      thresholds: { statements: 97, branches: 93, functions: 97, lines: 97 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'bench/**/*.test.ts', 'build/**/*.test.ts'],
          setupFiles: ['test/setup/no-network.ts'],
        },
      },
      // What judges a storm of faults, and the upstreams in it; the storm itself is a command of its own.
      { extends: true, test: { name: 'chaos', include: ['test/chaos/**/*.test.ts'] } },
      // The committed schema against the code and against the last release; needs nothing generated.
      { extends: true, test: { name: 'schema', include: ['test/schema/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'architecture', include: ['test/architecture/**/*.test.ts'] },
      },
      // The gateway over loopback, against scripted upstreams and the emulators.
      { extends: true, test: { name: 'contract', include: ['test/contract/**/*.test.ts'] } },
      // The vendors' own SDKs over loopback, against the emulators.
      { extends: true, test: { name: 'witness', include: ['test/witness/**/*.test.ts'] } },
      // The typed client and the command, without a gateway.
      {
        extends: true,
        test: {
          name: 'packages',
          include: ['client/src/**/*.test.ts', 'cli/src/**/*.test.ts'],
          setupFiles: ['test/setup/no-network.ts'],
        },
      },
      // Real processes and sockets; `npm test` builds first.
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          setupFiles: ['test/setup/nothing-left.ts'],
        },
      },
      // Many processes, which start, hang and are killed: a command of its own, because they take minutes of processor time.
      {
        extends: true,
        test: {
          name: 'processes',
          include: ['test/processes/**/*.test.ts'],
          setupFiles: ['test/setup/nothing-left.ts'],
        },
      },
      // Composers and routers of other vendors, in folders of their own: `npm run test:federation` installs them.
      { extends: true, test: { name: 'federation', include: ['test/federation/**/*.test.ts'] } },
      // What the gateway must not call, in a network namespace in which every address is this machine's: a command of its own.
      { extends: true, test: { name: 'addresses', include: ['test/addresses/**/*.test.ts'] } },
      // Real programs of others, such as nginx, on both sides of the gateway: needs Debian's packages, a command of its own.
      { extends: true, test: { name: 'services', include: ['test/services/**/*.test.ts'] } },
      // The image and the chart, built and run with Debian's buildah and podman as root: a command of its own.
      {
        extends: true,
        test: {
          name: 'containers',
          include: ['test/containers/**/*.test.ts'],
          globalSetup: 'test/containers/setup/image.ts',
        },
      },
      // Verdicts of the checks of sign-in against hundreds of real sign-ins: a command of its own, because they take minutes of processor time.
      { extends: true, test: { name: 'verdicts', include: ['test/verdicts/**/*.test.ts'] } },
      // Needs Chromium: a command of its own.
      { extends: true, test: { name: 'browser', include: ['test/browser/**/*.test.ts'] } },
    ],
  },
});
