import * as z from 'zod';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../../test/setup/clock.ts';
import { caller, connect, createThing, shop } from '../../../test/setup/fake-upstream.ts';
import type { TestCaller } from '../../../test/setup/fake-upstream.ts';
import { InstantUpstream } from '../../../test/setup/instant-upstream.ts';
import type { Instant } from '../../../test/setup/instant-upstream.ts';
import { fingerprintOf } from '../../domain/fingerprint.ts';
import type { Snapshot } from '../../domain/fingerprint.ts';
import { Secret } from '../../domain/scrub/secret.ts';
import type { Operation } from '../operation.ts';
import { confirmEqual, confirmGone } from './read-back.ts';
import type { Called, StartingPoint } from './write.ts';

interface Note {
  readonly id: string;
  readonly text: string;
  readonly secret?: string | undefined;
}
const NOTE: Note = { id: 'n1', text: 'new' };
const OLD: Note = { id: 'n1', text: 'old' };
const OTHERS: Note = { id: 'n1', text: 'of somebody else' };

const snapshotOf = ({ id, text, secret }: Note): Snapshot => ({
  title: `The note "${id}"`,
  content: { id, text },
  secret: secret === undefined ? null : new Secret(secret),
});
const fingerprint = (note: Note) => fingerprintOf(snapshotOf(note).content);
const differences = (wanted: Note, found: Note) => (wanted.text === found.text ? [] : ['text']);

const {
  claims,
  isAbout: _isAbout,
  secretsOf: _secretsOf,
  readBack: _readBack,
  current: _current,
  whenGone: _whenGone,
  ...shared
} = createThing;
const facts = {
  ...shared,
  response: z.object({ id: z.string(), text: z.string(), secret: z.string().optional() }),
  isAbout: (found: Note, { id }: Note) => found.id === id,
  result: (found: Note) => found,
};
const readNote: Operation<Note, Note, Note> = {
  ...facts,
  name: 'readNote',
  effect: 'read',
  repeatable: true,
  request: ({ id }) => ({ method: 'GET', path: `/notes/${id}` }),
};
const changing: Pick<Operation<Note, Note, Note>, 'readBack' | 'current'> = {
  readBack: (note, read) =>
    confirmEqual(read(readNote, note), (found) => differences(note, found), snapshotOf),
  current: async (note, read) => snapshotOf(await read(readNote, note)),
};
const saveNote: Operation<Note, Note, Note> = {
  ...facts,
  ...changing,
  name: 'saveNote',
  purpose: 'save the note',
  repeatable: true,
  request: (note) => ({ method: 'PUT', path: `/notes/${note.id}`, body: note }),
};
const patchNote: Operation<Note, Note, Note> = {
  ...saveNote,
  name: 'patchNote',
  repeatable: false,
  request: (note) => ({ method: 'PATCH', path: `/notes/${note.id}`, body: note }),
};
const createNote: Operation<Note, Note, Note> = {
  ...patchNote,
  name: 'createNote',
  claims: claims ?? (() => null),
  request: (note) => ({ method: 'POST', path: '/notes', body: note }),
};
const { isAbout: _about, ...unnamed } = facts;
const deleteNote: Operation<Note, undefined, string> = {
  ...unnamed,
  name: 'deleteNote',
  purpose: 'delete the note',
  repeatable: true,
  request: ({ id }) => ({ method: 'DELETE', path: `/notes/${id}` }),
  response: z.undefined(),
  doneBy: [204],
  result: (_wire, { id }) => id,
  whenGone: ({ id }) => id,
  readBack: (note, read) => confirmGone(read(readNote, note), note.id, snapshotOf),
  current: async (note, read) => snapshotOf(await read(readNote, note)),
};

const GONE: Instant = { status: 404, body: '"gone"' };
const OFFLINE: Instant = { status: 503, body: '"offline"' };
const shown = (note: Note | null): Instant =>
  note === null ? GONE : { status: 200, body: JSON.stringify(note) };

/** What an upstream has stored, and what it does with the requests that come, one after the other; what is left over it serves. */
class World {
  stored: Note | null;
  readonly upstream: InstantUpstream;
  readonly asking: TestCaller;
  /** How long the audit trail takes for a line, in milliseconds. */
  auditMs = 0;
  /** How often the outcome of a write was unknown. */
  unknownOutcomes = 0;
  readonly #writes: ((world: World) => Instant)[];
  readonly #reads: ((world: World) => Instant)[];

