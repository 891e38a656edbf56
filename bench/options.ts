import { parseArgs } from 'node:util';
import { BASE, CONTENDERS, ON_REQUEST } from './contenders.ts';
import type { Contender } from './contender.ts';
import { SCENARIOS, SMOKE_SCENARIOS } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

/** The options of the command line. */
export interface Options {
  readonly help: boolean;
  readonly contenders: readonly Contender[];
  /** The name of the contender that the others are compared with. */
  readonly base: string;
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  /** Length of a measured slice at 64 connections. */
  readonly seconds: number;
  /** How many operations a contender runs first, to compile its code. */
  readonly warmUp: number;
  /** The file for the raw measurements, null for none. */
  readonly json: string | null;
  /** Whether the result goes into `docs/performance.md`. */
  readonly write: boolean;
}

/** The command line is invalid; the message explains why. */
export class UsageError extends Error {}

/** The output of `--help`. */
export const USAGE = `Usage: npm run bench -- [options]

Measures the cost of a mutation through the gateway, a bare proxy, and other ways to put GraphQL in front of REST.
It installs the peers' packages if they are missing, builds the gateway, and takes about ten minutes.

  --smoke            one short round of half of the scenarios, for contenders without their own packages: half a minute
  --only A,B         only these contenders: ${CONTENDERS.map(({ name }) => name).join(', ')};
                     also, only if named: ${ON_REQUEST.map(({ name }) => name).join(', ')}
  --base NAME        compares with this contender (default: ${BASE.name})
  --scenarios A,B    only these scenarios, or all whose names begin with:
${SCENARIOS.map(({ name }) => `                       ${name}\n`).join('')}  --rounds N         number of rounds; the report shows medians (default: 5)
  --seconds N        length of a measured slice at 64 connections (default: 1.5)
  --json FILE        writes every measurement of every round to this file
  --write            writes the result to docs/performance.md
  --help
`;

/** Reads the command line. @throws UsageError */
export function readOptions(args: readonly string[]): Options {
  const { smoke, only, base, scenarios, rounds, seconds, json, write, help } = parse(args);
  const chosen =
    only === undefined
      ? CONTENDERS.filter(({ packages }) => !smoke || packages === undefined)
      : names(only).map((name) => contenderNamed('only', name));
  const defaults = smoke
    ? { scenarios: SMOKE_SCENARIOS, rounds: 1, seconds: 0.25, warmUp: 1_000 }
    : { scenarios: SCENARIOS, rounds: 5, seconds: 1.5, warmUp: 10_000 };
  return {
    help,
    contenders: chosen,
    base: base === undefined ? BASE.name : contenderNamed('base', base).name,
    scenarios:
      scenarios === undefined ? defaults.scenarios : names(scenarios).flatMap(scenariosNamed),
    rounds: rounds === undefined ? defaults.rounds : numberOf('rounds', rounds, /^[1-9]\d*$/),
    seconds:
      seconds === undefined ? defaults.seconds : numberOf('seconds', seconds, /^\d+(\.\d+)?$/),
    warmUp: defaults.warmUp,
    json: json ?? null,
    write,
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        smoke: { type: 'boolean', default: false },
        only: { type: 'string' },
        base: { type: 'string' },
        scenarios: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        json: { type: 'string' },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error;
  }
}

function names(list: string): string[] {
  return list.split(',').map((name) => name.trim());
}

function contenderNamed(option: string, name: string): Contender {
  const known = [...CONTENDERS, ...ON_REQUEST];
  const contender = known.find((each) => each.name === name);
  if (contender === undefined)
    throw new UsageError(
      `--${option}: there is no "${name}"; there are ${known.map((each) => each.name).join(', ')}`,
    );
  return contender;
}

function scenariosNamed(begin: string): readonly Scenario[] {
  const found = SCENARIOS.filter(({ name }) => name.startsWith(begin));
  if (found.length === 0)
    throw new UsageError(
      `--scenarios: none begins with "${begin}"; there are ${SCENARIOS.map(({ name }) => name).join(', ')}`,
    );
  return found;
}

function numberOf(option: string, text: string, pattern: RegExp): number {
  const value = Number(text);
  if (!pattern.test(text) || value <= 0)
    throw new UsageError(`--${option} must be a number greater than zero`);
  return value;
}
