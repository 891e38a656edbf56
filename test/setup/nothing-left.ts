import { afterAll } from 'vitest';
import { killAll } from './built-gateway.ts';

/** A test that fails does not come to stop what it started. */
afterAll(killAll);