  constructor({
    stored = OLD,
    writes = [],
    reads = [],
  }: {
    stored?: Note | null;
    writes?: ((world: World) => Instant)[];
    reads?: ((world: World) => Instant)[];
  }) {
    this.stored = stored;
    this.#writes = writes;
    this.#reads = reads;
    this.upstream = new InstantUpstream(({ method, body }) => {
      if (method === 'GET') return (this.#reads.shift() ?? (() => shown(this.stored)))(this);
      const next = this.#writes.shift();
      return next === undefined ? this.serve(method, body) : next(this);
    });
    this.asking = {
      ...caller(connect('http://127.0.0.1', { openDispatcher: () => this.upstream })),
      beforeWrite: () =>
        this.auditMs === 0
          ? null
          : new Promise((resolve) => {
              setTimeout(resolve, this.auditMs);
            }),
      onOutcomeUnknown: () => {
        this.unknownOutcomes += 1;
      },
    };
  }

  serve(method: string, body: string): Instant {
    if (method === 'DELETE') {
      const gone = this.stored === null;
      this.stored = null;
      return gone ? GONE : { status: 204 };
    }
    this.stored = JSON.parse(body) as Note;
    return shown(this.stored);
  }

  get methods(): string {
    return this.upstream.requests.map(({ method }) => method).join(' ');
  }

  /** Runs a write; every pause is over as soon as nothing else is to be done. */
  async run<Wire, Result>(
    operation: Operation<Note, Wire, Result>,
    start?: StartingPoint,
  ): Promise<Called<Result> | Error> {
    const { pass, restore } = stopClock({ fromMs: 0 });
    onTestFinished(restore);
    let ended = false as boolean;
    const call = shop
      .open(this.asking)
      .call(operation, NOTE, start)
      .catch((error: unknown) => error as Error)
      .finally(() => {
        ended = true;
      });
    while (!ended) {
      // Responses take one turn.
      for (let turns = 0; turns < 4; turns += 1)
        await new Promise((resolve) => setImmediate(resolve));
      pass(10);
    }
    return call;
  }
}

const reset = (): Instant => 'RESET';
const responding = (instant: Instant) => () => instant;
/** Does something, and the response to it is lost. */
const lost =
  (effect: (world: World) => void, instead: Instant = 'RESET') =>
  (world: World) => {
    effect(world);
    return instead;
  };
const applies = (world: World) => {
  world.stored = NOTE;
};
const deletes = (world: World) => {
  world.stored = null;
};
const codes = (result: Called<unknown> | Error) =>
  result instanceof Error ? result : result.warnings.map(({ code }) => code);
const unknown = (ending: string) => ({
  code: 'OUTCOME_UNKNOWN',
  message: expect.stringMatching(new RegExp(`${ending}$`)) as unknown,
});
const SEVEN_LOOKS = ' GET GET GET GET GET GET GET';

describe('a write that is done at once', () => {
  it.each([saveNote, patchNote, createNote])(
    '$name is sent once, and nothing is read',
    async (operation) => {
      const world = new World({});
      expect(await world.run<Note, Note>(operation)).toEqual({ value: NOTE, warnings: [] });
      expect(world.upstream.requests).toHaveLength(1);
    },
  );

  it('is sent after what it starts from was read, if the caller expects something', async () => {
    const world = new World({});
    expect(await world.run(saveNote, { expected: fingerprint(OLD) })).toEqual({
      value: NOTE,
      warnings: [],
    });
    expect(world.methods).toBe('GET PUT');
  });

  it.each<[string, object, Instant[]]>([
    [
      'is something else',
      {
        code: 'STALE',
        currentFingerprint: fingerprint(OTHERS),
        message: expect.stringContaining('Nothing was written.') as unknown,
      },
      [shown(OTHERS)],
    ],
    ['is gone', { code: 'NOT_FOUND' }, [GONE]],
    ['cannot be read', { code: 'PERMISSION_DENIED' }, [{ status: 403 }]],
    [
      'is not what its contract says',
      { code: 'UPSTREAM_CONTRACT' },
      [{ status: 200, body: '<html>' }],
    ],
  ])('is not sent if what is stored %s', async (_what, error, reads) => {
    const world = new World({ reads: reads.map(responding) });
    expect(await world.run(saveNote, { expected: fingerprint(OLD) })).toMatchObject(error);
    expect(world.methods).toBe('GET');
    expect(world.unknownOutcomes).toBe(0);
  });

  it('waits for the read before it as long as a read is repeated', async () => {
    const world = new World({ reads: [responding({ status: 503 }), reset] });
    expect(await world.run(saveNote, { expected: fingerprint(OLD) })).toEqual({
      value: NOTE,
      warnings: [],
    });
    expect(world.methods).toBe('GET GET GET PUT');
  });

  it('is not sent if it is based on something else than what is stored, whatever the fingerprint says', async () => {
    const world = new World({ stored: { ...OLD, secret: 'two' } });
    expect(
      await world.run(saveNote, {
        expected: fingerprint(OLD),
        before: snapshotOf({ ...OLD, secret: 'one' }),
      }),
    ).toMatchObject({
      code: 'STALE',
      message: expect.stringContaining('Nothing was written.') as unknown,
    });
    expect(world.methods).toBe('GET');
  });
});

describe('a write that waits for the audit trail', () => {
  it('is not sent if too little time is left then', async () => {
    // Something that is not responded to is on the way, and something else was not before.
    const world = new World({ reads: [responding('SILENCE'), responding('SILENCE')] });
    await world.run(readNote);
    void shop
      .open(world.asking)
      .call(readNote, NOTE)
      .catch(() => undefined);
    world.auditMs = 2_000;
    expect(await world.run(saveNote)).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      cause: { reason: 'TOO_LATE' },
    });
    expect(world.methods).toBe('GET GET');
  });
});

