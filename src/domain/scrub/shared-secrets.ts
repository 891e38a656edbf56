import { unescaped } from './escapes.ts';
import { Layer } from './layer.ts';
import { formsOf, Needles } from './needles.ts';
import { REDACTED } from './secret.ts';
import type { Secret } from './secret.ts';

/** Maximum number of known tokens of one source: the current one, and earlier ones that open calls may still use. */
const KEPT_TOKENS = 3;

/** Shorter secrets would be found in unrelated texts. */
const MIN_REPEATED = 8;

/** A sign that letters or digits may be escaped in a text, or that base64 may be broken into lines or have its slashes escaped: samples are not looked for then. */
const ESCAPES_LETTERS = /\\[/nruUx0-7]|%|&#/;

/**
 * Secrets that are removed from the texts of all requests: those of the gateway's own credentials. They are prepared
 * once, and again only if one is added.
 */
export class SharedSecrets {
  readonly #lasting = new Set<string>();
  readonly #tokens = new Map<string, readonly string[]>();
  #known = new Set<string>();
  #needles: Needles | null = null;
  #repeated: readonly Repeated[] | null = null;

  /** Adds secrets that stay valid as long as the process runs. */
  add(...secrets: readonly Secret[]): void {
    for (const secret of secrets) this.#lasting.add(secret.reveal());
    this.#change();
  }

  /** Adds the tokens that replace others of the same source. The last few of each source stay known. */
  renew(source: string, tokens: readonly Secret[]): void {
    for (const token of tokens) {
      const value = token.reveal();
      if (this.#known.has(value)) continue;
      this.#tokens.set(source, [value, ...(this.#tokens.get(source) ?? [])].slice(0, KEPT_TOKENS));
      this.#change();
    }
  }

  #change(): void {
    this.#known = new Set([...this.#lasting, ...[...this.#tokens.values()].flat()]);
    this.#known.delete('');
    this.#needles = null;
    this.#repeated = null;
  }

  has(secret: string): boolean {
    return this.#known.has(secret);
  }

  /** Null if there are none. */
  needles(): Needles | null {
    return this.#known.size === 0 ? null : (this.#needles ??= new Needles(this.#known));
  }

  /** Whether a text contains one of them completely: plain, escaped or in base64. Secrets under 8 characters are not searched for. */
  standIn(text: string): boolean {
    if (this.#known.size === 0) return false;
    const repeated = (this.#repeated ??= [...this.#known]
      .filter(({ length }) => length >= MIN_REPEATED)
      .map(repeatedOf));
    // Nearly every text has none of them, and a few characters of each are enough to see that.
    const isSuspect =
      ESCAPES_LETTERS.test(text) ||
      repeated.some(({ samples }) => samples.some((sample) => text.includes(sample)));
    return isSuspect && repeats(text, repeated);
  }

  /** The text without the secrets that it contains completely. */
  cutFrom(text: string): string {
    let clean = text;
    for (const secret of this.#known)
      if (secret.length >= MIN_REPEATED) clean = clean.replaceAll(secret, REDACTED);
    return clean;
  }
}

/** The signs of a secret that a text contains completely. */
interface Repeated {
  /** Parts that every text with the secret contains, unless letters are escaped. */
  readonly samples: readonly string[];
  readonly forms: readonly string[];
  /** Base64 in one line, with the alphabet of RFC 4648 section 4. */
  readonly base64: readonly string[];
}

/** Length of a sample: rare in other texts, and fast to search for. */
const SAMPLE = 8;

function repeatedOf(secret: string): Repeated {
  const [word = ''] = (secret.match(/[A-Za-z0-9]+/g) ?? []).sort((a, b) => b.length - a.length);
  const base64 = [0, 1, 2].map((offset) => base64At(secret.toWellFormed(), offset));
  const inBase64 = base64.flatMap((form) => [
    form.slice(0, SAMPLE),
    form.slice(0, SAMPLE).replaceAll('+', '-').replaceAll('/', '_'),
  ]);
  const middle = Math.max(0, (word.length - SAMPLE) >> 1);
  return {
    samples: [...new Set([word.slice(middle, middle + SAMPLE), ...inBase64])],
    forms: [...formsOf(secret)].map(folded),
    base64,
  };
}

/** What base64 makes of a value behind `offset` (modulo 3) other bytes, as in `user:password`, without the characters at both ends that depend on its neighbors. */
function base64At(value: string, offset: number): string {
  const bytes = Buffer.from(value);
  const whole = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/={1,2}$/, '');
  return whole.slice([0, 2, 3][offset], (offset + bytes.length) % 3 === 0 ? undefined : -1);
}

function repeats(text: string, repeated: readonly Repeated[]): boolean {
  const plain = unescaped(Layer.of(text)).text();
  const texts = [folded(text), folded(plain)];
  const oneLine = plain.replaceAll(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/');
  return repeated.some(
    ({ forms, base64 }) =>
      forms.some((form) => texts.some((one) => one.includes(form))) ||
      base64.some((form) => oneLine.includes(form)),
  );
}

function folded(text: string): string {
  return text.replaceAll('+', ' ');
}
