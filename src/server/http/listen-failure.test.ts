import { expect, it } from 'vitest';
import { describeListenFailure, portNear } from './listen-failure.ts';

const describeFailure = (code: string, port = 4000) =>
  describeListenFailure(code, {
    subject: 'The gateway',
    host: '192.0.2.1',
    port,
    variable: 'PORT',
    command: 'npm start',
    otherPort: portNear(port),
  });

it.each([
  [
    'EADDRINUSE',
    4000,
    'port 4000 on 192.0.2.1 is in use by another program. The gateway is configured to listen there (HOST, PORT). Set PORT to a free port, e.g. PORT=4001 npm start',
  ],
  [
    'EACCES',
    443,
    'this process has no permission to use port 443 on 192.0.2.1 (ports below 1024 are often restricted). The gateway is configured to listen there (HOST, PORT). Set PORT to an allowed port, e.g. PORT=4000 npm start',
  ],
  [
    'EADDRNOTAVAIL',
    4000,
    '192.0.2.1 is not an address of this machine. The gateway is configured to listen there (HOST, PORT). Set HOST to an address of this machine, e.g. HOST=127.0.0.1 npm start, or HOST=0.0.0.0 for all of them',
  ],
  [
    'ENOTFOUND',
    4000,
    '192.0.2.1 does not resolve to an address. The gateway is configured to listen there (HOST, PORT). Set HOST to an address of this machine, e.g. HOST=127.0.0.1 npm start, or HOST=0.0.0.0 for all of them',
  ],
  [
    'EINVAL',
    4000,
    'port 4000 on 192.0.2.1 cannot be used. The gateway is configured to listen there (HOST, PORT). Set PORT to a free port, e.g. PORT=4001 npm start',
  ],
])('%s is described in words, with what to type', (code, port, words) => {
  expect(describeFailure(code, port)).toBe(`Cannot listen (${code}): ${words}`);
});

it.each([
  [80, 4000],
  [4000, 4001],
  [65_534, 65_532],
  [65_535, 65_533],
])('near port %i is %i', (port, beside) => {
  expect(portNear(port)).toBe(beside);
});

it.each([
  [4000, 4010],
  [65_535, 65_515],
])('leaves room for the emulators near port %i: %i', (port, beside) => {
  expect(portNear(port, 10)).toBe(beside);
});
