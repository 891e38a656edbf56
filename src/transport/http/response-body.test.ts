import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readBody, UnreadableBody } from './response-body.ts';
import type { BodyHeaders } from './response-body.ts';

const MAX = 1_000;
const LARGE = Buffer.alloc(8 * 1024 * 1024);
const TEXT = '{"a":"café €"}';
const utf8 = Buffer.from(TEXT);
const latin1 = Buffer.from('{"a":"café"}', 'latin1');
const utf16 = Buffer.from(TEXT, 'utf16le');
const swapped = Buffer.from(utf16).swap16();

const typed = (type: string | string[]): BodyHeaders => ({ 'content-type': type });
const coded = (coding: string | string[]): BodyHeaders => ({
  'content-type': 'application/json',
  'content-encoding': coding,
});

/** The text, or why there is none. */
async function textOf(bytes: Buffer, headers: BodyHeaders): Promise<string> {
  const read = await readBody(bytes, headers, MAX);
  return read instanceof UnreadableBody ? `unreadable: ${read.message}` : read;
}

describe('the charset of a body', () => {
  it.each<[string, Buffer, BodyHeaders, string]>([
    ['none, of UTF-8', utf8, {}, TEXT],
    ['none in the type', utf8, typed('application/json'), TEXT],
    ['UTF-8', utf8, typed('application/json; charset=utf-8'), TEXT],
    ['UTF-8 as Huawei Cloud writes it', utf8, typed('application/json;charset=utf8'), TEXT],
    ['UTF-8 in quotes and capitals', utf8, typed('application/json; CHARSET="UTF-8"'), TEXT],
    ['UTF-8 in single quotes', utf8, typed("application/json; charset='utf-8'"), TEXT],
    ['UTF-8 with quoted pairs', utf8, typed('application/json; charset="\\u\\t\\f-8"'), TEXT],
    ['empty', utf8, typed('application/json; charset='), TEXT],
    [
      'UTF-8 behind another parameter',
      utf8,
      typed('application/json; a="; charset=latin1"; charset=utf-8'),
      TEXT,
    ],
    [
      'the same twice',
      utf8,
      typed(['application/json; charset=utf-8', 'application/json;charset=utf8']),
      TEXT,
    ],
    ['ISO-8859-1', latin1, typed('application/json; charset=ISO-8859-1'), '{"a":"café"}'],
    [
      'ISO-8859-1 without spaces',
      latin1,
      typed('application/json;charset=iso-8859-1'),
      '{"a":"café"}',
    ],
    [
      'ISO-8859-1 with spaces',
      latin1,
      typed('application/json ; charset=iso-8859-1'),
      '{"a":"café"}',
    ],
    ['latin1 in quotes', latin1, typed('text/plain; charset="latin1"'), '{"a":"café"}'],
    [
      'windows-1252, with what ISO-8859-1 does not have',
      Buffer.of(0x80, 0xe9, 0x93),
      typed('text/plain; charset=windows-1252'),
      '€é“',
    ],
    ['ISO-8859-15', Buffer.of(0xa4), typed('text/plain; charset=iso-8859-15'), '€'],
    ['Shift_JIS', Buffer.of(0x83, 0x65), typed('text/plain; charset=shift_jis'), 'テ'],
    ['ASCII', Buffer.from('abc'), typed('text/plain; charset=us-ascii'), 'abc'],
    [
      'UTF-16, in the order of its mark',
      Buffer.concat([Buffer.of(0xfe, 0xff), swapped]),
      typed('application/json; charset=utf-16'),
      TEXT,
    ],
    ['UTF-16LE', utf16, typed('application/json; charset=utf-16le'), TEXT],
    ['UTF-16BE', swapped, typed('application/json; charset=utf-16be'), TEXT],
    // These bytes are UTF-8 as well: only the name tells.
    [
      'Latin-1 with spaces around its name',
      Buffer.from('\u00c3\u00a9', 'latin1'),
      typed('application/json ; charset = iso-8859-1'),
      '\u00c3\u00a9',
    ],
    ['none, with a mark of UTF-8', Buffer.from(`\uFEFF${TEXT}`), {}, TEXT],
    [
      'another one, with a mark of UTF-8',
      Buffer.from(`\uFEFF${TEXT}`),
      typed('application/json; charset=iso-8859-1'),
      TEXT,
    ],
    ['none, with a mark of UTF-16LE', Buffer.concat([Buffer.of(0xff, 0xfe), utf16]), {}, TEXT],
    [
      'none, with a mark of UTF-16BE',
      Buffer.concat([Buffer.of(0xfe, 0xff), swapped]),
      typed('application/json'),
      TEXT,
    ],
    [
      'U+FFFD that was meant',
      Buffer.from('a\uFFFDb'),
      typed('text/plain; charset=utf-8'),
      'a\uFFFDb',
    ],
    ['none, of nothing', Buffer.alloc(0), typed('application/json; charset=utf-8'), ''],
  ])('is read: %s', async (_what, bytes, headers, text) => {
    expect(await textOf(bytes, headers)).toBe(text);
  });

  it.each<[string, Buffer, BodyHeaders, string]>([
    ['Latin-1 without its name', latin1, {}, 'its body is not valid UTF-8'],
    [
      'Latin-1 by a type without charset',
      latin1,
      typed('application/json'),
      'its body is not valid UTF-8',
    ],
    [
      'Latin-1 that calls itself UTF-8',
      latin1,
      typed('application/json; charset=utf-8'),
      'its body is not valid UTF-8',
    ],
    ['a character that is cut off', utf8.subarray(0, -3), {}, 'its body is not valid UTF-8'],
    ['half of a surrogate pair', Buffer.of(0xed, 0xa0, 0x80), {}, 'its body is not valid UTF-8'],
    ['an overlong form', Buffer.of(0xc0, 0xaf), {}, 'its body is not valid UTF-8'],
    [
      'something else behind a mark of UTF-8',
      Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), latin1]),
      typed('application/json; charset=iso-8859-1'),
      'its body is not valid UTF-8',
    ],
    [
      'UTF-16 that calls itself UTF-8',
      Buffer.concat([Buffer.of(0xff, 0xfe), utf16]),
      typed('application/json; charset=utf-8'),
      'its body is not valid UTF-8',
    ],
    [
      'half a character of UTF-16',
      utf16.subarray(1),
      typed('text/plain; charset=utf-16le'),
      'its body is not valid UTF-16LE',
    ],
    [
      'Latin-1 that calls itself ASCII',
      latin1,
      typed('text/plain; charset=us-ascii'),
      'its body is not valid US-ASCII',
    ],
    [
      'a charset that nobody knows',
      utf8,
      typed('application/json; charset=klingon'),
      'its body has the charset "klingon", which the gateway does not support',
    ],
    [
      'UTF-7',
      utf8,
      typed('application/json; charset=utf-7'),
      'its body has the charset "utf-7", which the gateway does not support',
    ],
    [
      'UTF-32',
      utf8,
      typed('application/json; charset=UTF-32'),
      'its body has the charset "utf-32", which the gateway does not support',
    ],
    [
      'a charset that is no name',
      utf8,
      typed('application/json; charset="<script>"'),
      'its body has a charset that the gateway does not support',
    ],
    [
      'two charsets',
      utf8,
      typed('application/json; charset=utf-8; charset=iso-8859-1'),
      'its Content-Type names more than one charset',
    ],
    [
      'two charsets in two headers',
      utf8,
      typed(['application/json; charset=utf-8', 'application/json; charset=iso-8859-1']),
      'its Content-Type names more than one charset',
    ],
    [
      'a type without an end',
      latin1,
      typed(`application/json; a="${'x'.repeat(60_000)}`),
      'its Content-Type has more than 1000 characters',
    ],
  ])('is not guessed: %s', async (_what, bytes, headers, problem) => {
    expect(await textOf(bytes, headers)).toBe(`unreadable: ${problem}`);
  });
});

