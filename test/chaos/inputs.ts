import type { Mutation } from './documents.ts';
import type { Random } from './random.ts';

/** Input of a mutation, with the marker in a field that is written. */
export function inputOf(
  { kind, object }: Mutation,
  id: string,
  marker: string,
  random: Random,
): Record<string, unknown> {
  const key = object === 'huaweiProtocol' || object === 'oidcConfig' ? { idpId: id } : { id };
  if (kind === 'delete') return key;
  switch (object) {
    case 'openIdConnect':
      return { ...key, ...(kind === 'update' ? patch(marker, random) : configuration(marker)) };
    case 'huaweiIdentityProvider':
      return { ...key, description: marker, ...(kind === 'create' && { enabled: true }) };
    case 'huaweiMapping':
      return { ...key, rules: rules(marker) };
    case 'huaweiProtocol':
      return { ...key, mappingId: marker };
    case 'oidcConfig':
      if (kind === 'update') return { ...key, clientId: marker };
      return {
        ...key,
        accessMode: 'PROGRAM',
        idpUrl: 'https://accounts.example.com',
        clientId: marker,
        signingKey: {
          keys: [{ kty: 'RSA', use: 'sig', kid: 'one', n: 'sXch'.repeat(86), e: 'AQAB' }],
        },
      };
  }
}

function configuration(marker: string): Record<string, unknown> {
  return {
    orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
    connectClientId: marker,
    connectClientSecret: `CANARY-secret-${marker}`,
    appStartUrl: `https://shop.example.com/${marker}?token={0}`,
    authorizationEndpoint: 'https://accounts.example.com/authorize',
    tokenEndpoint: 'https://accounts.example.com/token',
    integrationEventId: 'oidc-sync',
  };
}

function patch(marker: string, random: Random): Record<string, unknown> {
  return {
    connectClientId: marker,
    ...(random.chance(0.3) && { connectClientSecret: `CANARY-secret-${marker}` }),
    ...(random.chance(0.2) && { newId: `moved-${marker}` }),
  };
}

function rules(marker: string): unknown[] {
  return [{ local: [{ user: { name: marker } }], remote: [{ type: '__NAMEID__' }] }];
}
