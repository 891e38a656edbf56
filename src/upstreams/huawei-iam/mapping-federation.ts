import type { Snapshot } from '../../domain/fingerprint.ts';
import { canonicalJson, isObject } from '../../domain/json.ts';
import type { Json } from '../../domain/json.ts';
import type {
  IdentityProviderBody,
  WireIdentityProvider,
  WireMapping,
  WireMappingRule,
  WireProtocol,
} from './wire.ts';

export const SSO_TYPE = {
  VIRTUAL_USER_SSO: 'virtual_user_sso',
  IAM_USER_SSO: 'iam_user_sso',
} as const;
export type SsoType = keyof typeof SSO_TYPE;

/** A stored identity provider. */
export interface IdentityProvider {
  readonly id: string;
  readonly description: string;
  readonly enabled: boolean;
  /** Null where IAM answers a type that is not known here. */
  readonly ssoType: SsoType | null;
  readonly remoteIds: readonly string[];
}

/** The stored protocol of an identity provider. */
export interface Protocol {
  readonly idpId: string;
  readonly id: string;
  readonly mappingId: string | null;
}

/** What somebody becomes who signs in; one of the members. */
export interface MappingLocal {
  readonly user?: { readonly name: string } | null | undefined;
  readonly group?: { readonly name: string } | null | undefined;
  readonly groups?: string | null | undefined;
}

/** A condition on the claims of who signs in. */
export interface MappingRemote {
  readonly type: string;
  readonly anyOneOf?: readonly string[] | null | undefined;
  readonly notAnyOf?: readonly string[] | null | undefined;
  readonly regex?: boolean | null | undefined;
}

export interface MappingRule {
  readonly local: readonly MappingLocal[];
  readonly remote: readonly MappingRemote[];
}

/** A stored mapping. */
export interface Mapping {
  readonly id: string;
  readonly rules: readonly MappingRule[];
  /** The rules with everything that IAM answered, also what `rules` cannot express. */
  readonly stored: Json;
  /** Indexes of the rules that hold more than `rules` can express. */
  readonly incomplete: readonly number[];
}

/** Wire names of the fields of identity providers, protocols and mappings, and the inputs' words for them. */
export const FEDERATION_FIELD_NAMES = {
  id: 'id',
  description: 'description',
  enabled: 'enabled',
  sso_type: 'ssoType',
  mapping_id: 'mappingId',
  rules: 'rules',
} as const;

/** What is written of an identity provider; what is undefined is not sent, and a description that is null is emptied. */
export interface IdentityProviderFields {
  readonly ssoType?: SsoType | undefined;
  readonly description?: string | null | undefined;
  readonly enabled?: boolean | undefined;
}

/** What IAM is documented to take where nothing is given. */
export const IDENTITY_PROVIDER_DEFAULTS: IdentityProviderFields = {
  ssoType: 'VIRTUAL_USER_SSO',
  description: null,
  enabled: false,
};

export function identityProviderToWire({
  ssoType,
  description,
  enabled,
}: IdentityProviderFields): IdentityProviderBody {
  return {
    identity_provider: {
      ...(ssoType !== undefined && { sso_type: SSO_TYPE[ssoType] }),
      ...(description !== undefined && { description: description ?? '' }),
      ...(enabled !== undefined && { enabled }),
    },
  };
}

/** A stored identity provider from an answer; an absent type is the documented default. */
export function identityProviderFromWire(wire: WireIdentityProvider): IdentityProvider {
  const ssoType = wire.sso_type ?? '';
  const known =
    (Object.keys(SSO_TYPE) as SsoType[]).find((name) => SSO_TYPE[name] === ssoType) ?? null;
  return {
    id: wire.id,
    description: wire.description ?? '',
    enabled: wire.enabled ?? false,
    ssoType: ssoType === '' ? 'VIRTUAL_USER_SSO' : known,
    remoteIds: wire.remote_ids ?? [],
  };
}

/** Fields of a change that a stored identity provider has otherwise. */
export function identityProviderDifferences(
  { ssoType, description, enabled }: IdentityProviderFields,
  stored: IdentityProvider,
): string[] {
  const different: string[] = [];
  if (ssoType !== undefined && ssoType !== stored.ssoType) different.push('ssoType');
  if (description !== undefined && (description ?? '') !== stored.description)
    different.push('description');
  if (enabled !== undefined && enabled !== stored.enabled) different.push('enabled');
  return different;
}

