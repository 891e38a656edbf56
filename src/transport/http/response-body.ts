import { systemErrorCode } from '../../domain/system-error.ts';
import { isUtf8 } from 'node:buffer';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import type { InputType, ZlibOptions } from 'node:zlib';

/** A header as the HTTP parser gives it: a list if it came more than once. */
export type HeaderValue = string | readonly string[] | undefined;

/** The body of a response cannot be read. The message completes "the response came, but …"; names in it are the upstream's. */
export class UnreadableBody extends Error {
  /** Whether it has more bytes than are read, also once decompressed. */
  readonly tooLarge: boolean;

  constructor(message: string, tooLarge = false) {
    super(message);
    this.name = 'UnreadableBody';
    this.tooLarge = tooLarge;
  }
}

/** Headers that say how a body is coded. */
export interface BodyHeaders {
  readonly 'content-type'?: HeaderValue;
  readonly 'content-encoding'?: HeaderValue;
}

/**
 * The text of a body, decoded strictly: bytes that are not in its charset are an error, never U+FFFD. A byte order mark at
 * the start is removed. A promise only if the body is compressed, which the gateway does not ask for.
 * @param maxBytes the largest body, also once decompressed
 */
export function readBody(
  bytes: Buffer,
  headers: BodyHeaders,
  maxBytes: number,
): string | UnreadableBody | Promise<string | UnreadableBody> {
  const { 'content-type': type, 'content-encoding': coding } = headers;
  // A response without a body, such as a 204, has nothing to decode whatever its headers say.
  if (coding === undefined || bytes.length === 0) return decodeText(bytes, type);
  return decompress(bytes, coding, maxBytes).then((plain) =>
    plain instanceof UnreadableBody ? plain : decodeText(plain, type),
  );
}

type Decompress = (bytes: Buffer, maxBytes: number) => Promise<Buffer>;

/** The content codings of RFC 9110 section 8.4.1. Letter case does not count in their names. */
const CODINGS: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ['gzip', decompressWith(gunzip)],
  ['x-gzip', decompressWith(gunzip)],
  ['deflate', inflateEither],
  ['br', decompressWith(brotliDecompress)],
]);

/** Most content codings of one body: more would only cost time. */
const MAX_CODINGS = 4;

/** Whether a body is compressed, or otherwise coded. */
export function isCoded({ 'content-encoding': coding }: BodyHeaders): boolean {
  return codingsOf(coding).length > 0;
}

function codingsOf(coding: HeaderValue): string[] {
  return [coding ?? []]
    .flat()
    .join(',')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
}

/** The header lists codings in the order in which they were applied. */
async function decompress(
  bytes: Buffer,
  coding: string | readonly string[],
  maxBytes: number,
): Promise<Buffer | UnreadableBody> {
  const names = codingsOf(coding);
  if (names.length > MAX_CODINGS)
    return new UnreadableBody(`its body has ${names.length} content codings`);
  let plain = bytes;
  for (const name of names.reverse()) {
    const decompressOne = CODINGS.get(name);
    if (decompressOne === undefined)
      return new UnreadableBody(`its body has ${named('content coding', name)}`);
    try {
      plain = await decompressOne(plain, maxBytes);
    } catch (error) {
      if (systemErrorCode(error) === 'ERR_BUFFER_TOO_LARGE')
        return new UnreadableBody(
          `its decompressed body has more than the ${maxBytes} bytes that the gateway reads`,
          true,
        );
      return new UnreadableBody(
        `its body is incomplete or not valid in the content coding "${name}"`,
      );
    }
  }
  return plain;
}

type Zlib = (
  bytes: InputType,
  options: ZlibOptions,
  callback: (error: Error | null, result: Buffer) => void,
) => void;

/** Stops at the limit, however large the result would be. */
function decompressWith(zlib: Zlib): Decompress {
  return (bytes, maxBytes) =>
    new Promise((resolve, reject) => {
      // With `info`, to see whether anything follows what was compressed.
      const options = { maxOutputLength: maxBytes, info: true };
      zlib(bytes, options, (error, result) => {
        if (error !== null) {
          reject(error);
          return;
        }
        const { buffer, engine } = result as unknown as {
          readonly buffer: Buffer;
          readonly engine: { readonly bytesWritten: number };
        }; // what `info` makes of the result
        if (engine.bytesWritten === bytes.length) resolve(buffer);
        else reject(new Error('something follows what was compressed'));
      });
    });
}

