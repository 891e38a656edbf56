import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** What a command gets from its process. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Opened when the options are known. */
  readonly terminal: () => Terminal;
  readonly exitWith: (code: ExitCode) => void;
}
