import type { OpenIdConnect } from 'oidc-config-client';
import type { z } from 'zod';
import type { OidcConfigEntry, OpenIdConnectEntry } from '../file/schema.ts';
import { mapping as mappingSchema } from '../file/schema/mapping.ts';
import { oidcConfig as oidcConfigSchema } from '../file/schema/oidc-config.ts';
import { openIdConnect as openIdConnectSchema } from '../file/schema/open-id-connect.ts';
import type { IssuerValues } from '../plan/stored.ts';
import type { StoredSignIn } from '../state/read-platforms.ts';

/** An issuer that an entry can name: what it publishes stands for what the entry leaves out. */
export interface NamedIssuer {
  readonly name: string;
  readonly values: IssuerValues;
}

/** An entry for what is stored, and what a person should know about it. */
export interface Expressed<Entry> {
  /** Null if it is not an entry, or the file cannot express it. */
  readonly entry: Entry | null;
  /** Why the file cannot express it. */
  readonly fault?: string;
  readonly notes: readonly string[];
}

/** @param secretName the environment variable that will have the client secret */
export function expressOpenIdConnect(
  stored: OpenIdConnect,
  { issuer, secretName }: { readonly issuer: NamedIssuer | null; readonly secretName: string },
): Expressed<OpenIdConnectEntry> {
  const { additionalIdpScopes } = stored;
  return checked(`The OpenIdConnect "${stored.id}"`, openIdConnectSchema, {
    id: stored.id,
    issuer: issuer?.name,
    orderCloudApiClientId: stored.orderCloudApiClientId ?? undefined,
    connectClientId: stored.connectClientId ?? undefined,
    connectClientSecret: stored.hasConnectClientSecret ? { fromEnv: secretName } : undefined,
    appStartUrl: stored.appStartUrl ?? undefined,
    ...(issuer === null && {
      authorizationEndpoint: stored.authorizationEndpoint ?? undefined,
      tokenEndpoint: stored.tokenEndpoint ?? undefined,
    }),
    urlEncoded: stored.urlEncoded,
    integrationEventId: stored.integrationEventId ?? undefined,
    callSyncUserIntegrationEvent: stored.callSyncUserIntegrationEvent,
    additionalIdpScopes: additionalIdpScopes.length > 0 ? additionalIdpScopes : undefined,
    customErrorUrl: stored.customErrorUrl ?? undefined,
  });
}

/** An identity provider with its OpenID Connect configuration. Without one, it is not an entry. */
export function expressSignIn(
  stored: StoredSignIn,
  issuer: NamedIssuer | null,
): Expressed<OidcConfigEntry> {
  const { provider, config } = stored;
  const subject = `The identity provider "${provider.id}"`;
  if (config === null)
    return {
      entry: null,
      notes: [`${subject} has no OpenID Connect configuration, so it is not in the file.`],
    };
  const { mapping, notes } = expressMapping(subject, stored);
  const keys = issuer === null ? keySetOf(config.signingKey) : undefined;
  const published = issuer?.values.oidcConfig.authorizationEndpoint;
  const { entry, fault } = checked(subject, oidcConfigSchema, {
    idpId: provider.id,
    description: provider.description === '' ? undefined : provider.description,
    enabled: provider.enabled,
    issuer: issuer?.name,
    accessMode: config.accessMode,
    idpUrl: issuer === null ? config.idpUrl : undefined,
    clientId: config.clientId ?? undefined,
    authorizationEndpoint:
      config.authorizationEndpoint === published
        ? undefined
        : (config.authorizationEndpoint ?? undefined),
    scope: config.scope ?? undefined,
    responseType: config.responseType ?? undefined,
    responseMode: config.responseMode ?? undefined,
    signingKey: keys,
    mapping,
  });
  if (entry === null) return { entry, notes: [], ...(fault !== undefined && { fault }) };
  return {
    entry,
    notes: [
      ...notes,
      ...(issuer === null && keys === undefined
        ? [`${subject} has keys that are no JSON Web Key Set. They are not in the file.`]
        : []),
      ...(provider.ssoType !== 'VIRTUAL_USER_SSO'
        ? [
            `${subject} has ${provider.ssoType === null ? 'an unknown type of single sign-on' : `the type ${provider.ssoType}`}, which the file cannot say. OpenID Connect requires VIRTUAL_USER_SSO.`,
          ]
        : []),
    ],
  };
}

function expressMapping(
  subject: string,
  { mapping, hasWholeRules }: StoredSignIn,
): { readonly mapping: OidcConfigEntry['mapping']; readonly notes: readonly string[] } {
  if (mapping === null)
    return { mapping: undefined, notes: [`${subject} has no mapping, so nobody can sign in.`] };
  const { id } = mapping;
  const result = mappingSchema.safeParse({ id, rules: withoutNothing(mapping.rules) });
  if (result.success && hasWholeRules) return { mapping: result.data, notes: [] };
  return {
    mapping: { id },
    notes: [
      `The mapping "${id}" has rules that the file cannot express. They stay as they are stored, as long as the entry has no rules.`,
    ],
  };
}

/** An entry if it has the form of one; else the fields that cannot be expressed. */
function checked<Schema extends z.ZodType>(
  subject: string,
  schema: Schema,
  value: object,
): Expressed<z.output<Schema>> {
  const result = schema.safeParse(value);
  if (result.success) return { entry: result.data, notes: [] };
  const fields = new Set(result.error.issues.map(({ path }) => String(path[0])));
  return {
    entry: null,
    fault: `${subject} is stored in a form that the file cannot express: ${[...fields].join(', ')}.`,
    notes: [],
  };
}

/** Rules without members that are null, without type names of GraphQL, and without a `regex` that is false, which is the default. */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([name, member]) =>
          member !== null && name !== '__typename' && !(name === 'regex' && member === false),
      )
      .map(([name, member]) => [name, withoutNothing(member)]),
  );
}

/** Stored keys as data; undefined if they are no key set. */
function keySetOf(signingKey: string): unknown {
  const { signingKey: schema } = oidcConfigSchema.shape;
  try {
    const keys: unknown = JSON.parse(signingKey);
    return schema.safeParse(keys).success ? keys : undefined;
  } catch {
    return undefined;
  }
}
