import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../json/json.ts';
import { Scrubber } from './scrub.ts';
import { Secret } from './secret.ts';

/** Every character in it is written differently by one encoding or another. */
const SECRET = `pä"ss\\ w&<o>'r?d/+~`;

function scrubber(...secrets: readonly (Secret | string)[]): Scrubber {
  const made = new Scrubber();
  made.add(...secrets);
  return made;
}

describe('text', () => {
  it.each([
    ['as it is', String.raw`pä"ss\ w&<o>'r?d/+~`],
    ['as JSON', String.raw`pä\"ss\\ w&<o>'r?d/+~`],
    ['as JSON inside JSON', String.raw`pä\\\"ss\\\\ w&<o>'r?d/+~`],
    ['percent-encoded', `p%C3%A4%22ss%5C%20w%26%3Co%3E'r%3Fd%2F%2B~`],
    ['percent-encoded, with + for a space', `p%C3%A4%22ss%5C+w%26%3Co%3E'r%3Fd%2F%2B~`],
    ['in HTML', String.raw`pä&quot;ss\ w&amp;&lt;o&gt;&#39;r?d/+~`],
    ['as base64', 'cMOkInNzXCB3JjxvPidyP2QvK34='],
    ['as base64url', 'cMOkInNzXCB3JjxvPidyP2QvK34'],
    // What other software makes of the same characters.
    ['percent-encoded in lower case, as .NET does', `p%c3%a4%22ss%5c%20w%26%3co%3e'r%3fd%2f%2b~`],
    ['as an HTML form', 'p%C3%A4%22ss%5C+w%26%3Co%3E%27r%3Fd%2F%2B%7E'],
    ['as JSON in ASCII, inside JSON', String.raw`p\u00e4\"ss\\ w&<o>'r?d/+~`],
    ['in Basic credentials', Buffer.from(`user:${SECRET}`).toString('base64')],
  ])('takes out a secret %s', (_encoding, encoded) => {
    // Of base64, what it shares with its neighbours may stay.
    expect(scrubber(SECRET).text(`before ${encoded}, after`)).toMatch(
      /^before \w{0,8}\[redacted\][\w+/]{0,2}={0,2}, after$/,
    );
  });

  it('removes every occurrence and leaves the rest unchanged', () => {
    expect(scrubber('token-1').text('token-1 and token-2, token-1')).toBe(
      '[redacted] and token-2, [redacted]',
    );
    expect(scrubber('token-1').text('nothing in here')).toBe('nothing in here');
    expect(new Scrubber().text('no secrets at all')).toBe('no secrets at all');
  });

  it('knows wrapped secrets, and those added later', () => {
    const made = scrubber(new Secret('first-secret'));
    made.add('second-secret');
    expect(made.text('first-secret second-secret')).toBe('[redacted] [redacted]');
  });

  it('pays no heed to an empty secret', () => {
    expect(scrubber('', new Secret('')).text('some text')).toBe('some text');
  });

  it.each(['a', 'ab', 'abc', '"a'])(
    'withholds the whole text if it contains the short secret %j',
    (secret) => {
      expect(scrubber(secret).text(`before ${secret} after`)).toBe('[redacted]');
      expect(scrubber(secret).text('xyz')).toBe('xyz');
    },
  );

  it('takes out a secret of four characters alone', () => {
    expect(scrubber('abcd').text('before abcd after')).toBe('before [redacted] after');
  });

  it.each([
    [
      'one contains the other',
      ['secret', 'my-secret-token'],
      'x my-secret-token y secret z',
      /^x \[redacted\] y \[redacted\] z$/,
    ],
    [
      'one begins as the other ends',
      ['secret-one', 'one-token'],
      'x secret-one-token y',
      /^x (\[redacted\])+ y$/,
    ],
  ])('leaves nothing of secrets that overlap: %s', (_how, secrets, text, clean) => {
    expect(scrubber(...secrets).text(text)).toMatch(clean);
  });
});

