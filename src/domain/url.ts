/**
 * An absolute URL, null where the text is none. Not `URL.canParse`: once Node.js 20 has optimised its callers, it
 * refuses good URLs with letters such as `ü`, whose single bytes it takes for UTF-8.
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
