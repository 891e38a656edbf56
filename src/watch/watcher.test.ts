import { describe, expect, it, vi } from 'vitest';
import { manualClock } from '../../test/setup/manual-clock.ts';
import { IssuerError, OutcomeUnknownError, PermissionDeniedError } from '../domain/errors.ts';
import type { WatchOutcome } from '../domain/sign-in/watch.ts';
import type { Ledger } from './ledger/ledger.ts';
import { createMemoryLedger } from './ledger/memory-ledger.ts';
import type { Leave, RunCheck } from './check-watch.ts';
import { createWatcher } from './watcher.ts';
import type { WatchJob, WatcherOptions } from './watcher.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OK: WatchOutcome = { findings: [], written: null };
const found = (...codes: string[]): WatchOutcome => ({
  findings: codes.map((code) => ({ code, message: `${code} at ${Math.random()}`, advice: null })),
  written: null,
});
const written: WatchOutcome = { findings: [], written: 'Keys were written.' };

function jobOf(run: RunCheck, id = 'one', everyMs = HOUR): WatchJob {
  return { name: id, about: { watch: 'keys', upstream: 'SHOP', id, everyMs }, run };
}

/** A watcher on a simulated clock, with what it reported. */
function open({
  clock = manualClock(),
  ...given
}: Partial<WatcherOptions> & { clock?: ReturnType<typeof manualClock> } = {}) {
  const reported: string[] = [];
  const unexpected = vi.fn();
  const watcher = createWatcher({
    ledger: createMemoryLedger(clock.now),
    clock,
    random: () => 0.5,
    deadlineMs: 40_000,
    leaseMs: 100_000,
    onChecked: () => undefined,
    onNotice: ({ id }, { kind, result: { findings, error } }) => {
      reported.push(
        [id, kind, ...findings.map(({ code }) => code), ...(error ? [error.code] : [])].join(' '),
      );
    },
    send: null,
    onUnexpected: unexpected,
    ...given,
  });
  return { clock, watcher, reported, unexpected };
}

