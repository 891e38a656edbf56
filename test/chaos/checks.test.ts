import { describe, expect, it } from 'vitest';
import { CHECKS } from './checks.ts';
import { Forgery } from './forge.ts';
import type { Relations } from './relations.ts';

/** Violations of the one check whose name has these words. */
function violationsOf(words: string, relations: Relations): string[] {
  const [check, ...others] = CHECKS.filter(({ name }) => name.includes(words));
  if (check === undefined || others.length > 0)
    throw new Error(`no check, or several, with the words ${words}`);
  return check.violations(relations);
}

const forge = (tell: (forgery: Forgery) => void) => {
  const forgery = new Forgery();
  tell(forgery);
  return forgery.relations();
};

describe('a write that must not be repeated', () => {
  it.each<[string, string, string]>([
    ['a POST', 'POST', '/v1/openidconnects'],
    ['a PATCH', 'PATCH', '/v1/openidconnects/a'],
    ['a PUT of /v3, which is a create', 'PUT', '/v3/OS-FEDERATION/mappings/a'],
  ])('is found if it was sent again: %s', (_what, method, path) => {
    const relations = forge((forgery) => {
      forgery.request('a', method, path, { fault: 'reset' });
      forgery.request('a', method, path);
      forgery.end('a');
    });
    expect(violationsOf('sent again', relations)).toEqual([
      `saveOpenIdConnect id-of-a: ${method} ${path}, after reset`,
    ]);
  });

  it('may be sent again after a refusal', () => {
    const relations = forge((forgery) => {
      forgery.request('a', 'POST', '/v1/openidconnects', { isRefusal: true });
      forgery.request('a', 'POST', '/v1/openidconnects');
    });
    expect(violationsOf('sent again', relations)).toEqual([]);
  });

  it('is not what another call sends', () => {
    const relations = forge((forgery) => {
      forgery.request('a', 'POST', '/v1/openidconnects');
      forgery.request('b', 'POST', '/v1/openidconnects');
    });
    expect(violationsOf('sent again', relations)).toEqual([]);
  });
});

describe('a write that is applied twice', () => {
  it('is found if no read happened in between', () => {
    const relations = forge((forgery) => {
      forgery.write('a', 'PUT', 'oc/a');
      forgery.write('a', 'PUT', 'oc/a');
      forgery.end('a');
    });
    expect(violationsOf('applied twice', relations)).toHaveLength(1);
  });

  it('is found if the look showed the first one', () => {
    const relations = forge((forgery) => {
      forgery.write('a', 'PUT', 'oc/a');
      forgery.read('a', 'oc/a');
      forgery.write('a', 'PUT', 'oc/a');
      forgery.end('a');
    });
    expect(violationsOf('applied twice', relations)).toHaveLength(1);
  });

  it('is excused if the first one was applied after the look', () => {
    const relations = forge((forgery) => {
      const first = forgery.request('a', 'PUT', '/oc/a');
      forgery.read('a', 'oc/a');
      forgery.apply(first, 'oc/a', { isLate: true });
      forgery.write('a', 'PUT', 'oc/a');
      forgery.end('a');
    });
    expect(violationsOf('applied twice', relations)).toEqual([]);
  });
});

describe('a promise that nothing was applied', () => {
  it.each(['unapplied', 'refused'] as const)('is broken if something was applied: %s', (result) => {
    const relations = forge((forgery) => {
      forgery.write('a', 'PUT', 'oc/a');
      forgery.end('a', { result, code: 'STALE' });
    });
    expect(violationsOf('was promised', relations)).toHaveLength(1);
  });

  it('is broken by what is applied late, too', () => {
    const relations = forge((forgery) => {
      const request = forgery.request('a', 'PUT', '/oc/a');
      forgery.end('a', { result: 'unapplied', code: 'UPSTREAM_UNAVAILABLE' });
      forgery.apply(request, 'oc/a', { isLate: true });
    });
    expect(violationsOf('was promised', relations)).toEqual([
      'saveOpenIdConnect id-of-a: UPSTREAM_UNAVAILABLE, but create of oc/a, late (version 1)',
    ]);
  });

  it.each<[string, string | null, number]>([
    ['SKIPPED', null, 1],
    ['FAILED', 'RATE_LIMITED', 1],
    ['FAILED', 'OUTCOME_UNKNOWN', 0],
    ['CREATED', null, 0],
  ])('is in a step of a provisioning: %s %s', (action, code, count) => {
    const relations = forge((forgery) => {
      forgery.write('a', 'PUT', 'mapping/a');
      forgery.end('a', { result: 'incomplete', steps: [{ key: 'mapping/a', action, code }] });
    });
    expect(violationsOf('was promised', relations)).toHaveLength(count);
  });

  it('is not made by an unknown outcome, nor by a connection that broke', () => {
    const relations = forge((forgery) => {
      forgery.write('a', 'PUT', 'oc/a');
      forgery.end('a', { result: 'unknown' });
      forgery.write('b', 'PUT', 'oc/b');
      forgery.end('b', { result: 'lost' });
    });
    expect(violationsOf('was promised', relations)).toEqual([]);
  });
});

