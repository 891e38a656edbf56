import { z } from 'zod';
import { expectation } from '../../domain/fingerprint.ts';
import { kept, rule } from '../../domain/parse.ts';
import {
  httpUrl,
  id,
  isCleartext,
  placeholdersOf,
  text,
  urlTemplate,
  words,
} from '../../domain/primitives.ts';
import { Secret } from '../../domain/secret.ts';
import { isMultiTenantEndpoint } from '../../domain/url.ts';
import type { Warning } from '../../domain/warnings.ts';

/** The ID of an OrderCloud API client: the platform's own client, not the one at the identity provider. */
export type ApiClientId = string & z.$brand<'ApiClientId'>;

/** What a person or tool puts in place of a secret that it does not show. */
const MASK = /^(?:[*•x.]{3,}|<\s*redacted.*>|\[redacted\]|redacted)$/i;

const clientSecret = text()
  .check(
    rule((value: string) =>
      MASK.test(value.trim())
        ? [
            {
              code: 'MASKED_SECRET',
              message: 'This is a mask, not the secret: enter the secret itself.',
            },
          ]
        : [],
    ),
  )
  .transform((value) => new Secret(value));

const endpoint = httpUrl({ fragment: false });
const newId = id(/^[A-Za-z0-9_-]{1,100}$/, '1 to 100 letters, digits, hyphens and underscores');

