import { describe, expect, it } from 'vitest';
import { isCleartext, isLoopback, parseUrl, placeholdersOf } from './url.ts';

it.each([
  'https://bücher.example/straße',
  'https://例え.テスト/漢字',
  'https://login.example.com/',
])('takes %s, however often it was asked', (text) => {
  let refused = 0;
  // As many as it takes for the engine to optimise the call.
  for (let count = 0; count < 50_000; count += 1) if (parseUrl(text) === null) refused += 1;
  expect(refused).toBe(0);
});

it.each(['', 'login.example.com', '/login', 'https://'])('takes "%s" for none', (text) => {
  expect(parseUrl(text)).toBeNull();
});

describe('placeholdersOf', () => {
  it.each([
    ['https://host.com{2}?t={0}&u={0}', ['2', '0', '0']],
    ['https://host.com/{token}/{}', ['token', '']],
    ['https://host.com/{{1}}', ['1']],
    ['https://host.com/{1', []],
    ['', []],
  ])('finds in %j %j', (template, names) => {
    expect(placeholdersOf(template)).toEqual(names);
  });
});

describe('isCleartext', () => {
  it.each([
    ['http://shop.example.com/login', true],
    ['HTTP://shop.example.com', true],
    ['http://shop.example.com{2}?t={0}', true],
    ['http://192.168.0.1/', true],
    ['http://localhost.example.com', true],
    ['https://shop.example.com', false],
    ['http://localhost:3000/{0}', false],
    ['http://localhost{2}?t={0}', false],
    ['http://shop.example.com:8080{2}?t={0}', true],
    ['http://localhost{0}.example.com/', true],
    ['http://{2}.example.com/', true],
    ['http://127.0.0.1/', false],
    ['http://[::1]/', false],
    ['not a URL', false],
    ['', false],
  ])('%s: %s', (url, expected) => {
    expect(isCleartext(url)).toBe(expected);
  });
});

describe('isLoopback', () => {
  it.each([
    ['localhost', true],
    ['app.localhost', true],
    ['127.0.0.1', true],
    ['127.255.0.9', true],
    ['[::1]', true],
    ['128.0.0.1', false],
    ['0.0.0.0', false],
    ['127.0.0.1.example.com', false],
    ['localhost.example.com', false],
    ['notlocalhost', false],
    ['[::2]', false],
    ['', false],
  ])('%s: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});
