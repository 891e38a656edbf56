import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Addition, withEntry } from './insert-entry.ts';

const ENTRY: Addition = {
  list: 'oidcConfigs',
  entry: { idpId: 'new', accessMode: 'PROGRAM', clientId: '123', mapping: { id: 'm' } },
  issuer: null,
};
const ISSUER: Addition = { ...ENTRY, issuer: { name: 'corp', url: 'https://corp.example' } };

const LINES = `  - idpId: new
    accessMode: PROGRAM
    clientId: "123"
    mapping: { id: m }
`;

describe('an entry that is added', () => {
  it('goes to the end of its list, and changes nothing else', () => {
    const before = `# Our sign-in
version: 1   # always

issuers: { a: { url: 'https://a.example' } }

oidcConfigs:
    # the first
    - idpId: "a"
      clientId: 'one'
      accessMode: PROGRAM
      # about a

    - { idpId: b, clientId: two, accessMode: PROGRAM } # b
      # about b
`;
    const after = `
# the last
openIdConnects: []
`;
    expect(withEntry(before + after, ENTRY)).toBe(`${before}
    - idpId: new
      accessMode: PROGRAM
      clientId: "123"
      mapping: { id: m }
${after}`);
  });

  it('has no blank line before it if others have none', () => {
    const text = `version: 1
oidcConfigs:
- idpId: a
  clientId: one
  accessMode: PROGRAM
- idpId: b
  clientId: |
    two
  accessMode: PROGRAM`;
    expect(withEntry(text, ENTRY)).toBe(`${text}
- idpId: new
  accessMode: PROGRAM
  clientId: "123"
  mapping: { id: m }
`);
  });

  it.each([
    ['without the list', 'version: 1\n', '\noidcConfigs:\n', ''],
    ['with a list of nothing', 'version: 1\noidcConfigs: # none yet\n', '', ''],
    ['with another list', 'version: 1\nopenIdConnects: []\n', '\noidcConfigs:\n', ''],
    ['with an end', 'version: 1\n', '\noidcConfigs:\n', '...\n'],
    ['with a comment at its end', 'version: 1\n', '\noidcConfigs:\n', '\n# the end'],
  ])('is added to a file %s', (_case, before, heading, after) => {
    expect(withEntry(before + after, ENTRY)).toBe(before + heading + LINES + after);
  });

  it('brings its issuer along', () => {
    expect(withEntry('version: 1\noidcConfigs:\n  - idpId: a\n', ISSUER)).toBe(`version: 1

issuers:
  corp: { url: https://corp.example }
oidcConfigs:
  - idpId: a

${LINES}`);
    expect(withEntry('version: 1\nissuers:\n   a:\n      url: x\n# end\n', ISSUER)).toBe(`version: 1
issuers:
   a:
      url: x
   corp: { url: https://corp.example }

oidcConfigs:
${LINES}# end
`);
  });

  it.each([
    'version: 1\noidcConfigs: [] # none\n',
    'version: 1\noidcConfigs: [ { idpId: a, clientId: one, accessMode: PROGRAM } ] # none\n',
    '{ version: 1, issuers: {}, # none\n oidcConfigs: [] }',
    'version: 1 # none\nissuers: { a: { url: b } }\noidcConfigs: ~\n',
  ])('is added to a file with braces, which keeps its comments: %s', (text) => {
    const after = withEntry(text, ISSUER);
    const before = parse(text) as { issuers?: object; oidcConfigs?: object[] };
    expect(parse(after)).toEqual({
      ...before,
      issuers: { ...before.issuers, corp: { url: 'https://corp.example' } },
      oidcConfigs: [...(before.oidcConfigs ?? []), ENTRY.entry],
    });
    expect(after).toContain('# none');
  });

  it('leaves JSON as JSON', () => {
    expect(JSON.parse(withEntry('{"version": 1}', ISSUER))).toEqual({
      version: 1,
      issuers: { corp: { url: 'https://corp.example' } },
      oidcConfigs: [ENTRY.entry],
    });
  });

  it('has the line breaks of the file', () => {
    const after = withEntry('version: 1\r\noidcConfigs:\r\n  - idpId: a\r\n', ISSUER);
    expect(after.replaceAll('\r\n', '')).not.toContain('\n');
    expect(parse(after)).toMatchObject({ oidcConfigs: [{ idpId: 'a' }, { idpId: 'new' }] });
  });

  it('leaves every character of a file as it was, however that is written', () => {
    const comment = fc.constantFrom('', '# a', '  # b', '      # c', ' ');
    const value = fc.constantFrom(
      'one',
      "'o # ne'",
      '"o\\n: ne"',
      '|\n        one\n\n',
      '>-\n        one\n        two',
      '[a,\n        b]',
      '{ a: b } # x',
      '',
      '\n      - a # x',
    );
    const entry = fc
      .tuple(fc.nat(99), value, comment)
      .map(([id, text, note]) => `  - idpId: a${id}\n    x: ${text}\n${note}\n`);
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', 'openIdConnects:\n  - id: a\n', '# end'),
        (entries, rest) => {
          const before = `version: 1\noidcConfigs:\n${entries.join('')}${rest}`;
          const after = withEntry(before, ENTRY);
          expect(after).toContain(LINES);
          let start = 0;
          while (start < before.length && before[start] === after[start]) start += 1;
          const length = after.length - before.length;
          expect(after.slice(start + length)).toBe(before.slice(start));
          expect(length).toBeLessThan(LINES.length + 3);
        },
      ),
      { numRuns: 200 },
    );
  });
});
