import type { HuaweiWarning } from '../../warning-codes.ts';
import { groupNames } from './group-names.ts';
import type { OutcomeReason, Part } from './model.ts';
import { fill } from './template.ts';
import type { Filled, Filling } from './template.ts';
import { groupFromSeveralValues, groupsNotReadable, userWarnings } from './warnings.ts';

/** Maximum length of one text, and of all texts of an evaluation, in characters. Claims have at most a few thousand. */
const MAX_TEXT = 16_384;
export const MAX_TEXTS = 32_768;

/** Keystone reads `groups` in another way if this is anywhere in it. */
const SPECIAL = 'name';

/** What a rule assigns if it applies. */
export interface Identity {
  readonly hasUser: boolean;
  /** Null if there is none, or it is unknown. */
  readonly user: string | null;
  /** Why the user name is unknown. */
  readonly userDoubt: OutcomeReason | null;
  readonly groups: readonly string[];
  readonly groupsComplete: boolean;
  /** Why nobody is signed in if the rule applies. */
  readonly failure: OutcomeReason | null;
  /** Why it is undecided whether someone is signed in. */
  readonly doubt: OutcomeReason | null;
  /** About the groups. */
  readonly warnings: readonly HuaweiWarning[];
  /** About the user name, in case that it is the one. */
  readonly userWarnings: readonly HuaweiWarning[];
}

const FAILURES: Readonly<Partial<Record<Filled['kind'], OutcomeReason>>> = {
  NOT_FILLED: 'PLACEHOLDER_NOT_FILLED',
  NOT_VALID: 'TEMPLATE_NOT_VALID',
};
const DOUBTS: Readonly<Partial<Record<Filled['kind'], OutcomeReason>>> = {
  FIELD_UNKNOWN: 'TEMPLATE_UNKNOWN',
  TOO_LONG: 'TOO_MUCH_WORK',
};

/** Makes the identities of one evaluation. The length of all their texts is bounded. */
export class Identities {
  #left = MAX_TEXTS;

  /** How many characters were made so far. */
  get made(): number {
    return MAX_TEXTS - this.#left;
  }

  /**
   * What a rule assigns if it applies.
   * @param values those of its conditions without a list, in order
   * @param path of the rule
   */
  of(local: readonly Part[], values: readonly Filling[], path: readonly string[]): Identity {
    const groups = new Set<string>();
    const warnings: HuaweiWarning[] = [];
    let user: { readonly filled: Filled; readonly path: readonly string[] } | null = null;
    let [failure, doubt]: [OutcomeReason | null, OutcomeReason | null] = [null, null];
    let groupsComplete = true;
    const textOf = (template: string): Filled => {
      const filled = this.#fill(template, values);
      failure ??= FAILURES[filled.kind] ?? null;
      doubt ??= DOUBTS[filled.kind] ?? null;
      return filled;
    };
    for (const [index, part] of local.entries()) {
      const at = [...path, 'local', String(index)];
      if (part.user) {
        const filled = textOf(part.user.name);
        user ??= { filled, path: [...at, 'user', 'name'] };
      }
      for (const [field, group] of [
        ['group', part.group],
        ['groups', part.groups],
      ] as const) {
        if (!group || typeof group === 'string') continue;
        const filled = textOf(group.name);
        groupsComplete &&= filled.kind === 'TEXT';
        if (filled.kind !== 'TEXT') continue;
        groups.add(filled.text);
        if (filled.hasList) warnings.push(groupFromSeveralValues([...at, field, 'name']));
      }
      if (typeof part.groups !== 'string') continue;
      const filled = textOf(part.groups);
      if (filled.kind === 'TEXT' && filled.text.includes(SPECIAL)) doubt ??= 'GROUPS_UNDECIDED';
      const names = filled.kind === 'TEXT' ? groupNames(filled.text) : null;
      groupsComplete &&= names !== null;
      if (names === null && filled.kind === 'TEXT')
        warnings.push(groupsNotReadable([...at, 'groups']));
      for (const name of names ?? []) groups.add(name);
    }
    return {
      hasUser: user !== null,
      ...nameOf(user),
      groups: [...groups],
      groupsComplete,
      failure,
      doubt,
      warnings,
    };
  }

  #fill(template: string, values: readonly Filling[]): Filled {
    const filled = fill(template, values, Math.min(MAX_TEXT, this.#left));
    if (filled.kind === 'TEXT') this.#left -= filled.text.length;
    // The evaluation is undecided then, so nothing more needs to be made.
    if (filled.kind === 'TOO_LONG') this.#left = 0;
    return filled;
  }
}

/** The user name, and what is doubtful about it. */
function nameOf(
  user: { readonly filled: Filled; readonly path: readonly string[] } | null,
): Pick<Identity, 'user' | 'userDoubt' | 'userWarnings'> {
  if (user === null) return { user: null, userDoubt: null, userWarnings: [] };
  const { filled, path } = user;
  if (filled.kind !== 'TEXT')
    return {
      user: null,
      userDoubt: filled.kind === 'VALUE_UNKNOWN' ? 'USER_NAME_UNKNOWN' : null,
      userWarnings: [],
    };
  return {
    user: filled.text,
    userDoubt: filled.text.trim() === '' ? 'USER_NAME_EMPTY' : null,
    userWarnings: [...userWarnings(filled.text, filled.hasList, path)],
  };
}
