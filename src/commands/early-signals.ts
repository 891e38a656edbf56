let isHangUpDue = false;
const note = () => {
  isHangUpDue = true;
};

/**
 * Remembers SIGHUP, which would end the process by default, while a command that acts on it is loaded: a process manager
 * may ask for a restart as soon as it has started the program.
 */
export function noteHangUp(): void {
  process.on('SIGHUP', note);
}

/** Stops remembering SIGHUP; from here on the command listens itself. @returns whether one was received */
export function takeHangUp(): boolean {
  process.off('SIGHUP', note);
  return isHangUpDue;
}
