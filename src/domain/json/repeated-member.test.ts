import { describe, expect, it } from 'vitest';
import { repeatedMember } from './repeated-member.ts';

describe('a repeated member', () => {
  it.each([
    ['{}'],
    ['[]'],
    ['""'],
    ['1'],
    ['null'],
    [''],
    ['{"a":1,"b":2}'],
    ['{"a":{"a":{"a":[{"a":1},{"a":2}]}}}'],
    ['[{"k":1},{"k":2}]'],
    ['{"a":"b","b":"a","c":"a"}'],
    ['{"a":["a","a","a"],"b":["a"]}'],
    ['{"a":"\\\\","b":"\\"a\\":1,\\"a\\":"}'],
    ['{"k":1,"K":2}'],
    ['{"__proto__":1,"constructor":2,"toString":3}'],
  ])('is not in %s', (text) => {
    if (text !== '') JSON.parse(text);
    expect(repeatedMember(text)).toBeNull();
  });

  it.each([
    ['{"a":1,"a":1}', ['a']],
    [' {\n"a" : 1 ,\t"b":2,\r\n"a":3}', ['a']],
    ['\uFEFF{"a":1,"a":2}', ['a']],
    ['{"keys":[{"id":"x"},{"id":"y","scopes":["a","b"],"scopes":["c"]}]}', ['keys', '1', 'scopes']],
    ['{"keys":[],"keys":[]}', ['keys']],
    ['{"a":{"b":[[],[1,{"c":{},"d":[],"c":1}]]}}', ['a', 'b', '1', '1', 'c']],
    ['{"k\\u0069d":1,"kid":2}', ['kid']],
    ['{"a\\"b":1,"a\\u0022b":2}', ['a"b']],
    ['{"":1,"":2}', ['']],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
    ['{"a":"}","b":"{","a":1}', ['a']],
  ])('is found in %s', (text, path) => {
    expect(repeatedMember(text)).toEqual(path);
  });

  it('is looked for in any depth', () => {
    const depth = 100_000;
    expect(repeatedMember(`${'['.repeat(depth)}{"a":1,"a":2}${']'.repeat(depth)}`)?.at(-1)).toBe(
      'a',
    );
  });
});
