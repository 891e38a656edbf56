import type { Identity } from '../domain/identity.ts';
import type { Scrubber } from '../domain/scrub.ts';
import { cut, visibleJson } from '../domain/visible.ts';
import { PIPE_BYTES } from './line-writer.ts';
import type { Delivery } from './line-batch.ts';

/** Levels of lines, the least urgent first; `silent` is beyond all of them. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes a line, if its level is urgent enough. What is logged is chosen field by field, never whole objects. */
export type WriteLine = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** The log: one JSON object a line, of at most 4096 bytes; what would be longer is cut. */
export interface Log {
  readonly debug: WriteLine;
  readonly info: WriteLine;
  readonly warn: WriteLine;
  readonly error: WriteLine;
  /** The process ends for this reason. Nobody must have to guess it: where the level is `silent`, the line goes to stderr. */
  readonly fatal: WriteLine;
  /**
   * A line of the audit trail: written whatever the level, but for `silent`. Who hides noise must not lose it.
   * @returns null if nothing has to be waited for
   */
  readonly audit: (
    fields: Readonly<Record<string, unknown>>,
    options?: AuditOptions,
  ) => Delivery | null;
  /** Whether there is an audit trail. */
  readonly isAudited: boolean;
  /** Why lines do not get out; null if they do, as far as is known. */
  readonly trouble: () => string | null;
}

export interface AuditOptions {
  /** `info` if left out. */
  readonly level?: 'info' | 'warn' | 'error';
  /** Whether the line must be taken even if too many others wait for a reader. */
  readonly always?: boolean;
}

/** Where lines go, each with its line break. */
export interface LogDestination {
  readonly write: (line: string) => unknown;
  /** Writes a line of the audit trail. Left out if lines are as good as written when `write` returns. @param always whether it must not be dropped */
  readonly audit?: (line: string, always: boolean) => Delivery;
  /** Why lines do not get out; null if they do. */
  readonly trouble?: () => string | null;
  /** Takes what makes the line about others that were dropped. */
  readonly tellDropped?: (describe: (count: number) => string) => void;
}

/** Longest line, in bytes, its line break included: what a pipe takes as one piece, so that lines of several processes are never torn. */
const MAX_LINE_BYTES = PIPE_BYTES;

/**
 * Opens a log in the form of pino. Not by pino itself: it writes a member at a time, and with its three lines a mutation
 * took 75 µs; with lines that are made as one text each it took 69.
 * @param common fields of every line
 */
export function createLog(
  level: LogLevel,
  destination: LogDestination,
  common: Readonly<Record<string, unknown>> = {},
): Log {
  const time = isoTime();
  const least = LOG_LEVELS.indexOf(level);
  const always = membersOf(common);
  const lineOf = (name: LogLevel, fields: Readonly<Record<string, unknown>>, message: string) => {
    const start = `{"level":"${name}"${time()}${always}`;
    const line = `${start}${membersOf(fields)},"msg":${JSON.stringify(message)}}\n`;
    // Nearly all lines are short and have as many bytes as characters.
    if (
      line.length <= MAX_LINE_BYTES &&
      Buffer.byteLength(line) === line.length &&
      !line.includes(DELETE)
    )
      return line;
    return unusualLine(start, fields, message);
  };
  const at = (name: LogLevel): WriteLine => {
    if (LOG_LEVELS.indexOf(name) < least) return () => undefined;
    return (fields, message) => {
      destination.write(lineOf(name, fields, message));
    };
  };
  const audit: Log['audit'] = (fields, { level: name = 'info', always: isKept = false } = {}) => {
    if (level === 'silent') return null;
    const line = lineOf(name, fields, 'audit');
    if (destination.audit !== undefined) return destination.audit(line, isKept);
    destination.write(line);
    return null;
  };
  const fatal: WriteLine = (fields, message) => {
    (level === 'silent' ? process.stderr : destination).write(lineOf('fatal', fields, message));
  };
  destination.tellDropped?.((dropped) =>
    lineOf(
      'warn',
      { dropped },
      'lines of the log were dropped: they could not be written, or nobody read them',
    ),
  );
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal,
    audit,
    isAudited: level !== 'silent',
    trouble: () => destination.trouble?.() ?? null,
  };
}

