import { afterEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../../domain/scrub/secret.ts';
import type { HttpResponse } from '../../../transport/http/http.ts';
import { WORKED } from '../../../transport/credentials/login-gate.ts';
import type { NoTurn, Turn } from '../../../transport/credentials/login-gate.ts';
import { signing } from './request-signer.ts';

/* How the first signature gets its turn among all processes, and gives it back. */

const CALL = { method: 'GET', path: '/v3/OS-FEDERATION/identity_providers', headers: {} } as const;
const respond = (status: number, body?: object): HttpResponse => ({
  status,
  body: body === undefined ? '' : JSON.stringify(body),
  header: () => null,
});
const settled = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** An access key at a gate that gives turns when the test says so. */
function open() {
  const asked: ((turn: Turn | NoTurn) => void)[] = [];
  const ends: number[] = [];
  const key = {
    id: new Secret('AK'),
    secret: new Secret('SK'),
    securityToken: undefined,
    domainId: undefined,
  };
  const authenticator = signing(key, {
    base: new URL('https://iam.example.com'),
    label: 'IAM',
    turn: () =>
      new Promise((resolve) => {
        asked.push(resolve);
      }),
  });
  return {
    asked,
    ends,
    give: (index: number, refusals = 0) => {
      asked[index]?.({ refusals, end: (pauseMs) => ends.push(pauseMs) });
    },
    turnAway: (index: number, pausedMs: number) => {
      asked[index]?.({ pausedMs });
    },
    pass: async (waitMs = 10_000) =>
      authenticator.credentialsFor(CALL, {
        deadline: performance.now() + waitMs,
        signal: new AbortController().signal,
        requestId: 'r1',
      }),
  };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the turn of a first signature', () => {
  it.each([
    ['it holds', respond(200, {}), 0, WORKED],
    ['it is refused', respond(401, { error_code: 'APIGW.0301', error_msg: 'No.' }), 0, 300_000],
    [
      'it is refused with another status',
      respond(403, { error_code: 'APIGW.0301', error_msg: 'No.' }),
      0,
      300_000,
    ],
    [
      'it is refused in other words',
      respond(401, { error_code: 'IAM.0001', error_msg: 'No.' }),
      0,
      1_000,
    ],
    ['it is refused without a word', respond(401), 0, 1_000],
    ['it is refused after others were, in whichever process', respond(401), 3, 8_000],
    ['it is refused after many others', respond(401), 60, 300_000],
    ['nothing is learned', respond(502), 0, 0],
  ])('ends with the request, and reports if %s', async (_what, outcome, refusals, refusedMs) => {
    vi.spyOn(performance, 'now').mockReturnValue(1_000);
    const { give, pass, ends } = open();
    const passing = pass();
    give(0, refusals);
    const { heard, ended } = await passing;
    heard?.(outcome);
    expect(ends).toEqual([]);
    ended?.();
    expect(ends).toEqual([refusedMs]);
  });

  it('is given back if it comes too late, and the next request asks anew', async () => {
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

  it('that is not given leaves the upstream unavailable for the pause of all processes, and then the next request asks anew', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(1_000);
    const { give, turnAway, pass, asked } = open();
    const first = pass();
    turnAway(0, 4_000);
    await expect(first).rejects.toThrow('cannot be used through this gateway now');
    now.mockReturnValue(4_999);
    await expect(pass()).rejects.toThrow('cannot be used through this gateway now');
    expect(asked).toHaveLength(1);
    now.mockReturnValue(5_000);
    const next = pass();
    await settled();
    expect(asked).toHaveLength(2);
    give(1);
    expect(await next).toHaveProperty('headers.authorization');
  });
});
