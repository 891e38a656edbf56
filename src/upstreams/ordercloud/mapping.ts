import type { Snapshot } from '../../domain/fingerprint.ts';
import { toInt } from '../../domain/int.ts';
import type { OidcConfiguration } from '../../domain/oidc-configuration.ts';
import { Secret } from '../../domain/secret.ts';
import type { Json } from '../../domain/json.ts';
import type { Warning } from '../../domain/warnings.ts';
import type { OpenIdConnectFilter, OpenIdConnectQuery, TextFilter } from './input-list.ts';
import type { OpenIdConnectDraft, OpenIdConnectPatch } from './input.ts';
import type {
  CreateOpenIdConnectBody,
  UpdateOpenIdConnectBody,
  WireOpenIdConnect,
  WireOpenIdConnectList,
} from './wire.ts';

/** A stored configuration. `clientId` is the `ConnectClientID`, `scopes` are the `AdditionalIdpScopes`. */
export interface OpenIdConnect extends OidcConfiguration {
  readonly id: string;
  readonly orderCloudApiClientId: string | null;
  readonly connectClientId: string | null;
  readonly connectClientSecret: Secret | null;
  readonly appStartUrl: string | null;
  readonly tokenEndpoint: string | null;
  readonly urlEncoded: boolean;
  readonly integrationEventId: string | null;
  readonly callSyncUserIntegrationEvent: boolean;
  readonly integrationEventName: string | null;
  readonly customErrorUrl: string | null;
}

/** Wire names of the fields and the input's words for them. */
export const FIELD_NAMES = {
  ID: 'id',
  OrderCloudApiClientID: 'orderCloudApiClientId',
  ConnectClientID: 'connectClientId',
  ConnectClientSecret: 'connectClientSecret',
  AppStartUrl: 'appStartUrl',
  AuthorizationEndpoint: 'authorizationEndpoint',
  TokenEndpoint: 'tokenEndpoint',
  UrlEncoded: 'urlEncoded',
  IntegrationEventID: 'integrationEventId',
  CallSyncUserIntegrationEvent: 'callSyncUserIntegrationEvent',
  AdditionalIdpScopes: 'additionalIdpScopes',
  CustomErrorUrl: 'customErrorUrl',
} as const satisfies Record<keyof CreateOpenIdConnectBody, keyof OpenIdConnectDraft>;

/**
 * The body of a create. What was not given is undefined, which JSON does not have, so that OrderCloud's own defaults
 * apply. One literal: an object that is put together of parts takes 5 µs, three times as much as checking the input.
 */
export function toWire(draft: OpenIdConnectDraft): CreateOpenIdConnectBody {
  return {
    ID: draft.id,
    OrderCloudApiClientID: draft.orderCloudApiClientId,
    ConnectClientID: draft.connectClientId,
    ConnectClientSecret: draft.connectClientSecret.reveal(),
    AppStartUrl: draft.appStartUrl,
    AuthorizationEndpoint: draft.authorizationEndpoint,
    TokenEndpoint: draft.tokenEndpoint,
    UrlEncoded: draft.urlEncoded,
    IntegrationEventID: draft.integrationEventId,
    CallSyncUserIntegrationEvent: draft.callSyncUserIntegrationEvent,
    AdditionalIdpScopes: draft.additionalIdpScopes,
    CustomErrorUrl: draft.customErrorUrl,
  };
}

/** A stored configuration from an answer; absent booleans have their documented default, false. */
export function fromWire(wire: WireOpenIdConnect): OpenIdConnect {
  const secret = wire.ConnectClientSecret ?? '';
  return {
    id: wire.ID,
    orderCloudApiClientId: wire.OrderCloudApiClientID ?? null,
    connectClientId: wire.ConnectClientID ?? null,
    clientId: wire.ConnectClientID ?? null,
    connectClientSecret: secret === '' ? null : new Secret(secret),
    appStartUrl: wire.AppStartUrl ?? null,
    authorizationEndpoint: wire.AuthorizationEndpoint ?? null,
    tokenEndpoint: wire.TokenEndpoint ?? null,
    urlEncoded: wire.UrlEncoded ?? false,
    integrationEventId: filled(wire.IntegrationEventID),
    callSyncUserIntegrationEvent: wire.CallSyncUserIntegrationEvent ?? false,
    integrationEventName: filled(wire.IntegrationEventName),
    scopes: wire.AdditionalIdpScopes ?? [],
    customErrorUrl: filled(wire.CustomErrorUrl),
  };
}

