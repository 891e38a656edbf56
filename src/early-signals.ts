/*
 * Runs before the rest of the program is loaded: until it can act on SIGHUP, a signal must not end it, as it would by
 * default. A process manager may ask for a restart as soon as it has started the program.
 */

let isHangUpDue = false;
const note = () => {
  isHangUpDue = true;
};
process.on('SIGHUP', note);

/** Ends noting SIGHUP, for a listener of one's own. @returns whether one has come */
export function takeHangUp(): boolean {
  process.off('SIGHUP', note);
  return isHangUpDue;
}
