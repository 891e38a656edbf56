import type { IncomingMessage } from 'node:http';
import type { Identity } from '../domain/identity.ts';
import { createAuthentication, digestOf } from './authentication.ts';
import type { AuthenticationFault } from './authentication-faults.ts';
import type { AuthenticationSettings } from './authentication-settings.ts';
import { callerAddress } from './caller-address.ts';
import type { Refusal } from './refusal.ts';

/** A caller who is let in. */
export interface Admitted {
  /** Null where the gateway does not authenticate its callers. */
  readonly identity: Identity | null;
  /** What limits of the caller are counted by. */
  readonly callerKey: string;
  /** What is in the gateway's own headers, and must not be shown. */
  readonly secretHeaders: readonly string[];
}

/** A caller who is not let in: what it is told, and what the log says beside that. */
export interface NotAdmitted {
  readonly refusal: Refusal;
  readonly detail: string;
  readonly mismatch?: AuthenticationFault['mismatch'];
}

/** Decides who may call. */
export interface Admission {
  readonly admit: (
    request: IncomingMessage,
  ) => Promise<Admitted | NotAdmitted> | Admitted | NotAdmitted;
  /** Headers that belong to the gateway itself, in lower case: no upstream gets to see them. */
  readonly ownHeaders: ReadonlySet<string>;
  /** Whether a text is an API key, of whichever caller. */
  readonly isApiKey: (text: string) => boolean;
  /** The header by which a caller is let in, with a placeholder for what is in it. */
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
    result: Identity | AuthenticationFault,
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

/**
 * A header, several of them joined with commas. Node itself keeps only the first `Authorization`: which one is meant is
 * not for us to guess.
 */
export function headerOf({ headers, rawHeaders }: IncomingMessage, name: string): string | null {
  if (headers[name] === undefined) return null;
  const values: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index];
    if (raw?.length === name.length && raw.toLowerCase() === name)
      values.push(rawHeaders[index + 1] ?? '');
  }
  return values.join(', ');
}
