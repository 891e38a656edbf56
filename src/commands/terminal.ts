/**
 * Lets a command run to its end and keep its exit code if the reader of its output has gone, as with `| head -1`. Output
 * that cannot be written for another reason, such as a full disk, must not count as success.
 */
export function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE') process.exitCode = 1;
    });
  }
}
