import type { Readable, Writable } from 'node:stream';
import { printableJson, render } from './text.ts';
import type { Line } from './text.ts';

/** The streams of a process. */
export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

/** Where results, notes and questions go. */
export interface Terminal {
  readonly streams: Streams;
  /** Whether a person can be asked. */
  readonly canAsk: boolean;
  /** Whether a line may be written over, as a spinner does. */
  readonly isLive: boolean;
  /** Whether notes and the result are seen together, one after the other. */
  readonly isShared: boolean;
  /** Whether notes have colors. */
  readonly hasColor: boolean;
  /** A line of the result, on stdout. */
  readonly print: (...lines: readonly Line[]) => void;
  /** The result as JSON, on stdout. */
  readonly printJson: (value: unknown) => void;
  /** A line about what is going on, on stderr. */
  readonly note: (...lines: readonly Line[]) => void;
}

/**
 * @param environment NO_COLOR and TERM=dumb turn colors off; CI turns off colors and lines that are written over
 * @param color false for --no-color
 */
export function openTerminal(
  streams: Streams,
  environment: Readonly<Record<string, string | undefined>>,
  color: boolean,
): Terminal {
  const { stdin, stdout, stderr } = streams;
  const isSet = (name: string) => (environment[name] ?? '') !== '';
  const isCi = isSet('CI') && environment['CI'] !== 'false';
  const isDumb = environment['TERM'] === 'dumb';
  const mayColor = color && !isSet('NO_COLOR') && !isCi && !isDumb;
  const write = (stream: Streams['stderr'], lines: readonly Line[]) => {
    const hasColor = mayColor && stream.isTTY === true;
    for (const line of lines) stream.write(`${render(line, hasColor)}\n`);
  };
  return {
    streams,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    isShared: stdout.isTTY === true && stderr.isTTY === true,
    isLive: stderr.isTTY === true && !isCi && !isDumb,
    hasColor: mayColor && stderr.isTTY === true,
    print: (...lines) => {
      write(stdout, lines);
    },
    printJson: (value) => {
      stdout.write(`${printableJson(value)}\n`);
    },
    note: (...lines) => {
      write(stderr, lines);
    },
  };
}