describe('a success', () => {
  it('is empty if nothing was applied', () => {
    const relations = forge((forgery) => {
      forgery.end('a');
    });
    expect(violationsOf('every success', relations)).toEqual([
      'saveOpenIdConnect id-of-a: never applied',
    ]);
  });

  it.each<[string, { key: string; marker: string | null }, number]>([
    ['its own', { key: 'oc/a', marker: 'mark-of-a' }, 0],
    ['with another id', { key: 'oc/b', marker: 'mark-of-a' }, 1],
    ['with the content of another', { key: 'oc/a', marker: 'mark-of-b' }, 1],
  ])('returns the object that was asked for: %s', (_which, returned, count) => {
    const relations = forge((forgery) => {
      forgery.write('a', 'PUT', 'oc/a');
      forgery.end('a', { returned });
    });
    expect(violationsOf('every success', relations)).toHaveLength(count);
  });

  it('of a deletion is empty if the object was there all the time', () => {
    const relations = forge((forgery) => {
      forgery.write('b', 'PUT', 'oc/a');
      forgery.request('a', 'DELETE', '/oc/a');
      forgery.end('a', { marker: null });
    });
    expect(violationsOf('every success', relations)).toEqual([
      'saveOpenIdConnect id-of-a: it was there all the time',
    ]);
  });

  it("of a deletion may be another one's", () => {
    const relations = forge((forgery) => {
      forgery.write('b', 'PUT', 'oc/a');
      forgery.request('a', 'DELETE', '/oc/a');
      forgery.write('c', 'DELETE', 'oc/a');
      forgery.end('a', { marker: null });
    });
    expect(violationsOf('every success', relations)).toEqual([]);
  });
});

describe('a write with expectedFingerprint', () => {
  it.each<[string, (forgery: Forgery) => void, number]>([
    ['without a look', () => undefined, 1],
    [
      'after a look that showed something else',
      (forgery) => {
        forgery.write('b', 'PUT', 'oc/a');
        forgery.read('a', 'oc/a');
      },
      1,
    ],
    [
      'after a look that showed what it expects',
      (forgery) => {
        forgery.read('a', 'oc/a');
        forgery.write('b', 'PUT', 'oc/a');
      },
      0,
    ],
  ])('must not overwrite anything else: %s', (_how, meanwhile, count) => {
    const relations = forge((forgery) => {
      const expectedVersion = forgery.write('x', 'PUT', 'oc/a');
      meanwhile(forgery);
      if (count === 1) forgery.write('c', 'PUT', 'oc/a');
      forgery.write('a', 'PUT', 'oc/a');
      forgery.end('a', { expectedVersion });
    });
    expect(violationsOf('expectedFingerprint', relations)).toHaveLength(count);
  });

  it('has to look before each attempt', () => {
    const relations = forge((forgery) => {
      const expectedVersion = forgery.write('x', 'PUT', 'oc/a');
      forgery.read('a', 'oc/a');
      forgery.request('a', 'PUT', '/oc/a', { isRefusal: true });
      forgery.write('b', 'PUT', 'oc/a');
      forgery.write('a', 'PUT', 'oc/a');
      forgery.end('a', { expectedVersion });
    });
    expect(violationsOf('expectedFingerprint', relations)).toHaveLength(1);
  });
});

describe('the audit trail', () => {
  const twoWrites = (audit: (forgery: Forgery) => void, result: 'success' | 'lost' = 'lost') =>
    forge((forgery) => {
      forgery.write('a', 'PUT', 'oc/a');
      forgery.write('a', 'PUT', 'oc/a');
      forgery.end('a', { result });
      audit(forgery);
    });

  it.each<[string, (forgery: Forgery) => void, number]>([
    ['no line at all', () => undefined, 1],
    [
      'an outcome, by a gateway without intents',
      (forgery) => {
        forgery.audit('a', { intents: 0, outcomes: 1 });
      },
      0,
    ],
    [
      'an outcome, by a gateway with intents',
      (forgery) => {
        forgery.audit('a', { intents: 0, outcomes: 1 });
        forgery.audit('b', { intents: 1, outcomes: 1 });
      },
      1,
    ],
    [
      'fewer intents than attempts',
      (forgery) => {
        forgery.audit('a', { intents: 1, outcomes: 1 });
      },
      1,
    ],
    [
      'an intent for each attempt',
      (forgery) => {
        forgery.audit('a', { intents: 2, outcomes: 0 });
      },
      0,
    ],
  ])('has a line for each write on the wire: %s', (_what, audit, count) => {
    expect(violationsOf('on the wire', twoWrites(audit))).toHaveLength(count);
  });

  it('has the outcome of every write that got a response', () => {
    const intents = (forgery: Forgery) => {
      forgery.audit('a', { intents: 2, outcomes: 0 });
    };
    expect(violationsOf('of its outcome', twoWrites(intents, 'success'))).toHaveLength(1);
    expect(violationsOf('of its outcome', twoWrites(intents, 'lost'))).toEqual([]);
  });
});

it('finds secrets, lines that are not JSON, and unrequested entries', () => {
  const forgery = new Forgery();
  forgery.end('a', { result: 'broken' });
  const relations = forgery.relations({
    leaks: ['secret'],
    garbage: ['no JSON'],
    accidents: ['ended'],
  });
  expect(violationsOf('no secret', relations)).toEqual(['secret']);
  expect(violationsOf('is JSON', relations)).toEqual(['no JSON']);
  expect(violationsOf('nothing unexpected', relations)).toEqual([
    'ended',
    'saveOpenIdConnect id-of-a: an unexpected error',
  ]);
});

it('finds nothing wrong in a storm in which all was well', () => {
  const relations = forge((forgery) => {
    forgery.write('a', 'POST', 'oc/a', { truth: 'told' });
    forgery.audit('a', { intents: 1, outcomes: 1 });
    forgery.end('a', { returned: { key: 'oc/a', marker: 'mark-of-a' } });
  });
  expect(CHECKS.flatMap(({ violations }) => violations(relations))).toEqual([]);
});
