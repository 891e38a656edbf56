/** What is shorter is no secret, and often a word that a message has anyway. In characters. */
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

/** Takes texts out of a message, as they are and as JSON has them. */
export function redact(message: string, texts: readonly string[]): string {
  return texts
    .flatMap((text) => [text, JSON.stringify(text).slice(1, -1)])
    .reduce((redacted, text) => redacted.replaceAll(text, '[redacted]'), message);
}
