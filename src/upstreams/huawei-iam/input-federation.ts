import { z } from 'zod';
import { expectation } from '../../domain/fingerprint.ts';
import { fieldsRule, kept, notWritable, rule } from '../../domain/parse.ts';
import type { RuleIssue } from '../../domain/parse.ts';
import { id, text } from '../../domain/primitives.ts';
import type { Warning } from '../../domain/warnings.ts';
import { idpId } from './input.ts';
import type { IdentityProvider, Mapping, MappingRule, Protocol } from './mapping-federation.ts';

/** Rules of a mapping, and conditions in a rule, as the user guide counts them. */
const MAX_RULES = 10;
const MAX_CONDITIONS = 10;

export const mappingId = id(
  /^[A-Za-z0-9_-]{1,64}$/,
  '1 to 64 letters, digits, hyphens and underscores',
);

const description = text();
const ssoType = z.enum(['VIRTUAL_USER_SSO', 'IAM_USER_SSO']);

/** Input of `createHuaweiIdentityProvider`, without its nulls. */
export const identityProviderDraft = z.object({
  id: idpId,
  description: description.optional(),
  enabled: z.boolean().optional(),
  ssoType: ssoType.optional(),
});
export type IdentityProviderDraft = z.output<typeof identityProviderDraft>;

/** A description that is empty is shown as an empty text, so that this empties it as null does. */
const clearedDescription = z
  .unknown()
  .transform((value) => (value === '' ? null : value))
  .pipe(description.nullable())
  .optional();

/** Input of `updateHuaweiIdentityProvider`. */
export const identityProviderPatch = z
  .object({
    id: idpId,
    description: clearedDescription,
    enabled: kept(z.boolean()),
    ...expectation,
  })
  .check(
    fieldsRule(function* ({ description: text, enabled }) {
      if (text === undefined && enabled === undefined)
        yield { code: 'REQUIRED', message: 'Must change something: give description or enabled.' };
    }),
  );
export type IdentityProviderPatch = Omit<
  z.output<typeof identityProviderPatch>,
  'expectedFingerprint'
>;

/** What names an identity provider. */
export const identityProviderKey = z.object({ id: idpId });
export type IdentityProviderKey = z.output<typeof identityProviderKey>;
export const identityProviderDeletion = identityProviderKey.extend(expectation);

/** Input of `createHuaweiProtocol`. */
export const protocolDraft = z.object({ idpId, mappingId });
export type ProtocolDraft = z.output<typeof protocolDraft>;
export const protocolChange = protocolDraft.extend(expectation);

/** What names a protocol: each identity provider has one for OpenID Connect. */
export const protocolKey = z.object({ idpId });
export type ProtocolKey = z.output<typeof protocolKey>;
export const protocolDeletion = protocolKey.extend(expectation);

const local = z
  .object({
    user: z.object({ name: text() }).nullish(),
    group: z.object({ name: text() }).nullish(),
    groups: text().nullish(),
  })
  .check(
    fieldsRule(function* (fields) {
      if (Object.values(fields).every((value) => value === undefined || value === null))
        yield { code: 'REQUIRED', message: 'Must have at least one of user, group and groups.' };
    }),
  );

/** An empty list is not the same as none: one of no values never holds, none of no values always does. */
const values = z.array(text());

const remote = z
  .object({
    type: text(),
    anyOneOf: values.nullish(),
    notAnyOf: values.nullish(),
    regex: z.boolean().nullish(),
  })
  .check(
    fieldsRule(function* ({ anyOneOf, notAnyOf, regex }) {
      const [any, none] = [anyOneOf, notAnyOf].map(
        (value) => value !== undefined && value !== null,
      );
      if (any && none)
        yield {
          path: ['notAnyOf'],
          code: 'NOT_ALLOWED',
          message: 'Must be left out beside anyOneOf: a condition has one of them.',
        };
      if (regex === true && !any && !none)
        yield {
          path: ['regex'],
          code: 'NOT_ALLOWED',
          message: 'Must be left out without anyOneOf or notAnyOf, whose values it is about.',
        };
    }),
  );

const mappingRule = z
  .object({
    local: z.array(local).check(counted(1, Infinity, 'part')),
    remote: z.array(remote).check(counted(1, MAX_CONDITIONS, 'condition')),
  })
  .check(fieldsRule(placeholderIssues));

/** Rules of a mapping. */
export const mappingRules = z.array(mappingRule).check(counted(1, MAX_RULES, 'rule'));
export type MappingRules = z.output<typeof mappingRules>;

/** Input of `createHuaweiMapping`. */
export const mappingDraft = z.object({ id: mappingId, rules: mappingRules });
export type MappingDraft = z.output<typeof mappingDraft>;
export const mappingChange = mappingDraft.extend(expectation);

/** What names a mapping. */
export const mappingKey = z.object({ id: mappingId });
export type MappingKey = z.output<typeof mappingKey>;
export const mappingDeletion = mappingKey.extend(expectation);

function counted(min: number, max: number, what: string) {
  return rule(function* (list: readonly unknown[]): Iterable<RuleIssue> {
    if (list.length < min)
      yield { code: 'TOO_SHORT', message: `Must have at least ${min} ${what}.` };
    if (list.length > max)
      yield { code: 'TOO_LONG', message: `Must have at most ${max} ${what}s, has ${list.length}.` };
  });
}

