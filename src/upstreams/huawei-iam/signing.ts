import { performance } from 'node:perf_hooks';
import { isObject, parseJson, parseReason } from '../../domain/json.ts';
import { Secret } from '../../domain/secret.ts';
import type { Authenticator, Pass, Wait } from '../../transport/authenticator.ts';
import { TransportFailure } from '../../transport/http.ts';
import type { HttpAnswer, HttpRequest, Outcome } from '../../transport/http.ts';
import { WORKED } from '../../transport/login-gate.ts';
import { NoAccess, RequestCollector, unavailable, within } from '../../transport/own-access.ts';
import type { CredentialsTools } from '../../transport/own-credentials.ts';
import { readError } from './errors.ts';
import { sdkDate, signature } from './signature.ts';
import type { AccessKey } from './signature.ts';
import { keystoneError } from './wire.ts';

/** The API gateway's code for a signature that does not hold. */
export const SIGNATURE_REFUSED = 'APIGW.0301';

/** An access key is locked for a while after a handful of wrong signatures: nothing is sent for this time after one that is named as wrong; in milliseconds. */
const REFUSED_PAUSE_MS = 300_000;

/** The pause after the first 401 that names no signature, doubled with each one that follows up to `REFUSED_PAUSE_MS`: it may count as wrong all the same. In milliseconds. */
const FIRST_PAUSE_MS = 1_000;

/** What requests are signed with. */
export interface SigningKey extends AccessKey {
  /** Of a temporary access key. */
  readonly securityToken: Secret | undefined;
  /** Id of the account, where it is sent. */
  readonly domainId: string | undefined;
}

/**
 * Signs each request with an access key. Until a signature is known to hold, one request at a time is sent with one: a
 * hundred at once that are wrong would lock the key. One that got a 401 is not sent again, and for a while no other.
 */
export function signing(
  key: SigningKey,
  { base, label, turn: nextTurn }: Pick<CredentialsTools, 'base' | 'label' | 'turn'>,
): Authenticator {
  const { securityToken, domainId } = key;
  const secrets = [key.id, key.secret, ...(securityToken === undefined ? [] : [securityToken])];
  let pausedUntil = 0;
  let holds = false;
  /** Refusals since a signature last held; those of requests that were under way together are one. */
  let refusals = 0;
  /** Ends with the request whose signature is being tried. */
  let trial: Promise<void> | null = null;
  /** The requests that wait for its end. */
  const waiting = new RequestCollector();

  const refusal = () => unavailable(label, new NoAccess('CALL_REFUSED'));
  const check = () => {
    if (performance.now() < pausedUntil) throw refusal();
  };
  /** @returns how long nothing is sent from now on because of this outcome, in milliseconds */
  const pauseIfRefused = (outcome: Outcome): number => {
    if (!isRefused(outcome)) return 0;
    holds = false;
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
    heard: (outcome: Outcome) => void = pauseIfRefused,
  ): Pass => {
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
    // All else in the header is known to anybody: messages that speak of signed headers must stay what they are.
    const signed = new Secret(authorization.slice(authorization.lastIndexOf('=') + 1));
    return {
      headers: { ...added, authorization },
      secrets: [...secrets, signed],
      check,
      heard,
      along: (other) => sign(other, heard),
    };
  };
  const tried = async (request: HttpRequest, wait: Wait): Promise<Pass> => {
    let resolve: () => void = () => undefined;
    const own = new Promise<void>((given) => {
      resolve = given;
    });
    trial = own;
    const end = () => {
      if (trial === own) trial = null;
      resolve();
    };
    const coming = nextTurn();
    const turn = await within(wait, coming, label).catch((error: unknown) => {
      void coming.then((late) => {
        if ('end' in late) late.end(0);
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
    const heard = (outcome: Outcome) => {
      pauseMs = Math.max(pauseMs, pauseIfRefused(outcome));
      if (!isTaken(outcome)) return;
      holds = true;
      refusals = 0;
    };
    return {
      ...sign(request, heard),
      // Not before: a repeat is a part of the trial.
      ended: () => {
        turn.end(pauseMs > 0 ? pauseMs : holds ? WORKED : 0);
        // After a refusal they fail with it.
        if (pauseMs === 0) waiting.take();
        end();
      },
    };
  };
  const afterTrial = async (request: HttpRequest, wait: Wait): Promise<Pass> => {
    while (trial !== null) {
      waiting.add(wait.requestId);
      await within(wait, trial, label);
    }
    check();
    return holds ? sign(request) : tried(request, wait);
  };

  return {
    owner: 'gateway',
    pass: (request, wait) => {
      check();
      if (holds) return sign(request);
      return trial === null ? tried(request, wait) : afterTrial(request, wait);
    },
    // Another signature would be refused as well.
    refused: () => Promise.resolve(null),
    failing: (requestId) => waiting.take(requestId),
  };
}

/** Whether credentials were refused: by any 401, whatever it says, or in the API gateway's words with another status. */
function isRefused(outcome: Outcome): outcome is HttpAnswer {
  return (
    !(outcome instanceof TransportFailure) && (outcome.status === 401 || namesSignature(outcome))
  );
}

function namesSignature(answer: HttpAnswer): boolean {
  return answer.status >= 400 && answer.status <= 499 && codeIn(answer) === SIGNATURE_REFUSED;
}

/**
 * Whether IAM itself has answered to what was signed. The API gateway before it, and what else stands between, may
 * answer before they look at a signature: too many requests, or out of order.
 */
function isTaken(outcome: Outcome): boolean {
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

function codeIn({ status, body }: HttpAnswer): string | null {
  return readError({ status, json: parseReason(body) }).details[0]?.code ?? null;
}