describe('what was definitely not applied', () => {
  const refusals: [string, Instant][] = [
    ['a 429', { status: 429 }],
    ['a 503 in the words of the upstream', OFFLINE],
    ['a connection refused', 'REFUSED'],
  ];

  it.each(refusals)('is sent again without reading, after %s', async (_what, instant) => {
    const world = new World({ writes: [responding(instant)] });
    expect(codes(await world.run(saveNote))).toEqual(['REPEATED']);
    expect(world.methods).toBe(instant === 'REFUSED' ? 'PUT' : 'PUT PUT');
  });

  it.each(refusals)(
    'is retried although it is not repeatable, but only if it was never sent: after %s',
    async (_what, instant) => {
      const world = new World({ stored: null, writes: [responding(instant)] });
      const result = codes(await world.run(createNote));
      expect(result).toEqual(
        instant === 'REFUSED'
          ? ['REPEATED']
          : expect.objectContaining({ attested: instant === OFFLINE }),
      );
      expect(world.methods).toBe('POST');
    },
  );

  it.each(refusals)(
    'is compared with what the caller expects before each attempt, after %s',
    async (_what, instant) => {
      const world = new World({ writes: [responding(instant)] });
      expect(codes(await world.run(saveNote, { expected: fingerprint(OLD) }))).toEqual([
        'REPEATED',
      ]);
      expect(world.methods).toBe(instant === 'REFUSED' ? 'GET GET PUT' : 'GET PUT GET PUT');

      const changed = new World({
        writes: [
          lost((one) => {
            one.stored = OTHERS;
          }, instant),
        ],
      });
      expect(await changed.run(saveNote, { expected: fingerprint(OLD) })).toMatchObject({
        code: 'STALE',
        message: expect.stringContaining('Nothing was written.') as unknown,
      });
      expect(changed.stored).toEqual(OTHERS);
    },
  );

  it('is sent three times at most', async () => {
    const world = new World({ writes: [1, 2, 3].map(() => responding({ status: 429 })) });
    expect(await world.run(saveNote)).toMatchObject({ code: 'RATE_LIMITED' });
    expect(world.methods).toBe('PUT PUT PUT');
  });

  it('ends with the refusal that comes then', async () => {
    const world = new World({ writes: [responding({ status: 429 }), responding({ status: 400 })] });
    expect(await world.run(saveNote)).toMatchObject({ code: 'UPSTREAM_REJECTED' });
    expect(world.methods).toBe('PUT PUT');
  });

  it('is left to the caller if Retry-After is long', async () => {
    const world = new World({
      writes: [responding({ status: 429, headers: { 'retry-after': '6' } })],
    });
    expect(await world.run(saveNote)).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 6 });
    expect(world.methods).toBe('PUT');
  });
});

