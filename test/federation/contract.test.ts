import { composeSchemaContract } from '@theguild/federation-composition';
import {
  buildClientSchema,
  buildSchema,
  findBreakingChanges,
  getIntrospectionQuery,
} from 'graphql';
import type { IntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApolloGateway, startHiveGateway } from './setup/routers.ts';
import { GATEWAY_API, subgraphs } from './setup/subgraphs.ts';
import type { Subgraph } from './setup/subgraphs.ts';
import { startWorld } from './setup/world.ts';
import type { StartRouter, World } from './setup/world.ts';

/* A contract: a supergraph without the fields that are tagged as sensitive. */

const compose = (services: Subgraph[]) =>
  composeSchemaContract(services, { include: new Set(), exclude: new Set(['sensitive']) });

/** All that the gateway has and the contract lacks. */
const LOST = [
  { type: 'FIELD_REMOVED', description: 'OpenIdConnect.connectClientSecret was removed.' },
];

const CREATE = `mutation ($input: CreateOpenIdConnectInput!) {
  createOpenIdConnect(input: $input) { __typename ... on CreateOpenIdConnectSuccess { openIdConnect { id hasConnectClientSecret } } }
}`;
const INPUT = {
  id: 'contracted',
  orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
  connectClientId: 'app',
  connectClientSecret: 'secret-of-the-contract',
  appStartUrl: 'https://shop.example.com/?t={0}',
  authorizationEndpoint: 'https://idp.example.com/authorize',
  tokenEndpoint: 'https://idp.example.com/token',
};

it('the contract lacks the client secret as a field of the object, and nothing else', () => {
  const { errors, publicSdl } = compose(subgraphs());
  expect(errors).toBeUndefined();
  expect(findBreakingChanges(buildSchema(GATEWAY_API), buildSchema(publicSdl ?? ''))).toEqual(LOST);
});

describe.each<[string, StartRouter]>([
  ['Apollo Gateway', startApolloGateway],
  ['Hive Gateway', startHiveGateway],
])('the contract under %s', (_name, startRouter) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(startRouter, compose);
  });
  afterAll(async () => {
    await world.stop();
  });

  it('shows everything else', async () => {
    const { data } = await world.ask(getIntrospectionQuery());
    expect(
      findBreakingChanges(
        buildSchema(GATEWAY_API),
        buildClientSchema(data as unknown as IntrospectionQuery),
      ),
    ).toEqual(LOST);
  });

  it('takes a client secret, and tells that it is there', async () => {
    const { data } = await world.ask(CREATE, { input: INPUT });
    expect(data).toEqual({
      createOpenIdConnect: {
        __typename: 'CreateOpenIdConnectSuccess',
        openIdConnect: { id: 'contracted', hasConnectClientSecret: true },
      },
    });
    expect(JSON.parse(world.orderCloud.requests.at(-1)?.body ?? '')).toMatchObject({
      ConnectClientSecret: INPUT.connectClientSecret,
    });
  });

  it('does not give it out, whatever way it is asked for', async () => {
    const before = world.recorder.exchanges.length;
    for (const query of [
      '{ openIdConnect(id: "example-existing") { ... on OpenIdConnectSuccess { openIdConnect { connectClientSecret } } } }',
      '{ storefront(id: "books") { signIn { connectClientSecret } } }',
    ]) {
      const { data, errors, text } = await world.ask(query);
      expect(data ?? null).toBeNull();
      expect(errors).toHaveLength(1);
      expect(text).not.toContain('existing-app-secret');
    }
    expect(world.recorder.exchanges).toHaveLength(before);
  });
});
