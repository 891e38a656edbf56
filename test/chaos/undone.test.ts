import { describe, expect, it } from 'vitest';
import { CHECKS } from './checks.ts';
import { Forgery } from './forge.ts';
import { undoneIn } from './undone.ts';
import type { Undone } from './undone.ts';

/** How many writes were undone in a story, by kind; kinds without any are left out. */
function countsOf(tell: (forgery: Forgery) => void): Partial<Record<keyof Undone, number>> {
  const forgery = new Forgery();
  forgery.write('x', 'PUT', 'oc/a');
  tell(forgery);
  const undone: Readonly<Record<keyof Undone, readonly string[]>> = undoneIn(forgery.relations());
  return Object.fromEntries(
    Object.entries(undone)
      .filter(([, list]) => list.length > 0)
      .map(([kind, list]) => [kind, list.length]),
  );
}

/** Another caller changes the object, and hears so. */
const other = (forgery: Forgery) => {
  forgery.write('b', 'PUT', 'oc/a');
  forgery.end('b');
};

describe('an acknowledged write of another caller', () => {
  it.each<[string, Partial<Record<keyof Undone, number>>, (forgery: Forgery) => void]>([
    [
      'by a first attempt: that is no repeat',
      {},
      (forgery) => {
        other(forgery);
        forgery.write('a', 'PUT', 'oc/a');
      },
    ],
    [
      'by a repeat that never looked',
      { outside: 1 },
      (forgery) => {
        forgery.request('a', 'PUT', '/oc/a');
        other(forgery);
        forgery.write('a', 'PUT', 'oc/a');
      },
    ],
    [
      'by a repeat that had seen it',
      { outside: 1 },
      (forgery) => {
        forgery.request('a', 'PUT', '/oc/a');
        other(forgery);
        forgery.read('a', 'oc/a');
        forgery.write('a', 'PUT', 'oc/a');
      },
    ],
    [
      'by a repeat that looked before its first attempt only',
      { outside: 1 },
      (forgery) => {
        forgery.read('a', 'oc/a');
        forgery.request('a', 'PUT', '/oc/a');
        other(forgery);
        forgery.write('a', 'PUT', 'oc/a');
      },
    ],
    [
      'by a repeat whose look got no response',
      { outside: 1 },
      (forgery) => {
        forgery.request('a', 'PUT', '/oc/a');
        forgery.read('a', 'oc/a', { truth: 'kept' });
        other(forgery);
        forgery.write('a', 'PUT', 'oc/a');
      },
    ],
    [
      'in the gap between the look and the repeat',
      { inside: 1 },
      (forgery) => {
        forgery.request('a', 'PUT', '/oc/a');
        forgery.read('a', 'oc/a');
        other(forgery);
        forgery.write('a', 'PUT', 'oc/a');
      },
    ],
    [
      'by a deletion that is repeated',
      { outside: 1 },
      (forgery) => {
        forgery.write('a', 'DELETE', 'oc/a');
        other(forgery);
        forgery.write('a', 'DELETE', 'oc/a');
      },
    ],
    [
      'by a repeat after a refusal',
      { afterRefusal: 1 },
      (forgery) => {
        forgery.request('a', 'PUT', '/oc/a', { isRefusal: true });
        other(forgery);
        forgery.write('a', 'PUT', 'oc/a');
      },
    ],
    [
      'after a refusal, although a fingerprint was given',
      { outside: 1 },
      (forgery) => {
        forgery.request('a', 'PUT', '/oc/a', { isRefusal: true });
        other(forgery);
        forgery.write('a', 'PUT', 'oc/a');
        forgery.end('a', { expectedVersion: 1 });
      },
    ],
    [
      'by an attempt that arrived late',
      { late: 1 },
      (forgery) => {
        const request = forgery.request('a', 'PUT', '/oc/a');
        other(forgery);
        forgery.apply(request, 'oc/a', { isLate: true });
      },
    ],
    [
      'along with the whole that it is a part of',
      { cascade: 1 },
      (forgery) => {
        forgery.request('a', 'DELETE', '/whole');
        other(forgery);
        forgery.apply(forgery.request('a', 'DELETE', '/whole'), 'oc/a', { isCascade: true });
      },
    ],
    [
      'with the same content',
      {},
      (forgery) => {
        forgery.request('a', 'PUT', '/oc/a');
        other(forgery);
        forgery.apply(forgery.request('a', 'PUT', '/oc/a'), 'oc/a', { digest: 'content-2' });
      },
    ],
  ])('is undone: %s', (_how, expected, tell) => {
    expect(countsOf(tell)).toEqual(expected);
  });

  it('counts only if it was acknowledged', () => {
    expect(
      countsOf((forgery) => {
        forgery.request('a', 'PUT', '/oc/a');
        forgery.write('b', 'PUT', 'oc/a');
        forgery.end('b', { result: 'unknown' });
        forgery.write('a', 'PUT', 'oc/a');
      }),
    ).toEqual({});
  });

  it('fails the storm if a look would have shown it', () => {
    const forgery = new Forgery();
    forgery.request('a', 'PUT', '/oc/a');
    other(forgery);
    forgery.write('a', 'PUT', 'oc/a');
    forgery.end('a');
    const failed = CHECKS.filter(
      ({ violations }) => violations(forgery.relations()).length > 0,
    ).map(({ name }) => name);
    expect(failed).toContain(
      'no repeat undid an acknowledged write of another caller outside of the last gap',
    );
  });
});
