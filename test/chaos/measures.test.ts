import { describe, expect, it } from 'vitest';
import { Forgery } from './forge.ts';
import { darkWrites, lostWrites } from './measures.ts';

describe('writes that were applied, but whose response was lost', () => {
  it.each<[string, object, (forgery: Forgery) => void]>([
    [
      'confirmed',
      { confirmable: 1, confirmed: 1 },
      (forgery) => {
        forgery.write('a', 'PUT', 'oc/a');
        forgery.end('a');
      },
    ],
    [
      'unknown',
      { confirmable: 1 },
      (forgery) => {
        forgery.write('a', 'PUT', 'oc/a');
        forgery.end('a', { result: 'unknown' });
      },
    ],
    [
      'a success about another object',
      { confirmable: 1 },
      (forgery) => {
        forgery.write('a', 'PUT', 'oc/a');
        forgery.end('a', { returned: { key: 'oc/b', marker: null } });
      },
    ],
    [
      'true response',
      {},
      (forgery) => {
        forgery.write('a', 'PUT', 'oc/a', { truth: 'told' });
        forgery.end('a');
      },
    ],
    [
      'overtaken by another caller',
      { overtaken: 1 },
      (forgery) => {
        forgery.write('a', 'PUT', 'oc/a');
        forgery.write('b', 'PUT', 'oc/a');
        forgery.end('a', { result: 'unknown' });
      },
    ],
    [
      'renamed',
      { renamed: 1 },
      (forgery) => {
        forgery.write('a', 'PATCH', 'oc/b');
        forgery.end('a', { resultKey: 'oc/b', result: 'unknown' });
      },
    ],
    [
      'killed meanwhile',
      {},
      (forgery) => {
        forgery.write('a', 'PUT', 'oc/a');
        forgery.end('a', { result: 'lost' });
      },
    ],
    [
      'applied late',
      {},
      (forgery) => {
        forgery.apply(forgery.request('a', 'PUT', '/oc/a'), 'oc/a', { isLate: true });
        forgery.end('a', { result: 'unknown' });
      },
    ],
  ])('are counted: %s', (_what, expected, tell) => {
    const forgery = new Forgery();
    tell(forgery);
    expect(lostWrites(forgery.relations())).toEqual({
      confirmable: 0,
      confirmed: 0,
      overtaken: 0,
      renamed: 0,
      othersConfirmed: 0,
      ...expected,
    });
  });

  it('are not counted in a black hole', () => {
    const forgery = new Forgery();
    forgery.write('a', 'PUT', 'oc/a');
    forgery.end('a', { begunAt: 100, endedAt: 200 });
    expect(
      lostWrites(
        forgery.relations({ blackHoles: [{ upstream: 'ORDERCLOUD', from: 150, to: 300 }] }),
      ).confirmable,
    ).toBe(0);
  });
});

it('counts the unknown outcomes of a black hole, and those after the first deadline', () => {
  const forgery = new Forgery();
  forgery.end('before', { begunAt: 50, result: 'unknown' });
  forgery.end('early', { begunAt: 150, result: 'unknown' });
  forgery.end('late', { begunAt: 1_700, result: 'unknown' });
  forgery.end('refused', { begunAt: 1_800, result: 'unapplied' });
  forgery.end('elsewhere', { begunAt: 150, result: 'unknown', upstream: 'HUAWEI_IAM' });
  const { history } = forgery.relations({
    blackHoles: [{ upstream: 'ORDERCLOUD', from: 100, to: 2_100 }],
  });
  expect(darkWrites(history)).toEqual({
    calls: 3,
    unknown: 2,
    laterCalls: 2,
    laterUnknown: 1,
    seconds: 2,
  });
});
