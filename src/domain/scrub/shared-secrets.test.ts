import { describe, expect, it } from 'vitest';
import { Scrubber } from './scrub.ts';
import { Secret } from './secret.ts';
import { SharedSecrets } from './shared-secrets.ts';

const SECRET = 'client-secret/of+the&gateway';

function shared(...secrets: readonly string[]): SharedSecrets {
  const made = new SharedSecrets();
  made.add(...secrets.map((secret) => new Secret(secret)));
  return made;
}

describe('secrets that all requests share', () => {
  it('are taken out of the texts of each of them, also if they are added later', () => {
    const own = shared(SECRET);
    const scrubbers = [new Scrubber(own), new Scrubber(own)];
    own.renew('SHOP', [new Secret('token-one-1')]);
    for (const scrubber of scrubbers) {
      scrubber.add('secret-of-the-caller');
      expect(scrubber.text(`${SECRET} token-one-1 secret-of-the-caller rest`)).toBe(
        '[redacted] [redacted] [redacted] rest',
      );
      expect(scrubber.text('token-one-1')).toBe('[redacted]');
      expect(scrubber.text('CreateThing')).toBe('CreateThing');
    }
  });

  it('are the last three tokens of each source', () => {
    const own = shared();
    for (const number of [1, 2, 3, 4])
      own.renew('SHOP', [new Secret(`token-of-the-shop-${number}`)]);
    own.renew('BANK', [new Secret('another-token-of-the-bank')]);
    expect([1, 2, 3, 4].map((number) => own.has(`token-of-the-shop-${number}`))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect(own.has('another-token-of-the-bank')).toBe(true);
  });

  it.each(['abcd', 'Hunter2!!', 'pa%41ss', 'a+b/c=d'])(
    'are found in short texts though they are short: %j',
    (secret) => {
      const scrubber = new Scrubber(shared(secret, 'a-longer-secret-of-the-gateway'));
      scrubber.add('secret-of-the-caller');
      const forms = [
        secret,
        encodeURIComponent(secret),
        JSON.stringify(JSON.stringify(secret)),
        Buffer.from(secret).toString('base64'),
        Buffer.from(`user:${secret}`).toString('base64url'),
        `&#${secret.charCodeAt(0)};${secret.slice(1)}`,
      ];
      for (const form of forms)
        for (const text of [form, `x ${form}`, `it says ${form} there`])
          expect(scrubber.text(text)).toContain('[redacted]');
      for (const text of ['', 'abc', 'CreateThing', '6550e798-bbd6-477c-b38b-850ad7542abb'])
        expect(scrubber.text(text)).toBe(text);
    },
  );

  it('of fewer than four characters withhold a text that has them', () => {
    expect(new Scrubber(shared('abc')).text('x abc y')).toBe('[redacted]');
  });
});

describe('a text that repeats one of them whole', () => {
  const own = shared('another-secret', SECRET, '?????secret???', 'short');

  it.each([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ AppStartUrl: `https://app.example.com/?s=${SECRET}` })],
    [
      'in JSON with every character escaped',
      `"${Array.from(SECRET, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`,
    ],
    ['in JSON inside JSON', JSON.stringify({ a: JSON.stringify({ b: SECRET }) })],
    ['in a URL', `https://app.example.com/?s=${encodeURIComponent(SECRET)}&t=1`],
    ['in HTML', `<b>${SECRET.replaceAll('&', '&amp;')}</b>`],
    [
      'in numeric entities',
      Array.from(SECRET, (character) => `&#${character.charCodeAt(0)}`).join(''),
    ],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64url', Buffer.from(SECRET).toString('base64url')],
    ['in Basic credentials', Buffer.from(`user:${SECRET}`).toString('base64')],
    [
      'in octal escapes',
      Array.from(
        SECRET,
        (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
      ).join(''),
    ],
    [
      'in escapes of eight digits',
      Array.from(
        SECRET,
        (character) => `\\U${character.charCodeAt(0).toString(16).padStart(8, '0')}`,
      ).join(''),
    ],
    [
      'in base64 with escaped slashes',
      JSON.stringify(Buffer.from('?????secret???').toString('base64')).replaceAll('/', '\\/'),
    ],
    [
      'in base64 that is broken into lines where it begins',
      JSON.stringify(
        Buffer.from(`${'u'.repeat(54)}${SECRET}`)
          .toString('base64')
          .replaceAll(/.{76}/g, '$&\r\n'),
      ),
    ],
    [
      'in base64 that is broken into lines',
      JSON.stringify(Buffer.from(`u:${SECRET}`).toString('base64').replaceAll(/.{20}/g, '$&\r\n')),
    ],
  ])('is known: %s', (_how, text) => {
    expect(new Scrubber(own).holdsShared(`before ${text} after`)).toBe(true);
  });

  it.each([
    ['a part of one', SECRET.slice(0, -1)],
    ['one that is too short to be looked for', 'a short text'],
    ['a secret of the request', 'secret-of-the-caller'],
    ['nothing', ''],
    ['escapes of other things', '{"a":"\\u0041%20&#65;"}'],
  ])('is not one with %s', (_what, text) => {
    const scrubber = new Scrubber(own);
    scrubber.add('secret-of-the-caller');
    expect(scrubber.holdsShared(text)).toBe(false);
    expect(scrubber.withoutShared(text)).toBe(text);
  });

  it('is cut if it does', () => {
    expect(new Scrubber(own).withoutShared(`a ${SECRET} b another-secret`)).toBe(
      'a [redacted] b [redacted]',
    );
    expect(new Scrubber().withoutShared('a')).toBe('a');
    expect(new Scrubber().holdsShared('a')).toBe(false);
  });
});
