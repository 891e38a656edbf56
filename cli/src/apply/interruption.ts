/** How the person or the system asks a run to end. */
export interface Interruption {
  /** Whether no further step is to be started. */
  readonly isAsked: () => boolean;
  readonly end: () => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Listens for Ctrl-C and for SIGTERM.
 * @param onFirst called for the first one: the step under way still ends
 * @param onSecond called for the second one: the process is to end at once
 */
export function listenForInterruption(onFirst: () => void, onSecond: () => void): Interruption {
  let isAsked = false;
  const listen = () => {
    if (isAsked) {
      onSecond();
      return;
    }
    isAsked = true;
    onFirst();
  };
  for (const signal of SIGNALS) process.on(signal, listen);
  return {
    isAsked: () => isAsked,
    end: () => {
      for (const signal of SIGNALS) process.off(signal, listen);
    },
  };
}
