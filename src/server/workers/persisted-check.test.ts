import { describe, expect, it, vi } from 'vitest';
import { addFederation } from '../../graph/federation/federation.ts';
import { upstreams } from '../../upstreams/index.ts';
import { DEFAULT_LIMITS } from '../../config/limit-settings.ts';
import { createLog } from '../log/log.ts';
import { createPersistedCheck } from './persisted-check.ts';
import { buildSchema } from '../schema.ts';

const schema = addFederation(buildSchema(upstreams), Infinity);

function start() {
  const logs: Record<string, unknown>[] = [];
  const log = createLog('info', {
    write: (line) => {
      logs.push(JSON.parse(line) as Record<string, unknown>);
    },
  });
  return {
    ...createPersistedCheck({ schema, limits: DEFAULT_LIMITS, introspection: false }, log),
    logs,
  };
}

const list = (documents: Readonly<Record<string, string>>) => ({
  documents: new Map(Object.entries(documents)),
  only: false,
});
const many = (count: number, prefix: string) =>
  list(
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`${prefix}-${index}`, `{ a${index}: nothing }`]),
    ),
  );

describe('persisted documents', () => {
  it('that cannot be executed are named, with what is wrong; others are not', async () => {
    const { begin, logs } = start();
    await begin(list({ sound: '{ __typename }', unknown: '{ canary }', cut: '{' }));
    expect(logs).toMatchObject([
      {
        level: 'warn',
        id: 'unknown',
        issues: [expect.stringMatching(/^Cannot query field "canary"/)],
        msg: 'this persisted document cannot be executed: every request for it is refused',
      },
      { level: 'warn', id: 'cut', issues: [expect.stringMatching(/^Syntax Error/)] },
    ]);
  });

  it('are checked between other work, however many they are', async () => {
    // A clock by which each document takes a millisecond.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 1;
      return now;
    });
    let turns = 0;
    let checking = true;
    const count = () => {
      turns += 1;
      if (checking) setImmediate(count);
    };
    setImmediate(count);
    const { begin, logs } = start();
    await begin(many(100, 'x'));
    checking = false;
    vi.restoreAllMocks();
    expect(logs).toHaveLength(100);
    expect(turns).toBeGreaterThanOrEqual(15);
  });

  it('of a list that another one has replaced are not reported any more, nor after the end', async () => {
    // Each document takes all the time that there is at once.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 10;
      return now;
    });
    const { begin, end, logs } = start();
    const first = begin(many(100, 'old'));
    const second = begin(many(2, 'new'));
    await Promise.all([first, second]);
    expect(logs.map(({ id }) => id)).toEqual(['old-0', 'new-0', 'new-1']);
    const third = begin(many(100, 'last'));
    end();
    await third;
    vi.restoreAllMocks();
    expect(logs).toHaveLength(4);
  });
});
