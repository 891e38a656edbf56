import { UpstreamContractError } from '../../domain/errors.ts';
import { parseJson } from '../../domain/json/json.ts';
import type { Scrubber } from '../../domain/scrub/scrub.ts';
import type { HttpResponse } from '../http/http.ts';
import type { Operation } from '../operation.ts';
import { codeForStatus, errorCodeFor } from './error-code.ts';
import { errorOf, outcomeUnknown } from './errors.ts';
import { mismatch } from './mismatch.ts';
import type { ResponseReader } from './reader.ts';
import { requestIdOf, wellFormedId } from './request-id.ts';

/** Longest error body that is parsed as JSON, in characters: one with 70,000 members takes 60 ms. No upstream sends errors that long. */
const MAX_ERROR_CHARACTERS = 262_144;

/** Turns a response into the operation's result. @throws OidcError that the response stands for */
export function processResponse<Args, Wire, Result>(
  operation: Operation<Args, Wire, Result>,
  args: Args,
  response: HttpResponse,
  reader: ResponseReader,
  scrubber: Scrubber,
): Result {
  const statusCode = codeForStatus(response.status, operation.effect);
  const json =
    statusCode !== null && response.body.length > MAX_ERROR_CHARACTERS
      ? undefined
      : parseJson(response.body);
  const requestId = requestIdOf(response, reader, scrubber);

  if (statusCode === null) {
    const parsed = operation.response.safeParse(
      json ?? (response.body.trim() === '' ? undefined : response.body),
    );
    const isDone = operation.doneBy?.includes(response.status) ?? true;
    const repeatsSecret = scrubber.holdsShared(response.body);
    const isAbout = !parsed.success || (operation.isAbout?.(parsed.data, args) ?? true);
    if (parsed.success && isDone && isAbout && !repeatsSecret) {
      const result = operation.result(parsed.data, args);
      if (operation.secretsOf !== undefined)
        scrubber.add(...operation.secretsOf(result, parsed.data));
      return result;
    }
    const problem = repeatsSecret
      ? "it repeats a secret of the gateway's own credentials"
      : !parsed.success
        ? mismatch(parsed.error, response.body, json)
        : isAbout
          ? 'its contract defines another status for this operation'
          : 'with a different object than the requested one';
    const upstream = { upstream: reader.id, status: response.status, requestId, details: [] };
    if (operation.effect === 'write')
      throw outcomeUnknown(
        operation,
        args,
        reader,
        'UNREADABLE_ANSWER',
        `returned ${response.status}, but ${problem}`,
        upstream,
      );
    throw new UpstreamContractError(
      `${reader.label} returned ${response.status}, but ${problem}. Report this to the operator of the gateway, with the request id.`,
      { upstream },
    );
  }

  const reading = reader.readError({
    status: response.status,
    json: json === undefined ? undefined : scrubber.json(json),
  });
  const upstream = {
    upstream: reader.id,
    status: response.status,
    requestId: requestId ?? wellFormedId(reading.requestId, scrubber),
    details: reading.details,
  };
  throw errorOf(errorCodeFor(statusCode, response.status, reading, operation, args), {
    operation,
    args,
    response,
    reader,
    reading,
    upstream,
    scrubber,
  });
}
