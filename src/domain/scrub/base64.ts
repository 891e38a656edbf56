import { LayerBuilder } from './layer.ts';
import type { Layer } from './layer.ts';

/*
 * Finds base64 in a text, in both alphabets (RFC 4648 sections 4 and 5), complete or cut anywhere, in one line or several.
 * Its beginning is unknown, because nearly every word consists of its characters. So every run of them is decoded in each
 * of the four possible alignments of its groups of four, and only readable text is kept.
 */

/** The value of each base64 character, or one of the two values below. */
const SEXTETS = new Int8Array(128).fill(-1);
const NONE = -1;
/** White space may be anywhere inside, because base64 may be broken into lines. */
const SPACE = -2;
'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  .split('')
  .forEach((character, value) => {
    SEXTETS[character.charCodeAt(0)] = value;
  });
for (const [character, value] of [
  ['-', 62],
  ['_', 63],
  [' ', SPACE],
  ['\t', SPACE],
  ['\n', SPACE],
  ['\r', SPACE],
] as const)
  SEXTETS[character.charCodeAt(0)] = value;

/** Bytes of readable text, 1 for each. */
const READABLE = new Uint8Array(256).fill(1, 0x20, 0x7f);
for (const byte of [0x09, 0x0a, 0x0d]) READABLE[byte] = 1;

/** Separates pieces of text that do not belong together. No character has this code. */
const BREAK = 0xffff;

/** Which bytes are looked for. */
export interface Wanted {
  /** As many of them at least, one after another. */
  readonly minRun: number;
  /** Whether only those of readable text. */
  readonly readable: boolean;
}

/** The decoded bytes of the base64 in a text. */
export function* base64Layers(layer: Layer, { minRun, readable }: Wanted): Iterable<Layer> {
  const words = wordsIn(layer.units, Math.ceil((minRun * 4) / 3));
  if (words.ends.length === 0) return;
  for (let way = 0; way < 4; way += 1) {
    const out = new LayerBuilder(layer);
    let begin = 0;
    for (const end of words.ends) {
      decodeWord(words, { begin, end, way }, out, { minRun, readable });
      begin = end;
    }
    if (out.size > 0) yield out.end();
  }
}

/** Runs of base64 characters, without the white space in them. */
interface Words {
  readonly values: Uint8Array;
  /** The position of each in the text. */
  readonly places: Int32Array;
  /** The end of each run in `values`. */
  readonly ends: readonly number[];
}

/** @param minRun the shortest run that counts */
function wordsIn(units: Uint16Array, minRun: number): Words {
  const values = new Uint8Array(units.length);
  const places = new Int32Array(units.length);
  const ends: number[] = [];
  let [begin, size] = [0, 0];
  for (let at = 0; at <= units.length; at += 1) {
    const sextet = SEXTETS[units[at] ?? BREAK] ?? NONE;
    if (sextet >= 0) {
      values[size] = sextet;
      places[size] = at;
      size += 1;
    } else if (sextet === NONE) {
      if (size - begin >= minRun) ends.push((begin = size));
      else size = begin;
    }
  }
  return { values, places, ends };
}

/** @param word `way`: its first character's place in its group */
function decodeWord(
  { values, places }: Words,
  word: { readonly begin: number; readonly end: number; readonly way: number },
  out: LayerBuilder,
  { minRun, readable }: Wanted,
): void {
  let piece = out.size;
  const endPiece = () => {
    if (out.size - piece < minRun) out.shrink(piece);
    else out.put(BREAK, 0, 1);
    piece = out.size;
  };
  for (let at = word.begin, phase = word.way; at + 1 < word.end; at += 1, phase = (phase + 1) & 3) {
    // The third byte ends with the fourth character: the next one begins a group.
    if (phase === 3) continue;
    const byte = byteOf(values[at] ?? 0, values[at + 1] ?? 0, phase);
    if (!readable || READABLE[byte] === 1)
      out.put(byte, places[at] ?? 0, (places[at + 1] ?? 0) + 1);
    else endPiece();
  }
  endPiece();
}

/** The byte that begins in the character of this place in a group. */
function byteOf(value: number, next: number, phase: number): number {
  return phase === 0
    ? (value << 2) | (next >> 4)
    : phase === 1
      ? ((value & 15) << 4) | (next >> 2)
      : ((value & 3) << 6) | next;
}

/** How many readable bytes there are now, one after another, for each way in which the groups may lie. */
const runs = new Int32Array(4);

/** Whether there is base64 of readable text in a text, of so many bytes: sees it at once, for what is looked at in every request. */
export function mayHoldBase64(text: string, minRun: number): boolean {
  let [previous, place] = [NONE, 0];
  for (let at = 0; at < text.length; at += 1) {
    const sextet = SEXTETS[text.charCodeAt(at)] ?? NONE;
    if (sextet === SPACE) continue;
    if (sextet === NONE || previous === NONE) runs.fill(0);
    else {
      for (let phase = 0; phase < 3; phase += 1) {
        const way = (place - phase) & 3;
        const run = READABLE[byteOf(previous, sextet, phase)] === 1 ? (runs[way] ?? 0) + 1 : 0;
        if (run >= minRun) return true;
        runs[way] = run;
      }
      place += 1;
    }
    previous = sextet;
  }
  return false;
}