describe('a content coding', () => {
  const rawLikeZlib = deflateRawSync(TEXT);

  it.each<[string, Buffer, string | string[]]>([
    ['gzip', gzipSync(TEXT), 'gzip'],
    ['x-gzip', gzipSync(TEXT), 'x-gzip'],
    ['gzip in capitals', gzipSync(TEXT), 'GZip'],
    [
      'gzip of two members',
      Buffer.concat([gzipSync(TEXT.slice(0, 5)), gzipSync(TEXT.slice(5))]),
      'gzip',
    ],
    ['deflate as zlib', deflateSync(TEXT), 'deflate'],
    ['deflate as zlib without compression', deflateSync(TEXT, { level: 0 }), 'deflate'],
    ['deflate alone', rawLikeZlib, 'deflate'],
    ['br', brotliCompressSync(TEXT), 'br'],
    ['identity', utf8, 'identity'],
    ['none at all', utf8, ''],
    ['gzip, then br', brotliCompressSync(gzipSync(TEXT)), 'gzip, br'],
    ['gzip, then gzip, in two headers', gzipSync(gzipSync(TEXT)), ['gzip', 'gzip']],
    ['identity between', gzipSync(deflateSync(TEXT)), 'deflate,identity , gzip'],
  ])('is undone: %s', async (_what, bytes, coding) => {
    expect(await textOf(bytes, coded(coding))).toBe(TEXT);
  });

  it('is undone before the charset is read', async () => {
    expect(
      await textOf(gzipSync(latin1), {
        'content-type': 'application/json; charset=iso-8859-1',
        'content-encoding': 'gzip',
      }),
    ).toBe('{"a":"café"}');
    expect(await textOf(gzipSync(latin1), coded('gzip'))).toBe(
      'unreadable: its body is not valid UTF-8',
    );
  });

  it('of nothing is nothing, as for a 204', async () => {
    expect(await textOf(Buffer.alloc(0), coded('gzip'))).toBe('');
  });

  it.each<[string, Buffer, string, string]>([
    [
      'zstd',
      utf8,
      'zstd',
      'its body has the content coding "zstd", which the gateway does not support',
    ],
    [
      'compress',
      utf8,
      'compress',
      'its body has the content coding "compress", which the gateway does not support',
    ],
    [
      'one that is no name',
      utf8,
      '"<b>"',
      'its body has a content coding that the gateway does not support',
    ],
    [
      'one below another',
      gzipSync(utf8),
      'zstd, gzip',
      'its body has the content coding "zstd", which the gateway does not support',
    ],
    ['more than anybody means', utf8, 'gzip,gzip,gzip,gzip,gzip', 'its body has 5 content codings'],
    [
      'gzip that is none',
      utf8,
      'gzip',
      'its body is incomplete or not valid in the content coding "gzip"',
    ],
    [
      'gzip that is cut',
      gzipSync(TEXT).subarray(0, -9),
      'gzip',
      'its body is incomplete or not valid in the content coding "gzip"',
    ],
    [
      'gzip with a wrong checksum',
      Buffer.concat([gzipSync(TEXT).subarray(0, -8), Buffer.alloc(8)]),
      'gzip',
      'its body is incomplete or not valid in the content coding "gzip"',
    ],
    [
      'gzip and something behind',
      Buffer.concat([gzipSync(TEXT), Buffer.from('more')]),
      'gzip',
      'its body is incomplete or not valid in the content coding "gzip"',
    ],
    [
      'deflate that is cut',
      deflateSync(TEXT).subarray(0, -2),
      'deflate',
      'its body is incomplete or not valid in the content coding "deflate"',
    ],
    [
      'deflate alone that is cut',
      rawLikeZlib.subarray(0, -2),
      'deflate',
      'its body is incomplete or not valid in the content coding "deflate"',
    ],
    [
      'deflate and something behind',
      Buffer.concat([deflateSync(TEXT), Buffer.from('more')]),
      'deflate',
      'its body is incomplete or not valid in the content coding "deflate"',
    ],
    [
      'br that is cut',
      brotliCompressSync(TEXT).subarray(0, -2),
      'br',
      'its body is incomplete or not valid in the content coding "br"',
    ],
    [
      'br and something behind',
      Buffer.concat([brotliCompressSync(TEXT), Buffer.from('more')]),
      'br',
      'its body is incomplete or not valid in the content coding "br"',
    ],
    [
      'gzip that calls itself br',
      gzipSync(TEXT),
      'br',
      'its body is incomplete or not valid in the content coding "br"',
    ],
  ])('is not guessed: %s', async (_what, bytes, coding, problem) => {
    expect(await textOf(bytes, coded(coding))).toBe(`unreadable: ${problem}`);
  });

  it.each([
    ['gzip', gzipSync(LARGE), 'gzip'],
    ['deflate', deflateSync(LARGE), 'deflate'],
    ['br', brotliCompressSync(LARGE), 'br'],
    ['one bomb in another', gzipSync(gzipSync(LARGE)), 'gzip, gzip'],
  ])('stops at the limit: %s', async (_what, bytes, coding) => {
    const read = await readBody(bytes, coded(coding), MAX);
    expect(read).toMatchObject({
      message: 'its decompressed body has more than the 1000 bytes that the gateway reads',
      tooLarge: true,
    });
  });

  it('may fill the limit', async () => {
    const whole = 'x'.repeat(MAX);
    for (const [bytes, coding] of [
      [gzipSync(whole), 'gzip'],
      [deflateSync(whole), 'deflate'],
      [brotliCompressSync(whole), 'br'],
    ] as const) {
      expect(await textOf(bytes, coded(coding))).toBe(whole);
      expect(
        await readBody(
          coding === 'br'
            ? brotliCompressSync(`${whole}x`)
            : coding === 'gzip'
              ? gzipSync(`${whole}x`)
              : deflateSync(`${whole}x`),
          coded(coding),
          MAX,
        ),
      ).toBeInstanceOf(UnreadableBody);
    }
  });
});
