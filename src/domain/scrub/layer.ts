/** A part of a text: the index of its first character, and the index after its last. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * A text decoded in one way, as UTF-16 code units, with the part of the original text that each unit comes from. Several
 * units may come from one part, such as the two of a surrogate pair. Uses typed arrays, because strings are many times
 * slower for a long token or text.
 */
export class Layer {
  readonly units: Uint16Array;
  readonly #from: Int32Array | null;
  readonly #to: Int32Array | null;

  /** @param from and to: null if this is the original */
  constructor(units: Uint16Array, from: Int32Array | null, to: Int32Array | null) {
    this.units = units;
    this.#from = from;
    this.#to = to;
  }

  /** The layer of an unchanged text. */
  static of(text: string): Layer {
    return new Layer(unitsOf(text), null, null);
  }

  /** The begin of a unit's part in the original. */
  from(at: number): number {
    return this.#from === null ? at : (this.#from[at] ?? 0);
  }

  /** The end of a unit's part in the original. */
  to(at: number): number {
    return this.#to === null ? at + 1 : (this.#to[at] ?? 0);
  }

  /** Writes the parts of the units from `begin` to `end` into the lists, starting at `at`. */
  writePlaces(begin: number, end: number, from: Int32Array, to: Int32Array, at: number): void {
    if (this.#from !== null && this.#to !== null) {
      from.set(this.#from.subarray(begin, end), at);
      to.set(this.#to.subarray(begin, end), at);
      return;
    }
    for (let offset = 0; offset < end - begin; offset += 1) {
      from[at + offset] = begin + offset;
      to[at + offset] = begin + offset + 1;
    }
  }

  /** The same layer with spaces instead of plus signs. */
  withSpaces(): Layer {
    return new Layer(
      this.units.map((unit) => (unit === 0x2b ? 0x20 : unit)),
      this.#from,
      this.#to,
    );
  }

  /** The units as a text. */
  text(): string {
    const { buffer, byteOffset, byteLength } = this.units;
    return Buffer.from(buffer, byteOffset, byteLength).toString('utf16le');
  }
}

/** The code units of a text. */
export function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at += 1) units[at] = text.charCodeAt(at);
  return units;
}

/** From this number of units on, a bulk copy is faster than copying one by one. */
const MANY = 64;

/** Builds a layer from another one that has at least as many units. Allocates nothing until something differs. */
export class LayerBuilder {
  readonly #source: Layer;
  #units: Uint16Array | null = null;
  #from = new Int32Array(0);
  #to = new Int32Array(0);
  #size = 0;

  constructor(source: Layer) {
    this.#source = source;
  }

  get size(): number {
    return this.#size;
  }

  /** Copies units of the source unchanged. */
  keep(from: number, to: number): void {
    if (from === to) return;
    const units = this.#room();
    if (to - from >= MANY) {
      units.set(this.#source.units.subarray(from, to), this.#size);
      this.#source.writePlaces(from, to, this.#from, this.#to, this.#size);
      this.#size += to - from;
      return;
    }
    for (let at = from; at < to; at += 1) {
      units[this.#size] = this.#source.units[at] ?? 0;
      this.#from[this.#size] = this.#source.from(at);
      this.#to[this.#size] = this.#source.to(at);
      this.#size += 1;
    }
  }

  /** Adds a character that these units of the source stand for. */
  put(point: number, from: number, to: number): void {
    if (point <= 0xffff) this.#push(point, from, to);
    else {
      this.#push(0xd800 + ((point - 0x10000) >> 10), from, to);
      this.#push(0xdc00 + (point & 0x3ff), from, to);
    }
  }

  /** Removes all units after the first `size`. */
  shrink(size: number): void {
    this.#size = size;
  }

  end(): Layer {
    return new Layer(this.#room().subarray(0, this.#size), this.#from, this.#to);
  }

  #push(unit: number, from: number, to: number): void {
    this.#room()[this.#size] = unit;
    this.#from[this.#size] = this.#source.from(from);
    this.#to[this.#size] = this.#source.to(to - 1);
    this.#size += 1;
  }

  #room(): Uint16Array {
    if (this.#units !== null) return this.#units;
    const { length } = this.#source.units;
    this.#from = new Int32Array(length);
    this.#to = new Int32Array(length);
    return (this.#units = new Uint16Array(length));
  }
}