describe('a save that may have been applied', () => {
  const losses: [string, Instant][] = [
    ['a lost connection', 'RESET'],
    ['a 502', { status: 502 }],
    ['a 503 in other words', { status: 503, body: '<html>' }],
    ['a 504', { status: 504 }],
  ];

  it.each(losses)('is not sent again if everything is there, after %s', async (_what, instant) => {
    for (const start of [{}, { expected: fingerprint(OLD) }, { before: snapshotOf(OLD) }]) {
      const world = new World({ writes: [lost(applies, instant)] });
      expect(codes(await world.run(saveNote, start))).toEqual(['CONFIRMED_BY_READING']);
      expect(world.methods).toBe('expected' in start ? 'GET PUT GET' : 'PUT GET');
    }
  });

  it.each(losses)(
    'is sent again if what is stored is as it was before, after %s',
    async (_what, instant) => {
      for (const start of [{ expected: fingerprint(OLD) }, { before: snapshotOf(OLD) }]) {
        const world = new World({ writes: [responding(instant)] });
        expect(await world.run(saveNote, start)).toMatchObject({
          value: NOTE,
          warnings: [{ code: 'REPEATED' }],
        });
        expect(world.methods).toBe('expected' in start ? 'GET PUT GET PUT' : 'PUT GET PUT');
      }
    },
  );

  it.each(losses)(
    'is never retried if the previous state is unknown, after %s',
    async (_what, instant) => {
      const world = new World({ writes: [responding(instant)] });
      expect(await world.run(saveNote)).toMatchObject(
        unknown('Reading it back found an object that differs in text\\.'),
      );
      expect(world.methods).toBe(`PUT${SEVEN_LOOKS}`);
    },
  );

  it.each(losses)("never overwrites another caller's change, after %s", async (_what, instant) => {
    for (const [start, result] of [
      [
        { expected: fingerprint(OLD) },
        {
          code: 'STALE',
          currentFingerprint: fingerprint(OTHERS),
          message: expect.stringContaining(
            'may or may not have been applied before that change. It was not sent again.',
          ) as unknown,
        },
      ],
      [{ before: snapshotOf(OLD) }, unknown('found an object that differs in text\\.')],
    ] as const) {
      const world = new World({
        writes: [
          lost((one) => {
            one.stored = OTHERS;
          }, instant),
        ],
      });
      expect(await world.run(saveNote, start)).toMatchObject(result);
      expect(world.methods.match(/PUT/g)).toHaveLength(1);
      expect(world.stored).toEqual(OTHERS);
      expect(world.unknownOutcomes).toBe(1);
    }
  });

  it('does not overwrite a secret that only another caller changed', async () => {
    const world = new World({
      stored: { ...OLD, secret: 'one' },
      writes: [
        lost((one) => {
          one.stored = { ...OLD, secret: 'two' };
        }),
      ],
    });
    expect(await world.run(saveNote, { expected: fingerprint(OLD) })).toMatchObject({
      code: 'STALE',
    });
    expect(world.methods.match(/PUT/g)).toHaveLength(1);
  });

  it.each<[string, Instant]>([
    ['500', { status: 500 }],
    ['gone', GONE],
    ['403', { status: 403 }],
    ['about another object', shown({ ...OLD, id: 'n2' })],
  ])('is not sent again if what is stored cannot be read before: %s', async (_what, instant) => {
    const world = new World({
      writes: [reset],
      reads: [responding(shown(OLD)), responding(instant), responding({ status: 403 })],
    });
    expect(await world.run(saveNote, { expected: fingerprint(OLD) })).toMatchObject(
      unknown('It could not be read back \\(PERMISSION_DENIED\\)\\.'),
    );
    expect(world.methods).toBe('GET PUT GET GET');
  });

  it.each<[string, Instant]>([
    ['500', { status: 500 }],
    ['302', { status: 302 }],
    ['408', { status: 408 }],
    ['a 200 that cannot be read', { status: 200, body: '<html>' }],
    ['a 200 about another object', shown({ ...NOTE, id: 'n2' })],
  ])('is read back, but not sent again, after %s', async (_what, instant) => {
    const applied = new World({ writes: [lost(applies, instant)] });
    expect(codes(await applied.run(saveNote, { before: snapshotOf(OLD) }))).toEqual([
      'CONFIRMED_BY_READING',
    ]);
    const not = new World({ writes: [responding(instant)] });
    expect(await not.run(saveNote, { before: snapshotOf(OLD) })).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    });
    expect(not.methods).toBe(`PUT${SEVEN_LOOKS}`);
  });

  it('is confirmed with both warnings if the repeat is lost too', async () => {
    const world = new World({ writes: [reset, lost(applies)] });
    expect(codes(await world.run(saveNote, { before: snapshotOf(OLD) }))).toEqual([
      'CONFIRMED_BY_READING',
      'REPEATED',
    ]);
    expect(world.methods).toBe('PUT GET PUT GET');
  });

  it('is sent three times at most', async () => {
    const world = new World({ writes: [reset, reset, reset] });
    expect(await world.run(saveNote, { before: snapshotOf(OLD) })).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'CONNECTION_LOST',
    });
    expect(world.methods).toBe(`PUT GET PUT GET PUT${SEVEN_LOOKS}`);
  });

  it.each<[string, Instant, string]>([
    ['refused', { status: 400 }, 'UPSTREAM_REJECTED'],
    ['unauthorized', { status: 401 }, 'UNAUTHENTICATED'],
    ['not found', { status: 404 }, 'NOT_FOUND'],
  ])(
    'has an unknown outcome if its repeat is %s: the first attempt may still arrive',
    async (_what, instant, code) => {
      const world = new World({
        writes: [reset, responding(instant)],
        reads: [responding(shown(OLD)), responding({ status: 403 })],
      });
      expect(await world.run(saveNote, { before: snapshotOf(OLD) })).toMatchObject(
        unknown(
          `It was sent again, which is safe for this operation, but that failed \\(${code}\\)\\. It could not be read back \\(PERMISSION_DENIED\\)\\.`,
        ),
      );
    },
  );

  it('is not said to be sent again if its repeat never left', async () => {
    const world = new World({
      writes: [reset, responding('REFUSED'), responding('REFUSED')],
      reads: [responding(shown(OLD)), responding(shown(OLD)), responding({ status: 403 })],
    });
    const result = await world.run(saveNote, { before: snapshotOf(OLD) });
    expect(result).toMatchObject(unknown('It could not be read back \\(PERMISSION_DENIED\\)\\.'));
    expect(result).not.toMatchObject({
      message: expect.stringContaining('It was sent again') as unknown,
    });
  });

  it('is not sent again for a caller who hangs up, but read back', async () => {
    const hangsUp = (world: World) => {
      queueMicrotask(world.asking.hangUpNow);
    };
    const applied = new World({
      writes: [
        lost((one) => {
          applies(one);
          hangsUp(one);
        }),
      ],
    });
    expect(codes(await applied.run(saveNote, { expected: fingerprint(OLD) }))).toEqual([
      'CONFIRMED_BY_READING',
    ]);
    expect(applied.methods).toBe('GET PUT GET');
    const not = new World({ writes: [lost(hangsUp)] });
    expect(await not.run(saveNote, { expected: fingerprint(OLD) })).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    });
    expect(not.methods).toBe(`GET PUT${SEVEN_LOOKS}`);
  });

  it('is not sent again if its deadline has passed, but read back', async () => {
    const world = new World({ writes: [lost(applies, 'SILENCE')] });
    expect(codes(await world.run(saveNote, { expected: fingerprint(OLD) }))).toEqual([
      'CONFIRMED_BY_READING',
    ]);
    expect(world.methods).toBe('GET PUT GET');
  });

  it.each<[string, Instant]>([
    ['longer than the gateway waits', { status: 503, headers: { 'retry-after': '6' } }],
    ['a moment', { status: 503, headers: { 'retry-after': '1' } }],
  ])('obeys a Retry-After of %s', async (_what, instant) => {
    const world = new World({ writes: [responding(instant)] });
    const result = await world.run(saveNote, { before: snapshotOf(OLD) });
    expect(codes(result)).toEqual(
      _what === 'a moment' ? ['REPEATED'] : expect.objectContaining({ code: 'OUTCOME_UNKNOWN' }),
    );
  });
});

