/** A text without the periods and the white space at its end, to be a part of a sentence. A pattern would try again at each space of a long run of them. */
export function withoutPeriod(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charAt(end - 1) === '.' || text.charAt(end - 1).trim() === '')) end -= 1;
  return text.slice(0, end);
}
