/** What a pattern that Python and RE2 read alike needs to be matched. */
export interface PortablePattern {
  /** Upper bound of the work for each character, roughly in instructions of its automaton. */
  readonly size: number;
  /** Whether `\w`, `\b`, letter case or the like matter, which engines define differently beyond ASCII. */
  readonly dependsOnAlphabet: boolean;
  /** Whether the end of the text matters. Python's `$` also matches before a final line break. */
  readonly hasEnd: boolean;
}

/** Maximum size of a pattern: a larger one takes milliseconds to compile. */
export const MAX_SIZE = 500;

/** A class takes as long as several characters. */
const CLASS_SIZE = 3;

/** Maximum repetition that RE2 compiles, and depth of groups. */
const MAX_REPEAT = 1_000;
const MAX_DEPTH = 50;

const QUANTIFIER = /[*+?]|\{(\d{1,6})(?:(,)(\d{0,6}))?\}/y;
/** Python reads `{,3}` as a repetition, RE2 as text. */
const OTHER_QUANTIFIER = /\{,\d*\}/y;
const GROUP = /\((?:\?(?::|P<[A-Za-z_]\w{0,31}>|[ims]{1,3}:))?(?![?*])/y;
const FLAGS = /^\(\?([ims]{1,3})\)/;
const CLASS_ESCAPE = /[dDwWsS]/;
const TEXT_ESCAPE = /[ntrfv!-/:-@[-`{-~ ]/;

/** What the previous item of a sequence is: a quantifier may only follow an atom. */
type Previous = 'NONE' | 'ATOM' | 'QUANTIFIED';

/**
 * Reads a pattern of the constructs that Python's `re` and RE2 share: characters, classes, groups, alternatives, `^`, `$`,
 * `\b`, `\d`, `\w`, `\s`, repetitions, and the flags `i`, `m` and `s`. It takes time proportional to the length.
 * @returns null if the pattern has anything else, is not valid, or is too large
 */
export function portablePattern(pattern: string): PortablePattern | null {
  return pattern.length > MAX_SIZE ? null : new Reader(pattern).read();
}

class Reader {
  readonly #pattern: string;
  #at = 0;
  #dependsOnAlphabet = false;
  #ignoresCase = false;
  #hasEnd = false;
  /** The sizes of the open groups, innermost last. */
  readonly #open: number[] = [0];
  /** The size of the previous item. */
  #last = 0;
  #previous: Previous = 'NONE';

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  read(): PortablePattern | null {
    const [all, flags] = FLAGS.exec(this.#pattern) ?? [];
    if (all !== undefined) {
      this.#at = all.length;
      this.#useFlags(flags);
    }
    // Engines disagree about characters of two units only if they are lone, and about case beyond ASCII.
    if (/\p{Cs}/u.test(this.#pattern)) return null;
    while (this.#at < this.#pattern.length) {
      if (!this.#item() || this.#open.reduce((sum, size) => sum + size, 0) > MAX_SIZE) return null;
    }
    if (this.#open.length !== 1) return null;
    if (this.#ignoresCase && /[^\0-\x7f]/.test(this.#pattern)) return null;
    return {
      size: 2 + (this.#open[0] ?? 0),
      dependsOnAlphabet: this.#dependsOnAlphabet || this.#ignoresCase,
      hasEnd: this.#hasEnd,
    };
  }

  #useFlags(flags = ''): void {
    if (flags.includes('i')) this.#ignoresCase = true;
  }

  /** @returns false if it is not portable */
  #item(): boolean {
    const pattern = this.#pattern;
    const character = String.fromCodePoint(pattern.codePointAt(this.#at) ?? 0);
    if (this.#matches(OTHER_QUANTIFIER) !== null) return false;
    const quantifier = this.#matches(QUANTIFIER);
    if (quantifier !== null) return this.#quantify(quantifier);
    switch (character) {
      case '(':
        return this.#openGroup();
      case ')':
        return this.#closeGroup();
      case '[':
        return this.#class();
      case '\\':
        return this.#escape();
      case '|':
        this.#at += 1;
        this.#grow(1);
        this.#previous = 'NONE';
        return true;
      case '^':
      case '$':
        this.#at += 1;
        this.#hasEnd ||= character === '$';
        this.#grow(1);
        this.#previous = 'NONE';
        return true;
      default:
        this.#at += character.length;
        // A character beyond ASCII may have up to four bytes.
        this.#atom(1);
        return true;
    }
  }

  #matches(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#pattern);
  }

  #grow(size: number): void {
    this.#open.push((this.#open.pop() ?? 0) + size);
  }

  #atom(size: number): void {
    this.#last = size;
    this.#previous = 'ATOM';
    this.#grow(size);
  }

  #quantify([all, min, comma, max]: RegExpExecArray): boolean {
    if (this.#previous !== 'ATOM') return false;
    this.#at += all.length;
    const times = timesOf(min, comma, max);
    if (times === null) return false;
    this.#grow(this.#last * (times - 1) + 1);
    if (this.#pattern.charAt(this.#at) === '?') this.#at += 1;
    this.#previous = 'QUANTIFIED';
    return true;
  }

  #openGroup(): boolean {
    const found = this.#matches(GROUP);
    if (found === null || this.#open.length > MAX_DEPTH) return false;
    this.#at += found[0].length;
    if (found[0].endsWith(':')) this.#useFlags(found[0]);
    this.#open.push(2);
    this.#previous = 'NONE';
    return true;
  }

  #closeGroup(): boolean {
    if (this.#open.length === 1) return false;
    this.#at += 1;
    this.#atom(this.#open.pop() ?? 0);
    return true;
  }

  #escape(): boolean {
    const letter = this.#pattern.charAt(this.#at + 1);
    this.#at += 2;
    if (CLASS_ESCAPE.test(letter)) {
      this.#dependsOnAlphabet = true;
      this.#atom(CLASS_SIZE);
      return true;
    }
    if (letter === 'b' || letter === 'A') {
      this.#dependsOnAlphabet ||= letter === 'b';
      this.#grow(1);
      this.#previous = 'NONE';
      return true;
    }
    if (!TEXT_ESCAPE.test(letter)) return false;
    this.#atom(1);
    return true;
  }

  #class(): boolean {
    const pattern = this.#pattern;
    this.#at += pattern.charAt(this.#at + 1) === '^' ? 2 : 1;
    const first = this.#at;
    for (;;) {
      if (this.#at >= pattern.length) return false;
      if (pattern.charAt(this.#at) === ']' && this.#at > first) break;
      const isHyphen = pattern.charAt(this.#at) === '-';
      const from = this.#member();
      // A hyphen is itself only at either end.
      if (from === null || (isHyphen && this.#at - 1 > first && pattern.charAt(this.#at) !== ']'))
        return false;
      if (pattern.charAt(this.#at) !== '-' || pattern.charAt(this.#at + 1) === ']') continue;
      this.#at += 1;
      const to = this.#member();
      if (to === null || from === '' || to === '' || isHyphen) return false;
      if ((to.codePointAt(0) ?? 0) < (from.codePointAt(0) ?? 0)) return false;
    }
    this.#at += 1;
    this.#atom(CLASS_SIZE);
    return true;
  }

  /** A member of a class: its character, '' for several such as `\d`; null if it is not portable. */
  #member(): string | null {
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    this.#at += character.length;
    // Python warns that a bracket may get another meaning.
    if (character === '[') return null;
    if (character !== '\\') return character;
    const letter = this.#pattern.charAt(this.#at);
    this.#at += 1;
    if (CLASS_ESCAPE.test(letter)) {
      this.#dependsOnAlphabet = true;
      return '';
    }
    if (!TEXT_ESCAPE.test(letter)) return null;
    return /[a-z]/.test(letter) ? '' : letter;
  }
}

/** How often a quantifier copies its item; null if engines disagree. RE2 reads numbers with a leading zero as text. */
function timesOf(min?: string, comma?: string, max?: string): number | null {
  if (min === undefined) return 1;
  if ([min, max].some((digits = '') => digits.length > 1 && digits.startsWith('0'))) return null;
  const least = Number(min);
  const most = max ? Number(max) : least;
  if (least > MAX_REPEAT || most > MAX_REPEAT || most < least) return null;
  return Math.max(1, most) + (comma && !max ? 1 : 0);
}
