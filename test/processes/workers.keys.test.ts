import { expect, it } from 'vitest';
import { CreateOpenIdConnectDocument } from '../../schema/client/graphql.ts';
import { createVariables } from '../setup/ordercloud.ts';
import {
  caller,
  emulator,
  isCreated,
  servedBy,
  startWorkers,
  withEmulator,
} from '../setup/worker-gateways.ts';

/* Idempotency keys with several workers, which share them through the primary. */

withEmulator();

it('a key holds for all workers', async () => {
  const gateway = await startWorkers();
  const before = emulator.requests.length;
  const headers = { ...emulator.exampleHeaders, 'Idempotency-Key': 'of-all-workers' };
  // A connection of its own for each: they go to the workers in turn.
  const send = () =>
    caller().send(gateway.url, CreateOpenIdConnectDocument, createVariables('keyed'), headers);
  expect(isCreated(await send())).toBe(true);
  const replays = await Promise.all(Array.from({ length: 6 }, send));
  for (const response of replays) {
    expect(isCreated(response)).toBe(true);
    expect(response.body).toContain('"extensions":{"replayed":true}');
  }
  expect(servedBy(gateway).size).toBe(2);
  const writes = emulator.requests.slice(before).filter(({ method }) => method === 'POST');
  expect(writes).toHaveLength(1);
});