/** An ID that exists: it may have another form than new ones. What could change the path of the request is refused, the rest is escaped. */
const existingId = text({ max: 100 }).check(
  rule(function* (value: string) {
    if (/[/\\%?#]/.test(value) || /^\.+$/.test(value)) {
      yield {
        code: 'INVALID_CHARACTER',
        message: 'Must be an ID: without / \\ % ? # and not made of dots alone.',
      };
    }
  }),
);

/** What OrderCloud demands. */
const required = {
  orderCloudApiClientId: text().brand<'ApiClientId'>(),
  connectClientId: text().brand<'ClientId'>(),
  connectClientSecret: clientSecret,
  appStartUrl: urlTemplate(['0', '1', '2', '3', '4'], ['token']),
  authorizationEndpoint: endpoint,
  tokenEndpoint: endpoint,
};
const flags = { urlEncoded: z.boolean(), callSyncUserIntegrationEvent: z.boolean() };
/** What may be empty. */
const clearable = {
  integrationEventId: text(),
  additionalIdpScopes: words(),
  customErrorUrl: urlTemplate(['0']),
};

/** Input of `createOpenIdConnect`, without its nulls. */
export const openIdConnectDraft = z.object({
  id: newId.optional(),
  ...required,
  ...z.object({ ...flags, ...clearable }).partial().shape,
});

/** A checked configuration that is not stored yet. */
export type OpenIdConnectDraft = z.output<typeof openIdConnectDraft>;

/** Input of `saveOpenIdConnect`, without its nulls. */
export const openIdConnectSave = openIdConnectDraft.extend({ id: newId, ...expectation });

/** Input of `updateOpenIdConnect`: a null clears. */
export const openIdConnectPatch = z.object({
  id: existingId,
  newId: newId.nullish().transform((value) => value ?? undefined),
  orderCloudApiClientId: kept(required.orderCloudApiClientId),
  connectClientId: kept(required.connectClientId),
  connectClientSecret: kept(required.connectClientSecret),
  appStartUrl: kept(required.appStartUrl),
  authorizationEndpoint: kept(required.authorizationEndpoint),
  tokenEndpoint: kept(required.tokenEndpoint),
  urlEncoded: kept(flags.urlEncoded),
  callSyncUserIntegrationEvent: kept(flags.callSyncUserIntegrationEvent),
  integrationEventId: clearable.integrationEventId.nullish(),
  additionalIdpScopes: clearable.additionalIdpScopes.nullish(),
  customErrorUrl: clearable.customErrorUrl.nullish(),
  ...expectation,
});

/** A checked change of a stored configuration; what is undefined stays. */
export type OpenIdConnectPatch = Omit<z.output<typeof openIdConnectPatch>, 'expectedFingerprint'>;

/** Input of `openIdConnect`. */
export const openIdConnectKey = z.object({ id: existingId });

export type OpenIdConnectKey = z.output<typeof openIdConnectKey>;

/** Input of `deleteOpenIdConnect`. */
export const openIdConnectDeletion = openIdConnectKey.extend(expectation);

/** What warnings look at, in a draft as in a stored configuration. */
export interface OpenIdConnectFacts {
  readonly orderCloudApiClientId: string | null;
  readonly connectClientId: string | null;
  readonly connectClientSecret: Secret | null;
  readonly appStartUrl: string | null;
  readonly authorizationEndpoint: string | null;
  readonly tokenEndpoint: string | null;
  readonly integrationEventId?: string | null | undefined;
  readonly customErrorUrl?: string | null | undefined;
}

/** What is legal in a configuration but will hurt. */
export function openIdConnectWarnings(facts: OpenIdConnectFacts): Warning[] {
  const warnings: Warning[] = [];
  if (facts.integrationEventId === undefined || facts.integrationEventId === null) {
    warnings.push({
      code: 'INTEGRATION_EVENT_MISSING',
      path: ['integrationEventId'],
      message:
        'Configurations made after 2020-03-31 are documented to need an integration event of type OpenIDConnect; without one, sign-in may fail.',
    });
  }
  warnings.push(...appStartUrlWarnings(facts.appStartUrl ?? ''));
  for (const field of ['authorizationEndpoint', 'tokenEndpoint'] as const) {
    const url = facts[field];
    if (url !== null && isCleartext(url)) {
      const risk =
        field === 'tokenEndpoint'
          ? 'The client secret and tokens go there'
          : 'People sign in there';
      warnings.push({
        code: 'ENDPOINT_CLEARTEXT',
        path: [field],
        message: `${risk} over plain http; use https.`,
      });
    }
    if (url !== null && isMultiTenantEndpoint(url)) {
      warnings.push({
        code: 'MULTI_TENANT_ISSUER',
        path: [field],
        message:
          'Is the endpoint of many tenants, whose people have ID tokens of as many issuers: give the one of your own tenant.',
      });
    }
  }
  if (isCleartext(facts.customErrorUrl ?? '')) {
    warnings.push({
      code: 'ENDPOINT_CLEARTEXT',
      path: ['customErrorUrl'],
      message: 'People land there over plain http when sign-in fails; use https.',
    });
  }
  for (const field of [
    'orderCloudApiClientId',
    'connectClientId',
    'connectClientSecret',
  ] as const) {
    const value = facts[field] instanceof Secret ? facts[field].reveal() : facts[field];
    if (value !== null && value !== value.trim()) {
      warnings.push({
        code: 'SURROUNDING_SPACE',
        path: [field],
        message:
          'Begins or ends with white space, which is stored as it is; was it pasted by mistake?',
      });
    }
  }
  return warnings;
}

function appStartUrlWarnings(template: string): Warning[] {
  const warnings: Warning[] = [];
  const path = ['appStartUrl'];
  const placeholders = placeholdersOf(template);
  if (isCleartext(template)) {
    const risk = placeholders.some((name) => name !== '2')
      ? 'Tokens are put into this URL, which plain http shows to anyone on the way'
      : 'People land there over plain http after sign-in';
    warnings.push({ code: 'APP_START_URL_CLEARTEXT', path, message: `${risk}; use https.` });
  }
  if (placeholders.includes('token')) {
    warnings.push({
      code: 'STALE_TOKEN_PLACEHOLDER',
      path,
      message: 'OrderCloud no longer documents {token}; use {0} for its access token.',
    });
  }
  if (!placeholders.includes('0')) {
    warnings.push({
      code: 'ACCESS_TOKEN_PLACEHOLDER_MISSING',
      path,
      message: 'Without {0} the application gets no OrderCloud access token after sign-in.',
    });
  }
  return warnings;
}
