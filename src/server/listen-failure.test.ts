import { expect, it } from 'vitest';
import { describeListenFailure, portBeside } from './listen-failure.ts';

const describeFailure = (code: string, port = 4000) =>
  describeListenFailure(code, {
    who: 'The gateway',
    host: '192.0.2.1',
    port,
    variable: 'PORT',
    command: 'npm start',
    otherPort: portBeside(port),
  });

it.each([
  [
    'EADDRINUSE',
    4000,
    'port 4000 on 192.0.2.1 is in use by another program. The gateway listens there (HOST, PORT): set HOST or PORT to something that is free, e.g. PORT=4001 npm start',
  ],
  [
    'EACCES',
    443,
    'this process has no permission to use port 443 on 192.0.2.1, as is common below 1024. The gateway listens there (HOST, PORT): set HOST or PORT to something that is allowed, e.g. PORT=4000 npm start',
  ],
  [
    'EADDRNOTAVAIL',
    4000,
    '192.0.2.1 is not an address of this machine. The gateway listens there (HOST, PORT): set HOST to an address of this machine, e.g. HOST=127.0.0.1 npm start, or HOST=0.0.0.0 for all of them',
  ],
  [
    'ENOTFOUND',
    4000,
    '192.0.2.1 does not resolve to an address. The gateway listens there (HOST, PORT): set HOST to an address of this machine, e.g. HOST=127.0.0.1 npm start, or HOST=0.0.0.0 for all of them',
  ],
  [
    'EINVAL',
    4000,
    'port 4000 on 192.0.2.1 cannot be used. The gateway listens there (HOST, PORT): set HOST or PORT to something that is free, e.g. PORT=4001 npm start',
  ],
])('%s is described in words, with what to type', (code, port, words) => {
  expect(describeFailure(code, port)).toBe(`Cannot listen (${code}): ${words}`);
});

it.each([
  [80, 4000],
  [4000, 4001],
  [65_534, 65_532],
  [65_535, 65_533],
])('beside port %i is %i', (port, beside) => {
  expect(portBeside(port)).toBe(beside);
});

it.each([
  [4000, 4010],
  [65_535, 65_515],
])('leaves room for the emulators beside port %i: %i', (port, beside) => {
  expect(portBeside(port, 10)).toBe(beside);
});
