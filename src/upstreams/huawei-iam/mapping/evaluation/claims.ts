import { isObject } from '../../../../domain/json/json.ts';
import type { Json } from '../../../../domain/json/json.ts';

/** The name under which IAM supplies the subject. */
export const SUBJECT = '__NAMEID__';

/** A claim as conditions see it. */
export type Claim =
  | { readonly kind: 'MISSING' | 'EMPTY_LIST' | 'NOT_TEXT' }
  | { readonly kind: 'UNKNOWN' }
  | {
      readonly kind: 'VALUES';
      /** At least one. */
      readonly values: readonly string[];
      readonly distinct: ReadonlySet<string>;
    };

/** The claims of an ID token. Each is split once, however many conditions refer to it. */
export class Claims {
  readonly #json: Readonly<Record<string, Json>>;
  readonly #read = new Map<string, Claim>();
  readonly #loose = new Map<string, ReadonlySet<string>>();
  #looseNames: ReadonlyMap<string, string> | null = null;

  constructor(json: Readonly<Record<string, Json>>) {
    this.#json = json;
  }

  get(name: string): Claim {
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const claim = this.#claim(name);
    this.#read.set(name, claim);
    return claim;
  }

  /** A claim whose name differs only in case and space, or that `a.b` is a member of; null if there is none. */
  similarTo(name: string): string | null {
    this.#looseNames ??= new Map(Object.keys(this.#json).map((own) => [loosely(own), own]));
    const parent = name.slice(0, Math.max(0, name.indexOf('.')));
    return (
      this.#looseNames.get(loosely(name)) ??
      (Object.hasOwn(this.#json, parent) && isObject(this.#json[parent]) ? parent : null)
    );
  }

  /** Whether a claim has the value in another case or with other surrounding space. */
  hasLoosely(name: string, value: string): boolean {
    const claim = this.get(name);
    if (claim.kind !== 'VALUES') return false;
    const loose = this.#loose.get(name) ?? new Set(claim.values.map(loosely));
    this.#loose.set(name, loose);
    return loose.has(loosely(value));
  }

  #claim(name: string): Claim {
    if (!Object.hasOwn(this.#json, name)) return { kind: name === SUBJECT ? 'UNKNOWN' : 'MISSING' };
    const value = this.#json[name];
    if (typeof value === 'string') return valuesOf(value.split(';'));
    if (!Array.isArray(value)) return { kind: 'NOT_TEXT' };
    if (value.length === 0) return { kind: 'EMPTY_LIST' };
    const texts = value.filter((item) => typeof item === 'string');
    return texts.length === 0 ? { kind: 'NOT_TEXT' } : valuesOf(texts);
  }
}

function valuesOf(values: readonly string[]): Claim {
  return { kind: 'VALUES', values, distinct: new Set(values) };
}

function loosely(text: string): string {
  return text.trim().toLowerCase();
}
