import { notWritable } from '../../../domain/parse.ts';
import { Secret } from '../../../domain/scrub/secret.ts';
import { isCleartext, isMultiTenantEndpoint, placeholdersOf } from '../../../domain/text/url.ts';
import { WRITABLE_FIELDS } from './fields.ts';
import { openIdConnectSave } from './input.ts';
import type { OpenIdConnect } from './translate.ts';
import type { OrderCloudWarning } from '../warning-codes.ts';

/** What warnings depend on, in a draft and in a stored configuration. */
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

/** Warnings about settings that are accepted but likely to cause problems. */
export function openIdConnectWarnings(facts: OpenIdConnectFacts): OrderCloudWarning[] {
  const warnings: OrderCloudWarning[] = [];
  if (facts.integrationEventId === undefined || facts.integrationEventId === null) {
    warnings.push({
      code: 'INTEGRATION_EVENT_MISSING',
      path: ['integrationEventId'],
      message:
        'According to the documentation of OrderCloud, configurations created after 2020-03-31 require an integration event of type OpenIDConnect. Without one, sign-in may fail.',
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
          'Is shared by many tenants, and each tenant has its own issuer in ID tokens: give the endpoint of your own tenant.',
      });
    }
  }
  if (isCleartext(facts.customErrorUrl ?? '')) {
    warnings.push({
      code: 'ENDPOINT_CLEARTEXT',
      path: ['customErrorUrl'],
      message: 'People land there over plain http if sign-in fails; use https.',
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
          'Begins or ends with white space, which is stored unchanged. Check whether it was pasted by mistake.',
      });
    }
  }
  return warnings;
}

function appStartUrlWarnings(template: string): OrderCloudWarning[] {
  const warnings: OrderCloudWarning[] = [];
  const path = ['appStartUrl'];
  const placeholders = placeholdersOf(template);
  if (isCleartext(template)) {
    const risk = placeholders.some((name) => name !== '2')
      ? 'Tokens are put into this URL, and plain http shows them to anyone on the network path'
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
      message: 'Without {0}, the application gets no OrderCloud access token after sign-in.',
    });
  }
  return warnings;
}

/** Warnings about a stored configuration, including values that could not be written back unchanged. */
export function* storedWarnings(stored: OpenIdConnect): Iterable<OrderCloudWarning> {
  yield* openIdConnectWarnings(stored);
  yield* notWritable(openIdConnectSave, asInput(stored));
}

/** A stored configuration with the names of the input. */
function asInput(stored: OpenIdConnect): object {
  const input: Record<string, unknown> = { id: stored.id };
  for (const [name, { kind, presence }] of WRITABLE_FIELDS) {
    const value = stored[name];
    if (value instanceof Secret) input[name] = value.reveal();
    else if (value !== null) input[name] = value;
    // To callers a missing secret looks like a hidden one, so a placeholder is checked.
    else if (presence === 'required') input[name] = kind === 'secret' ? 'none' : '';
  }
  return input;
}