/** An empty text is what some platforms answer if there is none. */
function filled(text: string | null | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

/** The body of a change: what is undefined stays, null clears. */
export function patchToWire({
  id,
  newId,
  connectClientSecret,
  additionalIdpScopes,
  ...plain
}: OpenIdConnectPatch): UpdateOpenIdConnectBody {
  return {
    ...(newId !== undefined && newId !== id && { ID: newId }),
    ...(plain.orderCloudApiClientId !== undefined && {
      OrderCloudApiClientID: plain.orderCloudApiClientId,
    }),
    ...(plain.connectClientId !== undefined && { ConnectClientID: plain.connectClientId }),
    ...(connectClientSecret !== undefined && { ConnectClientSecret: connectClientSecret.reveal() }),
    ...(plain.appStartUrl !== undefined && { AppStartUrl: plain.appStartUrl }),
    ...(plain.authorizationEndpoint !== undefined && {
      AuthorizationEndpoint: plain.authorizationEndpoint,
    }),
    ...(plain.tokenEndpoint !== undefined && { TokenEndpoint: plain.tokenEndpoint }),
    ...(plain.urlEncoded !== undefined && { UrlEncoded: plain.urlEncoded }),
    ...(plain.integrationEventId !== undefined && { IntegrationEventID: plain.integrationEventId }),
    ...(plain.callSyncUserIntegrationEvent !== undefined && {
      CallSyncUserIntegrationEvent: plain.callSyncUserIntegrationEvent,
    }),
    // An empty list, which is what is stored for none; whether null does the same is not documented.
    ...(additionalIdpScopes !== undefined && { AdditionalIdpScopes: additionalIdpScopes ?? [] }),
    ...(plain.customErrorUrl !== undefined && { CustomErrorUrl: plain.customErrorUrl }),
  };
}

/** Fields of a draft that a stored configuration has otherwise. What was not sent does not count. */
export function differences(draft: OpenIdConnectDraft, stored: OpenIdConnect): string[] {
  return [...differing(draft, stored)];
}

/** What a configuration has where nothing is given. */
const DEFAULTS = {
  urlEncoded: false,
  integrationEventId: null,
  callSyncUserIntegrationEvent: false,
  additionalIdpScopes: null,
  customErrorUrl: null,
};

/** Fields that a stored configuration has otherwise than the whole that was saved, which resets what was left out. */
export function wholeDifferences(draft: OpenIdConnectDraft, stored: OpenIdConnect): string[] {
  const given = Object.fromEntries(
    Object.entries(draft).filter(([, value]) => value !== undefined),
  ) as OpenIdConnectDraft;
  return [...differing({ ...DEFAULTS, ...given }, stored)];
}

/** Fields of a change that a stored configuration has otherwise. */
export function patchDifferences(
  { id: _which, newId: _not, ...sent }: OpenIdConnectPatch,
  stored: OpenIdConnect,
): string[] {
  return [...differing(sent, stored)];
}

function* differing(
  {
    connectClientSecret,
    additionalIdpScopes,
    ...plain
  }: Partial<OpenIdConnectDraft> | Omit<OpenIdConnectPatch, 'id' | 'newId'>,
  stored: OpenIdConnect,
): Iterable<string> {
  for (const [name, value] of Object.entries(plain)) {
    if (value !== undefined && value !== stored[name as keyof typeof stored]) yield name;
  }
  if (
    connectClientSecret !== undefined &&
    stored.connectClientSecret?.reveal() !== connectClientSecret.reveal()
  )
    yield 'connectClientSecret';
  if (
    additionalIdpScopes !== undefined &&
    (additionalIdpScopes ?? []).join(' ') !== stored.scopes.join(' ')
  )
    yield 'additionalIdpScopes';
}

/** What a configuration's fingerprint is made of: all that can be written, but the secret. */
export function contentOf(stored: OpenIdConnect): Json {
  return {
    id: stored.id,
    orderCloudApiClientId: stored.orderCloudApiClientId,
    connectClientId: stored.connectClientId,
    appStartUrl: stored.appStartUrl,
    authorizationEndpoint: stored.authorizationEndpoint,
    tokenEndpoint: stored.tokenEndpoint,
    urlEncoded: stored.urlEncoded,
    integrationEventId: stored.integrationEventId,
    callSyncUserIntegrationEvent: stored.callSyncUserIntegrationEvent,
    additionalIdpScopes: [...stored.scopes].sort(),
    customErrorUrl: stored.customErrorUrl,
  };
}

/** A configuration as it is stored, to compare it with later. */
export function snapshotOf(stored: OpenIdConnect): Snapshot {
  return {
    title: `OpenIdConnect "${stored.id}"`,
    content: contentOf(stored),
    secret: stored.connectClientSecret,
  };
}

/** Where a page lies in its list. */
export interface OpenIdConnectsMeta {
  readonly page: number;
  readonly pageSize: number;
  readonly totalCount: number;
  readonly totalPages: number;
  readonly itemRange: readonly number[];
  readonly nextPageKey: string | null;
}

/** Where a page lies in its list, in numbers that can be shown. */
export function metaFromWire({
  Page,
  PageSize,
  TotalCount,
  TotalPages,
  ItemRange,
  NextPageKey,
}: WireOpenIdConnectList['Meta']): OpenIdConnectsMeta {
  return {
    page: toInt(Page),
    pageSize: toInt(PageSize),
    totalCount: toInt(TotalCount),
    totalPages: toInt(TotalPages),
    itemRange: ItemRange.map(toInt),
    nextPageKey: NextPageKey ?? null,
  };
}

/** Numbers of a list that are shown otherwise than they are. */
export function metaWarnings({
  Page,
  PageSize,
  TotalCount,
  TotalPages,
  ItemRange,
}: WireOpenIdConnectList['Meta']): Warning[] {
  const numbers: readonly (readonly [string, number])[] = [
    ['page', Page],
    ['pageSize', PageSize],
    ['totalCount', TotalCount],
    ['totalPages', TotalPages],
    ...ItemRange.map((item, index) => [`itemRange.${index}`, item] as const),
  ];
  return numbers
    .filter(([, value]) => toInt(value) !== value)
    .map(([name, value]) => ({
      code: 'COUNT_CAPPED',
      path: ['meta', ...name.split('.')],
      message: `OrderCloud reports a number that GraphQL's Int cannot hold; it is shown as ${toInt(value)}.`,
    }));
}

/** Wire names of what can be filtered by: every property but the secret. */
const FILTER_NAMES = {
  id: 'ID',
  orderCloudApiClientId: 'OrderCloudApiClientID',
  connectClientId: 'ConnectClientID',
  appStartUrl: 'AppStartUrl',
  authorizationEndpoint: 'AuthorizationEndpoint',
  tokenEndpoint: 'TokenEndpoint',
  urlEncoded: 'UrlEncoded',
  integrationEventId: 'IntegrationEventID',
  callSyncUserIntegrationEvent: 'CallSyncUserIntegrationEvent',
  integrationEventName: 'IntegrationEventName',
  additionalIdpScopes: 'AdditionalIdpScopes',
  customErrorUrl: 'CustomErrorUrl',
} as const satisfies Record<keyof OpenIdConnectFilter, keyof WireOpenIdConnect>;

/** The query of a list with its question mark, empty where nothing is asked for. */
export function toQuery({ search, sort, page, pageSize, filter = {} }: OpenIdConnectQuery): string {
  const filters = Object.entries(FILTER_NAMES).flatMap(([name, wireName]) =>
    filterValues(filter[name as keyof OpenIdConnectFilter] ?? {}).map(
      (value) => [wireName, value] as const,
    ),
  );
  const parameters = [
    ...(search === undefined ? [] : [['search', search] as const]),
    ...(sort === undefined ? [] : [['sortBy', sort === 'ID_ASC' ? 'ID' : '!ID'] as const]),
    ...(page === undefined ? [] : [['page', String(page)] as const]),
    ...(pageSize === undefined ? [] : [['pageSize', String(pageSize)] as const]),
    ...filters,
  ];
  return parameters.length === 0
    ? ''
    : `?${parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}

/** Values of the filter's parameter, which may be repeated: all of them must hold. */
function filterValues(filter: TextFilter | boolean): string[] {
  if (typeof filter === 'boolean') return [String(filter)];
  const { equals, anyOf, not, noneOf, matches, notMatches, absent, after, before } = filter;
  const values = [
    equals,
    anyOf?.join('|'),
    prefixed('!', not),
    ...(noneOf ?? []).map((value) => `!${value}`),
    matches,
    prefixed('!', notMatches),
    typeof absent === 'boolean' ? (absent ? '!*' : '*') : null,
    prefixed('>', after),
    prefixed('<', before),
  ];
  return values.filter((value) => typeof value === 'string');
}

function prefixed(sign: string, value: string | null | undefined): string | null {
  return typeof value === 'string' ? sign + value : null;
}
