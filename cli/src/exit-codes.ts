/** The exit codes of the command, each with one meaning. */
export const EXIT = {
  /** Done, and nothing is left to do. */
  done: 0,
  /** It failed, or the arguments are wrong. */
  failed: 1,
  /** It worked, and there is something to do: changes of a plan, a sign-in that is broken, keys to sync. */
  toDo: 2,
  /** Stopped by a second Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
