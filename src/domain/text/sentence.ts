/** A text without trailing periods and white space, for use inside a sentence. A regular expression would take quadratic time on a long run of spaces. */
export function withoutPeriod(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charAt(end - 1) === '.' || text.charAt(end - 1).trim() === '')) end -= 1;
  return text.slice(0, end);
}
