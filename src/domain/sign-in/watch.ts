import type { z } from 'zod';
import type { RetiredKeys } from '../keys/rotation/retired-keys.ts';
import type { Evidence } from './evidence.ts';
import type { Issuer } from './issuer.ts';
import type { Probing } from './probes/probe.ts';
import type { Check } from './report.ts';

/** What the last check of a watch came to. */
export const WATCH_STATUSES = {
  OK: 'Nothing was found.',
  FOUND: 'Something was found that somebody has to act on.',
  FAILED: 'The check could not be made, or it is unknown whether its write was applied.',
} as const;

export type WatchStatus = keyof typeof WATCH_STATUSES;

/** Something that a check found. */
export interface WatchFinding {
  /** Stable code to act on. */
  readonly code: string;
  /** What was found, without secrets. */
  readonly message: string;
  /** What to do; null if there is nothing to do. */
  readonly advice: string | null;
}

/** Why a check failed. */
export interface WatchError {
  /** That of the error, as in the schema, `TIMEOUT` or `INTERNAL`. */
  readonly code: string;
  readonly message: string;
}

/** What a check found, and what it wrote. */
export interface WatchOutcome {
  readonly findings: readonly WatchFinding[];
  /** What was written, as a sentence; null if nothing was. */
  readonly written: string | null;
}

/** The result of the last check of a watch. Times are in milliseconds since 1970. */
export interface WatchResult {
  readonly status: WatchStatus;
  readonly findings: readonly WatchFinding[];
  readonly error: WatchError | null;
  readonly checkedAt: number;
  /** Since when the status and the codes are these. */
  readonly changedAt: number;
  /** The last write; null if nothing was written, as far as is known. */
  readonly written: { readonly at: number; readonly what: string } | null;
}

/** A watch with its last result. */
export interface WatchState {
  /** The kind, which is its section in the file. */
  readonly watch: string;
  readonly upstream: string;
  /** Of the object that is watched. */
  readonly id: string;
  readonly everyMs: number;
  /** Null if it was not checked yet. */
  readonly result: WatchResult | null;
}

/** What a check may use besides what the platform has stored. */
export interface WatchRound extends Pick<Evidence, 'readIssuer' | 'now'> {
  /** @param isRequested whether the entry asks for probes */
  readonly probing: (isRequested: boolean) => Probing;
  /** Reads an issuer that was checked as one, anew in each check. @throws IssuerError */
  readonly fetchIssuer: (issuer: string) => Promise<Issuer>;
  readonly retiredKeys: RetiredKeys;
  /** False: nothing may be written, whatever the entry says. */
  readonly mayWrite: boolean;
}

/** An entry of the file that was checked. */
export interface WatchEntry<Opened> {
  readonly id: string;
  /** Whether it sends probes. */
  readonly probes: boolean;
  /** Makes the check. @throws OidcError if it cannot be made */
  readonly run: (opened: Opened, round: WatchRound) => Promise<WatchOutcome>;
}

/** A kind of watch on one platform: a section of the file. */
export interface WatchKind<Opened> {
  /** Name of the section, and of the kind in metrics. */
  readonly name: string;
  /** The members of an entry besides `every`. Messages complete a sentence that begins with the member. */
  readonly entry: z.ZodObject;
  /** The member that identifies the object. */
  readonly key: string;
  /** The mutation that does the same, if entries may write; null if none ever writes. */
  readonly mutation: string | null;
  /** Makes a watch of an entry that matches. */
  readonly prepare: (entry: unknown) => WatchEntry<Opened>;
}

/** A kind as it is declared. */
interface DeclaredKind<Opened, Entry extends z.ZodObject> extends Omit<
  WatchKind<Opened>,
  'entry' | 'prepare'
> {
  readonly entry: Entry;
  readonly probes?: (entry: z.output<Entry>) => boolean;
  readonly run: (
    opened: Opened,
    entry: z.output<Entry>,
    round: WatchRound,
  ) => Promise<WatchOutcome>;
}

/** Makes a kind. The type of its entries stays in here. */
export function declareWatch<Opened, Entry extends z.ZodObject>({
  run,
  probes = () => false,
  ...facts
}: DeclaredKind<Opened, Entry>): WatchKind<Opened> {
  return {
    ...facts,
    prepare: (given) => {
      const entry = facts.entry.parse(given);
      return {
        id: String(entry[facts.key]),
        probes: probes(entry),
        run: (opened, round) => run(opened, entry, round),
      };
    },
  };
}

/** A check that did not pass, as a finding. */
export function findingOf({ code, message, advice }: Check): WatchFinding {
  return { code, message, advice };
}
