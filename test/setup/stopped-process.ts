import { stopClock } from './clock.ts';

/* Loaded before a program (`--import`): its clock stands still, and each SIGUSR2 lets a minute go by. */

const clock = stopClock();
process.on('SIGUSR2', () => { clock.pass(60_000); });
