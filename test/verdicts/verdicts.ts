import { expectTrue, openIn } from '../setup/sign-in-report.ts';
import type { Report } from '../setup/sign-in-report.ts';

/* What verdicts are held against, and how often there was which. */

/** Of a gateway that may do all that a check can do, as often as the suite wants. */
export const CHECKING = {
  ISSUER_DISCOVERY: 'true',
  SIGN_IN_PROBES: 'true',
  LIMIT_ISSUER_FETCHES_PER_MINUTE: '100000',
  LIMIT_OPERATIONS_PER_MINUTE: '1000000',
  LOG_LEVEL: 'error',
};

/** Counts verdicts, and compares them with the truth. */
export class Verdicts {
  readonly #counts = new Map<string, Record<Report['verdict'], number>>();
  /** What is undecided with all evidence, by the checks that are open. */
  readonly #causes = new Map<string, string[]>();
  readonly #platform: string;
  #full = 0;

  constructor(platform: string) {
    this.#platform = platform;
  }

  /**
   * READY must sign in, and BROKEN must not.
   * @param evidence what the check was given
   * @param mayBeRefused whether something may refuse the person that no check covers
   */
  expectTrue(evidence: string, report: Report, truth: boolean, mayBeRefused = false): void {
    const { verdict } = report;
    const counted = this.#counts.get(evidence) ?? { READY: 0, BROKEN: 0, UNDECIDED: 0 };
    counted[verdict] += 1;
    this.#counts.set(evidence, counted);
    expectTrue(report, truth, mayBeRefused, evidence);
  }

  /** Counts the report with all evidence that there can be for a configuration. */
  countFull(configuration: string, report: Report): void {
    this.#full += 1;
    if (report.verdict !== 'UNDECIDED') return;
    const cause = openIn(report).join(', ');
    this.#causes.set(cause, [...(this.#causes.get(cause) ?? []), configuration]);
  }

  get configurations(): number {
    return this.#full;
  }

  /** The share of configurations that is left open with all evidence. */
  get undecidedShare(): number {
    return this.#undecided / this.#full;
  }

  get #undecided(): number {
    return [...this.#causes.values()].flat().length;
  }

  /** All counts, for people. */
  table(): string {
    const share = (count: number) => `${((count / this.#full) * 100).toFixed(1).padStart(5)} %`;
    const causes = [...this.#causes].sort(([, a], [, b]) => b.length - a.length);
    return [
      `${this.#platform}: ${this.#full} configurations`,
      ...[...this.#counts].map(
        ([evidence, { READY, BROKEN, UNDECIDED }]) =>
          `  ${evidence.padEnd(32)} READY ${READY}, BROKEN ${BROKEN}, UNDECIDED ${UNDECIDED}`,
      ),
      `UNDECIDED with all evidence: ${this.#undecided}, ${share(this.#undecided).trim()}`,
      ...causes.map(
        ([cause, of]) =>
          `  ${share(of.length)}  ${String(of.length).padStart(3)}  ${cause}, e.g. ${of[0] ?? ''}`,
      ),
      '',
    ].join('\n');
  }
}
