import { describe, expect, it } from 'vitest';
import { acceptsPage, codingFor, weightsOf } from './negotiation.ts';

describe('weights', () => {
  it.each<[string, readonly (readonly [string, number])[]]>([
    ['', []],
    [' , ,', []],
    ['a', [['a', 1]]],
    [
      'A ; Q=0.5 , b;q=0.001',
      [
        ['a', 0.5],
        ['b', 0.001],
      ],
    ],
    ['a;level=1;q=0, a', [['a', 1]]],
    ['a;q=0, a;q=0.2', [['a', 0.2]]],
    [
      'a;q=7, b;q=-1, c;q=, d;q=x',
      [
        ['a', 1],
        ['b', 1],
        ['c', 1],
        ['d', 1],
      ],
    ],
    ['a;x=",b;q=0,";q=0.5', [['a', 0.5]]],
    ['a;x="\\",b"', [['a', 1]]],
    // Quotes that are never closed are none.
    [
      'a;x="unclosed, b',
      [
        ['a', 1],
        ['b', 1],
      ],
    ],
    [
      'a; q = "0.5", b;q=.2, c;q=0x0, d;q=1e-3',
      [
        ['a', 0.5],
        ['b', 0.2],
        ['c', 1],
        ['d', 1],
      ],
    ],
  ])('of %j', (header, expected) => {
    expect([...weightsOf(header)]).toEqual(expected);
  });

  it.each([',', ';', '"', '\\', '"\\', 'a,', ';q=', '",'])(
    'of 60,000 characters of %j are read',
    (part) => {
      expect(weightsOf(part.repeat(Math.ceil(60_000 / part.length))).size).toBeLessThan(3);
    },
  );
});

it.each<[string | undefined, boolean]>([
  [undefined, false],
  ['*/*', false],
  ['text/*', false],
  ['text/html', true],
  ['application/json, TEXT/HTML;q=0.1', true],
  ['text/html;q=0', false],
  ['text/html;q=0.0', false],
  ['text/html5', false],
])('whether Accept: %s is from a browser: %s', (accept, expected) => {
  expect(acceptsPage(accept)).toBe(expected);
});

it.each<[string | undefined, string]>([
  [undefined, 'identity'],
  ['gzip, br', 'br'],
  ['br;q=0.9, gzip', 'gzip'],
  ['gzip;q=0, *', 'br'],
  ['identity;q=1, br;q=0.9', 'identity'],
  ['identity;q=0', 'identity'],
])('the coding for Accept-Encoding: %s is %s', (accepted, expected) => {
  expect(codingFor(accepted)).toBe(expected);
});