describe('a deletion that may have been applied', () => {
  it('is a success if nothing is there any more', async () => {
    const world = new World({
      writes: [lost(deletes, { status: 503, headers: { 'retry-after': '1' } })],
    });
    expect(codes(await world.run(deleteNote))).toEqual(['CONFIRMED_BY_READING']);
    expect(world.methods).toBe('DELETE GET');
  });

  it.each<[string, StartingPoint, object]>([
    [
      'without a fingerprint',
      {},
      unknown('Reading it back found it still there, but the deletion may still be in progress\\.'),
    ],
    [
      'with one',
      { expected: fingerprint(OLD) },
      { code: 'STALE', currentFingerprint: fingerprint(OTHERS) },
    ],
  ])(
    'never deletes an object that another caller created meanwhile, %s',
    async (_what, start, result) => {
      const world = new World({
        writes: [
          lost(
            (one) => {
              one.stored = OTHERS;
            },
            { status: 503, headers: { 'retry-after': '1' } },
          ),
        ],
      });
      expect(await world.run(deleteNote, start)).toMatchObject(result);
      expect(world.stored).toEqual(OTHERS);
      expect(world.methods.match(/DELETE/g)).toHaveLength(1);
    },
  );

  it('is sent again if what is there is what the caller expects', async () => {
    const world = new World({ writes: [reset] });
    expect(codes(await world.run(deleteNote, { expected: fingerprint(OLD) }))).toEqual([
      'REPEATED',
    ]);
    expect(world.methods).toBe('GET DELETE GET DELETE');
  });

  it('is a success if its repeat finds nothing', async () => {
    const world = new World({ writes: [reset, lost(deletes, GONE)] });
    expect(codes(await world.run(deleteNote, { expected: fingerprint(OLD) }))).toEqual([
      'REPEATED',
    ]);
  });

  it('that finds nothing, at once or after a refusal, returns not found', async () => {
    for (const writes of [[], [responding({ status: 429 })]])
      expect(await new World({ stored: null, writes }).run(deleteNote)).toMatchObject({
        code: 'NOT_FOUND',
      });
  });
});

