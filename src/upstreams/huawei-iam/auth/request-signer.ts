import { performance } from 'node:perf_hooks';
import { isObject, parseJson, parseReason } from '../../../domain/json/json.ts';
import { Secret } from '../../../domain/scrub/secret.ts';
import type {
  Authenticator,
  RequestCredentials,
  Wait,
} from '../../../transport/credentials/authenticator.ts';
import { TransportFailure } from '../../../transport/http/http.ts';
import type { HttpResponse, HttpRequest, Outcome } from '../../../transport/http/http.ts';
import { WORKED } from '../../../transport/credentials/login-gate.ts';
import { NoAccess, unavailable, within } from '../../../transport/credentials/no-access.ts';
import { RequestCollector } from '../../../transport/credentials/request-collector.ts';
import type { CredentialsTools } from '../../../transport/credentials/gateway-credentials.ts';
import { readError } from '../errors.ts';
import { sdkDate, signature } from './sdk-hmac.ts';
import type { AccessKey } from './sdk-hmac.ts';
import { keystoneError } from '../errors.ts';

/** The API gateway's code for an invalid signature. */
export const SIGNATURE_REFUSED = 'APIGW.0301';

/** How long the gateway sends nothing after a signature was refused as invalid, in milliseconds: a few invalid signatures lock the access key for a while. */
const REFUSED_PAUSE_MS = 300_000;

/** The pause after the first 401 that does not mention the signature, in milliseconds. It doubles with each one that follows, up to `REFUSED_PAUSE_MS`: the signature may have counted as invalid all the same. */
const FIRST_PAUSE_MS = 1_000;

/** The access key that signs requests. */
export interface SigningKey extends AccessKey {
  /** Only for a temporary access key. */
  readonly securityToken: Secret | undefined;
  /** Id of the account, if it is sent. */
  readonly domainId: string | undefined;
}

/**
 * Signs each request with an access key. Until a signature is known to be valid, requests are sent one at a time: a
 * hundred invalid ones at once would lock the key. A request that got a 401 is not retried, and others pause for a while.
 */
