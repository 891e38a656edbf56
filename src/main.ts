#!/usr/bin/env node
import type { CommandName } from './commands/command-line.ts';
import { noteHangUp } from './commands/early-signals.ts';
import { surviveClosedPipes } from './commands/terminal.ts';

/** A command, with the arguments that follow its name. */
interface Command {
  readonly run: (args: readonly string[]) => Promise<void> | void;
}

/** Loaded on demand: static imports would all be loaded before the first line here runs. */
const COMMANDS: Readonly<Record<CommandName, () => Promise<Command>>> = {
  serve: () => import('./commands/serve.ts'),
  dev: () => import('./commands/dev.ts'),
  doctor: () => import('./commands/doctor.ts'),
  check: () => import('./commands/check.ts'),
  health: () => import('./commands/health.ts'),
  'api-key': () => import('./commands/api-key.ts'),
};

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

surviveClosedPipes();
const [first, ...others] = process.argv.slice(2);
const isNamed = first !== undefined && !first.startsWith('-');
const name = isNamed ? first : 'serve';
if (isCommand(name)) {
  // `serve` restarts its workers on SIGHUP. Other commands end on it, also while they load.
  if (name === 'serve') noteHangUp();
  const { run } = await COMMANDS[name]();
  await run(isNamed ? others : process.argv.slice(2));
} else {
  const { commandList } = await import('./commands/command-line.ts');
  // The name is not printed: it may be a secret in the wrong place.
  process.stderr.write(`Unknown command.\n\n${commandList()}`);
  process.exitCode = 2;
}
