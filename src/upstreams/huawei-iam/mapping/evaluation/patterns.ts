import { RE2JS } from 're2js';
import { portablePattern } from './portable-pattern.ts';
import type { PortablePattern } from './portable-pattern.ts';

/** Why it is not known whether a pattern matches. */
export type NoMatchReason = 'PATTERN_NOT_SUPPORTED' | 'PATTERN_DEPENDS_ON_ENGINE' | 'TOO_MUCH_WORK';

/**
 * The work for the patterns of one evaluation. Matching takes one unit for each instruction and character, compiling 4,000
 * units and 60 for each instruction. A unit takes at most about 30 ns, so this is about 25 usual patterns, or 4 ms.
 */
export const MAX_PATTERN_WORK = 120_000;
const COMPILING = { pattern: 4_000, instruction: 60 };

/** Characters that all engines put into the same classes. */
const PLAIN = /^[ -~]*$/;

interface Compiled extends PortablePattern {
  readonly re2: RE2JS;
}

/** The regular expressions of one evaluation, each compiled once. They take linear time, and all of them bounded work. */
export class Patterns {
  readonly #compiled = new Map<string, Compiled | NoMatchReason>();
  #work = 0;

  /** The work so far. */
  get work(): number {
    return this.#work;
  }

  /** Whether a pattern matches anywhere in a value; why, if that is not known. */
  matches(pattern: string, value: string): boolean | NoMatchReason {
    const compiled = this.compile(pattern);
    if (typeof compiled === 'string') return compiled;
    const { re2, size, dependsOnAlphabet, hasEnd } = compiled;
    if ((dependsOnAlphabet && !PLAIN.test(value)) || (hasEnd && value.endsWith('\n')))
      return 'PATTERN_DEPENDS_ON_ENGINE';
    return this.#spend(size * (value.length + 1)) ? re2.test(value) : 'TOO_MUCH_WORK';
  }

  /** Compiles a pattern unless it is known already. */
  compile(pattern: string): Compiled | NoMatchReason {
    const known = this.#compiled.get(pattern);
    if (known !== undefined) return known;
    const compiled = this.#compile(pattern);
    this.#compiled.set(pattern, compiled);
    return compiled;
  }

  #compile(pattern: string): Compiled | NoMatchReason {
    const portable = portablePattern(pattern);
    if (portable === null) return 'PATTERN_NOT_SUPPORTED';
    if (!this.#spend(COMPILING.pattern + COMPILING.instruction * portable.size))
      return 'TOO_MUCH_WORK';
    try {
      return { ...portable, re2: RE2JS.compile(pattern) };
    } catch {
      return 'PATTERN_NOT_SUPPORTED';
    }
  }

  /** @returns false if nothing is left, now and later */
  #spend(units: number): boolean {
    if (this.#work + units > MAX_PATTERN_WORK) {
      this.#work = MAX_PATTERN_WORK;
      return false;
    }
    this.#work += units;
    return true;
  }
}
