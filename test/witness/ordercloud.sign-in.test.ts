import {
  ApiClients,
  Configuration,
  IntegrationEvents,
  type OrderCloudError,
} from 'ordercloud-javascript-sdk';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';

/* OrderCloud's own SDK against the emulator: the reads that say whether people can sign in. */

let emulator: RunningEmulator;

beforeAll(() => {
  // The SDK's HTTP client would send loopback, too, to a proxy that the environment names.
  vi.stubEnv('no_proxy', '127.0.0.1');
});
beforeEach(async () => {
  emulator = await startEmulator();
  Configuration.Set({ baseApiUrl: emulator.url, timeoutInMilliseconds: 60_000 });
});
afterEach(() => emulator.close());
afterAll(() => {
  vi.unstubAllEnvs();
});

function as(who: string): { accessToken: string } {
  const label = `token (${who})`;
  return { accessToken: emulator.notes.find((each) => each.label === label)?.value ?? '' };
}

const SHOP = '11111111-2222-3333-4444-555555555555';
const SHOP_OF_ONE_BUYER = 'aaaaaaaa-0000-4000-8000-000000000003';

it('reads an API client', async () => {
  expect(await ApiClients.Get(SHOP, as('checker'))).toMatchObject({
    ID: SHOP,
    Active: true,
    AllowAnyBuyer: true,
    RefreshTokenDuration: 43_200,
  });
});

it('lists the assignments of an API client', async () => {
  const options = { apiClientID: SHOP_OF_ONE_BUYER };
  const { Items, Meta } = await ApiClients.ListAssignments(options, as('checker'));
  expect(Items).toEqual([{ ApiClientID: SHOP_OF_ONE_BUYER, BuyerID: 'buyer1', SupplierID: null }]);
  expect(Meta).toMatchObject({ TotalCount: 1 });
});

it('reads an integration event', async () => {
  expect(await IntegrationEvents.Get('oidc-sync', as('checker'))).toMatchObject({
    ID: 'oidc-sync',
    EventType: 'OpenIDConnect',
    ElevatedRoles: ['BuyerUserAdmin'],
    CustomImplementationUrl: `${emulator.url}/middleware`,
  });
});

it.each<[string, string, (who: string) => Promise<unknown>, number, string]>([
  ['API client', 'missing', (who) => ApiClients.Get('none', as(who)), 404, 'NotFound'],
  ['API client', 'refused', () => ApiClients.Get(SHOP, as('admin')), 403, 'Auth.InsufficientRoles'],
  ['event', 'missing', (who) => IntegrationEvents.Get('none', as(who)), 404, 'NotFound'],
  [
    'event',
    'refused',
    () => IntegrationEvents.Get('oidc-sync', as('admin')),
    403,
    'Auth.InsufficientRoles',
  ],
])('reads the error of an %s that is %s', async (_, __, call, status, errorCode) => {
  const error = await call('checker').catch((reason: unknown) => reason as OrderCloudError);
  expect(error).toMatchObject({ status, errorCode });
});