export function signing(
  key: SigningKey,
  { base, label, turn: nextTurn }: Pick<CredentialsTools, 'base' | 'label' | 'turn'>,
): Authenticator {
  const { securityToken, domainId } = key;
  const secrets = [key.id, key.secret, ...(securityToken === undefined ? [] : [securityToken])];
  let pausedUntil = 0;
  let isKeyAccepted = false;
  /** Refusals since the last valid signature; those of requests that were open at the same time count as one. */
  let refusals = 0;
  /** Resolves when the request whose signature is being tried ends. */
  let trial: Promise<void> | null = null;
  /** The requests that wait for it. */
  const waiting = new RequestCollector();

  const refusal = () => unavailable(label, new NoAccess('CALL_REFUSED'));
  const check = () => {
    if (performance.now() < pausedUntil) throw refusal();
  };
  /** @returns how long the requests pause because of this outcome, in milliseconds */
  const pauseIfRefused = (outcome: Outcome): number => {
    if (!isRefused(outcome)) return 0;
    isKeyAccepted = false;
    const now = performance.now();
    if (namesSignature(outcome)) pausedUntil = now + REFUSED_PAUSE_MS;
    else if (now >= pausedUntil)
      pausedUntil = now + Math.min(REFUSED_PAUSE_MS, FIRST_PAUSE_MS * 2 ** refusals);
    else return pausedUntil - now;
    refusals += 1;
    return pausedUntil - now;
  };

  const sign = (
    { method, path, headers, body = '' }: HttpRequest,
    onOutcome: (outcome: Outcome) => void = pauseIfRefused,
  ): RequestCredentials => {
    const added = {
      'x-sdk-date': sdkDate(new Date()),
      ...(domainId !== undefined && { 'x-domain-id': domainId }),
      ...(securityToken !== undefined && { 'x-security-token': securityToken.reveal() }),
    };
    const { 'content-type': contentType = '' } = headers;
    const authorization = signature(
      { method, path, headers: { 'content-type': contentType, host: base.host, ...added }, body },
      key,
    );
    // Everything else in the header is public: messages about signed headers must not be scrubbed.
    const signed = new Secret(authorization.slice(authorization.lastIndexOf('=') + 1));
    return {
      headers: { ...added, authorization },
      secrets: [...secrets, signed],
      check,
      heard: onOutcome,
      forAdditionalRequest: (other) => sign(other, onOutcome),
    };
  };
  const signTrial = async (request: HttpRequest, wait: Wait): Promise<RequestCredentials> => {
    let resolve: () => void = () => undefined;
    const thisTrial = new Promise<void>((resolveTrial) => {
      resolve = resolveTrial;
    });
    trial = thisTrial;
    const end = () => {
      if (trial === thisTrial) trial = null;
      resolve();
    };
    const turnPromise = nextTurn(null);
    const turn = await within(wait, turnPromise, label).catch((error: unknown) => {
      void turnPromise.then((lateTurn) => {
        if ('end' in lateTurn) lateTurn.end(0);
      });
      end();
      throw error;
    });
    if ('pausedMs' in turn) {
      pausedUntil = Math.max(pausedUntil, performance.now() + turn.pausedMs);
      end();
      throw refusal();
    }
    refusals = Math.max(refusals, turn.refusals);
    let pauseMs = 0;
    const onOutcome = (outcome: Outcome) => {
      pauseMs = Math.max(pauseMs, pauseIfRefused(outcome));
      if (!isAccepted(outcome)) return;
      isKeyAccepted = true;
      refusals = 0;
    };
    return {
      ...sign(request, onOutcome),
      // The trial ends here and not at the first response, because retries are part of it.
      ended: () => {
        turn.end(pauseMs > 0 ? pauseMs : isKeyAccepted ? WORKED : 0);
        // After a refusal, the waiting requests fail with the same error and are still needed for the log.
        if (pauseMs === 0) waiting.take();
        end();
      },
    };
  };
  const afterTrial = async (request: HttpRequest, wait: Wait): Promise<RequestCredentials> => {
    while (trial !== null) {
      waiting.add(wait.requestId);
      await within(wait, trial, label);
    }
    check();
    return isKeyAccepted ? sign(request) : signTrial(request, wait);
  };

  return {
    owner: 'gateway',
    credentialsFor: (request, wait) => {
      check();
      if (isKeyAccepted) return sign(request);
      return trial === null ? signTrial(request, wait) : afterTrial(request, wait);
    },
    // Another signature would be refused as well.
    refused: () => Promise.resolve(null),
    failing: (requestId) => waiting.take(requestId),
  };
}

/** Whether the credentials were refused: by any 401, or by the API gateway's code with another status. */
function isRefused(outcome: Outcome): outcome is HttpResponse {
  return (
    !(outcome instanceof TransportFailure) && (outcome.status === 401 || namesSignature(outcome))
  );
}

function namesSignature(response: HttpResponse): boolean {
  return response.status >= 400 && response.status <= 499 && codeIn(response) === SIGNATURE_REFUSED;
}

/**
 * Whether the response shows that IAM accepted the signature. The API gateway and proxies in front of it may respond
 * before they check one, e.g. with 429 or 503.
 */
function isAccepted(outcome: Outcome): boolean {
  if (outcome instanceof TransportFailure) return false;
  const { status, body } = outcome;
  if (status === 204) return true;
  if (status < 300) return isObject(parseJson(body));
  const json = parseReason(body);
  return (
    status < 500 &&
    status !== 401 &&
    status !== 429 &&
    (/^IAM\./.test(codeIn(outcome) ?? '') || keystoneError.safeParse(json).success)
  );
}

function codeIn({ status, body }: HttpResponse): string | null {
  return readError({ status, json: parseReason(body) }).details[0]?.code ?? null;
}