/** A placeholder has the number of a condition. Which of them give a text is another matter: see `placeholderWarnings`. */
function* placeholderIssues(
  fields: Readonly<{ local?: unknown; remote?: unknown }>,
): Iterable<RuleIssue> {
  if (!Array.isArray(fields.local) || !Array.isArray(fields.remote)) return;
  const allowed = fields.remote.slice(0, MAX_CONDITIONS).map((_condition, index) => `{${index}}`);
  const message =
    allowed.length === 0
      ? 'Must not hold braces: the rule has no condition that could fill them.'
      : `Braces may only hold the number of a condition: ${allowed.join(', ')}.`;
  for (const [index, part] of fields.local.entries()) {
    for (const { path, value } of textsOf(part as unknown)) {
      const rest = value.replaceAll(/\{\d+\}/g, (one) => (allowed.includes(one) ? '' : one));
      if (/[{}]/.test(rest))
        yield { path: ['local', String(index), ...path], code: 'INVALID_PLACEHOLDER', message };
    }
  }
}

/**
 * `{0}` stands for the claim of the first condition without values: those with values give only true or false. The
 * user guide does not say whether these are numbered too (Keystone does not), so a placeholder is fine that is right either way.
 */
function* placeholderWarnings(
  { local: parts, remote: conditions }: MappingRule,
  path: readonly string[],
): Iterable<Warning> {
  const giving = conditions.map(givesText);
  const count = giving.filter(Boolean).length;
  for (const [index, part] of parts.entries()) {
    for (const { path: below, value } of textsOf(part)) {
      const unfilled = [...value.matchAll(/\{(\d+)\}/g)].find(
        ([, number]) => giving[Number(number)] !== true && Number(number) >= count,
      );
      if (unfilled === undefined) continue;
      const message =
        'A placeholder stands for a condition with values, which gives only true or false and no text: sign-in by this rule likely fails.';
      yield {
        code: 'PLACEHOLDER_NOT_FILLED',
        path: [...path, 'local', String(index), ...below],
        message,
      };
    }
  }
}

function givesText(condition: unknown): boolean {
  const { anyOneOf, notAnyOf } = (condition ?? {}) as {
    readonly anyOneOf?: unknown;
    readonly notAnyOf?: unknown;
  };
  return (anyOneOf ?? notAnyOf ?? null) === null;
}

function textsOf(part: unknown): { readonly path: readonly string[]; readonly value: string }[] {
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

/** What is legal in an identity provider but will hurt. */
export function* identityProviderWarnings({
  enabled,
  ssoType,
}: Pick<IdentityProvider, 'enabled' | 'ssoType'>): Iterable<Warning> {
  if (!enabled)
    yield {
      code: 'IDENTITY_PROVIDER_DISABLED',
      path: ['enabled'],
      message: 'Nobody can sign in through the identity provider until it is enabled.',
    };
  if (ssoType === 'IAM_USER_SSO')
    yield {
      code: 'SSO_TYPE_WITHOUT_OIDC',
      path: ['ssoType'],
      message: 'OpenID Connect needs VIRTUAL_USER_SSO; IAM_USER_SSO is for SAML.',
    };
}

/** What is accepted in rules, but likely to cause problems. */
export function* ruleWarnings(rules: readonly MappingRule[]): Iterable<Warning> {
  if (!rules.some(({ local: parts }) => parts.some(({ user }) => user))) {
    yield {
      code: 'NO_USER_IN_RULES',
      path: ['rules'],
      message: 'No rule gives people a user name, without which nobody can sign in.',
    };
  }
  for (const [index, rule] of rules.entries()) {
    const path = ['rules', String(index)];
    yield* placeholderWarnings(rule, path);
    for (const [at, { anyOneOf }] of rule.remote.entries()) {
      if (anyOneOf?.length !== 0) continue;
      yield {
        code: 'RULE_NEVER_APPLIES',
        path: [...path, 'remote', String(at), 'anyOneOf'],
        message:
          'The claim cannot be one of no values: the rule applies to nobody. Leave the list out to take any value.',
      };
    }
  }
}

/** What there is to say about a stored identity provider. */
export function* storedProviderWarnings(stored: IdentityProvider): Iterable<Warning> {
  yield* identityProviderWarnings(stored);
  const { id, description: text, enabled, ssoType: type } = stored;
  // A type that is not known here is shown as null, which would become the default.
  yield* notWritable(identityProviderDraft, {
    id,
    description: text === '' ? undefined : text,
    enabled,
    ssoType: type ?? 'unknown',
  });
}

/** What there is to say about a stored protocol. */
export function storedProtocolWarnings({
  idpId: id,
  mappingId: mapping,
}: Protocol): Iterable<Warning> {
  return notWritable(protocolDraft, { idpId: id, mappingId: mapping ?? '' });
}

/** What there is to say about a stored mapping. */
export function* storedMappingWarnings(stored: Mapping): Iterable<Warning> {
  yield* mappingWarnings(stored);
  yield* ruleWarnings(stored.rules);
  yield* notWritable(mappingDraft, { id: stored.id, rules: stored.rules });
}

/** What is in a mapping that a change through this schema would lose. */
export function* mappingWarnings({ incomplete }: Pick<Mapping, 'incomplete'>): Iterable<Warning> {
  for (const index of incomplete) {
    yield {
      code: 'RULE_NOT_SHOWN_WHOLE',
      path: ['rules', String(index)],
      message: 'The stored rule holds more than is shown here; updating the rules would drop it.',
    };
  }
}
