import type { EmulatorRoute } from '../../../transport/emulator/emulator.ts';
import { notFound } from './error-bodies.ts';
import { pageById, pageOf } from './list.ts';
import { authorize, OAUTH_CLIENT } from './oauth.ts';

const ROLES = ['FullAccess', 'ApiClientAdmin', 'ApiClientReader'];

/** An application that uses OrderCloud; durations are in minutes. */
export interface ApiClient {
  readonly ID: string;
  readonly AppName: string;
  readonly ClientSecret: string | null;
  readonly Active: boolean;
  readonly AccessTokenDuration: number;
  readonly RefreshTokenDuration: number;
  readonly AllowAnyBuyer: boolean;
  readonly AllowSeller: boolean;
}

/** Lets the users of one company use an API client. */
interface Assignment {
  readonly ApiClientID: string;
  readonly BuyerID: string | null;
  readonly SupplierID: string | null;
}

export const SHOP = '11111111-2222-3333-4444-555555555555';
const SHOP_OF_ONE_BUYER = 'aaaaaaaa-0000-4000-8000-000000000003';
/** The company of every user here. */
export const BUYER = 'buyer1';

const shop: ApiClient = {
  ID: SHOP,
  AppName: 'Shop',
  ClientSecret: null,
  Active: true,
  AccessTokenDuration: 600,
  RefreshTokenDuration: 43_200,
  AllowAnyBuyer: true,
  AllowSeller: true,
};

/** All API clients, with a reason for most that nobody can sign in, or not fully. */
export const API_CLIENTS: ReadonlyMap<unknown, ApiClient> = new Map(
  [
    shop,
    {
      ...shop,
      ID: OAUTH_CLIENT.id,
      AppName: 'Gateway',
      ClientSecret: OAUTH_CLIENT.secret,
      AllowAnyBuyer: false,
    },
    { ...shop, ID: 'aaaaaaaa-0000-4000-8000-000000000001', AppName: 'Inactive', Active: false },
    {
      ...shop,
      ID: 'aaaaaaaa-0000-4000-8000-000000000002',
      AppName: 'No refresh tokens',
      RefreshTokenDuration: 0,
    },
    { ...shop, ID: SHOP_OF_ONE_BUYER, AppName: 'One buyer', AllowAnyBuyer: false },
    {
      ...shop,
      ID: 'aaaaaaaa-0000-4000-8000-000000000004',
      AppName: 'No buyer',
      AllowAnyBuyer: false,
    },
    {
      ...shop,
      ID: 'aaaaaaaa-0000-4000-8000-000000000005',
      AppName: 'Short refresh tokens',
      RefreshTokenDuration: 60,
    },
    {
      ...shop,
      ID: 'aaaaaaaa-0000-4000-8000-000000000006',
      AppName: 'Nobody',
      AllowAnyBuyer: false,
      AllowSeller: false,
    },
  ].map((client) => [client.ID, client]),
);

const ASSIGNMENTS: readonly Assignment[] = [
  { ApiClientID: SHOP_OF_ONE_BUYER, BuyerID: BUYER, SupplierID: null },
];

/** Whether users of the company {@link BUYER} can use an API client. */
export function admitsBuyer({ ID, AllowAnyBuyer }: ApiClient): boolean {
  const isAssigned = ASSIGNMENTS.some((each) => each.ApiClientID === ID && each.BuyerID === BUYER);
  return AllowAnyBuyer || isAssigned;
}

/** An API client as in responses: with every field, and its secret in clear text. */
function described(client: ApiClient): unknown {
  const assigned = ASSIGNMENTS.filter(({ ApiClientID }) => ApiClientID === client.ID);
  const events = ['OrderCheckout', 'OrderReturn', 'AddToCart'].flatMap((type) => [
    [`${type}IntegrationEventID`, null],
    [`${type}IntegrationEventName`, null],
  ]);
  return {
    ...client,
    AnonymousTokenDuration: 10_080,
    DefaultContextUserName: client.ID === OAUTH_CLIENT.id ? OAUTH_CLIENT.contextUser : null,
    xp: {},
    AllowAnySupplier: false,
    IsAnonBuyer: false,
    AssignedBuyerCount: assigned.length,
    AssignedSupplierCount: 0,
    ...(Object.fromEntries(events) as Record<string, null>),
    MinimumRequiredRoles: [],
    MinimumRequiredCustomRoles: [],
    MaximumGrantedRoles: [],
    MaximumGrantedCustomRoles: [],
  };
}

export const apiClientRoutes: readonly EmulatorRoute[] = [
  {
    method: 'GET',
    path: '/v1/apiclients/assignments',
    handle(request) {
      // The roles of this list are not documented: those of the clients.
      authorize(request, ROLES);
      const { searchParams } = new URL(request.target, request.origin);
      const matches = (each: Assignment) =>
        (['ApiClientID', 'BuyerID', 'SupplierID'] as const).every((field) => {
          const asked = searchParams.get(`${field.charAt(0).toLowerCase()}${field.slice(1)}`);
          return asked === null || asked === each[field];
        });
      return { status: 200, body: pageOf(ASSIGNMENTS.filter(matches), searchParams) };
    },
  },
  {
    method: 'GET',
    path: '/v1/apiclients',
    handle(request) {
      authorize(request, ROLES);
      const { searchParams } = new URL(request.target, request.origin);
      const page = pageById([...API_CLIENTS.values()], searchParams);
      return { status: 200, body: { ...page, Items: page.Items.map(described) } };
    },
  },
  {
    method: 'GET',
    path: '/v1/apiclients/:id',
    handle(request, id) {
      authorize(request, ROLES);
      const client = API_CLIENTS.get(id);
      if (!client) throw notFound('ApiClient', id);
      return { status: 200, body: described(client) };
    },
  },
];