describe('a header with credentials', () => {
  const scrubbed = (header: string, text: string) => {
    const scrubber = new Scrubber();
    scrubber.addHeader(header);
    return scrubber.text(text);
  };

  it.each([
    ['a token', 'Bearer canary', ['canary']],
    ['a long token', 'Bearer canary-canary-canary', ['canary-canary-canary', 'canary-can']],
    ['a token after several spaces', 'Bearer   canary-canary ', ['canary-canary']],
    ['credentials of another scheme', 'Basic canary-canary', ['canary-canary']],
    ['a token without a scheme', 'canary-canary', ['canary-canary']],
    ['a token after a tab', 'Bearer\tcanary', ['canary']],
    ['a token that is not ASCII', 'Bearer canäry-canäry', ['canäry-canäry']],
    [
      'two headers in one, as HTTP joins them',
      'Bearer canary-1, Bearer canary-2',
      ['canary-1', 'canary-2'],
    ],
    ['a scheme nobody knows', 'Canary1 canary-2', ['Canary1', 'canary-2']],
    [
      'a token with an escape',
      'Bearer canary+canary%2Fcanary',
      ['canary+canary%2Fcanary', 'canary canary/canary'],
    ],
  ])('hides %s', (_what, header, secrets) => {
    for (const secret of [...secrets, Buffer.from(secrets[0] ?? '').toString('base64')]) {
      expect(scrubbed(header, `x ${secret} y`)).toContain('[redacted]');
      expect(scrubbed(header, `x ${secret} y`)).not.toContain(secret);
    }
    expect(scrubbed(header, `x ${header.trim()} y`)).not.toMatch(/can[aä]ry/i);
    expect(scrubbed(header, 'Bearer')).toBe('Bearer');
  });

  it.each(['', '  '])('without anything in it hides nothing: %j', (header) => {
    expect(scrubbed(header, 'x y')).toBe('x y');
  });
});

it.each([
  ['пароль', '%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C%20next'],
  ['pass/', 'pass%2F%22next'],
  ['\0\0\0\0', '%00%00%00%00%01next'],
  ['0000 pass', '%000000%20pass next'],
  ['пароль', 'before %22%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C next'],
])('takes out bytes of a URL even if others follow directly: %j', (secret, text) => {
  const scrubbed = new Scrubber();
  scrubbed.add(secret);
  const shown = scrubbed.text(text);
  expect(shown).toContain('next');
  expect(shown).not.toMatch(/%D0|%00%|pass|%2F/);
});

describe('json', () => {
  it('scrubs strings and member names at every depth and leaves other values', () => {
    expect(
      scrubber('token-1').json({
        'a token-1': ['token-1', { b: 'x token-1 y' }],
        c: null,
        d: true,
        e: 1.5,
        f: [],
      }),
    ).toEqual({
      'a [redacted]': ['[redacted]', { b: 'x [redacted] y' }],
      c: null,
      d: true,
      e: 1.5,
      f: [],
    });
  });

  it('scrubs numbers', () => {
    expect(scrubber('123456').json([123456, 91234567, 12345])).toEqual([
      '[redacted]',
      '[redacted]',
      12345,
    ]);
  });

  it('keeps a member named __proto__ a member', () => {
    const clean = scrubber('token-1').json(
      JSON.parse('{"__proto__":{"a":"token-1"}}') as { a: string },
    );
    expect(JSON.stringify(clean)).toBe('{"__proto__":{"a":"[redacted]"}}');
    expect(Object.getPrototypeOf(clean)).toBe(Object.prototype);
  });
});

describe('any secret in any text', () => {
  // What the mark itself is made of cannot be kept out of a text that was marked.
  const secret = fc
    .oneof(
      fc.string({ minLength: 4, unit: 'binary' }),
      fc.string({ minLength: 4 }),
      fc
        .array(fc.nat(0xffff), { minLength: 4, maxLength: 9 })
        .map((units) => String.fromCharCode(...units)),
    )
    .filter((text) => !/[[\]]/.test(text) && !'redacted'.includes(text));
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
  const encoded = (value: string) => {
    const wellFormed = value.toWellFormed();
    return [
      value,
      JSON.stringify(value).slice(1, -1),
      JSON.stringify(JSON.stringify(value)).slice(3, -3),
      encodeURIComponent(wellFormed),
      encodeURIComponent(wellFormed).replaceAll('%20', '+'),
      Buffer.from(wellFormed).toString('base64'),
      Buffer.from(wellFormed).toString('base64url'),
    ];
  };

  it('is gone in each encoding, and nothing changes the second time', () => {
    fc.assert(
      fc.property(secret, text, text, (value, before, after) => {
        const made = scrubber(value);
        for (const form of encoded(value)) {
          const clean = made.text(`${before}${form}${after}`);
          for (const other of encoded(value)) expect(clean).not.toContain(other);
          expect(made.text(clean)).toBe(clean);
        }
      }),
    );
  });

  it('is removed if the text before it turns its first characters into an escape', () => {
    for (const form of encoded('0"    '))
      expect(scrubber('0"    ').text(`%0${form}`)).toBe('%0[redacted]');
  });

  it('is gone from JSON', () => {
    fc.assert(
      fc.property(secret, text, fc.jsonValue(), (value, before, other) => {
        const clean = JSON.stringify(
          scrubber(value).json([{ [before + value]: other as string, list: [value + before] }]),
        );
        expect(clean).not.toContain(JSON.stringify(value).slice(1, -1));
      }),
    );
  });

  it('leaves a text alone that has nothing of it', () => {
    /** What it may be known by when it is cut short. */
    const runs = (value: string) =>
      Array.from({ length: Math.max(0, value.length - 9) }, (_, at) => value.slice(at, at + 10));
    fc.assert(
      fc.property(secret, text, (value, other) => {
        fc.pre(![...encoded(value), ...runs(value)].some((form) => other.includes(form)));
        expect(scrubber(value).text(other)).toBe(other);
      }),
    );
  });
});

