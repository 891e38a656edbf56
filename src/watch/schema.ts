import { PermissionDeniedError, RateLimitedError } from '../domain/errors.ts';
import { WATCH_STATUSES } from '../domain/sign-in/watch.ts';
import type { WatchError, WatchFinding, WatchState } from '../domain/sign-in/watch.ts';
import { requiresScope } from '../graph/authorization.ts';
import { describedValues } from '../graph/builder.ts';
import type { Builder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { costs } from '../graph/root-fields/cost.ts';
import type { Success } from '../graph/root-fields/success.ts';

interface Found extends Success {
  readonly watches: readonly WatchState[];
}

/** At most 100 watches, each with at most 20 findings. */
const COSTS_OF_WATCHES = costs(500);

/** Adds the query for what the gateway watches by itself. */
export function addWatches({ builder, OidcUpstream, OidcSuccess }: Graph): void {
  const watch = addWatch(builder, OidcUpstream);
  const success = builder.objectRef<Found>('OidcWatchesSuccess').implement({
    description: 'What is watched was read.',
    interfaces: [OidcSuccess],
    fields: (t) => ({
      watches: t.field({
        type: [watch],
        description:
          'Every entry of the file, by platform and section; empty if nothing is watched. At most 100.',
        resolve: ({ watches }) => [...watches],
      }),
    }),
  });
  builder.queryField('oidcWatches', (t) =>
    t.field({
      type: success,
      nullable: true,
      description:
        'What the gateway checks by itself at intervals (WATCH_FILE), with the last results. With Redis they are those of all instances. Nothing is checked now, and no upstream is called.',
      extensions: { ...requiresScope('oidc:read'), ...COSTS_OF_WATCHES },
      errors: {
        types: [PermissionDeniedError, RateLimitedError],
        union: { description: 'The result of `oidcWatches`.' },
      },
      resolve: async (_root, _args, { readWatches }) => ({
        watches: await readWatches(),
        warnings: [],
      }),
    }),
  );
}

function addWatch(builder: Builder, OidcUpstream: Graph['OidcUpstream']) {
  const status = builder.enumType('OidcWatchStatus', {
    description: 'What the last check of a watch came to.',
    values: describedValues({ PENDING: 'It was not checked yet.', ...WATCH_STATUSES }),
  });
  const finding = builder.objectRef<WatchFinding>('OidcWatchFinding').implement({
    description: 'Something that a check found.',
    fields: (t) => ({
      code: t.exposeString('code', {
        description:
          'Stable code to act on: for a check of sign-in that of `OidcSignInCheckCode`. docs/watching.md lists the others.',
      }),
      message: t.exposeString('message', {
        description: 'What was found, in human-readable form, without secrets.',
      }),
      advice: t.exposeString('advice', {
        nullable: true,
        description: 'What to do, in human-readable form; null if there is nothing to do.',
      }),
    }),
  });
  const error = builder.objectRef<WatchError>('OidcWatchError').implement({
    description: 'Why a check failed.',
    fields: (t) => ({
      code: t.exposeString('code', {
        description: 'Stable code: that of `OidcErrorCode`, `TIMEOUT` or `INTERNAL`.',
      }),
      message: t.exposeString('message', {
        description: 'What happened, in human-readable form, without secrets.',
      }),
    }),
  });
  return builder.objectRef<WatchState>('OidcWatch').implement({
    description: 'An entry of WATCH_FILE.',
    fields: (t) => ({
      watch: t.exposeString('watch', {
        description: 'Its section of the file, e.g. `checkOidcConfig`.',
      }),
      upstream: t.field({
        type: OidcUpstream,
        description: 'The platform that it is about.',
        resolve: (self) => self.upstream,
      }),
      id: t.exposeID('id', { description: 'Id of the object that is watched.' }),
      everySeconds: t.int({
        description: 'Its interval, in seconds.',
        resolve: ({ everyMs }) => everyMs / 1_000,
      }),
      status: t.field({
        type: status,
        description: 'What the last check came to.',
        resolve: ({ result }) => result?.status ?? 'PENDING',
      }),
      findings: t.field({
        type: [finding],
        description: 'What the last check found. At most the first 20.',
        resolve: ({ result }) => [...(result?.findings ?? [])],
      }),
      error: t.field({
        type: error,
        nullable: true,
        description: 'Why the last check failed; null if it did not.',
        resolve: ({ result }) => result?.error ?? null,
      }),
      checkedAt: t.string({
        nullable: true,
        description: `When it was last checked, ${TIME}; null if never.`,
        resolve: ({ result }) => timeOf(result?.checkedAt),
      }),
      since: t.string({
        nullable: true,
        description: `Since when the status and the codes are these, ${TIME}; null if it was never checked.`,
        resolve: ({ result }) => timeOf(result?.changedAt),
      }),
      writtenAt: t.string({
        nullable: true,
        description: `When a check last wrote something, ${TIME}; null if none did, as far as is known.`,
        resolve: ({ result }) => timeOf(result?.written?.at),
      }),
      written: t.string({
        nullable: true,
        description: 'What it wrote, in human-readable form; null if nothing.',
        resolve: ({ result }) => result?.written?.what ?? null,
      }),
    }),
  });
}

const TIME = 'as ISO 8601 in UTC, e.g. `2026-11-29T12:00:00.000Z`';

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
