import { performance } from 'node:perf_hooks';
import { GraphQLError } from 'graphql';
import {
  InvalidInputError,
  NotFoundError,
  PermissionDeniedError,
  UpstreamContractError,
  UpstreamRejectedError,
} from '../../domain/errors.ts';
import type { OpenSession, Session } from '../../transport/upstream.ts';
import { Semaphore } from '../../transport/waiting/semaphore.ts';
import type { GatewayContext, Progress } from '../context.ts';
import { markOwn } from '../own-errors.ts';
import type { Found } from '../root-fields/resource.ts';
import type { Sessions, Target } from './target.ts';

/** Maximum number of objects that the edges and entities of one request read at the same time. */
const MAX_AT_ONCE = 10;

/** Maximum number of calls that the edges of one request make. The cost limit cannot count them, because it does not know how long lists are. */
export const MAX_CALLS = 100;

/** The id that an edge leads to; null if it leads nowhere. It may first have to be read. */
export type EdgeId = string | null | Promise<string | null>;

/** What a request has read of one kind of object. */
interface Table<View> {
  readonly found: Map<string, Promise<Found<View>>>;
  /** Objects that the request has read otherwise. */
  readonly primed: Map<string, View>;
  /** The edges that are to be read together. */
  gathering: Gathering | null;
}

interface Gathering {
  readonly ids: Promise<string | null>[];
  /** Resolves when each id is known and is being read. */
  readonly begun: Promise<void>;
}

/** How a call fails that another kind of call may do better. */
const LIST_FAILS = [
  InvalidInputError,
  NotFoundError,
  UpstreamRejectedError,
  UpstreamContractError,
] as const;

/**
 * What the edges of a query, or of one field of a mutation, read: each object once, together with others where the
 * upstream has a list, and a few at the same time. All calls share the deadline of the root field.
 */
class Reads {
  /** Limits the reads at the same time. */
  readonly slots = new Semaphore(MAX_AT_ONCE);
  readonly #context: GatewayContext;
  readonly #since: number;
  readonly #sessions = new Map<unknown, Session<unknown>>();
  readonly #tables = new Map<unknown, Table<object>>();
  #calls = 0;

  constructor(context: GatewayContext) {
    this.#context = context;
    this.#since = context.progress.fieldBegan ?? performance.now();
  }

  /** Reads the object that an edge leads to. @throws OidcError, or GraphQLError if the request reads too much */
  async load<View extends object>(target: Target<View>, id: EdgeId): Promise<Found<View> | null> {
    const table = this.#tableOf(target);
    if (target.list !== null) {
      const gathering = (table.gathering ??= this.#gather(target, table));
      gathering.ids.push(Promise.resolve(id));
      await gathering.begun;
    }
    const known = await id;
    return known === null ? null : this.#one(target, table, known);
  }

  /** Remembers an object that the request has read otherwise. */
  prime<View extends object>(target: Target<View>, view: View): void {
    this.#tableOf(target).primed.set(target.idOf(view), view);
  }

  #tableOf<View extends object>(target: Target<View>): Table<View> {
    const table = this.#tables.get(target) ?? {
      found: new Map(),
      primed: new Map(),
      gathering: null,
    };
    this.#tables.set(target, table);
    return table as Table<View>;
  }

  /** Collects the edges that are executed in the same turn of the event loop, and waits for their ids. */
  #gather<View extends object>(target: Target<View>, table: Table<View>): Gathering {
    const ids: Promise<string | null>[] = [];
    const begun = new Promise<void>((resolve) => {
      process.nextTick(resolve);
    }).then(async () => {
      table.gathering = null;
      const settled = await Promise.allSettled(ids);
      const wanted = settled.flatMap((id) => (id.status === 'fulfilled' ? (id.value ?? []) : []));
      this.#together(
        target,
        table,
        [...new Set(wanted)].filter(
          (id) => !table.found.has(id) && !table.primed.has(id) && target.canRead(id),
        ),
      );
    });
    return { ids, begun };
  }

  /** Begins to read objects, with as few calls as possible. */
  #together<View extends object>(
    target: Target<View>,
    table: Table<View>,
    ids: readonly string[],
  ): void {
    for (const batch of target.list?.batches(ids) ?? []) {
      const { list } = target;
      if (list === null || batch.length < 2) continue;
      const listed = this.#call(() => list.read(this.#sessionOf, batch));
      for (const id of batch) {
        const found = listed.then(
          (all) => all.get(id) ?? this.#read(target, id),
          (error: unknown) => {
            const isDenied = error instanceof PermissionDeniedError && list.hasOwnRight;
            if (isDenied || LIST_FAILS.some((one) => error instanceof one))
              return this.#read(target, id);
            throw error;
          },
        );
        void this.#remember(table, id, found);
      }
    }
  }

  #one<View extends object>(
    target: Target<View>,
    table: Table<View>,
    id: string,
  ): Promise<Found<View>> {
    const primed = table.primed.get(id);
    const found = () =>
      primed === undefined ? this.#read(target, id) : Promise.resolve(target.known(primed));
    return table.found.get(id) ?? this.#remember(table, id, found());
  }

  #remember<View>(
    table: Table<View>,
    id: string,
    found: Promise<Found<View>>,
  ): Promise<Found<View>> {
    table.found.set(id, found);
    // What waits for it may begin to do so only after it has failed.
    found.catch(() => undefined);
    return found;
  }

  #read<View extends object>(target: Target<View>, id: string): Promise<Found<View>> {
    return this.#call(() => target.read(this.#sessionOf, id));
  }

  #call<Result>(action: () => Promise<Result>): Promise<Result> {
    this.#calls += 1;
    return this.#calls > MAX_CALLS ? Promise.reject(tooMany()) : this.slots.run(action);
  }

  readonly #sessionOf: Sessions = <Settings>(open: OpenSession<Settings>) => {
    const opened = this.#sessions.get(open);
    // It was opened by the same function.
    if (opened !== undefined) return opened as Session<Settings>;
    const session = open(this.#context);
    session.startDeadline(this.#since);
    this.#sessions.set(open, session);
    return session;
  };
}

const readings = new WeakMap<Progress, Reads>();

/** What the edges of a request have read so far. */
export function readsOf(context: GatewayContext): Reads {
  const reads = readings.get(context.progress) ?? new Reads(context);
  readings.set(context.progress, reads);
  return reads;
}

/** Begins a root field, whose edges share its deadline. What was read before a write may have changed by it. */
export function beginRootField(progress: Progress, isWrite: boolean): void {
  if (isWrite) readings.delete(progress);
  if (isWrite || progress.fieldBegan === null) progress.fieldBegan = performance.now();
}

function tooMany(): GraphQLError {
  return markOwn(
    new GraphQLError(
      `The request reads too many objects through the fields of others: at most ${MAX_CALLS} calls are made for them. Nothing was read for this field. Request fewer.`,
      { extensions: { code: 'LIMIT_EXCEEDED' } },
    ),
  );
}
