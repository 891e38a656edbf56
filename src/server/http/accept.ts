import { readElement, readWeight, splitUnquoted } from './header-lists.ts';

/** The media types of responses, in order of preference. */
const RESPONSE_TYPES = [
  'application/json',
  'application/graphql-response+json',
  'text/event-stream',
  'multipart/mixed',
] as const;

export type ResponseType = (typeof RESPONSE_TYPES)[number];

/** What clients usually send, to save parsing it. */
const USUAL: ReadonlyMap<string, ResponseType> = new Map<string, ResponseType>([
  ['*/*', 'application/json'],
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
  ['application/graphql-response+json,application/json', 'application/graphql-response+json'],
  ['application/graphql-response+json, application/json', 'application/graphql-response+json'],
  ['application/graphql-response+json,application/json;q=0.9', 'application/graphql-response+json'],
]);

/** One range of media types that a caller accepts (RFC 9110 section 12.5.1). */
interface MediaRange {
  readonly type: string;
  /** From 0, not acceptable, to 1. */
  readonly quality: number;
  /** The most specific range that matches decides. */
  readonly specificity: number;
}

/**
 * The media type of the response, by the header `Accept`. If the caller prefers several types equally, JSON comes before
 * streams, and then the one that is named first. Parameters other than `q` and `charset` are ignored. A malformed header
 * is read as far as possible: what is not a media range is ignored, and a weight that is not a number counts as 1.
 * @returns null if the caller accepts none of them
 */
export function responseTypeOf(accept: string | undefined): ResponseType | null {
  if (accept === undefined || accept === '') return RESPONSE_TYPES[0];
  return USUAL.get(accept) ?? negotiate(accept);
}

function negotiate(accept: string): ResponseType | null {
  const ranges = splitUnquoted(accept.toLowerCase(), ',')
    .map(readRange)
    .filter((range) => range !== null);
  if (ranges.length === 0) return RESPONSE_TYPES[0];
  let best: {
    readonly type: ResponseType;
    readonly quality: number;
    readonly stream: boolean;
    readonly place: number;
  } | null = null;
  for (const type of RESPONSE_TYPES) {
    const { quality, place } = decide(type, ranges);
    const stream = !type.endsWith('json');
    if (quality === 0) continue;
    const better =
      best === null ||
      quality > best.quality ||
      (quality === best.quality && (stream === best.stream ? place < best.place : best.stream));
    if (better) best = { type, quality, stream, place };
  }
  return best?.type ?? null;
}

/** The weight of a type, and the position of the range that decides it. */
function decide(
  type: ResponseType,
  ranges: readonly (MediaRange | 'OTHER_CHARSET')[],
): { readonly quality: number; readonly place: number } {
  let decisive: MediaRange | null = null;
  let place = 0;
  for (const [index, range] of ranges.entries()) {
    if (range === 'OTHER_CHARSET' || !fits(type, range.type)) continue;
    const than = decisive === null ? 1 : range.specificity - decisive.specificity;
    if (than < 0 || (than === 0 && range.quality <= (decisive?.quality ?? 0))) continue;
    [decisive, place] = [range, index];
  }
  return { quality: decisive?.quality ?? 0, place };
}

function fits(type: ResponseType, range: string): boolean {
  return (
    range === '*/*' ||
    range === type ||
    (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))
  );
}

/** Reads one element of the list; null if it is not a media range. */
function readRange(text: string): MediaRange | 'OTHER_CHARSET' | null {
  const [type, ...parameters] = readElement(text);
  // Some clients send a single star for everything.
  const name = type === '*' ? '*/*' : type;
  if (!/^[^\s/]+\/[^\s/]+$/.test(name)) return null;
  let quality = 1;
  let specificity = name === '*/*' ? 0 : name.endsWith('/*') ? 2 : 4;
  for (const [parameter, value] of parameters) {
    if (parameter === 'q') quality = readWeight(value);
    else if (parameter === 'charset') {
      if (!isUtf8Name(value)) return 'OTHER_CHARSET';
      specificity += 1;
    }
  }
  return { type: name, quality, specificity };
}

/** Whether a charset is UTF-8, by either of its names. */
export function isUtf8Name(charset: string): boolean {
  return charset === 'utf-8' || charset === 'utf8';
}
