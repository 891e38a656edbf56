import { expect, it } from 'vitest';
import { parseUrl } from './url.ts';

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
