/** The placeholder for a part of the path, which may stand straight after the host. */
const PATH = 2;

/** A URL template with its placeholders replaced, percent-encoded except for the path; those without a value stay. */
export function filled(template: string, values: readonly string[]): string {
  return template.replace(/\{(\d)\}/g, (placeholder, digit) => {
    const value = values[Number(digit)];
    if (value === undefined) return placeholder;
    return Number(digit) === PATH ? value : encodeURIComponent(value.toWellFormed());
  });
}