/** In RFC 9110, `deflate` is the format of zlib (RFC 1950); some servers send bare DEFLATE (RFC 1951). */
function inflateEither(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  const isZlib =
    ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.length > 1 && bytes.readUInt16BE(0) % 31 === 0;
  return decompressWith(isZlib ? inflate : inflateRaw)(bytes, maxBytes);
}

/** A type whose charset is UTF-8 or not named, as in nearly every response. */
const PLAIN_TYPE = /^[\w.+-]+\/[\w.+-]+(?:; ?charset="?utf-?8"?)?$/i;

/** A parameter of a media type (RFC 9110 section 5.6.6), also with spaces around the equals sign. */
const PARAMETER = /;\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^';]*)'|([^;,\s]*))/g;

/** Longest media type that is parsed, in characters. */
const MAX_TYPE_LENGTH = 1_000;

function decodeText(bytes: Buffer, type: HeaderValue): string | UnreadableBody {
  if (
    (type === undefined || (typeof type === 'string' && PLAIN_TYPE.test(type))) &&
    isUtf8(bytes)
  ) {
    const text = bytes.toString('utf8');
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  }
  const named = charsetNamed(type);
  return named instanceof UnreadableBody
    ? named
    : decodeFrom(bytes, charsetByMark(bytes, named) ?? named ?? 'utf-8');
}

/** The charset that a media type names, in lower case; null if it names none. */
function charsetNamed(type: HeaderValue): string | null | UnreadableBody {
  const value = [type].flat().join(';');
  if (value.length > MAX_TYPE_LENGTH)
    return new UnreadableBody(`its Content-Type has more than ${MAX_TYPE_LENGTH} characters`);
  const named = new Set<string>();
  for (const [, name, escaped, single, token] of value.matchAll(PARAMETER)) {
    const charset = (escaped?.replaceAll(/\\(.)/g, '$1') ?? single ?? token ?? '')
      .trim()
      .toLowerCase();
    if (name?.toLowerCase() === 'charset' && charset !== '')
      named.add(charset === 'utf8' ? 'utf-8' : charset);
  }
  if (named.size > 1) return new UnreadableBody('its Content-Type names more than one charset');
  const [charset = null] = named;
  return charset;
}

/** Names of UTF-16 that leave the order of the bytes, or all of it, to the byte order mark. */
const UTF_16 = /^(?:utf-?16|ucs-?2)/;

/** The charset by the byte order mark, unless it contradicts the charset that is named. What starts with that of UTF-8 is UTF-8. */
function charsetByMark(bytes: Buffer, named: string | null): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (named !== null && !UTF_16.test(named)) return null;
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
}

/** Names that `TextDecoder` takes for windows-1252, although they allow only 128 characters. */
const ASCII = /^(?:us-)?ascii$|^ansi_x3\.4-19(?:68|86)$/;

/** The bytes 0x80 to 0x9F in windows-1252. Node 20 decodes them as ISO-8859-1. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

function decodeFrom(bytes: Buffer, charset: string): string | UnreadableBody {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch {
    return new UnreadableBody(`its body has ${named('charset', charset)}`);
  }
  if (decoder.encoding === 'windows-1252') {
    if (ASCII.test(charset) && bytes.some((byte) => byte > 0x7f))
      return new UnreadableBody('its body is not valid US-ASCII');
    return bytes
      .toString('latin1')
      .replaceAll(
        /[\x80-\x9f]/g,
        (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80] ?? character,
      );
  }
  try {
    return decoder.decode(bytes);
  } catch {
    return new UnreadableBody(`its body is not valid ${decoder.encoding.toUpperCase()}`);
  }
}

/** A coding or charset that is not supported, with its name from a header if that looks like a name. */
function named(kind: string, name: string): string {
  return /^[\w.:-]{1,40}$/.test(name)
    ? `the ${kind} "${name}", which the gateway does not support`
    : `a ${kind} that the gateway does not support`;
}
