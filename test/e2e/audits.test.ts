import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator.ts';
import type { RunningEmulator } from '../../src/transport/emulator.ts';
import { startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';

let emulator: RunningEmulator;
let gateway: BuiltGateway;

beforeAll(async () => {
  emulator = await startEmulator();
  gateway = await startBuiltGateway(emulator.environment);
});
afterAll(async () => {
  await gateway.stop();
  await emulator.close();
});

describe('GraphQL over HTTP, on a real socket', () => {
  const audits = serverAudits({ url: () => gateway.url, fetchFn: fetch });

  it('has 61 audits', () => {
    expect(audits).toHaveLength(61);
  });

  it.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (_id, _name, audit) => {
    const result = await audit.fn();
    expect(result.status, 'reason' in result ? result.reason : '').toBe('ok');
  });
});
