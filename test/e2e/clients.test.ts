import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import ownPackage from '../../package.json' with { type: 'json' };
import examplePackage from '../../examples/clients/package.json' with { type: 'json' };
import { describeResult } from '../../examples/clients/describe-result.ts';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { start, startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';

/* The programs of `examples/clients`, with the types that its own codegen wrote, against the built gateway. */

let emulator: RunningEmulator;
let gateway: BuiltGateway;

beforeAll(async () => {
  emulator = await startEmulator();
  gateway = await startBuiltGateway({ ...emulator.environment });
});
afterAll(async () => {
  expect((await gateway.stop()).code).toBe(0);
  await emulator.close();
});

const run = (program: string, id: string, settings: Record<string, string> = {}) => {
  const file = fileURLToPath(new URL(`../../examples/clients/${program}.ts`, import.meta.url));
  return start(process.execPath, ['--import', 'tsx', file, id], {
    GATEWAY_URL: gateway.url,
    ORDERCLOUD_TOKEN: emulator.exampleHeaders['X-OrderCloud-Authorization']?.split(' ')[1] ?? '',
    CONNECT_CLIENT_SECRET: 'canary-of-the-clients',
    ...settings,
  }).exit;
};

describe.each([
  'create-with-client',
  'create-with-fetch',
  'create-with-urql',
  'create-with-apollo',
])('%s', (program) => {
  it('creates a configuration and reads it', async () => {
    const { code, stdout, stderr } = await run(program, program);
    expect(stdout).toMatch(
      new RegExp(
        `^Created ${program}\\nWarning INTEGRATION_EVENT_MISSING: .*\\nRead ${program}\\n$`,
      ),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

it('create-with-key creates a configuration once, however often it runs with its key', async () => {
  const created = /^Created keyed\n/;
  for (let runs = 0; runs < 2; runs += 1) {
    const { stdout } = await run('create-with-key', 'keyed', { IDEMPOTENCY_KEY: 'key-1' });
    expect(stdout).toMatch(created);
  }
  const { stdout } = await run('create-with-key', 'keyed');
  expect(stdout).toMatch(/^ALREADY_EXISTS: /);
});

describe('each result', () => {
  it('says what is there already', async () => {
    const { stdout } = await run('create-with-fetch', 'example-existing');
    expect(stdout).toMatch(/^ALREADY_EXISTS: .*\nRead example-existing\n$/);
  });

  it.each(['create-with-client', 'create-with-fetch'])(
    'of %s says which field is wrong',
    async (program) => {
      const { stdout } = await run(program, 'no/id', { CONNECT_CLIENT_SECRET: '' });
      expect(stdout).toContain('Invalid id: ');
      expect(stdout).toContain('Invalid connectClientSecret: ');
    },
  );

  it('says that the outcome of a write is unknown, and how to find out', () => {
    const unknown = {
      __typename: 'OidcOutcomeUnknownError',
      code: 'OUTCOME_UNKNOWN',
      message: 'It may have been created.',
      requestId: '1',
      upstream: null,
      reason: 'TIMEOUT',
      verifyWith: 'openIdConnect(id: "a")',
    } as const;
    expect(describeResult(unknown)).toBe(
      'It may have been created. To find out: openIdConnect(id: "a")',
    );
  });

  it('says that the gateway could not complete a field', () => {
    expect(describeResult(null)).toContain("GraphQL's errors");
  });

  it('says that the token is missing', async () => {
    const { stdout } = await run('create-with-fetch', 'other', { ORDERCLOUD_TOKEN: 'expired' });
    expect(stdout).toMatch(/^UNAUTHENTICATED: .*\nUNAUTHENTICATED: .*\n$/);
  });
});

describe('persisted documents', () => {
  const persisted = fileURLToPath(
    new URL('../../examples/clients/graphql/persisted-documents.json', import.meta.url),
  );

  it('go from the build of a client to a gateway that accepts no other documents', async () => {
    const strict = await startBuiltGateway({
      ...emulator.environment,
      PERSISTED_DOCUMENTS_FILE: persisted,
      PERSISTED_ONLY: 'true',
    });
    try {
      const accepted = await run('create-with-persisted-documents', 'persisted', {
        GATEWAY_URL: strict.url,
      });
      expect(accepted.stdout).toMatch(/^Created persisted\n/);
      expect(accepted.code).toBe(0);
      const refused = await run('create-with-fetch', 'persisted', { GATEWAY_URL: strict.url });
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('persisted document');
    } finally {
      await strict.stop();
    }
  });
});

describe('package.json of the example', () => {
  it('names the versions that the tests run with', () => {
    const own: Readonly<Record<string, string>> = ownPackage.devDependencies;
    for (const [name, version] of Object.entries({
      ...examplePackage.dependencies,
      ...examplePackage.devDependencies,
    }))
      expect(own[name], name).toBe(version);
  });
});