describe('reading back', () => {
  it.each<[string, Instant]>([
    ['a response that cannot be read', { status: 200, body: '<html>' }],
    ['a 500', { status: 500 }],
    ['a 429', { status: 429 }],
    ['a lost connection', 'RESET'],
    ['a refused connection', 'REFUSED'],
    ['a response about another object', shown({ ...NOTE, id: 'n2' })],
    ['a 404 in the words of the upstream', GONE],
    ['any other 404', { status: 404, body: '<html>' }],
  ])('looks again after %s', async (_what, instant) => {
    for (const operation of [patchNote, createNote, saveNote]) {
      const world = new World({
        writes: [lost(applies)],
        reads: [responding(instant), responding(instant)],
      });
      expect(codes(await world.run(operation))).toEqual(['CONFIRMED_BY_READING']);
    }
  });

  it('finds a write that is applied late', async () => {
    const world = new World({
      writes: [reset],
      reads: [...[1, 2, 3, 4, 5].map(() => responding(shown(OLD))), lost(applies, shown(NOTE))],
    });
    expect(codes(await world.run(patchNote))).toEqual(['CONFIRMED_BY_READING']);
  });

  it.each<[string, Instant, string]>([
    ['403', { status: 403 }, 'It could not be read back \\(PERMISSION_DENIED\\)\\.'],
    ['410', { status: 410 }, 'It could not be read back \\(UPSTREAM_REJECTED\\)\\.'],
  ])('ends at once with a %s', async (_what, instant, words) => {
    const world = new World({ writes: [reset], reads: [responding(instant)] });
    expect(await world.run(patchNote)).toMatchObject(unknown(words));
    expect(world.methods).toBe('PATCH GET');
  });

  it('of a create ends at once if another object has the id', async () => {
    const world = new World({ writes: [reset] });
    expect(await world.run(createNote)).toMatchObject(
      unknown('found an object that differs in text\\.'),
    );
    expect(world.methods).toBe('POST GET');
  });

  it('of a write that is not repeatable never retries it', async () => {
    for (const operation of [patchNote, createNote]) {
      const world = new World({ stored: null, writes: [reset] });
      expect(await world.run(operation)).toMatchObject(
        unknown('Reading it back found nothing, but the write may still be in progress\\.'),
      );
      expect(world.upstream.requests.filter(({ method }) => method !== 'GET')).toHaveLength(1);
    }
  });

  it('ends within 3 seconds, also if the upstream does not respond', async () => {
    const world = new World({ writes: [reset], reads: [responding('SILENCE')] });
    const before = performance.now();
    expect(await world.run(patchNote)).toMatchObject(
      unknown('It could not be read back \\(UPSTREAM_UNAVAILABLE\\)\\.'),
    );
    expect(world.methods).toBe('PATCH GET');
    expect(performance.now() - before).toBeLessThan(3_100);
  });

  it('takes nothing from the budget of repeats', async () => {
    const world = new World({ stored: null, writes: Array.from({ length: 20 }, () => reset) });
    for (let times = 0; times < 20; times += 1) await world.run(patchNote);
    const repeated = new World({ reads: [reset] });
    expect(await repeated.run<Note, Note>(readNote)).toMatchObject({ value: OLD });
  });

  it('is reported like any other call', async () => {
    const world = new World({ writes: [lost(applies)] });
    await world.run(patchNote);
    expect(world.asking.events.map(({ operation }) => operation)).toEqual([
      'patchNote',
      'readNote',
    ]);
  });
});
