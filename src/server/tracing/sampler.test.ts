import { expect, it } from 'vitest';
import type { TracingSettings } from '../../config/tracing-settings.ts';
import { randomId } from '../../transport/http/trace.ts';
import { createSampler } from './sampler.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const RECORDED = { traceId: TRACE, flags: '01' };
const NOT_RECORDED = { traceId: TRACE, flags: '00' };

it.each<[TracingSettings['sampler']['name'], boolean, boolean, boolean]>([
  ['always_on', true, true, true],
  ['always_off', false, false, false],
  ['parentbased_always_on', true, true, false],
  ['parentbased_always_off', false, true, false],
])(
  '%s records a root: %s; within a recorded trace: %s; within another: %s',
  (name, ...expected) => {
    const isRecorded = createSampler({ name, ratio: 1 });
    expect([null, RECORDED, NOT_RECORDED].map((parent) => isRecorded(parent, TRACE))).toEqual(
      expected,
    );
  },
);

it('a ratio records its share of traces, the same ones in every process', () => {
  const [one, other] = [0.1, 0.1].map((ratio) => createSampler({ name: 'traceidratio', ratio }));
  const ids = Array.from({ length: 20_000 }, () => randomId(16));
  const recorded = ids.filter((id) => one?.(null, id));
  expect(recorded.length / ids.length).toBeGreaterThan(0.08);
  expect(recorded.length / ids.length).toBeLessThan(0.12);
  expect(ids.filter((id) => other?.(RECORDED, id))).toEqual(recorded);
});

it('a ratio based on the parent only decides about roots', () => {
  const isRecorded = createSampler({ name: 'parentbased_traceidratio', ratio: 0 });
  expect([null, RECORDED, NOT_RECORDED].map((parent) => isRecorded(parent, TRACE))).toEqual([
    false,
    true,
    false,
  ]);
});
