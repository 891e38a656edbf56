import type { Subject, Whole } from '../operation.ts';

/** What a 404 may be about. */
export interface Concerned {
  /** What the upstream names. */
  readonly object: Subject | undefined;
  /** What has to exist first. */
  readonly needs: Subject | undefined;
  readonly whole: Whole | undefined;
  /** What the request was about. */
  readonly subject: Subject;
}

/** What the upstream says is missing, as a sentence without its period. If it names nothing, that is a guess. */
export function absence(
  { object, needs, whole, subject }: Concerned,
  label: string,
  said: string,
): string {
  if (object === undefined && needs !== undefined)
    return `${label} reports that something is missing${said}, probably the ${named(needs)}`;
  const part =
    whole === undefined
      ? undefined
      : object === undefined
        ? whole.parts[whole.part]
        : partIn(whole, object);
  if (whole !== undefined && part !== undefined)
    return `${capitalized(whole.called)} "${whole.id}" has no ${part}${said}`;
  return `${label} has no ${named(object ?? subject)}${said}`;
}

/** What may be missing if the 404 may not come from the upstream, as a clause. */
export function possibleAbsence({ needs, whole, subject }: Concerned): string {
  if (needs !== undefined) return `something may be missing, probably the ${named(needs)}`;
  if (whole !== undefined)
    return `the ${whole.called} "${whole.id}" may have no ${whole.parts[whole.part] ?? whole.part}`;
  return subject.id === null
    ? `there may be no ${subject.resource}`
    : `the ${named(subject)} may not exist`;
}

/** An object for a message. */
export function named({ resource, id }: Subject): string {
  return id === null ? resource : `${resource} "${id}"`;
}

/** The part that an upstream names, in plain words. Upstreams spell these names in several ways. */
function partIn({ parts }: Whole, { resource }: Subject): string | undefined {
  const letters = resource.toLowerCase().replaceAll(/[^a-z]/g, '');
  return Object.entries(parts).find(([name]) => letters.includes(name))?.[1];
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
