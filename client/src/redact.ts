/** What is shorter is not a secret, and often a word that a message has anyway. In characters. */
const MIN_SECRET = 8;

/** Texts in a request that may be secrets, the longest first. Of a text of several words also the last one: the token of a header. */
export function secretsIn(sent: unknown): readonly string[] {
  const found: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') found.push(value, value.slice(value.lastIndexOf(' ') + 1));
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  collect(sent);
  return found.filter(({ length }) => length >= MIN_SECRET).sort((a, b) => b.length - a.length);
}

/** Longer messages are cut, in characters: looking for thousands of texts in megabytes would take minutes. */
const MAX_MESSAGE = 10_000;

/** Takes texts out of a message, as they are and as JSON has them. */
export function redact(message: string, texts: readonly string[]): string {
  let redacted = message.slice(0, MAX_MESSAGE);
  let longest = 0;
  for (const text of texts)
    for (const form of [text, JSON.stringify(text).slice(1, -1)]) {
      redacted = redacted.replaceAll(form, '[redacted]');
      longest = Math.max(longest, form.length);
    }
  if (message.length <= MAX_MESSAGE) return redacted;
  // What is cut may end with a part of a text.
  return `${redacted.slice(0, Math.max(0, redacted.length - longest))}…`;
}
