/**
 * Lets a program of the terminal go on to its end, with its own exit code, where nobody reads what it prints any more, as
 * with `| head -1`. What cannot be written for another reason, such as a full disk, must not count as done.
 */
export function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE') process.exitCode = 1;
    });
  }
}
