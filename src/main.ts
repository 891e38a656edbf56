import './early-signals.ts';

// Static imports would all be loaded before the first of them runs, and a SIGHUP during that time would end the process.
await import('./start.ts');
