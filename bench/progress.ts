const began = Date.now();

/** Prints progress for a person who waits, with the time since the start. */
export function say(text: string): void {
  const seconds = Math.round((Date.now() - began) / 1000);
  process.stdout.write(
    `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}  ${text}\n`,
  );
}
