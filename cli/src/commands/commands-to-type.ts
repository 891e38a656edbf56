import type { CheckedEntry } from '../sign-in/check-entries.ts';
import { commandLine } from './with-file.ts';
import type { FileOptions } from './with-file.ts';

/** What to type where the gateway's advice names its own mutations and inputs. */
export function commandsToType(
  entries: readonly CheckedEntry[],
  path: string,
  options: FileOptions & { readonly probe?: boolean },
): string[] {
  const reports = entries.flatMap(({ outcome }) => ('report' in outcome ? [outcome.report] : []));
  const advice = reports.flatMap(({ checks }) => checks.flatMap((check) => check.advice ?? []));
  const names = (words: RegExp) => advice.some((text) => words.test(text));
  const isUndecided = reports.some(({ verdict }) => verdict === 'UNDECIDED');
  return [
    ...(options.probe !== true && (isUndecided || names(/\bprobe\b/i))
      ? ['With --probe, the gateway also sends requests as a sign-in does, which decides more.']
      : []),
    ...(names(/\bsyncOidcConfigKeys\b/)
      ? [`To store the keys of the issuer: ${commandLine('keys', path, options, '--sync')}`]
      : []),
    ...(names(/\b(?:create|update|provision)[A-Z]/)
      ? [`To create or update what the file has: ${commandLine('apply', path, options)}`]
      : []),
  ];
}
