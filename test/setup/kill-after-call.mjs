/*
 * Loaded before `oidc-config` (`--import`): it counts the calls that write or remove the file of a run, and kills itself with SIGKILL right
 * after the one with the number KILL_AFTER, from 0. Without a number, it prints how many calls there were.
 */

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { KILL_AFTER } = process.env;
const descriptors = new Set();
let calls = 0;

function count(name, isAbout) {
  const original = fs[name];
  fs[name] = (...args) => {
    const counts = isAbout(args[0]);
    const result = original(...args);
    if (!counts) return result;
    if (name === 'openSync') descriptors.add(result);
    if (name === 'closeSync') descriptors.delete(args[0]);
    if (String(calls) === KILL_AFTER) process.kill(process.pid, 'SIGKILL');
    calls += 1;
    return result;
  };
}

const isRunFile = (path) => typeof path === 'string' && path.includes('.run');
const isOpen = (descriptor) => descriptors.has(descriptor);
count('openSync', isRunFile);
count('writeFileSync', isOpen);
count('fsyncSync', isOpen);
count('closeSync', isOpen);
count('renameSync', isRunFile);
count('rmSync', isRunFile);
syncBuiltinESMExports();

process.on('exit', () => {
  if (KILL_AFTER === undefined) process.stderr.write(`calls: ${calls}\n`);
});
