import * as z from 'zod';
import type { WatchEntry, WatchKind } from '../../domain/sign-in/watch.ts';
import { visible } from '../../domain/text/visible.ts';
import type { Caller } from '../../transport/connection.ts';
import { describeFileFailure, readSettingsFileLater } from '../../transport/settings-file.ts';
import type { Upstream } from '../../transport/upstream.ts';
import { watchKinds } from '../../sign-in/watch-kinds.ts';
import { nearest } from '../unknown-variables.ts';

/** An entry of the file: what is checked, and how often. */
export interface Watch extends WatchEntry<Caller> {
  readonly kind: WatchKind<Caller>;
  /** Id of the upstream. */
  readonly upstream: string;
  /** The entry as it was given, for the audit trail. It has no secrets. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly everyMs: number;
}

/** What the file is checked against. */
export interface WatchFileOptions {
  readonly upstreams: readonly Upstream<never>[];
  /** Whether the gateway has credentials of its own for an upstream. */
  readonly hasOwnCredentials: (upstream: Upstream<never>) => boolean;
  /** Whether probes are turned on. */
  readonly probes: boolean;
}

/** Maximum size of the file, in bytes, and number of its entries. */
const MAX_BYTES = 256 * 1024;
const MAX_WATCHES = 100;

/** Maximum number of issues that are listed. */
const MAX_ISSUES = 50;

/** Units of intervals, in milliseconds. */
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

const MIN_EVERY_MS = 5 * 60_000;
const MAX_EVERY_MS = 7 * 86_400_000;

const every = z
  .string({ error: 'must be an interval, e.g. 30m, 6h or 1d' })
  .regex(/^\d{1,5}[mhd]$/, 'must be an interval, e.g. 30m, 6h or 1d')
  .default('1h')
  .transform((text) => Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? 0))
  .refine((ms) => ms >= MIN_EVERY_MS && ms <= MAX_EVERY_MS, 'must be from 5m to 7d');

/** Shortest member that another one may be meant for. */
const MIN_MEANT = 3;

/**
 * Reads the file with what is watched: YAML, or JSON, which is YAML too.
 * @returns the watches, or all issues, each with its line and without values
 */
export async function readWatchFile(
  path: string,
  options: WatchFileOptions,
): Promise<{ readonly watches: readonly Watch[] } | { readonly issues: readonly string[] }> {
  let text: string;
  try {
    text = await readSettingsFileLater(path, { maxBytes: MAX_BYTES });
  } catch (error) {
    return { issues: [`WATCH_FILE ${describeFileFailure(error)}`] };
  }
  const { readYaml } = await import('./yaml.ts');
  const yaml = readYaml(text);
  if ('issues' in yaml)
    return {
      issues: yaml.issues
        .slice(0, MAX_ISSUES)
        .map(({ line, message }) => issueAt(line, [], message)),
    };
  return watchesIn(yaml.value, yaml.lineAt, options);
}

type Path = readonly PropertyKey[];

function issueAt(line: number, path: Path, message: string): string {
  const [section, index, ...members] = path.map((part) => visible(String(part)));
  const where = [`${section ?? ''}${index === undefined ? '' : `[${index}]`}`, ...members].join(
    '.',
  );
  return `WATCH_FILE line ${line}: ${where === '' ? 'it' : where} ${message}`;
}

