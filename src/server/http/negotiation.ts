import { readElement, readWeight, splitUnquoted } from './header-lists.ts';

/**
 * The entries of a header such as Accept or Accept-Encoding, in lower case, with their weights. Other parameters are
 * ignored. If an entry is repeated, the higher weight counts.
 */
export function weightsOf(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const element of splitUnquoted(header, ',')) {
    const [name, ...parameters] = readElement(element);
    const [, weight = ''] = parameters.find(([parameter]) => parameter === 'q') ?? [];
    if (name !== '') weights.set(name, Math.max(readWeight(weight), weights.get(name) ?? 0));
  }
  return weights;
}

/** Whether a request comes from a browser page load: it names HTML, which `*` and a missing header do not. */
export function acceptsPage(accept: string | undefined): boolean {
  return accept !== undefined && (weightsOf(accept).get('text/html') ?? 0) > 0;
}

/** Content codings of responses. */
export type Coding = 'br' | 'gzip' | 'identity';

/** The preferred coding of this Accept-Encoding; among equals, the one with the smallest output. */
export function codingFor(acceptEncoding: string | undefined): Coding {
  if (acceptEncoding === undefined) return 'identity';
  const weights = weightsOf(acceptEncoding);
  const star = weights.get('*') ?? 0;
  const br = weights.get('br') ?? star;
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? star;
  // Acceptable even if it is not named, but not preferred.
  const identity = weights.get('identity') ?? 0;
  if (br > 0 && br >= gzip && br >= identity) return 'br';
  return gzip > 0 && gzip >= identity ? 'gzip' : 'identity';
}
