/*
 * Headers that list things with parameters, such as Accept, Accept-Encoding and Content-Type (RFC 9110 section 5.6). What
 * is malformed is read as far as it can be. Everything here takes time that grows with the length of the header alone.
 */

/** A weight from 0, not acceptable, to 1 (RFC 9110 section 12.4.2). One that is none does not make a thing unacceptable. */
export function readWeight(value: string): number {
  // Clients of Java send `.2`.
  return /^(?:0?\.\d+|0\.?|1(?:\.0*)?)$/.test(value) ? Number(value) : 1;
}

/** What an element names, in lower case, and its parameters by name, quotes taken off (RFC 9110 section 5.6.6). */
export function readElement(
  text: string,
): readonly [name: string, ...parameters: (readonly [name: string, value: string])[]] {
  const [name = '', ...parameters] = splitUnquoted(text.toLowerCase(), ';');
  return [
    name.trim(),
    ...parameters.map((parameter) => {
      const equals = parameter.indexOf('=');
      return equals === -1
        ? ([parameter.trim(), ''] as const)
        : ([
            parameter.slice(0, equals).trim(),
            unquoted(parameter.slice(equals + 1).trim()),
          ] as const);
    }),
  ];
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  return value
    .slice(1, value.length > 1 && value.endsWith('"') ? -1 : undefined)
    .replaceAll(/\\(.)/g, '$1')
    .trim();
}

/** The parts of a text between separators that do not stand in quotes. */
export function splitUnquoted(text: string, separator: string): string[] {
  if (!text.includes('"')) return text.split(separator);
  const parts: string[] = [];
  let [from, quoted] = [0, false];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') quoted = !quoted;
    else if (char === '\\' && quoted) at += 1;
    else if (char === separator && !quoted) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  // Quotes that are never closed are none.
  return quoted ? text.split(separator) : parts;
}
