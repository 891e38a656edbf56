import { parseArgs } from 'node:util';

/** What to start, and how often. */
export interface StartupOptions {
  readonly help: boolean;
  /** Starts of each program on each Node.js. */
  readonly runs: number;
  readonly nodes: readonly string[];
  readonly programs: readonly string[];
}

export const STARTUP_USAGE = `Usage: npm run startup -- [options]

Starts the gateway again and again and prints what a start takes, up to the first successful mutation: processor time,
elapsed time and resident memory. Several programs or versions of Node.js take turns.

  --runs N        starts of each (10)
  --node PATH     a Node.js; may be given several times (this one)
  --program PATH  main.js of a build; may be given several times (dist/main.js)
  --help
`;

/** Reads the command line. @throws TypeError if an option is unknown or has no valid value */
export function readStartupOptions(args: readonly string[]): StartupOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '10' },
      node: { type: 'string', multiple: true, default: [process.execPath] },
      program: { type: 'string', multiple: true, default: ['dist/main.js'] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (!/^[1-9]\d{0,3}$/.test(values.runs))
    throw new TypeError('--runs must be a number from 1 to 9999');
  return {
    help: values.help,
    runs: Number(values.runs),
    nodes: values.node,
    programs: values.program,
  };
}
