import fc from 'fast-check';
import { Lexer, Source, TokenKind } from 'graphql';
import { describe, expect, it } from 'vitest';
import { scan, valueOf } from './literals.ts';

/** What graphql-js finds: the literals, and the text with a placeholder for each; null if it finds no tokens. */
function lexed(text: string) {
  const literals: { start: number; end: number; value: string }[] = [];
  try {
    const lexer = new Lexer(new Source(text));
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      const { kind, start, end, value } = token;
      if (kind === TokenKind.STRING || kind === TokenKind.BLOCK_STRING || kind === TokenKind.INT)
        literals.push({ start, end, value });
    }
    return literals;
  } catch {
    return null;
  }
}

const scanned = (text: string) =>
  scan(text)?.literals.map(({ start, end }) => text.slice(start, end));

describe('the literals of a document', () => {
  it.each([
    ['{ a(id: "x", n: 7, m: -12, f: 1.5, e: 2e3) }', ['"x"', '7', '-12']],
    ['query Q1($v2: Int = 3) { a4 b5: c }', ['3']],
    ['{ a # "no", 7\n b(c: "# no comment") }', ['"# no comment"']],
    [String.raw`{ a(b: "\"", c: "\\") }`, [String.raw`"\""`, String.raw`"\\"`]],
    ['{ a(b: "", c: """""", d: """ "x" \\""" """) }', ['""', '""""""', '""" "x" \\""" """']],
    ['{ a(b: ["x" "y"]) }', ['"x"', '"y"']],
  ])('are found: %s', (text, literals) => {
    expect(scanned(text)).toEqual(literals);
  });

  it.each([
    '{ a(b: "',
    '{ a(b: "\n") }',
    '{ a(b: """ "" ) }',
    '{ a(b: 01) }',
    '{ a(b: 1x) }',
    '{ a(b: -) }',
    '{ a(b: 1.) }',
  ])('are left to the parser if it would refuse: %s', (text) => {
    expect(scan(text)).toBeNull();
    expect(lexed(text)).toBeNull();
  });

  it('leave the same normalized text if nothing else differs', () => {
    const normalizedTexts = [
      '{ a(b: "x", c: 1) }',
      '{ a(b: "\\u0041\\"", c: -99) }',
      '{ a(b: """block""", c: 0) }',
    ].map((text) => scan(text)?.normalizedText);
    expect(normalizedTexts).toEqual([
      '{ a(b: "", c: 0) }',
      '{ a(b: "", c: 0) }',
      '{ a(b: "", c: 0) }',
    ]);
    for (const other of [
      '{ a(b: "x", c: 1.0) }',
      '{ a(b: "x",c: 1) }',
      '{ a(b: "x", c: 1) } #',
      '{ a(b: x, c: 1) }',
    ])
      expect(scan(other)?.normalizedText).not.toBe(normalizedTexts[0]);
  });
});

describe('the value of a literal', () => {
  const value = (text: string) =>
    valueOf(text, scan(text)?.literals[0] ?? { start: 0, end: 0, kind: 'STRING' });

  it.each([
    ['"x\ty"', 'x\ty'],
    [String.raw`"é\n\"\\"`, 'é\n"\\'],
    [String.raw`"\u{1F600}😀"`, '😀😀'],
    ['"""\n  two\n    lines\n  """', 'two\n  lines'],
    ['2147483647', 2_147_483_647],
    ['-7', -7],
  ])('of %j', (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  it.each([String.raw`"\q"`, String.raw`"\ud800"`, '"\ud800"', '2147483648', '-99999999999'])(
    'is undefined if it is not a String or Int: %j',
    (text) => {
      expect(value(text)).toBeUndefined();
    },
  );
});

const strings = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.string().map((text) => `"${text}"`),
  fc.string().map((text) => `"""${text}"""`),
);
const pieces = fc.oneof(
  strings,
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.string().map((text) => `#${text}\n`),
  fc.constantFrom(
    'a',
    '_b1',
    '$c',
    '{',
    '}',
    '(',
    ')',
    ':',
    '...',
    '@',
    '"',
    '\\',
    '-',
    '.',
    ',',
    '\r\n',
    '\uFEFF',
    '0',
    '1e5',
    '&',
    '|',
  ),
);

describe('any text', () => {
  it('has the literals that graphql-js finds in it, or is left to it', () => {
    let compared = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(pieces, fc.constantFrom(' ', ' ', '')), { maxLength: 12 }),
        (parts) => {
          const text = parts.flat().join('');
          const expected = lexed(text);
          const found = scan(text);
          if (expected === null) {
            // It has no tokens, but maybe values that are told to be none.
            return;
          }
          compared += 1;
          expect(found?.literals.map(({ start, end }) => ({ start, end }))).toEqual(
            expected.map(({ start, end }) => ({ start, end })),
          );
          for (const [index, literal] of (found?.literals ?? []).entries()) {
            const [own, theirs] = [valueOf(text, literal), expected[index]?.value];
            expect(own).toBe(
              literal.kind === 'INT'
                ? Math.abs(Number(theirs)) < 2 ** 31
                  ? Number(theirs)
                  : undefined
                : theirs,
            );
          }
        },
      ),
      { numRuns: 5_000 },
    );
    expect(compared).toBeGreaterThan(500);
  });

  it('that has the normalized text of a document is one too, if each of its literals has a value', () => {
    fc.assert(
      fc.property(strings, strings, (a, b) => {
        const text = `{ f(a: ${a}, b: [${b}]) }`;
        const found = scan(text);
        if (
          found?.normalizedText !== '{ f(a: "", b: [""]) }' ||
          found.literals.some((literal) => valueOf(text, literal) === undefined)
        )
          return;
        expect(lexed(text)).not.toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });
});
