import type { Graph } from '../../../graph/graph.ts';
import type { MappingLocal, MappingRemote, MappingRule } from './translate.ts';

/** Descriptions that the input and the object share. */
const ABOUT = {
  rule: 'A rule of a mapping: if all conditions in `remote` hold, the user gets the identity that `local` defines.',
  local:
    'The identity that the user gets: a user name, and the groups whose permissions the user has.',
  remote: 'Conditions on the claims of the ID token, at most 10. All of them must hold.',
  localPart:
    'Part of the identity that the user gets: a user name, a group, several groups, or a combination of these.',
  user: 'The federated user that the person is signed in as.',
  group: 'A user group that the federated user belongs to.',
  groups:
    'Several user groups that the federated user belongs to, in one string, e.g. `["admin","manager"]` or `{1}`.',
  name: 'Name, which may contain placeholders: `{0}` for the claim of the first condition, `{1}` for the claim of the second. A condition that has `anyOneOf` or `notAnyOf` supplies no value for a placeholder (warning PLACEHOLDER_NOT_FILLED). According to the documentation of IAM, the resulting name may contain only letters, digits, spaces and `-_.`, and must not begin with a digit. The gateway does not check this.',
  condition: 'A condition on a claim of the ID token.',
  type: 'Name of the claim, e.g. `email`; `__NAMEID__` stands for the subject.',
  anyOneOf:
    'The condition holds if the claim is one of these. With an empty list, it never holds; if both lists are omitted, any value is accepted. Cannot be combined with `notAnyOf`.',
  notAnyOf:
    'The condition holds if the claim is none of these. With an empty list, it always holds. Cannot be combined with `anyOneOf`.',
  regex: 'Whether the values are regular expressions.',
} as const;

/** Adds the types of mapping rules, for output and for input. */
export function addRule({ builder }: Graph) {
  type Named = { readonly name: string };
  const user = builder.objectRef<Named>('HuaweiMappingUser').implement({
    description: ABOUT.user,
    fields: (t) => ({ name: t.exposeString('name', { description: ABOUT.name }) }),
  });
  const group = builder.objectRef<Named>('HuaweiMappingGroup').implement({
    description: ABOUT.group,
    fields: (t) => ({ name: t.exposeString('name', { description: ABOUT.name }) }),
  });
  const local = builder.objectRef<MappingLocal>('HuaweiMappingLocal').implement({
    description: ABOUT.localPart,
    fields: (t) => ({
      user: t.field({
        type: user,
        nullable: true,
        description: ABOUT.user,
        resolve: (self) => self.user,
      }),
      group: t.field({
        type: group,
        nullable: true,
        description: ABOUT.group,
        resolve: (self) => self.group,
      }),
      groups: t.string({
        nullable: true,
        description: ABOUT.groups,
        resolve: (self) => self.groups,
      }),
    }),
  });
  const remote = builder.objectRef<MappingRemote>('HuaweiMappingRemote').implement({
    description: ABOUT.condition,
    fields: (t) => ({
      type: t.exposeString('type', { description: ABOUT.type }),
      anyOneOf: t.stringList({
        nullable: true,
        description: ABOUT.anyOneOf,
        resolve: (self) => (self.anyOneOf ? [...self.anyOneOf] : null),
      }),
      notAnyOf: t.stringList({
        nullable: true,
        description: ABOUT.notAnyOf,
        resolve: (self) => (self.notAnyOf ? [...self.notAnyOf] : null),
      }),
      regex: t.boolean({ description: ABOUT.regex, resolve: (self) => self.regex ?? false }),
    }),
  });
  const rule = builder.objectRef<MappingRule>('HuaweiMappingRule').implement({
    description: ABOUT.rule,
    fields: (t) => ({
      local: t.field({
        type: [local],
        description: ABOUT.local,
        resolve: (self) => [...self.local],
      }),
      remote: t.field({
        type: [remote],
        description: ABOUT.remote,
        resolve: (self) => [...self.remote],
      }),
    }),
  });

  const userInput = builder.inputType('HuaweiMappingUserInput', {
    description: ABOUT.user,
    fields: (t) => ({ name: t.string({ required: true, description: ABOUT.name }) }),
  });
  const groupInput = builder.inputType('HuaweiMappingGroupInput', {
    description: ABOUT.group,
    fields: (t) => ({ name: t.string({ required: true, description: ABOUT.name }) }),
  });
  const localInput = builder.inputType('HuaweiMappingLocalInput', {
    description: `${ABOUT.localPart} At least one is required.`,
    fields: (t) => ({
      user: t.field({ type: userInput, description: ABOUT.user }),
      group: t.field({ type: groupInput, description: ABOUT.group }),
      groups: t.string({ description: ABOUT.groups }),
    }),
  });
  const remoteInput = builder.inputType('HuaweiMappingRemoteInput', {
    description: ABOUT.condition,
    fields: (t) => ({
      type: t.string({ required: true, description: ABOUT.type }),
      anyOneOf: t.stringList({ description: ABOUT.anyOneOf }),
      notAnyOf: t.stringList({ description: ABOUT.notAnyOf }),
      regex: t.boolean({ description: ABOUT.regex }),
    }),
  });
  const ruleInput = builder.inputType('HuaweiMappingRuleInput', {
    description: ABOUT.rule,
    fields: (t) => ({
      local: t.field({ type: [localInput], required: true, description: ABOUT.local }),
      remote: t.field({ type: [remoteInput], required: true, description: ABOUT.remote }),
    }),
  });
  return { rule, ruleInput };
}

/** The input type of a mapping rule. */
export type RuleInputRef = ReturnType<typeof addRule>['ruleInput'];
