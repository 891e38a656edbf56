import { describe, expect, it } from 'vitest';
import { lasting, merged, textOf } from './exposition.ts';
import { Registry } from './registry.ts';

const text = (registry: Registry) => textOf(registry.families, registry.collect());

describe('a registry', () => {
  it('counts, by label values in the order of the labels', () => {
    const registry = new Registry();
    const calls = registry.counter({
      name: 'calls_total',
      help: 'Calls.',
      labels: ['from', 'code'],
    });
    calls.of('a', '200').add();
    calls.of('a', '500').add(2);
    calls.of('b', '200').add();
    calls.of('a', '200').add();
    expect(text(registry)).toBe(
      [
        '# HELP calls_total Calls.',
        '# TYPE calls_total counter',
        'calls_total{from="a",code="200"} 2',
        'calls_total{from="a",code="500"} 2',
        'calls_total{from="b",code="200"} 1',
        '',
      ].join('\n'),
    );
  });

  it('has histograms whose buckets are cumulative and include their bounds', () => {
    const registry = new Registry();
    const seconds = registry.histogram(
      { name: 'seconds', help: 'Time.', labels: ['kind'] },
      [0.1, 1],
    );
    for (const value of [0, 0.1, 0.5, 1, 7.5]) seconds.of('read').observe(value);
    expect(text(registry)).toBe(
      [
        '# HELP seconds Time.',
        '# TYPE seconds histogram',
        'seconds_bucket{kind="read",le="0.1"} 2',
        'seconds_bucket{kind="read",le="1"} 4',
        'seconds_bucket{kind="read",le="+Inf"} 5',
        'seconds_sum{kind="read"} 9.1',
        'seconds_count{kind="read"} 5',
        '',
      ].join('\n'),
    );
  });

  it('has histograms without labels', () => {
    const registry = new Registry();
    registry.histogram({ name: 'seconds', help: 'Time.' }, [1]).of().observe(2);
    expect(registry.collect()).toEqual({
      seconds: { '_bucket{le="1"}': 0, '_bucket{le="+Inf"}': 1, _sum: 2, _count: 1 },
    });
  });

  it('asks for values that are not kept up to date each time', () => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: 'size', help: 'Size.' });
    let size = 0;
    registry.onCollect(() => {
      size += 1;
      gauge.of().set(size);
    });
    expect([text(registry), text(registry)].map((one) => one.split('\n').at(-2))).toEqual([
      'size 1',
      'size 2',
    ]);
  });

  it('escapes what would end a value or a line', () => {
    const registry = new Registry();
    registry
      .counter({ name: 'odd_total', help: 'A \\ and\na line.', labels: ['value'] })
      .of('"\\\n')
      .add();
    expect(text(registry)).toBe(
      '# HELP odd_total A \\\\ and\\na line.\n# TYPE odd_total counter\nodd_total{value="\\"\\\\\\n"} 1\n',
    );
  });

  it('says nothing about metrics without series', () => {
    const registry = new Registry();
    registry.counter({ name: 'nothing_total', help: 'Nothing.', labels: ['why'] });
    expect(text(registry)).toBe('');
  });

  it('has no more series than a limit: what is beyond counts together', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'many_total', help: 'Many.', labels: ['a', 'b'] });
    for (let index = 0; index < 3_000; index += 1) counter.of(String(index), 'x').add();
    const series = registry.collect()['many_total'] ?? {};
    expect(Object.keys(series)).toHaveLength(2_001);
    expect(series['{a="other",b="other"}']).toBe(1_000);
  });

  it('refuses two metrics of one name', () => {
    const registry = new Registry();
    registry.gauge({ name: 'size', help: 'Size.' });
    expect(() => registry.counter({ name: 'size', help: 'Size.' })).toThrow(
      'the metric size is declared twice',
    );
  });
});

describe('figures of several processes', () => {
  const registry = new Registry();
  registry.counter({ name: 'calls_total', help: 'Calls.', labels: ['code'] });
  registry.gauge({ name: 'open', help: 'Open.' });
  registry.gauge({ name: 'delay', help: 'Delay.' }, 'max');
  registry.gauge({ name: 'ready', help: 'Ready.' }, 'min');
  registry.histogram({ name: 'seconds', help: 'Time.' }, [1]);
  const { families } = registry;
  const first = {
    calls_total: { '{code="200"}': 3 },
    open: { '': 2 },
    delay: { '': 0.5 },
    ready: { '': 1 },
    seconds: { '_bucket{le="1"}': 1, '_bucket{le="+Inf"}': 1, _sum: 0.5, _count: 1 },
  };
  const second = {
    calls_total: { '{code="200"}': 4, '{code="500"}': 1 },
    open: { '': 1 },
    delay: { '': 0.25 },
    ready: { '': 0 },
    seconds: { '_bucket{le="1"}': 0, '_bucket{le="+Inf"}': 1, _sum: 3, _count: 1 },
  };

  it('become one, each metric in its way', () => {
    expect(merged(families, [first, second])).toEqual({
      calls_total: { '{code="200"}': 7, '{code="500"}': 1 },
      open: { '': 3 },
      delay: { '': 0.5 },
      ready: { '': 0 },
      seconds: { '_bucket{le="1"}': 1, '_bucket{le="+Inf"}': 2, _sum: 3.5, _count: 2 },
    });
  });

  it('need not have all metrics, and no others count', () => {
    expect(merged(families, [{}, { open: { '': 1 }, unknown: { '': 1 } }])).toEqual({
      calls_total: {},
      open: { '': 1 },
      delay: {},
      ready: {},
      seconds: {},
    });
  });

  it('last after the end of a process if they were counted', () => {
    expect(lasting(families, first)).toEqual({
      calls_total: first.calls_total,
      seconds: first.seconds,
    });
  });
});
