import type { Snapshot } from '../../../domain/fingerprint.ts';
import { canonicalJson, isObject } from '../../../domain/json/json.ts';
import type { Json } from '../../../domain/json/json.ts';
import type { WireMapping, WireMappingRule } from './wire.ts';

/** The federated user that a person is signed in as, or groups of that user. */
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
  /** The rules with everything in IAM's response, including what `rules` cannot express. */
  readonly stored: Json;
  /** Indexes of the rules that hold more than `rules` can express. */
  readonly incomplete: readonly number[];
}

/** A stored mapping from a response. Unknown members of its rules are kept, but not shown. */
export function fromWire({ id, rules }: WireMapping): Mapping {
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

/** The rules in the body of a request that creates or changes a mapping. */
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
      // False is the default.
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

/** A rule without members that have no effect: null, or a `regex` that is false. */
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

/** The texts of a part of a rule that may have placeholders. */
export function textsOf(
  part: unknown,
): { readonly path: readonly string[]; readonly value: string }[] {
  const { user, group, groups } = (part ?? {}) as {
    readonly user?: { readonly name?: unknown } | null;
    readonly group?: { readonly name?: unknown } | null;
    readonly groups?: unknown;
  };
  const found = [
    { path: ['user', 'name'], value: user?.name },
    { path: ['group', 'name'], value: group?.name },
    { path: ['groups'], value: groups },
  ];
  return found.filter(
    (one): one is { path: string[]; value: string } => typeof one.value === 'string',
  );
}

/** The content that the fingerprint is computed from. */
export function contentOf({ id, stored }: Mapping): Json {
  return { id, rules: stored };
}

export function snapshotOf(stored: Mapping): Snapshot {
  return { title: `The mapping "${stored.id}"`, content: contentOf(stored), secret: null };
}