export function protocolFromWire(wire: WireProtocol, idpId: string): Protocol {
  return {
    idpId,
    id: wire.id,
    mappingId: wire.mapping_id === '' ? null : (wire.mapping_id ?? null),
  };
}

/** A stored mapping from an answer: what its rules hold beyond what is known is kept, but not shown. */
export function mappingFromWire({ id, rules }: WireMapping): Mapping {
  const known = rules.map(ruleFromWire);
  const incomplete = rules.flatMap((rule, index) => {
    const shown = known[index];
    return shown !== undefined &&
      canonicalJson(toJson(ruleToWire(shown))) === canonicalJson(withoutDefaults(rule))
      ? []
      : [index];
  });
  return { id, rules: known, stored: rules.map(withoutDefaults), incomplete };
}

/** Whether a stored mapping has these rules and nothing else. The order of rules and of their parts counts. */
export function hasRules(rules: readonly MappingRule[], { stored }: Mapping): boolean {
  return canonicalJson(rulesToWire(rules)) === canonicalJson(stored);
}

/** The rules in the body of a create or change. */
export function rulesToWire(rules: readonly MappingRule[]): Json[] {
  return rules.map((rule) => toJson(ruleToWire(rule)));
}

function ruleToWire({ local, remote }: MappingRule): WireMappingRule {
  return {
    local: local.map(({ user, group, groups }) => ({
      ...(user && { user: { name: user.name } }),
      ...(group && { group: { name: group.name } }),
      ...(typeof groups === 'string' && { groups }),
    })),
    remote: remote.map(({ type, anyOneOf, notAnyOf, regex }) => ({
      type,
      ...(anyOneOf && { any_one_of: anyOneOf }),
      ...(notAnyOf && { not_any_of: notAnyOf }),
      // False is what holds without it.
      ...(regex === true && { regex }),
    })),
  };
}

function ruleFromWire(rule: Json): MappingRule {
  const { local, remote } = isObject(rule) ? rule : {};
  return {
    local: items(local).map(({ user, group, groups }) => ({
      user: nameIn(user),
      group: nameIn(group),
      groups: typeof groups === 'string' ? groups : null,
    })),
    remote: items(remote).map(({ type, any_one_of, not_any_of, regex }) => ({
      type: typeof type === 'string' ? type : '',
      anyOneOf: texts(any_one_of),
      notAnyOf: texts(not_any_of),
      regex: regex === true,
    })),
  };
}

function items(list: Json | undefined): readonly { readonly [member: string]: Json }[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function nameIn(value: Json | undefined): { readonly name: string } | null {
  return isObject(value) && typeof value['name'] === 'string' ? { name: value['name'] } : null;
}

function texts(value: Json | undefined): readonly string[] | null {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : null;
}

/** A rule without members that say nothing: null, or `regex` that is false. */
export function withoutDefaults(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, item]) => item !== null && !(name === 'regex' && item === false))
      .map(([name, item]) => [name, withoutDefaults(item)]),
  );
}

function toJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** What the fingerprints are made of: all that can be written. */
export function identityProviderContent({
  id,
  description,
  enabled,
  ssoType,
}: IdentityProvider): Json {
  return { id, description, enabled, ssoType };
}

export function protocolContent({ idpId, id, mappingId }: Protocol): Json {
  return { idpId, id, mappingId };
}

export function mappingContent({ id, stored }: Mapping): Json {
  return { id, rules: stored };
}

export function identityProviderSnapshot(stored: IdentityProvider): Snapshot {
  return {
    title: `The identity provider "${stored.id}"`,
    content: identityProviderContent(stored),
    secret: null,
  };
}

export function protocolSnapshot(stored: Protocol): Snapshot {
  return {
    title: `The protocol of "${stored.idpId}"`,
    content: protocolContent(stored),
    secret: null,
  };
}

export function mappingSnapshot(stored: Mapping): Snapshot {
  return { title: `The mapping "${stored.id}"`, content: mappingContent(stored), secret: null };
}
