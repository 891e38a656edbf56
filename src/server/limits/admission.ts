import type { IncomingMessage } from 'node:http';
import type { Identity } from '../../domain/identity.ts';
import { digestOf } from '../auth/api-keys.ts';
import { createAuthentication } from '../auth/authentication.ts';
import type { AuthenticationError } from '../auth/authentication-errors.ts';
import type { AuthenticationSettings } from '../../config/authentication-settings.ts';
import { callerAddress } from '../http/caller-address.ts';
import { headerOf } from '../http/header-lists.ts';
import type { Refusal } from '../http/refusal.ts';

/** A caller who is let in. */
export interface Admitted {
  /** Null if the gateway does not authenticate callers. */
  readonly identity: Identity | null;
  /** The key by which the limits of the caller are counted. */
  readonly callerKey: string;
  /** The values of the gateway's own headers, which must not be shown. */
  readonly secretHeaders: readonly string[];
}

/** A caller who is not let in: the refusal, and more for the log. */
export interface NotAdmitted {
  readonly refusal: Refusal;
  readonly detail: string;
  readonly mismatch?: AuthenticationError['mismatch'];
}

/** Decides who may call. */
export interface Admission {
  readonly admit: (
    request: IncomingMessage,
  ) => Promise<Admitted | NotAdmitted> | Admitted | NotAdmitted;
  /** Headers of the gateway itself, in lower case. No upstream sees them. */
  readonly ownHeaders: ReadonlySet<string>;
  /** Whether a text is the API key of any caller. */
  readonly isApiKey: (text: string) => boolean;
  /** The header by which a caller is let in, with a placeholder as its value. */
  readonly exampleHeaders: Readonly<Record<string, string>>;
}

/** The headers of the gateway itself. */
const OWN_HEADERS = ['authorization', 'x-api-key'] as const;

/** @param maxWaiting how many callers may wait for the keys of the issuer at the same time */
export function createAdmission(
  settings: AuthenticationSettings | null,
  maxWaiting: number,
): Admission {
  if (settings === null) {
    return {
      admit: ({ socket }) => ({
        identity: null,
        callerKey: `ADDRESS ${callerAddress(socket.remoteAddress ?? '')}`,
        secretHeaders: [],
      }),
      ownHeaders: new Set(),
      isApiKey: () => false,
      exampleHeaders: {},
    };
  }
  const { authenticate, challenge } = createAuthentication(settings, { maxWaiting });
  const judge = (
    result: Identity | AuthenticationError,
    secretHeaders: readonly string[],
  ): Admitted | NotAdmitted => {
    if (!('reason' in result))
      return { identity: result, callerKey: `${result.kind} ${result.id}`, secretHeaders };
    const { reason, message, detail, mismatch } = result;
    if (reason === 'UNAVAILABLE')
      return { refusal: { status: 503, code: 'AUTHENTICATION_UNAVAILABLE', message }, detail };
    return {
      refusal: {
        status: 401,
        code: 'UNAUTHENTICATED',
        message,
        headers: { 'www-authenticate': challenge },
      },
      detail,
      ...(mismatch !== undefined && { mismatch }),
    };
  };
  return {
    ownHeaders: new Set(OWN_HEADERS),
    isApiKey: (text) => settings.apiKeys?.some(({ sha256 }) => sha256 === digestOf(text)) === true,
    exampleHeaders:
      settings.jwt === null ? { 'X-Api-Key': '<key>' } : { Authorization: 'Bearer <token>' },
    admit: (request) => {
      const [authorization, apiKey] = [
        headerOf(request, OWN_HEADERS[0]),
        headerOf(request, OWN_HEADERS[1]),
      ];
      const secretHeaders = [authorization, apiKey].filter((header) => header !== null);
      const result = authenticate(authorization, apiKey);
      return result instanceof Promise
        ? result.then((late) => judge(late, secretHeaders))
        : judge(result, secretHeaders);
    },
  };
}
