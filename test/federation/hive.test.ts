import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeRouter, describeUnmaskedRouter } from './setup/router-suite.ts';
import {
  startHiveGateway,
  startRetryingHiveGateway,
  startUnmaskedHiveGateway,
} from './setup/routers.ts';
import { startWorld } from './setup/world.ts';
import type { StartRouter, World } from './setup/world.ts';

// For any upstream failure, the gateway's response keeps even a router that retries mutations from doing so.
describe('Hive Gateway that retries everything', () => {
  describeRouter(startRetryingHiveGateway);
});
describe('Hive Gateway without error masking', () => {
  describeUnmaskedRouter(startUnmaskedHiveGateway);
});

describe.each<[string, StartRouter, number]>([
  ['that retries everything sends a mutation again', startRetryingHiveGateway, 2],
  ['of the example sends no mutation again', startHiveGateway, 1],
])('Hive Gateway %s', (_name, startRouter, mutations) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(startRouter);
  });
  afterAll(async () => {
    await world.stop();
  });

  it('if the response of the gateway itself is lost', async () => {
    const before = world.recorder.exchanges.length;
    world.recorder.loseNext();
    await world.ask('mutation { deleteOpenIdConnect(input: { id: "nobody" }) { __typename } }');
    expect(world.recorder.exchanges.length - before).toBe(mutations);
  });

  it('and sends queries again', async () => {
    const before = world.recorder.exchanges.length;
    world.recorder.loseNext();
    const { data } = await world.ask('{ openIdConnect(id: "example-existing") { __typename } }');
    expect(data).toEqual({ openIdConnect: { __typename: 'OpenIdConnectSuccess' } });
    expect(world.recorder.exchanges.length - before).toBe(2);
  });
});
