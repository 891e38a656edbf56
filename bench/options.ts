import { parseArgs } from 'node:util';
import { CONTENDERS } from './contenders.ts';
import type { Contender } from './contender.ts';
import { SCENARIOS, SMOKE_SCENARIOS } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

/** What is asked for on the command line. */
export interface Options {
  readonly help: boolean;
  readonly contenders: readonly Contender[];
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  /** Length of a measured slice at 64 connections. */
  readonly seconds: number;
  /** How many operations a contender does first, so that its code is compiled. */
  readonly warmUp: number;
  /** Where the raw measurements go, null for nowhere. */
  readonly json: string | null;
  /** Whether the result goes into `docs/performance.md`. */
  readonly write: boolean;
}

/** The command line is not what it should be; the message says how. */
export class UsageError extends Error {}

/** What `--help` prints. */
export const USAGE = `Usage: npm run bench -- [options]

Measures what a mutation costs through the gateway, beside a bare proxy and other ways to put GraphQL before REST.
It installs what the peers need where that is missing, builds the gateway, and takes about ten minutes.

  --smoke            one short round of half of the scenarios, only of what needs no packages of its own: half a minute
  --only A,B         these contenders only: ${CONTENDERS.map(({ name }) => name).join(', ')}
  --scenarios A,B    these scenarios only, or all whose names begin so:
${SCENARIOS.map(({ name }) => `                       ${name}\n`).join('')}  --rounds N         rounds; the report gives medians (5)
  --seconds N        length of a measured slice at 64 connections (1.5)
  --json FILE        writes every measurement of every round there
  --write            puts the result into docs/performance.md
  --help
`;

/** Reads the command line. @throws UsageError */
export function readOptions(args: readonly string[]): Options {
  const { smoke, only, scenarios, rounds, seconds, json, write, help } = parse(args);
  const chosen =
    only === undefined
      ? CONTENDERS.filter(({ packages }) => !smoke || packages === undefined)
      : names(only).map(contenderNamed);
  const defaults = smoke
    ? { scenarios: SMOKE_SCENARIOS, rounds: 1, seconds: 0.25, warmUp: 1_000 }
    : { scenarios: SCENARIOS, rounds: 5, seconds: 1.5, warmUp: 10_000 };
  return {
    help,
    contenders: chosen,
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

function contenderNamed(name: string): Contender {
  const contender = CONTENDERS.find((each) => each.name === name);
  if (contender === undefined)
    throw new UsageError(
      `--only: there is no "${name}"; there are ${CONTENDERS.map((each) => each.name).join(', ')}`,
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
