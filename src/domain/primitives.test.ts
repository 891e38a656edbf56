import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { InvalidInputError } from './errors.ts';
import { parseInput } from './parse.ts';
import type { InputIssue } from './input-issue.ts';
import { httpUrl, id, text, urlTemplate, words } from './primitives.ts';

/** What is wrong with a value; a value without issues must come back as it went in. */
function issuesOf(schema: z.ZodType, value: unknown): readonly InputIssue[] {
  try {
    expect(parseInput(schema, value)).toEqual(value);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues;
    throw error;
  }
}

function codesOf(schema: z.ZodType, value: unknown): string[] {
  return issuesOf(schema, value).map(({ code }) => code);
}

/** Readable names for characters that no terminal shows. */
const INVISIBLE = [
  ['a zero-width space', '\u200B'],
  ['a zero-width joiner', '\u200D'],
  ['a word joiner', '\u2060'],
  ['a byte order mark', '\uFEFF'],
  ['a soft hyphen', '\u00AD'],
  ['a right-to-left override', '\u202E'],
  ['a tab', '\t'],
  ['a line feed', '\n'],
  ['a carriage return', '\r'],
  ['a next line', '\u0085'],
  ['a line separator', '\u2028'],
  ['a paragraph separator', '\u2029'],
  ['a null', '\0'],
  ['a delete', '\u007F'],
  ['a lone high surrogate', '\uD83D'],
  ['a lone low surrogate', '\uDE00'],
] as const;

describe('text', () => {
  it.each(['a', ' a ', 'ä', '漢字', '😀', 'a b', 'a\u00A0b', '"\\{}<>', 'A-Za-z0-9._~'])(
    'takes %j unchanged',
    (value) => {
      expect(codesOf(text(), value)).toEqual([]);
    },
  );

  it.each(['', ' ', '\t', '\n', '\u00A0', '\u2003', '\uFEFF', ' \r\n '])(
    'refuses %j as blank, and says only that',
    (value) => {
      expect(codesOf(text({ min: 5 }), value)).toEqual(['BLANK']);
    },
  );

  it.each(INVISIBLE)('refuses %s inside of a text', (_name, character) => {
    expect(codesOf(text(), `a${character}b`)).toEqual(['INVALID_CHARACTER']);
  });

  it.each(INVISIBLE.filter(([, character]) => character.trim() !== ''))(
    'refuses %s alone',
    (_name, character) => {
      expect(codesOf(text(), character)).toEqual(['INVALID_CHARACTER']);
    },
  );

  it.each([
    [4, ['TOO_SHORT']],
    [5, []],
    [8, []],
    [9, ['TOO_LONG']],
  ])('of %i characters within 5 to 8: %j', (length, codes) => {
    expect(codesOf(text({ min: 5, max: 8 }), 'x'.repeat(length))).toEqual(codes);
  });

  it('says how long it is, and all of its issues', () => {
    expect(issuesOf(text({ max: 3 }), 'a\u200Bbcd')).toEqual([
      {
        path: [],
        code: 'INVALID_CHARACTER',
        message:
          'Must not contain control or invisible characters, such as line breaks: check the pasted text.',
        source: 'GATEWAY',
      },
      {
        path: [],
        code: 'TOO_LONG',
        message: 'Must have at most 3 characters, but has 5.',
        source: 'GATEWAY',
      },
    ]);
  });
});

describe('id', () => {
  const schema = id(/^[A-Za-z0-9_-]{1,8}$/, '1 to 8 letters, digits, hyphens and underscores');

  it.each(['a', 'A-1_b', '-', '_', '00000000'])('takes %j', (value) => {
    expect(codesOf(schema, value)).toEqual([]);
  });

  it.each(['', ' ', '\n'])('refuses %j as blank', (value) => {
    expect(issuesOf(schema, value)).toMatchObject([
      {
        code: 'BLANK',
        message: 'Must not be blank: 1 to 8 letters, digits, hyphens and underscores.',
      },
    ]);
  });

  it.each([
    '.',
    '..',
    '../a',
    'a/b',
    String.raw`a\b`,
    '%2e%2e',
    'a%2Fb',
    'a?b',
    'a#b',
    'a b',
    ' a',
    'a ',
    'a\n',
    '\na',
    'ä',
    'a\u200Bb',
    '$&x',
    '{idp_id}',
    '000000000',
  ])('refuses %j', (value) => {
    expect(issuesOf(schema, value)).toMatchObject([
      {
        code: 'INVALID_FORMAT',
        message: 'Must be 1 to 8 letters, digits, hyphens and underscores.',
      },
    ]);
  });
});

