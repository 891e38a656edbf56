import { LOG_LEVELS } from '../../config/server-settings.ts';
import type { LogLevel } from '../../config/server-settings.ts';
import type { Identity } from '../../domain/identity.ts';
import type { Scrubber } from '../../domain/scrub/scrub.ts';
import { cut, visibleJson } from '../../domain/text/visible.ts';
import { systemErrorCode } from '../../domain/system-error.ts';
import { PIPE_BYTES } from './line-writer.ts';
import type { Delivery } from './line-batch.ts';

/** Writes a line if its level is urgent enough. Fields are chosen one by one: whole objects are never logged. */
export type WriteLine = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** The log: one JSON object per line, of at most 4096 bytes. Longer ones are cut. */
export interface Log {
  readonly debug: WriteLine;
  readonly info: WriteLine;
  readonly warn: WriteLine;
  readonly error: WriteLine;
  /** The reason why the process ends. If the level is `silent`, the line goes to stderr, so that the reason is never lost. */
  readonly fatal: WriteLine;
  /**
   * Writes a line of the audit trail, at every level but `silent`: a higher level hides noise, not the trail.
   * @returns null if there is nothing to wait for
   */
  readonly audit: (
    fields: Readonly<Record<string, unknown>>,
    options?: AuditOptions,
  ) => Delivery | null;
  /** Whether there is an audit trail. */
  readonly isAudited: boolean;
  /** Why lines cannot be written; null if they can, as far as is known. */
  readonly trouble: () => string | null;
}

export interface AuditOptions {
  /** Default: `info`. */
  readonly level?: 'info' | 'warn' | 'error';
  /** Whether to accept the line even if too many others wait for the reader. */
  readonly always?: boolean;
}

/** Where lines go, each with its newline. */
export interface LogDestination {
  readonly write: (line: string) => unknown;
  /** Writes a line of the audit trail. Not needed if lines are written when `write` returns. @param always whether the line must not be dropped */
  readonly audit?: (line: string, always: boolean) => Delivery;
  /** Why lines cannot be written; null if they can. */
  readonly trouble?: () => string | null;
  /** Sets the function that makes the line about dropped lines. */
  readonly tellDropped?: (describe: (count: number) => string) => void;
}

/** Maximum line length in bytes, with the newline: what a pipe accepts as one piece, so that lines of several processes stay whole. */
const MAX_LINE_BYTES = PIPE_BYTES;

/**
 * Opens a log in the format of pino, but without pino, which writes member by member: a mutation, with its three lines,
 * took 75 µs with pino, and takes 69 µs with lines that are made as one text.
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
    // Nearly all lines are short and ASCII.
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
      'log lines were dropped: they could not be written, or nothing read them',
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

/** Fields as a part of a JSON object, with a comma before each. */
function membersOf(fields: Readonly<Record<string, unknown>>): string {
  const members = JSON.stringify(fields).slice(1, -1);
  return members === '' ? '' : `,${members}`;
}

const DELETE = '\x7f';

/** Maximum lengths of texts and lists to try, in characters and items, until a line is short enough. */
const SHORTER = [
  [1_000, 50],
  [200, 20],
  [50, 10],
  [10, 3],
] as const;

/** A line that is long or not ASCII: invisible characters are escaped, and long parts are cut. */
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
    () => membersOf({ requestId: fields['requestId'], cut: true }),
  ];
  const fits = (line: string) => Buffer.byteLength(line) <= MAX_LINE_BYTES;
  let line = '';
  for (const members of ways) {
    line = `${visibleJson(`${start}${members()},"msg":${JSON.stringify(cut(message, 500))}}`)}\n`;
    if (fits(line)) break;
  }
  return line;
}

/** The same fields with shorter texts and lists. The id of the request stays whole: without it, the line cannot be found. */
function shortened(
  fields: Readonly<Record<string, unknown>>,
  length: number,
  items: number,
): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(fields), (name, value: unknown) =>
    typeof value === 'string'
      ? name === 'requestId'
        ? value
        : cut(value, length)
      : Array.isArray(value)
        ? firstOf(value, items)
        : value,
  ) as Readonly<Record<string, unknown>>;
}

/** Maximum number of reasons in the line of one event. */
const MAX_REASONS = 10;

/** Texts from outside for a line: the first ones, each cut. */
export function shortReasons(texts: readonly string[]): readonly string[] {
  return firstOf(texts, MAX_REASONS).map((text) => cut(text));
}

/** The first items of a list, and how many more there are. */
function firstOf<Item>(list: readonly Item[], count: number): readonly (Item | string)[] {
  return list.length > count ? [...list.slice(0, count), `… ${list.length - count} more`] : list;
}

/** The time as text, made once per millisecond: under load that halves the cost of a line. */
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

/** The caller in a line of the log; null if the gateway does not authenticate callers. */
export type LoggedCaller = Pick<Identity, 'kind' | 'id'> | null;

/** Not scrubbed: it was verified, and callers must not be able to hide who they are by sending their id as a secret. */
export function describeCaller(identity: Identity | null): LoggedCaller {
  return identity === null ? null : { kind: identity.kind, id: identity.id };
}

/** Maximum number of causes of an error, and of lines and characters of its stack. */
const MAX_CAUSES = 3;
const MAX_FRAMES = 12;
const MAX_STACK_LENGTH = 1_200;

/** What to say about an error. */
interface ErrorDetails {
  readonly causes?: number;
  readonly stack?: boolean;
}

/** An error with its causes, for a log line, free of the request's secrets. */
export function describeError(
  error: unknown,
  scrubber: Scrubber,
  { causes = MAX_CAUSES, stack = true }: ErrorDetails = {},
): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const frames = stack ? framesOf(error) : [];
  return {
    name: cut(error.name),
    message: cut(scrubber.text(error.message)),
    ...(frames.length > 0 && { stack: cut(scrubber.text(frames.join('\n')), MAX_STACK_LENGTH) }),
    ...codeOf(error),
    ...(error.cause !== undefined &&
      causes > 0 && { cause: describeError(error.cause, scrubber, { causes: causes - 1, stack }) }),
  };
}

/** An error outside of any request: where it was thrown, without its message, which may hold anything. */
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
  const code = systemErrorCode(error);
  return code === null ? {} : { code: cut(code) };
}
