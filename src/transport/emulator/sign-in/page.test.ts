import { describe, expect, it } from 'vitest';
import { failurePage, page, redirectTo } from './page.ts';

describe('a page', () => {
  it('shows texts of others as texts', () => {
    const { status, body } = failurePage(`<img src=x onerror="alert('&')">`);
    expect([status, body]).toEqual([
      400,
      expect.stringContaining(
        '<p>&lt;img src=x onerror=&quot;alert(&#39;&amp;&#39;)&quot;&gt;</p>',
      ),
    ]);
    expect(page(200, '</title>', '').body).not.toContain('</title></title>');
  });
});

describe('a redirect', () => {
  it.each([
    ['https://shop.example.com/?a=b%20c', 'https://shop.example.com/?a=b%20c'],
    ['https://shop.example.com/ä b', 'https://shop.example.com/%C3%A4%20b'],
    ['https://a.example\r\nSet-Cookie: x', 'https://a.example%0D%0ASet-Cookie:%20x'],
    ['https://a.example/\ud800', 'https://a.example/%EF%BF%BD'],
  ])('to %o has a header that can be sent', (url, location) => {
    expect(redirectTo(url)).toMatchObject({ status: 302, headers: { Location: location } });
  });
});