describe('httpUrl', () => {
  it('skips the parser only for URLs that the parser keeps unchanged', () => {
    const label = fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,8}[a-zA-Z0-9])?$/);
    const urls = fc.record({
      scheme: fc.constantFrom('https', 'HTTPS', 'http'),
      host: fc
        .tuple(
          fc.array(label, { minLength: 1, maxLength: 4 }),
          fc.constantFrom('com', 'example', 'Local', '7', '0x7f', 'xn--p1ai', 'c-m'),
        )
        .map(([labels, top]) => [...labels, top].join('.')),
      port: fc.constantFrom('', ':443', ':8443', ':99999', ':'),
      path: fc.oneof(
        fc.stringMatching(/^[/?][\w.~!$&'()*+,;=:@%/?-]{0,20}$/),
        fc.constantFrom('', '/a b', '/%zz', '/ü', '\\a', '#f', '/{0}'),
      ),
    });
    fc.assert(
      fc.property(urls, ({ scheme, host, port, path }) => {
        const url = `${scheme}://${host}${port}${path}`;
        const codes = codesOf(httpUrl(), url);
        let parsed: URL | null = null;
        try {
          parsed = new URL(url);
        } catch {
          // Then it must have been refused.
        }
        if (codes.length === 0)
          expect(parsed?.hostname).toBe(
            parsed === null
              ? undefined
              : /^[\d.]+$/.test(parsed.hostname)
                ? parsed.hostname
                : host.toLowerCase(),
          );
        if (parsed === null) expect(codes).toContain('INVALID_URL');
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses braces: what they stand for was not put in', () => {
    expect(codesOf(httpUrl(), 'https://login.example.com/{tenant}/authorize')).toEqual([
      'INVALID_PLACEHOLDER',
    ]);
  });

  it.each([
    'https://accounts.example.com',
    'https://accounts.example.com/',
    'HTTPS://Accounts.Example.COM/A',
    'https://accounts.example.com:443/',
    'https://accounts.example.com./',
    'https://login.example.com/a/./b/../c//d?x=%7e&y=a+b',
    'https://login.example.com?tenant=a@b',
    'https://login.example.com/@me:x',
    'http://localhost',
    'http://localhost:8080/cb',
    'http://127.0.0.1:4000/',
    'https://[::1]:8443/authorize',
    'https://[2001:db8::1]/',
    'https://kubernetes.default.svc.cluster.local',
    'https://xn--bcher-kva.example',
    'https://login.example.com/#fragment',
  ])('takes %s byte for byte', (value) => {
    expect(codesOf(httpUrl(), value)).toEqual([]);
  });

  it.each([
    'accounts.example.com',
    'accounts.example.com:443',
    '//accounts.example.com',
    '/authorize',
    'https:accounts.example.com',
    'https:/accounts.example.com',
    'https:///accounts.example.com',
    'https://',
    'https://?a=b',
    'https://#a',
    'https://:443',
    String.raw`https:\\accounts.example.com`,
    String.raw`https://accounts.example.com\authorize`,
    ' https://accounts.example.com',
    'https://accounts.example.com ',
    'https://accounts example.com',
    'https://accounts.example.com/a b',
    'https://accounts.example.com/a\u00A0b',
    'https://accounts.example.com\u3000',
    'javascript:alert(1)',
    'javascript://accounts.example.com/%0Aalert(1)',
    'data:text/html,https://accounts.example.com',
    'ftp://accounts.example.com',
    'file:///etc/passwd',
    'blob:https://accounts.example.com/1',
    'https://accounts.example.com:port',
    'https://accounts.example.com:65536',
    'https://[::1',
    'https://[::g]/',
    'https://256.256.256.256/',
    'https://%zz.example.com',
  ])('refuses %j, which is not an absolute http(s) URL', (value) => {
    expect(issuesOf(httpUrl(), value)).toMatchObject([
      {
        code: 'INVALID_URL',
        message: 'Must be an absolute URL that begins with https:// or http://, without spaces.',
      },
    ]);
  });

  it.each([
    'https://user@accounts.example.com',
    'https://user:password@accounts.example.com',
    'https://:password@accounts.example.com',
    'https://accounts.example.com@evil.example',
  ])('refuses %s for its user name or password', (value) => {
    expect(issuesOf(httpUrl(), value)).toMatchObject([
      { code: 'INVALID_URL', message: 'Must not contain a user name or password.' },
    ]);
  });

  it.each([
    'https://login.example.com/#a',
    'https://login.example.com/authorize?x=y#',
    'https://login.example.com#/authorize',
  ])('refuses the fragment of %s if none is allowed', (value) => {
    expect(issuesOf(httpUrl({ fragment: false }), value)).toMatchObject([
      { code: 'INVALID_URL', message: 'Must not have a fragment (#…), RFC 6749 section 3.1.' },
    ]);
  });

  it.each([
    'https://accounts.example.com:0',
    'https://accounts.example.com:00/x',
    'https://accounts..example.com',
    'https://.example.com/x',
    'https://accounts.example.com..',
  ])('refuses the host of %s', (value) => {
    expect(codesOf(httpUrl(), value)).toEqual(['INVALID_URL']);
  });

  it.each(['', ' ', '\n'])('says of %j only that it is blank', (value) => {
    expect(codesOf(httpUrl({ min: 10 }), value)).toEqual(['BLANK']);
  });

  it.each(INVISIBLE)('refuses %s in its path', (_name, character) => {
    expect(codesOf(httpUrl(), `https://accounts.example.com/a${character}b`)).toContain(
      'INVALID_CHARACTER',
    );
  });

  it.each([
    [9, ['TOO_SHORT']],
    [10, []],
    [255, []],
    [256, ['TOO_LONG']],
  ])('of %i characters within 10 to 255: %j', (length, codes) => {
    expect(codesOf(httpUrl({ min: 10, max: 255 }), 'https://'.padEnd(length, 'x.'))).toEqual(codes);
  });
});

describe('httpUrl and what it is not', () => {
  const codes = (value: string) => codesOf(httpUrl({ fragment: false }), value);

  it.each([
    'https://login.example.com/%7Btenant%7D/authorize',
    'https://login.example.com/%7btenant%7d',
    'https://login.example.com/a%7D',
    'https://login.example.com/<tenant-id>/v2.0',
    'https://<tenant>.example.com',
    'https://login.example.com/%3Ctenant%3E',
    'https://login.example.com/%3cx',
    'https://login.example.com/?a=%3e',
    'https://login.example.com/{{tenant}}',
    'https://login.example.com/${TENANT}',
    'https://login.example.com/$(tenant)/x',
    'https://{tenant}.example.com',
    'https://login.example.com/}',
  ])('refuses what was left in %s', (value) => {
    expect(codes(value)).toEqual(['INVALID_PLACEHOLDER']);
  });

  it.each([
    'https://bücher.example/',
    'https://login.example.com/straße',
    'https://例え.テスト/漢字',
    'https://login.example.com/"',
    'https://login.example.com/a|b',
    'https://login.example.com/^',
    'https://login.example.com/`',
    'https://login.example.com/a[0]',
    'https://login.example.com/?a[]=1',
    'https://login.example.com/\u{1F600}',
  ])('refuses the characters of %s, which no URL has', (value) => {
    expect(issuesOf(httpUrl(), value)).toMatchObject([
      { code: 'INVALID_CHARACTER', message: expect.stringContaining('punycode') as unknown },
    ]);
  });

  it.each([
    'https://login.example.com/%zz',
    'https://login.example.com/100%',
    'https://login.example.com/%2',
    'https://login.example.com/?a=%u0041',
    'https://login.example.com/%%20',
    'https://login%2eexample.com/',
    'https://@login.example.com/',
    'https://:@login.example.com/',
  ])('refuses %s', (value) => {
    expect(codes(value)).toEqual(['INVALID_URL']);
  });

  it.each([
    'https://login.example.com/%20%C3%BC%25',
    "https://login.example.com/~a!$&'()*+,;=:@b",
    'https://login.example.com/?a=b?c/d',
    'https://login.example.com/$price',
    'https://[2001:db8::1]:8443/a',
  ])('takes %s', (value) => {
    expect(codes(value)).toEqual([]);
  });
});

describe('an issuer', () => {
  const issuer = httpUrl({ fragment: false, issuer: true });

  it.each([
    'https://accounts.example.com',
    'https://accounts.example.com/',
    'https://login.example.com/tenant/v2.0',
    'https://accounts.example.com/well-known',
    'https://accounts.example.com/.well-known',
    'https://well-known.example.com/a',
    'https://accounts.example.com:8443/%20',
  ])('is %s', (value) => {
    expect(codesOf(issuer, value)).toEqual([]);
  });

  it.each([
    ['https://accounts.example.com?', 1],
    ['https://accounts.example.com/?a=b', 1],
    ['https://accounts.example.com/#', 1],
    ['https://accounts.example.com/#a', 1],
    ['https://accounts.example.com/?a#b', 2],
    ['https://accounts.example.com/.well-known/openid-configuration', 1],
    ['https://accounts.example.com/.well-known/openid-configuration?a=b', 2],
  ])('is not %s', (value, count) => {
    expect(codesOf(issuer, value)).toEqual(Array(count).fill('INVALID_URL'));
  });

  it.each([
    [
      'https://accounts.example.com/.well-known/openid-configuration',
      'https://accounts.example.com',
    ],
    [
      'https://accounts.example.com/.well-known/openid-configuration/',
      'https://accounts.example.com',
    ],
    [
      'https://login.example.com/tenant/v2.0/.well-known/openid-configuration',
      'https://login.example.com/tenant/v2.0',
    ],
    [
      'https://login.example.com/.well-known/openid-configuration/tenant',
      'https://login.example.com/tenant',
    ],
    [
      'https://login.example.com/a/.well-known/oauth-authorization-server',
      'https://login.example.com/a',
    ],
    ['https://login.example.com/a/.Well-Known/OpenID-Configuration', 'https://login.example.com/a'],
    [
      'https://login.example.com/a/%2ewell-known/openid-configuration',
      'https://login.example.com/a',
    ],
  ])('is not the document %s, but %s', (value, meant) => {
    expect(issuesOf(issuer, value)).toMatchObject([
      {
        code: 'INVALID_URL',
        message: expect.stringContaining(`here probably ${meant}. `) as unknown,
      },
    ]);
  });

  it('is not reported for a URL that may hold a secret', () => {
    const value =
      'https://user:canary@accounts.example.com/.well-known/openid-configuration?canary';
    expect(JSON.stringify(issuesOf(issuer, value))).not.toContain('canary');
  });
});

describe('a private key', () => {
  const PEM = '-----BEGIN RSA PRIVATE KEY-----MIIBOgIBAAJB';

  it.each<[string, z.ZodType, string]>([
    ['a text', text(), PEM],
    ['a text that says more', text(), `our key: ${PEM}`],
    ['a private JSON Web Key', text(), '{"kty":"oct","k":"c2VjcmV0"}'],
    ['a URL', httpUrl(), `https://a.example/?key=${PEM.replaceAll(' ', '%20')}`],
    ['a URL with plus signs', httpUrl(), `https://a.example/?key=${PEM.replaceAll(' ', '+')}`],
    ['a template', urlTemplate(['0']), `https://a.example/?t={0}&key=${PEM.replaceAll(' ', '+')}`],
  ])('is refused in %s', (_what, schema, value) => {
    expect(codesOf(schema, value)).toContain('PRIVATE_KEY');
  });
});

describe('urlTemplate', () => {
  const appStartUrl = urlTemplate(['0', '1', '2', '3', '4']);

  it.each([
    'https://host.com{2}?t={0}',
    'https://a.b/{2}?t={0}',
    'https://host.com{2}?oc={0}&idp={1}&refresh={3}&idprefresh={4}',
    'https://host.com/#token={0}',
    'https://host.com/login',
    'https://host.com/{0}{0}/{1}',
    'https://[::1]:8080{2}?t={0}',
    'http://localhost:3000{2}?t={0}',
    'https://{2}.host.com/{0}',
    'http://localhost:3000/auth?token={0}',
    'HTTPS://Host.com/%20?t={0}',
    'https://host.com/#/login?t={0}',
  ])('takes %s byte for byte', (value) => {
    expect(codesOf(appStartUrl, value)).toEqual([]);
  });

  it.each([
    ['https://host.com/{5}', ['INVALID_PLACEHOLDER']],
    ['https://host.com:{0}/', ['INVALID_URL']],
    ['https://host.com/{token}', ['INVALID_PLACEHOLDER']],
    ['https://host.com/{00}', ['INVALID_PLACEHOLDER']],
    ['https://host.com/{-0}', ['INVALID_PLACEHOLDER']],
    ['https://host.com/{０}', ['INVALID_PLACEHOLDER']],
    ['https://host.com/{}', ['INVALID_PLACEHOLDER']],
    ['https://host.com/{ 0 }', ['INVALID_PLACEHOLDER']],
    ['https://host.com/{0', ['INVALID_PLACEHOLDER']],
    ['https://host.com/0}', ['INVALID_PLACEHOLDER']],
    ['https://host.com/}0{', ['INVALID_PLACEHOLDER']],
    ['https://host.com/{{0}}', ['INVALID_PLACEHOLDER']],
    ['https://host.com/%7B0%7D', ['INVALID_PLACEHOLDER']],
    ['https://host.com/<path>?t={0}', ['INVALID_PLACEHOLDER']],
    ['https://host.com/%zz?t={0}', ['INVALID_URL']],
    ['https://höst.com/?t={0}', ['INVALID_CHARACTER']],
    ['https://host.com/{{0}', ['INVALID_PLACEHOLDER']],
    ['https://host.com/{0}}', ['INVALID_PLACEHOLDER']],
    ['https://host.com/{0}/{5}/{6}', ['INVALID_PLACEHOLDER']],
    ['https://host.com{0', ['INVALID_PLACEHOLDER']],
    ['host.com/{5}', ['INVALID_PLACEHOLDER', 'INVALID_URL']],
    ['{0}', ['INVALID_URL']],
    ['{2}://host.com', ['INVALID_URL']],
    ['javascript:{0}', ['INVALID_URL']],
    ['https:host.com{2}?t={0}', ['INVALID_URL']],
    ['https://host.com {2}', ['INVALID_URL']],
    ['https://host.com/{0} ', ['INVALID_URL']],
    ['https://{0}:{1}@host.com', ['INVALID_URL']],
    ['https://user:{1}@host.com', ['INVALID_URL']],
    ['https://shop.example.com{0}@host.com', ['INVALID_URL']],
    ['https://shop.example.com{0}{1}@host.com', ['INVALID_URL']],
    ['https://host.com/\u200B{0}', ['INVALID_CHARACTER']],
    ['https://host.com/{0}\n', ['INVALID_CHARACTER', 'INVALID_URL']],
    ['', ['BLANK']],
    [' ', ['BLANK']],
  ])('refuses %j: %j', (value, codes) => {
    expect(codesOf(appStartUrl, value)).toEqual(codes);
  });

  it('says which placeholders there are', () => {
    expect(issuesOf(urlTemplate(['0']), 'https://host.com/?e={1}')).toMatchObject([
      { code: 'INVALID_PLACEHOLDER', message: 'Braces may only contain a known placeholder: {0}.' },
    ]);
  });

  it('takes any template made of the placeholders, byte for byte', () => {
    const part = fc.constantFrom(
      '{0}',
      '{1}',
      '{2}',
      '{3}',
      '{4}',
      '/',
      '?',
      '&',
      '=',
      '#',
      'a',
      'B',
      '.',
      '..',
      '%20',
      '%C3%BC',
      '+',
      '@',
      ':',
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const template = `https://host.com/${parts.join('')}`;
        expect(parseInput(appStartUrl, template)).toBe(template);
      }),
    );
  });
});

