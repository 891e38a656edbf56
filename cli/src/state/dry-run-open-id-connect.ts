import type { Client, ProvisionOidcSignInInput, SaveOpenIdConnectInput } from 'oidc-config-client';
import type { Secret } from '../file/secrets.ts';
import type { JsonObject } from '../plan/json.ts';
import type { OpenIdConnectState, StoredOpenIdConnect } from '../plan/stored.ts';
import type { Step } from '../plan/step.ts';
import type { DryRun } from './dry-run.ts';

/** The gateway does not send it: it stands for a secret that is not known here. */
const PLACEHOLDER = 'not-known-when-planned';

/** SHA-256 gives this for nothing that can be stored: a write that expects it is checked, and never made. */
const IMPOSSIBLE_FINGERPRINT = '0'.repeat(64);

/**
 * How the gateway checks the values of an entry of `openIdConnects`.
 * @param issuer its URL; undefined if the entry has none
 * @param secret null if it is not known here
 */
export function dryRunOfOpenIdConnect(
  client: Client,
  { id, wanted }: Step,
  { stored, issuer: published }: OpenIdConnectState,
  issuer: string | undefined,
  secret: Secret | null,
): DryRun {
  const connectClientSecret = secret?.reveal() ?? PLACEHOLDER;
  const unknown = secret === null ? ['connectClientSecret'] : [];
  if (issuer === undefined) {
    const own = fieldsOf(stored);
    const input = {
      ...withoutNulls({ ...own, ...wanted }),
      id,
      connectClientSecret,
      expectedFingerprint: IMPOSSIBLE_FINGERPRINT,
    } as unknown as SaveOpenIdConnectInput;
    return {
      run: () => client.saveOpenIdConnect(input),
      stored: new Set([...Object.keys(own).filter((name) => !(name in wanted)), ...unknown]),
      afterChecks: ['OidcStaleError', 'OidcNotFoundError'],
      prefix: null,
    };
  }
  const urlEncoded = wanted['urlEncoded'] ?? stored?.urlEncoded;
  const openIdConnect = {
    id,
    ...wanted,
    ...(urlEncoded !== undefined && { urlEncoded }),
    connectClientSecret,
  } as unknown as ProvisionOidcSignInInput['openIdConnect'];
  return {
    run: () => client.provisionOidcSignIn({ issuer, dryRun: true, openIdConnect }),
    // An issuer that the entry takes nothing from was not read for the plan, and need not be readable.
    afterChecks: published === null ? ['OidcIssuerError'] : [],
    stored: new Set([
      ...('urlEncoded' in wanted || stored === null ? [] : ['urlEncoded']),
      ...unknown,
    ]),
    prefix: 'openIdConnect',
  };
}

/** The fields of a stored configuration that an input has. */
function fieldsOf(stored: StoredOpenIdConnect | null): JsonObject {
  if (stored === null) return {};
  return {
    orderCloudApiClientId: stored.orderCloudApiClientId,
    connectClientId: stored.connectClientId,
    appStartUrl: stored.appStartUrl,
    authorizationEndpoint: stored.authorizationEndpoint,
    tokenEndpoint: stored.tokenEndpoint,
    urlEncoded: stored.urlEncoded,
    integrationEventId: stored.integrationEventId,
    callSyncUserIntegrationEvent: stored.callSyncUserIntegrationEvent,
    additionalIdpScopes: stored.additionalIdpScopes,
    customErrorUrl: stored.customErrorUrl,
  };
}

function withoutNulls(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