/** Fields as a part of a JSON object, each with a comma before it. */
function membersOf(fields: Readonly<Record<string, unknown>>): string {
  const members = JSON.stringify(fields).slice(1, -1);
  return members === '' ? '' : `,${members}`;
}

const DELETE = '\x7f';

/** Longest texts and lists of a line that would be too long otherwise: what is tried, in characters and items. */
const SHORTER = [
  [1_000, 50],
  [200, 20],
  [50, 10],
  [10, 3],
] as const;

/** A line that is long, or has characters that are not ASCII: what is not seen is escaped, and what is too long is cut. */
function unusualLine(
  start: string,
  fields: Readonly<Record<string, unknown>>,
  message: string,
): string {
  const whole = membersOf(fields);
  const ways = [
    ...(whole.length <= MAX_LINE_BYTES ? [() => whole] : []),
    ...SHORTER.map(
      ([length, items]) =>
        () =>
          membersOf(shortened(fields, length, items)),
    ),
    () => ',"cut":true',
  ];
  const fits = (line: string) => Buffer.byteLength(line) <= MAX_LINE_BYTES;
  let line = '';
  for (const members of ways) {
    line = `${visibleJson(`${start}${members()},"msg":${JSON.stringify(cut(message, 500))}}`)}\n`;
    if (fits(line)) break;
  }
  return line;
}

/** The same fields with shorter texts and lists. */
function shortened(
  fields: Readonly<Record<string, unknown>>,
  length: number,
  items: number,
): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(fields), (_name, value: unknown) =>
    typeof value === 'string'
      ? cut(value, length)
      : Array.isArray(value)
        ? firstOf(value, items)
        : value,
  ) as Readonly<Record<string, unknown>>;
}

/** Reasons that are told of one event. */
const MAX_REASONS = 10;

/** Texts from outside for a line: the first of them, each cut. */
export function shortReasons(texts: readonly string[]): readonly unknown[] {
  return firstOf(texts, MAX_REASONS).map((text) => (typeof text === 'string' ? cut(text) : text));
}

function firstOf(list: readonly unknown[], count: number): readonly unknown[] {
  return list.length > count ? [...list.slice(0, count), `… ${list.length - count} more`] : list;
}

/** The time as text, made once for each millisecond: under load that saves half of what a line costs. */
function isoTime(): () => string {
  let last = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== last) text = `,"time":"${new Date(now).toISOString()}"`;
    last = now;
    return text;
  };
}

/** Who called, in a line of the log; null where the gateway does not authenticate. */
export type LoggedCaller = Pick<Identity, 'kind' | 'id'> | null;

/** Not scrubbed: it has been verified, and what a caller sends as a secret must not hide who they are. */
export function describeCaller(identity: Identity | null): LoggedCaller {
  return identity === null ? null : { kind: identity.kind, id: identity.id };
}

/** Causes of an error that are told, and what is told of a stack: lines, and characters in all. */
const MAX_CAUSES = 3;
const MAX_FRAMES = 12;
const MAX_STACK_LENGTH = 1_200;

/** An error with its causes, for a log line, free of the request's secrets. */
export function describeError(
  error: unknown,
  scrubber: Scrubber,
  causes = MAX_CAUSES,
): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  return {
    name: cut(error.name),
    message: cut(scrubber.text(error.message)),
    stack: cut(scrubber.text(framesOf(error).join('\n')), MAX_STACK_LENGTH),
    ...codeOf(error),
    ...(error.cause !== undefined &&
      causes > 0 && { cause: describeError(error.cause, scrubber, causes - 1) }),
  };
}

/** An error outside of any request: where it was thrown, without its message, of which nobody knows what it holds. */
export function describeCrash(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  return {
    name: cut(error.name),
    stack: framesOf(error).map((frame) => cut(frame.trim())),
    ...codeOf(error),
  };
}

/** The first lines of a stack, without the message above them. */
function framesOf({ stack = '' }: Error): readonly string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_FRAMES);
}

function codeOf(error: Error): { readonly code?: string } {
  return 'code' in error && typeof error.code === 'string' ? { code: cut(error.code) } : {};
}
