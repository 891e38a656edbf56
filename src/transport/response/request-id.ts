import type { Scrubber } from '../../domain/scrub/scrub.ts';
import type { HttpResponse } from '../http/http.ts';
import type { ResponseReader } from './reader.ts';

/** The upstream's request id in the header of a response. */
export function requestIdOf(
  response: Pick<HttpResponse, 'header'>,
  { requestIdHeader }: ResponseReader,
  scrubber: Scrubber,
): string | null {
  return requestIdHeader === null ? null : wellFormedId(response.header(requestIdHeader), scrubber);
}

/** Request ids are shown and logged: what does not look like one is dropped. */
export function wellFormedId(value: string | null | undefined, scrubber: Scrubber): string | null {
  return typeof value === 'string' && /^[\w.:/+=-]{1,128}$/.test(value)
    ? scrubber.text(value)
    : null;
}