describe('words', () => {
  it.each([
    [[]],
    [['openid']],
    [
      [
        'api://client-id/.default',
        'https://graph.example.com/User.Read',
        'a!#[]~',
        'offline_access',
      ],
    ],
  ])('takes %j', (list) => {
    expect(codesOf(words(), list)).toEqual([]);
  });

  it('names each bad word by its index', () => {
    expect(issuesOf(words(), Array(1_001).fill('a')).map(({ message }) => message)).toEqual([
      'Must have at most 1000 scopes, but has 1001.',
    ]);
    expect(
      issuesOf(words(), ['ok', '', 'two words', 'a"b', String.raw`a\b`, 'ä', 'a\u200Bb', '\t']).map(
        ({ path, code }) => `${path.join('.')} ${code}`,
      ),
    ).toEqual([
      '1 BLANK',
      '2 INVALID_FORMAT',
      '3 INVALID_CHARACTER',
      '4 INVALID_CHARACTER',
      '5 INVALID_CHARACTER',
      '6 INVALID_CHARACTER',
      '7 BLANK',
    ]);
  });

  it.each([' openid', 'openid ', 'openid\n', 'openid\u00A0email'])(
    'takes no white space with it: %j',
    (word) => {
      expect(codesOf(words(), [word])).toEqual(['INVALID_FORMAT']);
    },
  );

  it('keeps to a narrower alphabet, and says which', () => {
    expect(issuesOf(words(/^[a-z]+$/, 'lower-case letters'), ['a', 'B'])).toMatchObject([
      { path: ['1'], message: 'A scope may only contain lower-case letters.' },
    ]);
  });
});
