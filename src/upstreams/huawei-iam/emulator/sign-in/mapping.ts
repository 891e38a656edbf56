import { runInNewContext } from 'node:vm';
import { SignInFailed, quoted } from '../../../../transport/emulator/sign-in/failed.ts';
import type { Claims } from '../../../../transport/emulator/sign-in/id-token.ts';
import { printedList, textsIn } from './list-text.ts';

/** A rule as the API stores it: it has checked this form. */
interface Rule {
  readonly local: readonly Local[];
  readonly remote: readonly Condition[];
}

interface Local {
  readonly user?: Named;
  readonly group?: Named;
  readonly groups?: string | Named;
}

interface Named {
  readonly name: string;
}

interface Condition {
  readonly type: string;
  readonly any_one_of?: readonly string[];
  readonly not_any_of?: readonly string[];
  readonly regex?: boolean;
}

/** Who signs in, by the mapping. */
export interface MappedUser {
  readonly name: string;
  /** Names, whether or not the account has such groups. */
  readonly groups: readonly string[];
}

/** How long all patterns of one condition may take, in milliseconds: long enough for a busy machine. */
const PATTERN_TIMEOUT_MS = 2000;

/**
 * Maps claims as Keystone does. Every rule is evaluated: the first user name wins, groups add up.
 * @throws SignInFailed if no rule holds, no user has a name, or a rule cannot be evaluated
 */
export function mapClaims(stored: readonly unknown[], claims: Claims): MappedUser {
  const rules = stored as readonly Rule[];
  const values = valuesOf(claims);
  const held = rules.flatMap(({ local, remote }) => {
    const direct = directValues(remote, values);
    return direct === undefined ? [] : local.map((each) => filledIn(each, direct));
  });
  if (held.length === 0) throw new SignInFailed('no rule of the mapping holds');
  const name = held.find(({ user }) => user)?.user?.name ?? '';
  if (name === '') throw new SignInFailed('the mapping gives no user name');
  const groups = held.flatMap(({ group, groups: several }) => [
    ...(group ? [group.name] : []),
    ...namesIn(several),
  ]);
  return { name, groups: [...new Set(groups)] };
}

/** A text has its parts between semicolons, untrimmed; an array its texts. Other types are dropped. */
function valuesOf(claims: Claims): ReadonlyMap<string, readonly string[]> {
  // IAM itself adds this one; that it is the subject is not documented.
  const all = { ...claims, __NAMEID__: claims['sub'] };
  const texts = Object.entries(all).map(([name, value]): [string, string[]] => {
    if (typeof value === 'string') return [name, value.split(';')];
    const items: unknown[] = Array.isArray(value) ? value : [];
    return [name, items.filter((item) => typeof item === 'string')];
  });
  return new Map(texts.filter(([, items]) => items.length > 0));
}

/**
 * The values of the conditions that only ask for a claim, which placeholders count.
 * @returns undefined if a condition does not hold
 */
function directValues(
  conditions: readonly Condition[],
  values: ReadonlyMap<string, readonly string[]>,
): (readonly string[])[] | undefined {
  const direct: (readonly string[])[] = [];
  for (const { type, any_one_of, not_any_of, regex = false } of conditions) {
    const given = values.get(type);
    if (given === undefined) return undefined;
    if (any_one_of) {
      if (!matches(given, any_one_of, regex)) return undefined;
    } else if (not_any_of) {
      if (matches(given, not_any_of, regex)) return undefined;
    } else direct.push(given);
  }
  return direct;
}

function matches(given: readonly string[], wanted: readonly string[], regex: boolean): boolean {
  if (!regex) return given.some((value) => wanted.includes(value));
  try {
    // Stored patterns may take exponential time: in a context of its own, a time limit ends them.
    return (
      runInNewContext(
        'patterns.some((pattern) => values.some((value) => new RegExp(pattern).test(value)))',
        { patterns: [...wanted], values: [...given] },
        { timeout: PATTERN_TIMEOUT_MS },
      ) === true
    );
  } catch {
    throw new SignInFailed('a pattern of the mapping cannot be evaluated');
  }
}

function filledIn({ user, group, groups }: Local, direct: readonly (readonly string[])[]): Local {
  const named = ({ name }: Named) => ({ name: filled(name, direct) });
  return {
    ...(user && { user: named(user) }),
    ...(group && { group: named(group) }),
    ...(groups !== undefined && {
      groups: typeof groups === 'string' ? filled(groups, direct) : named(groups),
    }),
  };
}

/** Like Python's `str.format`: `{0}` is a value, `{{` a brace, and anything else in braces fails the whole sign-in. */
function filled(template: string, direct: readonly (readonly string[])[]): string {
  return template.replace(/\{\{|\}\}|\{(\d+)\}|[{}]/g, (found, index?: string) => {
    if (found === '{{') return '{';
    if (found === '}}') return '}';
    const items = index === undefined ? undefined : direct[Number(index)];
    if (!items) throw new SignInFailed(`the mapping has no value for ${quoted(template)}`);
    return items.length === 1 ? (items[0] ?? '') : printedList(items);
  });
}

function namesIn(groups: Local['groups']): readonly string[] {
  if (groups === undefined) return [];
  if (typeof groups !== 'string') return [groups.name];
  return textsIn(groups) ?? [groups];
}
