import { describe, expect, it } from 'vitest';
import { parseText } from './parse.ts';
import type { FileProblem } from './problems.ts';

/* What is said of text that is not YAML: a message for the cause, and none for what follows from it. */

const FILE = `version: 1
issuers:
  corporate: { url: https://idp.example.com }
openIdConnects:
  - id: shop
    issuer: corporate
    connectClientId: shop
    connectClientSecret: { fromEnv: SHOP_SECRET }
    appStartUrl: https://shop.example.com/login
  - id: two
    issuer: corporate
oidcConfigs:
  - idpId: staff
`;

function said(text: string): string[] {
  const problems: FileProblem[] = [];
  parseText(text, 'signin.yaml', problems);
  return problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

const UNEXPECTED =
  'This is not expected here. Look for a missing quotation mark, bracket or comma, and at the indentation.';
const GOES_ON =
  'This goes on in the next line, because that is indented further than this one. Indent both lines alike.';
const INDENTED = 'This is indented wrongly.';
const NO_COLON = 'This has no ": " after the name of a field.';

describe('a slip', () => {
  it.each([
    ['a tab', '    issuer', '\tissuer', '6:1: This is indented with a tab. Use spaces.'],
    ['too few spaces', '    issuer', '   issuer', `6:1: ${INDENTED}`],
    ['fewer spaces', '    issuer', '  issuer', `6:1: ${INDENTED}`],
    ['too many spaces', '    issuer', '     issuer', `5:9: ${GOES_ON}`],
    [
      'more spaces in the middle',
      '    connectClientId',
      '      connectClientId',
      `6:13: ${GOES_ON}`,
    ],
    ['no spaces', '    issuer', 'issuer', `6:9: ${GOES_ON}`],
    ['an item too far out', '  - id: two', '- id: two', `10:1: ${INDENTED}`],
    ['an item too far in', '  - id: two', '    - id: two', `10:1: ${INDENTED}`],
    ['a field of the file too far in', 'openIdConnects', ' openIdConnects', `4:1: ${INDENTED}`],
    ['a space before all', 'version', ' version', `2:1: ${UNEXPECTED}`],
    ['no colon', 'connectClientId: shop', 'connectClientId shop', `7:5: ${NO_COLON}`],
    ['no space after a colon', 'connectClientId: shop', 'connectClientId:shop', `7:5: ${NO_COLON}`],
    [
      'a colon in text',
      'connectClientId: shop',
      'connectClientId: a: b',
      '7:22: This needs quotation marks, because it has ": " in it.',
    ],
    [
      'a quotation mark that is not closed',
      'https://shop',
      '"https://shop',
      '9:18: This begins with a quotation mark that is never closed.',
    ],
    [
      'a brace that is not closed',
      'SHOP_SECRET }',
      'SHOP_SECRET',
      '9:5: This is indented wrongly, or a bracket or brace before it is not closed.',
    ],
    ['one brace too many', 'SHOP_SECRET }', 'SHOP_SECRET }}', `8:50: ${UNEXPECTED}`],
    [
      'text that begins with a brace',
      'shop\n    connectClientS',
      '{0}/x\n    connectClientS',
      `7:25: ${UNEXPECTED}`,
    ],
    [
      'text that begins with a reserved character',
      'connectClientId: shop',
      'connectClientId: @shop',
      '7:22: This begins with a character that text may only have in quotation marks.',
    ],
    [
      'a merge conflict',
      '    connectClientId: shop\n',
      '<<<<<<< main\n    connectClientId: shop\n=======\n    connectClientId: other\n>>>>>>> other\n',
      '7:1: This is a mark of a merge conflict. Resolve it.',
    ],
  ])('such as %s has one message', (_what, before, after, message) => {
    expect(FILE).toContain(before);
    expect(said(FILE.replace(before, after))).toEqual([message]);
  });

  it('has a message for each if none follows from another', () => {
    expect(
      said(FILE.replace('shop\n    issuer', '@a\n    issuer').replace('two', String.raw`"\q"`)),
    ).toEqual([
      '5:9: This begins with a character that text may only have in quotation marks.',
      '10:10: This is an unknown escape in double quotation marks. Use single ones.',
    ]);
    expect(said('{ "a": 1 "b": 2 }')).toEqual([
      '1:8: This needs a comma after it, or quotation marks.',
    ]);
  });

  it('is said once, however often it is there', () => {
    expect(said(`a:\n${'  - "a\n'.repeat(100)}`)).toHaveLength(1);
    expect(said('a: b: c\n'.repeat(100))).toHaveLength(1);
  });
});
