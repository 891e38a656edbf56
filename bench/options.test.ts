import { describe, expect, it } from 'vitest';
import { CONTENDERS, ON_REQUEST } from './contenders.ts';
import { readOptions, USAGE } from './options.ts';
import { SCENARIOS } from './scenarios.ts';

describe('the options', () => {
  it('default to everything, five times', () => {
    expect(readOptions([])).toEqual({
      help: false,
      contenders: CONTENDERS,
      base: 'bare-proxy',
      scenarios: SCENARIOS,
      rounds: 5,
      seconds: 1.5,
      warmUp: 10_000,
      json: null,
      write: false,
    });
  });

  it('of a smoke test omit contenders with packages, and half of the scenarios', () => {
    const { contenders, scenarios, rounds } = readOptions(['--smoke']);
    expect(contenders.map(({ name }) => name)).toEqual(['gateway', 'bare-proxy', 'naive-yoga']);
    expect(scenarios.map(({ name }) => name)).toEqual([
      'createOpenIdConnect/success/variables',
      'createOpenIdConnect/error/inline',
      'createOidcConfig/success/inline',
      'createOidcConfig/error/variables',
    ]);
    expect(rounds).toBe(1);
  });

  it('are those of the command line', () => {
    const options = readOptions([
      '--only',
      'bare-proxy,gateway',
      '--scenarios',
      'createOidcConfig/error',
      '--rounds',
      '2',
      '--seconds',
      '0.5',
      '--json',
      'out.json',
      '--write',
    ]);
    expect(options).toMatchObject({ rounds: 2, seconds: 0.5, json: 'out.json', write: true });
    expect(options.contenders.map(({ name }) => name)).toEqual(['bare-proxy', 'gateway']);
    expect(options.scenarios.map(({ name }) => name)).toEqual([
      'createOidcConfig/error/variables',
      'createOidcConfig/error/inline',
    ]);
    expect(readOptions(['--smoke', '--scenarios', 'createOidcConfig/error']).scenarios).toEqual(
      options.scenarios,
    );
  });

  it('name the contender that others are compared with', () => {
    const { base, contenders } = readOptions([
      ...['--only', 'gateway,gateway-redis,gateway-redis-keys', '--base', 'gateway'],
    ]);
    expect(base).toBe('gateway');
    expect(contenders.map(({ usesRedis = false }) => usesRedis)).toEqual([false, true, true]);
    expect(() => readOptions(['--base', 'nobody'])).toThrow('--base: there is no "nobody"');
  });

  it('name the contenders that otherwise take no part', () => {
    const { contenders } = readOptions(['--only', 'gateway,gateway-traced']);
    expect(contenders.map(({ name, isTraced = false }) => [name, isTraced])).toEqual([
      ['gateway', false],
      ['gateway-traced', true],
    ]);
  });

  it.each([
    [['--only', 'nobody'], '--only: there is no "nobody"; there are gateway'],
    [['--scenarios', 'x'], '--scenarios: none begins with "x"'],
    [['--rounds', '0'], '--rounds must be'],
    [['--rounds', '1.5'], '--rounds must be'],
    [['--seconds', '-1'], "'--seconds'"],
    [['--seconds', '0'], '--seconds must be'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuse %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });

  it('are all in the usage', () => {
    for (const name of [...CONTENDERS, ...ON_REQUEST, ...SCENARIOS].map((each) => each.name))
      expect(USAGE).toContain(name);
  });
});
