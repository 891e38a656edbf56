import { describe, expect, it } from 'vitest';
import { Secret } from '../../domain/secret.ts';
import type { HttpAnswer } from '../../transport/http.ts';
import type { Turn } from '../../transport/login-gate.ts';
import { signing } from './signing.ts';

/* How the first signature gets its turn among all processes, and gives it back. */

const CALL = { method: 'GET', path: '/v3/OS-FEDERATION/identity_providers', headers: {} } as const;
const answer = (status: number, body: object): HttpAnswer => ({ status, body: JSON.stringify(body), header: () => null });
const settled = () => new Promise((resolve) => { setImmediate(resolve); });

/** An access key at a gate that gives turns when the test says so. */
function open() {
  const asked: ((turn: Turn | null) => void)[] = [];
  const ends: number[] = [];
  const key = { id: new Secret('AK'), secret: new Secret('SK'), securityToken: undefined, domainId: undefined };
  const authenticator = signing(key, { base: new URL('https://iam.example.com'), label: 'IAM', turn: () => new Promise((resolve) => { asked.push(resolve); }) });
  return {
    asked,
    ends,
    give: (index: number, may = true) => { asked[index]?.(may ? { end: (refusedMs) => ends.push(refusedMs) } : null); },
    pass: async (waitMs = 10_000) => authenticator.pass(CALL, { deadline: performance.now() + waitMs, hangUp: new AbortController().signal, requestId: 'r1' }),
  };
}

describe('the turn of a first signature', () => {
  it.each([
    ['holds', answer(200, {}), 0],
    ['is refused', answer(401, { error_code: 'APIGW.0301', error_msg: 'No.' }), 300_000],
  ])('ends with the request, and tells whether it %s', async (_what, outcome, refusedMs) => {
    const { give, pass, ends } = open();
    const passing = pass();
    give(0);
    const { heard, ended } = await passing;
    heard?.(outcome);
    expect(ends).toEqual([]);
    ended?.();
    expect(ends).toEqual([refusedMs]);
  });

  it('is given back where it comes too late, and the next request asks anew', async () => {
    const { give, pass, asked, ends } = open();
    await expect(pass(20)).rejects.toThrow('The deadline passed');
    const next = pass();
    await settled();
    expect(asked).toHaveLength(2);
    give(0);
    await settled();
    expect(ends).toEqual([0]);
    give(1);
    expect(await next).toHaveProperty('headers.authorization');
  });

  it('that is not given leaves the upstream unavailable, and the next request asks anew', async () => {
    const { give, pass, asked } = open();
    const first = pass();
    give(0, false);
    await expect(first).rejects.toThrow('cannot be used through this gateway now');
    const next = pass();
    await settled();
    expect(asked).toHaveLength(2);
    give(1);
    expect(await next).toHaveProperty('headers.authorization');
  });
});
