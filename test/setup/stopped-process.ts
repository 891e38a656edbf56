import { setImmediate } from 'node:timers/promises';
import { stopClock } from './clock.ts';

/* Loaded before a program (`--import`): its clock stands still, and each SIGUSR2 lets ten seconds go by, one after the other. */

const clock = stopClock();

async function passTenSeconds(): Promise<void> {
  for (let seconds = 0; seconds < 10; seconds += 1) {
    clock.pass(1_000);
    // What comes of the waits that are over comes before the next ones are over.
    await setImmediate();
  }
}

process.on('SIGUSR2', () => {
  void passTenSeconds();
});
