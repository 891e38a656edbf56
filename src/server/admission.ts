import type { IncomingMessage } from 'node:http';
import type { Identity } from '../domain/identity.ts';
import { createAuthentication } from './authentication.ts';
import type { AuthenticationSettings } from './authentication-settings.ts';
import type { Refusal } from './refusal.ts';

/** A caller who is let in. */
export interface Admitted {
  /** Null where the gateway does not authenticate its callers. */
  readonly identity: Identity | null;
  /** What limits of the caller are counted by. */
  readonly callerKey: string;
}

/** A caller who is not let in: what it is told, and what the log says beside that. */
export interface NotAdmitted {
  readonly refusal: Refusal;
  readonly detail: string;
}

/** Decides who may call. */
export interface Admission {
  readonly admit: (request: IncomingMessage) => Promise<Admitted | NotAdmitted> | Admitted;
  /** Headers that belong to the gateway itself, in lower case: no upstream gets to see them. */
  readonly ownHeaders: ReadonlySet<string>;
}

export function createAdmission(settings: AuthenticationSettings | null): Admission {
  if (settings === null) {
    return { admit: ({ socket }) => ({ identity: null, callerKey: `ADDRESS ${socket.remoteAddress ?? ''}` }), ownHeaders: new Set() };
  }
  const { authenticate, challenge } = createAuthentication(settings);
  return {
    ownHeaders: new Set(['authorization', 'x-api-key']),
    admit: async (request) => {
      const result = await authenticate(headerOf(request, 'authorization'), headerOf(request, 'x-api-key'));
      if (!('reason' in result)) return { identity: result, callerKey: `${result.kind} ${result.id}` };
      const { reason, message, detail } = result;
      if (reason === 'UNAVAILABLE') return { refusal: { status: 503, code: 'AUTHENTICATION_UNAVAILABLE', message }, detail };
      return { refusal: { status: 401, code: 'UNAUTHENTICATED', message, headers: { 'www-authenticate': challenge } }, detail };
    },
  };
}

/**
 * A header, several of them joined with commas. Node itself keeps only the first `Authorization`: which one is meant is
 * not for us to guess.
 */
function headerOf({ headers, rawHeaders }: IncomingMessage, name: string): string | null {
  const kept = headers[name];
  if (kept === undefined) return null;
  const values = rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
  return values.join(', ');
}

/** Texts in the gateway's own headers that must not be shown: each whole, and each part of it but the scheme. */
export function secretsIn(request: IncomingMessage, names: Iterable<string>): string[] {
  return [...names].flatMap((name) => {
    const value = headerOf(request, name) ?? '';
    return [value, ...value.split(/[\s,]+/).filter((part) => part !== '' && !/^bearer$/i.test(part))];
  });
}
