import type { Machine } from './machine.ts';
import type { Measurement } from './measure.ts';

/** All results of a run. */
export interface Results {
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
  /** Share of the cores' time that processes outside of the benchmark used during the measurements. */
  readonly others: number;
  readonly contenders: readonly ContenderFacts[];
  /** Contenders that could not take part. */
  readonly leftOut: readonly LeftOut[];
  /** The contender that the others are compared with. */
  readonly base: string;
  /** In the order of the report. */
  readonly scenarios: readonly string[];
  readonly samples: readonly Sample[];
}

/** Facts about a contender apart from its scenarios. */
export interface ContenderFacts {
  readonly name: string;
  readonly description: string;
  /** Of every start. */
  readonly startUpMs: readonly number[];
  /** The peak over the whole run. */
  readonly peakRssBytes: number;
}

/** A contender that did not take part, and why. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

/** One measurement, and where it belongs. */
export interface Sample extends Measurement {
  readonly round: number;
  readonly contender: string;
  readonly scenario: string;
}