function watchesIn(
  value: unknown,
  lineAt: (path: Path) => number,
  { upstreams, hasOwnCredentials, probes }: WatchFileOptions,
): { readonly watches: readonly Watch[] } | { readonly issues: readonly string[] } {
  const kinds = watchKinds(upstreams);
  const sections = kinds.map(({ kind }) => kind.name);
  const issues: { readonly line: number; readonly text: string }[] = [];
  const addIssue = (path: Path, message: string) => {
    const line = lineAt(path);
    issues.push({ line, text: issueAt(line, path, message) });
  };
  const watches: Watch[] = [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    addIssue([], `must have at least one of the sections ${sections.join(', ')}`);
  } else {
    for (const name of Object.keys(value))
      if (!sections.includes(name)) addIssue([name], unknownMember(name, sections));
    for (const { upstream, kind } of kinds) {
      if (!(kind.name in value)) continue;
      const entries = (value as Readonly<Record<string, unknown>>)[kind.name];
      if (!Array.isArray(entries) || entries.length === 0) {
        addIssue([kind.name], 'must be a list with at least one entry');
        continue;
      }
      if (!hasOwnCredentials(upstream))
        addIssue(
          [kind.name],
          `needs credentials of the gateway itself: set ${upstream.credentialsVariable} to gateway`,
        );
      const seen = new Set<unknown>();
      for (const [index, given] of entries.slice(0, MAX_WATCHES + 1).entries()) {
        const path = [kind.name, index];
        const watch = watchOf(kind, upstream.id, given, (below, message) => {
          addIssue([...path, ...below], message);
        });
        const id = watch?.id ?? memberOf(given, kind.key);
        if (seen.has(id)) addIssue([...path, kind.key], 'is the same as in an earlier entry');
        if (typeof id === 'string') seen.add(id);
        // Also of an entry with other issues: everything is reported at once.
        const asksForProbes =
          watch?.probes ?? ('probe' in kind.entry.shape && memberOf(given, 'probe') === true);
        if (asksForProbes && !probes)
          addIssue([...path, 'probe'], 'must not be true without SIGN_IN_PROBES');
        if (watch !== null) watches.push(watch);
      }
    }
    if (watches.length > MAX_WATCHES)
      addIssue([], `must have at most ${MAX_WATCHES} entries in all sections together`);
    if (Object.keys(value).length === 0)
      addIssue([], `must have at least one of the sections ${sections.join(', ')}`);
  }
  if (issues.length === 0) return { watches };
  return {
    issues: issues
      .sort((one, other) => one.line - other.line)
      .slice(0, MAX_ISSUES)
      .map(({ text }) => text),
  };
}

function unknownMember(name: string, known: readonly string[]): string {
  const meant = nearest(name, known, MIN_MEANT);
  return `is not known${meant === null ? `, only ${known.join(', ')}` : ` (is ${meant} meant?)`}`;
}

/** @returns null if the entry has issues */
function watchOf(
  kind: WatchKind<Caller>,
  upstream: string,
  given: unknown,
  addIssue: (path: Path, message: string) => void,
): Watch | null {
  const schema = z.strictObject({ ...kind.entry.shape, every });
  const { success, data, error } = schema.safeParse(given, { error: messageOf });
  if (success) {
    const { every: everyMs, ...entry } = data;
    return { ...kind.prepare(entry), kind, upstream, given: entry, everyMs };
  }
  for (const issue of error.issues)
    if (issue.code === 'unrecognized_keys')
      for (const name of issue.keys)
        addIssue([name], unknownMember(name, Object.keys(schema.shape)));
    else addIssue(issue.path, completing(issue.message));
  return null;
}

/** A member of an entry that has issues; undefined if it has none of this name. */
function memberOf(entry: unknown, name: string): unknown {
  return typeof entry === 'object' && entry !== null
    ? (entry as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** Messages for what has the wrong type, instead of those of the library. */
function messageOf({ code, expected, input }: z.core.$ZodRawIssue): string | undefined {
  if (code !== 'invalid_type') return undefined;
  if (input === undefined) return 'must be set';
  // YAML takes it for something else.
  const isBare = expected === 'string' && typeof input !== 'object';
  return `must be of type ${String(expected)}${isBare ? ': put it in quotes' : ''}`;
}

/** Rules of inputs have sentences of their own. */
function completing(message: string): string {
  return message.startsWith('Must ')
    ? `m${message.slice(1).replace(/\.$/, '')}`
    : message.replace(/\.$/, '');
}
