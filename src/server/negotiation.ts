import { readElement, readWeight, splitUnquoted } from './header-lists.ts';

/**
 * What a header such as Accept or Accept-Encoding lists, in lower case, with the weight of each entry. Of other parameters
 * than the weight nothing is kept; of an entry that comes twice, the higher weight.
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

/** Whether a request is from somebody who looks at pages: one that names HTML, which `*` and no header do not. */
export function acceptsPage(accept: string | undefined): boolean {
  return accept !== undefined && (weightsOf(accept).get('text/html') ?? 0) > 0;
}

/** How the content of a response can be coded. */
export type Coding = 'br' | 'gzip' | 'identity';

/** The coding for a request with this Accept-Encoding: what it prefers, and of equals the smallest. */
export function codingFor(acceptEncoding: string | undefined): Coding {
  if (acceptEncoding === undefined) return 'identity';
  const weights = weightsOf(acceptEncoding);
  const star = weights.get('*') ?? 0;
  const br = weights.get('br') ?? star;
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? star;
  // Acceptable if it is not named, but nobody asked for it.
  const identity = weights.get('identity') ?? 0;
  if (br > 0 && br >= gzip && br >= identity) return 'br';
  return gzip > 0 && gzip >= identity ? 'gzip' : 'identity';
}
