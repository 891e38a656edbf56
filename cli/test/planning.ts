import type { OidcConfigEntry, OpenIdConnectEntry, SignInFile } from '../src/file/schema.ts';
import { makePlan } from '../src/plan/make-plan.ts';
import type { PlanOptions } from '../src/plan/plan-open-id-connect.ts';
import type {
  OidcConfigState,
  OpenIdConnectState,
  State,
  StoredOidcConfig,
  StoredOpenIdConnect,
} from '../src/plan/stored.ts';

/* A configuration of each platform, as a file has it and as it is stored, and the plan that they give. */

export const SHOP: OpenIdConnectEntry = {
  id: 'shop',
  issuer: 'corporate',
  orderCloudApiClientId: 'api-client',
  connectClientId: 'app',
  connectClientSecret: { fromEnv: 'SHOP_SECRET' },
  appStartUrl: 'https://shop.example.com/{0}',
};

export const STAFF: OidcConfigEntry = {
  idpId: 'staff',
  issuer: 'corporate',
  accessMode: 'PROGRAM_CONSOLE',
  clientId: 'app-1',
};

export const key = (kid: string) => ({ kty: 'RSA', kid, n: kid, e: 'AQAB' });

const ISSUER = {
  openIdConnect: {
    authorizationEndpoint: 'https://idp.example.com/authorize',
    tokenEndpoint: 'https://idp.example.com/token',
    urlEncoded: true,
  },
  oidcConfig: {
    idpUrl: 'https://idp.example.com',
    authorizationEndpoint: 'https://idp.example.com/authorize',
    scope: ['openid', 'email'],
    responseType: 'ID_TOKEN',
    responseMode: 'FORM_POST',
    signingKey: { keys: [key('new')] },
  },
} as const;

const STORED_SHOP: StoredOpenIdConnect = {
  id: 'shop',
  orderCloudApiClientId: 'api-client',
  connectClientId: 'app',
  appStartUrl: 'https://shop.example.com/{0}',
  authorizationEndpoint: 'https://idp.example.com/authorize',
  tokenEndpoint: 'https://idp.example.com/token',
  urlEncoded: false,
  integrationEventId: 'event',
  callSyncUserIntegrationEvent: true,
  additionalIdpScopes: ['groups', 'address'],
  customErrorUrl: 'https://shop.example.com/error?e={0}',
  fingerprint: 'f-shop',
};

export const STORED_STAFF: StoredOidcConfig = {
  idpId: 'staff',
  accessMode: 'PROGRAM_CONSOLE',
  idpUrl: 'https://idp.example.com',
  clientId: 'app-1',
  authorizationEndpoint: 'https://idp.example.com/authorize',
  scope: ['openid'],
  responseType: 'ID_TOKEN',
  responseMode: 'FRAGMENT',
  signingKey: JSON.stringify({ keys: [key('old')] }),
  fingerprint: 'f-config',
};

export const NEW_STAFF: OidcConfigState = {
  provider: null,
  protocol: null,
  mappingId: 'mapping_staff',
  mapping: null,
  config: null,
  issuer: ISSUER,
};

export const WHOLE_STAFF: OidcConfigState = {
  provider: {
    id: 'staff',
    description: 'Staff',
    enabled: false,
    ssoType: 'VIRTUAL_USER_SSO',
    fingerprint: 'f-provider',
  },
  protocol: { mappingId: 'common', fingerprint: 'f-protocol' },
  mappingId: 'common',
  mapping: {
    id: 'common',
    rules: [
      {
        local: [{ user: { name: 'a' }, group: null, groups: null }],
        remote: [{ type: 'sub', anyOneOf: null, notAnyOf: null, regex: false }],
      },
    ],
    fingerprint: 'f-mapping',
  },
  config: STORED_STAFF,
  issuer: ISSUER,
};

interface Given {
  readonly shop?: readonly [OpenIdConnectEntry, OpenIdConnectState];
  readonly staff?: readonly (readonly [OidcConfigEntry, OidcConfigState])[];
  readonly others?: State['others'];
  readonly options?: Partial<PlanOptions>;
}

export function plan({ shop, staff = [], others, options }: Given) {
  const file: SignInFile = {
    version: 1,
    issuers: { corporate: { url: 'https://idp.example.com' } },
    openIdConnects: shop === undefined ? [] : [shop[0]],
    oidcConfigs: staff.map(([entry]) => entry),
  };
  const state: State = {
    openIdConnects: shop === undefined ? [] : [shop[1]],
    oidcConfigs: staff.map(([, one]) => one),
    others: others ?? { openIdConnects: [], identityProviders: [], leftMappings: [] },
  };
  return makePlan(file, state, { setSecrets: false, prune: false, ...options });
}

export const stateOfShop = (
  secret: OpenIdConnectState['secret'],
  stored: StoredOpenIdConnect | null = STORED_SHOP,
): OpenIdConnectState => ({ stored, secret, issuer: ISSUER });