describe('a watcher', () => {
  it('checks once in each interval, the first time within a minute, with jitter', async () => {
    const times: number[] = [];
    const random = vi.fn(() => 0.25);
    const { clock, watcher } = open({ random });
    const start = clock.now();
    watcher.watch([
      jobOf(() => {
        times.push(clock.now() - start);
        return Promise.resolve(OK);
      }),
    ]);
    random.mockReturnValue(1).mockReturnValueOnce(0);
    await clock.pass(4 * HOUR);
    expect(times).toEqual([15_000, 15_000 + HOUR, 15_000 + 2.1 * HOUR, 15_000 + 3.2 * HOUR]);
  });

  it('makes at most four checks at once, and each in its deadline', async () => {
    let running = 0;
    let most = 0;
    const ended: Leave[] = [];
    const hang: RunCheck = (leave) => {
      running += 1;
      most = Math.max(most, running);
      return new Promise((_resolve, reject) => {
        leave.signal.addEventListener('abort', () => {
          running -= 1;
          ended.push(leave);
          reject(new Error('canceled'));
        });
      });
    };
    const { clock, watcher, reported } = open();
    watcher.watch(Array.from({ length: 10 }, (_, index) => jobOf(hang, String(index))));
    await clock.pass(30_000 + 3 * 40_000);
    expect([most, running, ended.length]).toEqual([4, 0, 10]);
    expect(reported).toEqual(Array.from({ length: 10 }, (_, index) => `${index} FAILED TIMEOUT`));
    expect(await ended[0]?.refusal()).toBe('The time of the check is over.');
  });

  it('tries no more than once in an interval if the platform refuses, and tells it once', async () => {
    const run = vi.fn(() => Promise.reject(new PermissionDeniedError('no', [])));
    const { clock, watcher, reported } = open();
    watcher.watch([jobOf(run)]);
    await clock.pass(10.6 * HOUR);
    expect(run).toHaveBeenCalledTimes(11);
    expect(reported).toEqual(['one FAILED PERMISSION_DENIED']);
  });

  it('tells each change once, whatever the texts say', async () => {
    const outcomes: (WatchOutcome | Error)[] = [
      OK,
      found('GONE'),
      found('GONE'),
      found('GONE', 'NEW'),
      found('NEW', 'GONE'),
      new IssuerError('down', 'UNREACHABLE', 'https://idp.example.com'),
      new IssuerError('down', 'UNREACHABLE', 'https://idp.example.com'),
      found('GONE'),
      written,
      written,
      new OutcomeUnknownError('lost', 'TIMEOUT', '{ a }'),
      new OutcomeUnknownError('lost', 'TIMEOUT', '{ a }'),
      OK,
      OK,
    ];
    const { clock, watcher, reported } = open({ random: () => 0 });
    watcher.watch([
      jobOf(() => {
        const [next = OK] = outcomes.splice(0, 1);
        return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
      }),
    ]);
    await clock.pass(14 * HOUR);
    expect(outcomes).toEqual([]);
    expect(reported).toEqual([
      'one FOUND GONE',
      'one FOUND GONE NEW',
      'one FAILED ISSUER_UNUSABLE',
      'one FOUND GONE',
      'one RECOVERED',
      'one WRITTEN',
      'one FAILED OUTCOME_UNKNOWN',
      'one RECOVERED',
    ]);
  });

  it('reports an error that should not happen, without its text, and goes on', async () => {
    const run = vi.fn<RunCheck>().mockRejectedValueOnce(new Error('canary')).mockResolvedValue(OK);
    const { clock, watcher, reported, unexpected } = open();
    watcher.watch([jobOf(run)]);
    await clock.pass(MINUTE);
    expect(JSON.stringify(await watcher.read())).not.toContain('canary');
    await clock.pass(2 * HOUR);
    expect(reported).toEqual(['one FAILED INTERNAL', 'one RECOVERED']);
    expect(unexpected).toHaveBeenCalledOnce();
  });

  it('sends a notice again after the next check if it was not taken, and only the last one', async () => {
    const sent: string[] = [];
    const outcomes = [found('A'), found('A'), found('B'), OK, OK];
    const takes = [false, false, true, false, true];
    const { clock, watcher } = open({
      random: () => 0,
      send: (_about, { kind, result: { findings } }) => {
        sent.push([kind, ...findings.map(({ code }) => code)].join(' '));
        return Promise.resolve(takes.shift() ?? true);
      },
    });
    watcher.watch([jobOf(() => Promise.resolve(outcomes.shift() ?? OK))]);
    await clock.pass(8 * HOUR);
    expect(sent).toEqual(['FOUND A', 'FOUND A', 'FOUND B', 'RECOVERED', 'RECOVERED']);
  });

  it('goes on with the interval of what it watched before, and drops what it is not to watch', async () => {
    const one = vi.fn(() => Promise.resolve(OK));
    const two = vi.fn(() => Promise.resolve(OK));
    const { clock, watcher } = open({ random: () => 0 });
    watcher.watch([jobOf(one, 'one'), jobOf(two, 'two')]);
    await clock.pass(MINUTE);
    watcher.watch([jobOf(one, 'one')]);
    await clock.pass(30 * MINUTE);
    expect([one, two].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    await clock.pass(HOUR);
    expect([one, two].map(({ mock }) => mock.calls.length)).toEqual([2, 1]);
    expect((await watcher.read()).map(({ id }) => id)).toEqual(['one']);
  });

  it('stops: reads are canceled, writes end, and nothing is checked any more', async () => {
    let end: (outcome: WatchOutcome) => void = () => undefined;
    const release = vi.fn(() => Promise.resolve());
    const clock = manualClock();
    const run = vi.fn<RunCheck>(
      () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    );
    const { watcher, reported } = open({
      clock,
      ledger: { ...createMemoryLedger(clock.now), release },
    });
    watcher.watch([jobOf(run), jobOf(vi.fn(run), 'two', 24 * HOUR)]);
    await clock.pass(30_000);
    const stopped = vi.fn();
    const stopping = watcher.stop().then(stopped);
    await clock.pass(0);
    expect(stopped).not.toHaveBeenCalled();
    const [[leave] = []] = run.mock.calls;
    expect(leave?.signal.aborted).toBe(true);
    end(found('A'));
    await clock.pass(40_000);
    await stopping;
    await clock.pass(48 * HOUR);
    expect(run.mock.calls.length).toBeLessThanOrEqual(2);
    expect(release).toHaveBeenCalledWith('one', expect.any(String));
    expect(reported).toEqual([]);
  });

  it('is overdue after three intervals without a check', async () => {
    const { clock, watcher } = open({
      ledger: {
        ...createMemoryLedger(() => 0),
        claim: () => Promise.resolve({ kind: 'TAKEN', inMs: HOUR, memory: null }),
      },
    });
    watcher.watch([jobOf(() => Promise.resolve(OK))]);
    await clock.pass(3 * HOUR);
    expect(watcher.known()).toMatchObject([{ id: 'one', result: null, isOverdue: false }]);
    await clock.pass(MINUTE);
    expect(watcher.known()).toMatchObject([{ isOverdue: true }]);
  });
});

describe('several instances', () => {
  it('make one check in each interval, and tell once', async () => {
    const clock = manualClock();
    const ledger = createMemoryLedger(clock.now);
    const run = vi.fn(() => Promise.resolve(found('A')));
    const instances = [0.1, 0.5, 0.9].map((part) => open({ clock, ledger, random: () => part }));
    for (const { watcher } of instances) watcher.watch([jobOf(run)]);
    await clock.pass(10 * HOUR);
    // Each waits a little longer than the interval, so there may be one less.
    expect(run.mock.calls.length).toBeGreaterThanOrEqual(9);
    expect(run.mock.calls.length).toBeLessThanOrEqual(10);
    expect(instances.flatMap(({ reported }) => reported)).toEqual(['one FOUND A']);
    for (const { watcher } of instances)
      expect(watcher.known()).toMatchObject([{ result: { status: 'FOUND' }, isOverdue: false }]);
  });

  it('tell nothing, and write nothing, once another one may make the check', async () => {
    const clock = manualClock();
    const own = createMemoryLedger(clock.now);
    const refusals: (string | null)[] = [];
    const { watcher, reported } = open({
      clock,
      ledger: {
        ...own,
        holds: () => Promise.resolve(false),
        record: () => Promise.resolve(false),
      },
    });
    watcher.watch([
      jobOf(async ({ refusal }) => {
        refusals.push(await refusal());
        return found('A');
      }),
    ]);
    await clock.pass(MINUTE);
    expect(refusals).toEqual(['Another instance may make the check by now.']);
    expect(reported).toEqual([]);
  });

  it('check by themselves only after nobody could say for a whole interval who does', async () => {
    const clock = manualClock();
    let isDown = true;
    const shared = createMemoryLedger(clock.now);
    const ledger: Ledger = {
      ...shared,
      claim: (...claim) => (isDown ? Promise.reject(new Error('down')) : shared.claim(...claim)),
      read: () => Promise.reject(new Error('down')),
    };
    const run = vi.fn(() => Promise.resolve(found('A')));
    const { watcher, reported } = open({ clock, ledger, random: () => 0 });
    watcher.watch([jobOf(run)]);
    await clock.pass(HOUR - 1);
    expect(run).not.toHaveBeenCalled();
    await clock.pass(2 * HOUR);
    expect(run).toHaveBeenCalledTimes(2);
    expect(reported).toEqual(['one FOUND A']);
    expect(await watcher.read()).toMatchObject([{ result: { status: 'FOUND' } }]);
    isDown = false;
    await clock.pass(2 * HOUR);
    expect(run.mock.calls.length).toBeLessThanOrEqual(5);
    expect(reported).toEqual(['one FOUND A']);
  });

  it('ask again with the same token if a claim got no answer', async () => {
    const clock = manualClock();
    const tokens: string[] = [];
    const shared = createMemoryLedger(clock.now);
    const { watcher } = open({
      clock,
      ledger: {
        ...shared,
        claim: (name, token, terms) => {
          tokens.push(token);
          return tokens.length === 1
            ? Promise.reject(new Error('lost'))
            : shared.claim(name, token, terms);
        },
      },
    });
    watcher.watch([jobOf(() => Promise.resolve(OK))]);
    await clock.pass(2 * MINUTE);
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens).size).toBe(1);
  });
});
