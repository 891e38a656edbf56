import { parseArgs } from 'node:util';

/**
 * For programs that take nothing but `--help`, because the environment configures them. An argument that is not known
 * ends the program: it was meant to do something. It is not repeated, since it may be a secret at the wrong place.
 * @returns whether help is asked for
 */
export function asksForHelp(command: string): boolean {
  try {
    return parseArgs({ options: { help: { type: 'boolean', short: 'h' } } }).values.help === true;
  } catch {
    process.stderr.write(`An argument is not known: there is none but --help. The environment configures it; ${command} -- --help tells how.\n`);
    process.exit(1);
  }
}
