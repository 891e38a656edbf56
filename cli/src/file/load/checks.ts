import { isDeepStrictEqual } from 'node:util';
import { itemsOf, type Located, plainOf, textOf, valueAt } from './located.ts';
import { ENTRY_LISTS } from './overlay.ts';
import { didYouMean, type FileProblem, type Path, type Position, quoted } from './problems.ts';

interface Report {
  (path: Path, at: Position, message: string, advice?: string): void;
}

/** What only the file as a whole shows. Made also if fields are wrong, so that everything is reported at once. */
export function checksOf(
  located: Located,
  options: { readonly allowPlainSecrets: boolean },
): FileProblem[] {
  const problems: FileProblem[] = [];
  const report: Report = (path, at, message, advice) => {
    problems.push({ ...at, path, message, ...(advice !== undefined && { advice }) });
  };
  for (const [list, idField] of ENTRY_LISTS) {
    const entries = itemsOf(located, list);
    reportDuplicates(list, idField, entries, report);
    for (const [index, entry] of entries.entries()) {
      reportIssuer(located, [list, index, 'issuer'], entry, report);
      reportSecret([list, index, 'connectClientSecret'], entry, options, report);
    }
  }
  reportMappings(itemsOf(located, 'oidcConfigs'), report);
  return problems;
}

function reportDuplicates(
  list: string,
  idField: string,
  entries: readonly Located[],
  report: Report,
): void {
  const first = new Map<string, Position>();
  for (const [index, entry] of entries.entries()) {
    const id = textOf(entry, idField);
    if (id === undefined) continue;
    const before = first.get(id);
    if (before)
      report(
        [list, index, idField],
        entry.at,
        `${list} has ${quoted(id)} twice, first in line ${before.line}.`,
      );
    else first.set(id, entry.at);
  }
}

function reportIssuer(located: Located, path: Path, entry: Located, report: Report): void {
  const name = textOf(entry, 'issuer');
  if (name === undefined || name === '') return;
  const issuers = valueAt(located, ['issuers']);
  const names = issuers?.kind === 'map' ? issuers.entries : new Map<string, Located>();
  if (names.has(name)) return;
  report(
    path,
    valueAt(entry, ['issuer'])?.at ?? entry.at,
    `issuers has no ${quoted(name)}.`,
    didYouMean(name, names.keys()) ?? 'issuer is the name of one of issuers, which have the URLs.',
  );
}

function reportSecret(
  path: Path,
  entry: Located,
  { allowPlainSecrets }: { readonly allowPlainSecrets: boolean },
  report: Report,
): void {
  const secret = valueAt(entry, ['connectClientSecret']);
  if (!secret) return;
  if (secret.kind === 'scalar') {
    if (!allowPlainSecrets && typeof secret.value === 'string' && secret.value !== '')
      report(
        path,
        secret.at,
        'connectClientSecret has a secret in plain text.',
        'Write { fromEnv: NAME } or { fromFile: path }, or allow it with --allow-plain-secrets.',
      );
    return;
  }
  const name = textOf(secret, 'fromEnv');
  if (name !== undefined && name !== '' && !isVariableName(name))
    report(
      [...path, 'fromEnv'],
      valueAt(secret, ['fromEnv'])?.at ?? secret.at,
      'fromEnv is not the name of an environment variable, and looks like a value.',
      'Names have letters, digits and underscores. If it is a secret, it must be replaced: the file shows it.',
    );
}

/** Random text often has the form of a name: a long word with small letters and digits is taken for a value. */
function isVariableName(name: string): boolean {
  return (
    /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name) &&
    !name.split('_').some((word) => word.length >= 20 && /[a-z]/.test(word) && /[0-9]/.test(word))
  );
}

/** Two identity providers may use one mapping, but it has only one list of rules. */
function reportMappings(entries: readonly Located[], report: Report): void {
  const first = new Map<string, { readonly rules: Located; readonly idpId: string }>();
  for (const [index, entry] of entries.entries()) {
    const id = textOf(entry, 'mapping', 'id');
    const rules = valueAt(entry, ['mapping', 'rules']);
    if (id === undefined || !rules) continue;
    const before = first.get(id);
    if (!before) first.set(id, { rules, idpId: textOf(entry, 'idpId') ?? '' });
    else if (!isDeepStrictEqual(plainOf(before.rules), plainOf(rules)))
      report(
        ['oidcConfigs', index, 'mapping', 'rules'],
        rules.at,
        `The mapping ${quoted(id)} has other rules in the entry ${quoted(before.idpId)}.`,
        'Leave out the rules of one of them, or give it an id of its own.',
      );
  }
}