describe('forms that are not listed', () => {
  const secret = 'abcd+efgh/ijkl=MNOP\'qr "é<&>';
  const scrubber = new Scrubber();
  scrubber.add(secret);

  /** Each character in one of the ways in which servers, loggers and templates write it. */
  const ways: readonly ((character: string) => string)[] = [
    (character) => character,
    (character) => `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
    (character) => `\\\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    (character) =>
      [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    (character) => `&#${character.charCodeAt(0)};`,
    (character) => `&#x${character.charCodeAt(0).toString(16)};`,
    (character) => (/["'/\\]/.test(character) ? `\\${character}` : character),
    (character) => (/["']/.test(character) ? character.repeat(2) : character),
  ];

  it('leave nothing of a secret, mixed as they may be', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(ways.length - 1), { minLength: secret.length, maxLength: secret.length }),
        (choices) => {
          const echoed = Array.from(
            secret,
            (character, index) => ways[choices[index] ?? 0]?.(character) ?? '',
          ).join('');
          expect(scrubber.text(`refused <${echoed}> there`)).toBe('refused <[redacted]> there');
        },
      ),
    );
  });

  it('leave nothing of an echo that is cut short', () => {
    expect(scrubber.text('token abcd+efgh/ijkl... is bad')).toBe('token [redacted]... is bad');
    expect(scrubber.text("…kl=MNOP'qr ends so")).not.toContain("kl=MNOP'q");
  });
});

describe('encoders, one over another', () => {
  const bytesOf = (text: string) => [...Buffer.from(text.toWellFormed())];
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const eachUnit = (write: (unit: number) => string) => (text: string) =>
    Array.from({ length: text.length }, (_, at) => write(text.charCodeAt(at))).join('');
  const eachPoint = (write: (point: number) => string) => (text: string) =>
    Array.from(text.toWellFormed(), (character) => write(character.codePointAt(0) ?? 0)).join('');
  const base64 = (text: string) => Buffer.from(text.toWellFormed()).toString('base64');
  const inLines = (length: number, end: string) => (text: string) =>
    base64(text).replaceAll(new RegExp(`.{${length}}`, 'g'), (line) => line + end);
  const encoders: Readonly<Record<string, (text: string) => string>> = {
    'as it is': (text) => text,
    JSON: (text) => JSON.stringify(text).slice(1, -1),
    'a URL': (text) => encodeURIComponent(text.toWellFormed()),
    'a form': (text) => encodeURIComponent(text.toWellFormed()).replaceAll('%20', '+'),
    'every byte in a URL': (text) =>
      bytesOf(text)
        .map((byte) => `%${hex(byte, 2)}`)
        .join(''),
    '%uXXXX': eachUnit((unit) => `%u${hex(unit, 4)}`),
    '\\uXXXX': eachUnit((unit) => `\\u${hex(unit, 4)}`),
    '\\u{XX}': eachPoint((point) => `\\u{${point.toString(16)}}`),
    '\\xXX of bytes': (text) =>
      bytesOf(text)
        .map((byte) => `\\x${hex(byte, 2)}`)
        .join(''),
    'octal bytes': (text) =>
      bytesOf(text)
        .map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
        .join(''),
    '&#NN;': eachPoint((point) => `&#${point};`),
    '&#NN': eachPoint((point) => `&#${point}`),
    '&#000NN;': eachPoint((point) => `&#${String(point).padStart(12, '0')};`),
    '&#xHH': eachPoint((point) => `&#x${hex(point, 2)}`),
    // A semicolon of the secret's own would become the end of the entity before it.
    'named entities without semicolons': (text) =>
      text.replaceAll(
        /[&<>"](?!;)/g,
        (character) => ({ '&': '&amp', '<': '&lt', '>': '&gt' })[character] ?? '&quot',
      ),
    'named entities': (text) =>
      text
        .replaceAll('&', '&amp;')
        .replaceAll('+', '&plus;')
        .replaceAll('/', '&sol;')
        .replaceAll('=', '&equals;')
        .replaceAll("'", '&apos;'),
    SQL: (text) => text.replaceAll("'", "''").replaceAll('"', '""'),
    base64,
    base64url: (text) => Buffer.from(text.toWellFormed()).toString('base64url'),
    'base64 in lines of 76': inLines(76, '\r\n'),
    'base64 in lines of 64': inLines(64, '\n'),
    'base64 in short pieces': inLines(9, ' '),
  };
  const encoder = fc.constantFrom(...Object.entries(encoders));
  const secrets = [
    'abcd+efgh/ijkl=MNOP\'qr "\u00e9<&>-0123',
    'plain-secret-of-an-api-client_0042',
    'with%41an&amp;escape\\u0041 in it, 100%',
    'пароль пароль 🔑 пароль',
  ];
  const secret = fc.oneof(
    fc.constantFrom(...secrets),
    fc
      .uniqueArray(fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme-ascii' }), {
        minLength: 12,
        maxLength: 40,
      })
      .map((characters) => characters.join(''))
      .filter((text) => !/[[\]]/.test(text)),
  );
  const pad = fc.string({ maxLength: 3, unit: fc.constantFrom('a', 'Z', '7', '-', ' ', '.', ':') });

  it('hide nothing of a secret', () => {
    fc.assert(
      fc.property(
        secret,
        encoder,
        encoder,
        pad,
        pad,
        (value, [, inner], [, outer], before, after) => {
          const encoded = outer(inner(value));
          const clean = scrubber(value).text(`${before}<${encoded}>${after}`);
          expect(clean).toContain('[redacted]');
          expect(scrubber(value).text(clean)).toBe(clean);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('hide no part of ten characters', () => {
    fc.assert(
      // Where an escape of the secret's own is cut in two, ten characters are not enough.
      fc.property(
        fc.constantFrom(...secrets.filter((value) => !value.includes('%41'))),
        encoder,
        encoder,
        fc.nat(30),
        fc.integer({ min: 10, max: 20 }),
        (value, [, inner], [, outer], from, length) => {
          fc.pre(from + length <= value.length && value.slice(from, from + length).isWellFormed());
          // Where a piece of base64 begins, others stand before it.
          const clean = scrubber(value).text(
            `said ${outer(inner(`${'x'.repeat(from)}${value.slice(from, from + length)}`))}`,
          );
          expect(clean).toContain('[redacted]');
        },
      ),
      { numRuns: 400 },
    );
  });

  it.each([3, 5, 8])(
    'hide nothing of base64 that is cut %d characters after its beginning',
    (from) => {
      const token = 'eyJhbGciOi.plain-token-of-a-caller';
      for (const write of [base64, inLines(20, '\n')]) {
        expect(scrubber(token).text(`…${write(token).slice(from, from + 20)}…`)).toContain(
          '[redacted]',
        );
      }
    },
  );

  it('leave texts alone that share nothing with a secret', () => {
    const words = fc.array(
      fc.oneof(
        fc.lorem({ maxCount: 3 }),
        fc.webUrl({ withQueryParameters: true }),
        fc.uuid(),
        fc.base64String({ minLength: 12 }),
        fc.constantFrom('&amp;', '%20', '\\n', "''", '\\u0042', '100%'),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...secrets), words, (value, parts) => {
        const text = parts.join(' ');
        expect(scrubber(value).text(text)).toBe(text);
      }),
    );
  });
});

describe('what is too much', () => {
  it('of one text is left out', () => {
    const clean = scrubber('secret-secret').text(`secret-secret ${'word '.repeat(200_000)} end`);
    expect(clean).toMatch(/^\[redacted\] word .*…$/);
    expect(clean.length).toBeLessThan(70_000);
  });

  it('to look through is withheld', () => {
    // It can be read as base64 in each of the four ways.
    expect(scrubber('secret-secret').text('V'.repeat(65_000)) === '[redacted]').toBe(true);
  });

  it.each<[string, Json]>([
    [
      'members',
      Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`member ${index}`, index])),
    ],
    ['items', Array.from({ length: 60_000 }, (_, index) => `item ${index}`)],
    ['characters', Array.from({ length: 100 }, (_, index) => `${index} `.repeat(10_000))],
    ['levels', Array.from({ length: 1_000 }).reduce<Json>((value) => [value], 'secret-secret')],
  ])('of a JSON value is withheld: %s', (_what, value) => {
    const text = JSON.stringify(scrubber('secret-secret').json(value));
    expect(text).toContain('[redacted]');
    expect(text).not.toContain('secret-secret');
    expect(text.length).toBeLessThan(80_000);
  });

  it('of the words in a header is a secret as a whole', () => {
    const made = new Scrubber();
    made.addHeader(Array.from({ length: 20_000 }, (_, index) => index.toString(36)).join(','));
    expect(made.text('by 1f of 99')).toBe('by 1f of 99');
    expect(made.text('said 7ps,7pt,7pu,7pv')).toBe('said [redacted]');
  });
});
