import { createInterface } from 'node:readline/promises';
import { CommandError } from '../command-error.ts';
import type { Terminal } from './terminal.ts';
import { render } from './text.ts';

/**
 * Asks a person, who has to answer with the whole word. Ctrl-C and the end of the input are another answer.
 * @param isAnswered whether the option --yes was given
 * @returns false if the answer is another one
 * @throws CommandError if nobody can be asked
 */
export async function confirm(
  { canAsk, streams: { stdin, stderr } }: Terminal,
  question: string,
  isAnswered: boolean,
): Promise<boolean> {
  if (isAnswered) return true;
  if (!canAsk)
    throw new CommandError(
      'Nobody can be asked here, so nothing was written. To go on, add --yes.',
    );
  const lines = createInterface({ input: stdin, output: stderr });
  const given = new AbortController();
  const giveUp = () => {
    given.abort();
  };
  lines.on('SIGINT', giveUp).on('close', giveUp);
  try {
    const answer = await lines.question(`${render(question, false)} Only "yes" goes on: `, {
      signal: given.signal,
    });
    return answer.trim() === 'yes';
  } catch (error) {
    if (!given.signal.aborted) throw error;
    stderr.write('\n');
    return false;
  } finally {
    lines.close();
  }
}
