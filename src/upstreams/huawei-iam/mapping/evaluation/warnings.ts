import { isObject } from '../../../../domain/json/json.ts';
import type { Json } from '../../../../domain/json/json.ts';
import type { HuaweiWarning } from '../../warning-codes.ts';
import type { EvaluableRule } from './model.ts';

type Path = readonly string[];

/** The names that IAM allows, according to its user guide. */
const ALLOWED_NAME = /^[A-Za-z _.-][A-Za-z0-9 _.-]*$/;

/** Issuers of Microsoft Entra ID, in all its clouds. */
const ENTRA =
  /^https:\/\/(?:login\.microsoftonline\.(?:com|us|de)|login\.partner\.microsoftonline\.cn|sts\.windows\.net|sts\.chinacloudapi\.cn)\//;

/** How many groups a token of the implicit flow has at most. */
const ENTRA_GROUPS = 5;

/** Warnings about rules and claims together. */
export function* claimWarnings(
  rules: readonly EvaluableRule[],
  claims: Readonly<Record<string, Json>>,
): Iterable<HuaweiWarning> {
  const used = new Set<string>();
  for (const [index, { remote }] of rules.entries()) {
    for (const [at, { type, anyOneOf, notAnyOf, regex }] of remote.entries()) {
      const path = ['rules', String(index), 'remote', String(at)];
      if (type === 'groups' && lacksGroups(claims)) yield groupsOverage([...path, 'type']);
      if (regex === true) {
        const name = anyOneOf ? 'anyOneOf' : 'notAnyOf';
        for (const [item, pattern] of (anyOneOf ?? notAnyOf ?? []).entries())
          if (!isAnchored(pattern)) yield unanchored([...path, name, String(item)]);
      }
      if (used.has(type)) continue;
      used.add(type);
      const value = Object.hasOwn(claims, type) ? claims[type] : undefined;
      if (value !== undefined && isPartlyIgnored(value)) yield notText(type);
    }
  }
}

/** Warnings about the name that a person would get. */
export function* userWarnings(name: string, hasList: boolean, path: Path): Iterable<HuaweiWarning> {
  if (hasList)
    yield {
      code: 'USER_NAME_FROM_SEVERAL_VALUES',
      path,
      message:
        "The claim has several values. The user name contains all of them as a list, such as ['a', 'b']. Use a claim with one value.",
    };
  else if (!ALLOWED_NAME.test(name))
    yield {
      code: 'USER_NAME_NOT_ALLOWED',
      path,
      message: `According to its user guide, IAM allows only letters, digits, spaces and -_. in a user name, and no digit at the beginning. ${
        /^\d/.test(name) ? 'This name begins with a digit' : 'This name has another character'
      }. Such names are reported to work in some regions, so try it, or put a letter before the claim, e.g. u{0}.`,
    };
}

export function groupFromSeveralValues(path: Path): HuaweiWarning {
  return {
    code: 'GROUP_NAME_FROM_SEVERAL_VALUES',
    path,
    message:
      'The claim has several values, and `group` makes one name of all of them. Use `groups` to get one group for each.',
  };
}

export function groupsNotReadable(path: Path): HuaweiWarning {
  return {
    code: 'GROUPS_NOT_READABLE',
    path,
    message:
      'The text of `groups` looks like a list, but is not a list of strings such as ["admin","manager"]. What IAM makes of it is unknown.',
  };
}

/** Whether Entra leaves out the groups because they are too many, or would. */
function lacksGroups(claims: Readonly<Record<string, Json>>): boolean {
  const own = (name: string) => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  const issuer = own('iss');
  const names = own('_claim_names');
  return (
    own('hasgroups') === true ||
    own('hasgroups') === 'true' ||
    (isObject(names) && Object.hasOwn(names, 'groups')) ||
    (typeof issuer === 'string' && ENTRA.test(issuer))
  );
}

function groupsOverage(path: Path): HuaweiWarning {
  return {
    code: 'GROUPS_OVERAGE',
    path,
    message: `Microsoft Entra ID leaves out the claim groups if a user is in more than ${ENTRA_GROUPS} groups and the ID token comes from the authorization endpoint. Use app roles (the claim roles), or let the application receive only assigned groups.`,
  };
}

function unanchored(path: Path): HuaweiWarning {
  return {
    code: 'UNANCHORED_REGEX',
    path,
    message:
      'The regular expression may match anywhere in the value: @mail.com also matches x@mail.com.evil. Begin it with ^ or .*, and end it with $ or .*, in every alternative.',
  };
}

function notText(claim: string): HuaweiWarning {
  return {
    code: 'CLAIM_NOT_TEXT',
    path: ['claims', claim],
    message:
      'Only strings and lists of strings count. Numbers, booleans, objects and null are ignored.',
  };
}

function isPartlyIgnored(value: Json): boolean {
  return Array.isArray(value)
    ? value.some((item) => typeof item !== 'string')
    : typeof value !== 'string';
}

/** Whether each alternative begins and ends with an anchor, or with anything on purpose. */
function isAnchored(pattern: string): boolean {
  return alternatives(pattern.replace(/^\(\?[a-zA-Z]{1,8}\)/, '')).every(
    (one) => /^(?:\^|\\A|\.\*)/.test(one) && /(?:^|[^\\])(?:\\\\)*(?:\$|\\[zZ]|\.\*)$/.test(one),
  );
}

/** The alternatives outside of groups and classes. */
function alternatives(pattern: string): string[] {
  const found: string[] = [];
  let [from, depth, inClass] = [0, 0, false];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '\\') at += 1;
    else if (inClass) inClass = character !== ']';
    else if (character === '[') inClass = true;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (character === '|' && depth === 0) {
      found.push(pattern.slice(from, at));
      from = at + 1;
    }
  }
  return [...found, pattern.slice(from)];
}
