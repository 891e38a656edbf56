import * as z from 'zod';
import { issuerUrl } from '../domain/sign-in/issuer-url.ts';
import type { Check } from '../domain/sign-in/report.ts';
import { declareWatch, findingOf } from '../domain/sign-in/watch.ts';
import type { WatchKind } from '../domain/sign-in/watch.ts';
import type { Caller } from '../transport/connection.ts';
import type { SignInCheck, Upstream } from '../transport/upstream.ts';

/** A kind of watch, and the platform that it is about. */
export interface KindOfUpstream<Known extends Pick<Upstream, 'signIn'>> {
  readonly upstream: Known;
  readonly kind: WatchKind<Caller>;
}

/** Everything that can be watched: the checks of sign-in, and what each platform declares besides. */
export function watchKinds<Known extends Pick<Upstream, 'signIn'>>(
  upstreams: readonly Known[],
): readonly KindOfUpstream<Known>[] {
  return upstreams.flatMap((upstream) => {
    const { check, watch } = upstream.signIn;
    return [...(check === null ? [] : [checkKind(check)]), ...(watch ?? [])].map((kind) => ({
      upstream,
      kind,
    }));
  });
}

/** A check of sign-in as a kind of watch. Its section has the name of the mutation. */
function checkKind({ field, key, id, run }: SignInCheck<Caller>): WatchKind<Caller> {
  const entry = z.strictObject({
    [key]: id,
    issuer: issuerUrl.optional(),
    probe: z.boolean({ error: 'must be true or false' }).default(false),
  });
  return declareWatch({
    name: field,
    key,
    mutation: null,
    entry,
    probes: ({ probe }) => probe === true,
    run: async (caller: Caller, { [key]: object, issuer, probe }, round) => {
      const checks = await run(caller, String(object), {
        issuer: typeof issuer === 'string' ? issuer : null,
        idToken: null,
        claims: null,
        readIssuer: round.readIssuer,
        probing: round.probing(probe === true),
        now: round.now,
      });
      return { findings: checks.filter(isFinding).map(findingOf), written: null };
    },
  });
}

/**
 * An undecided check is not a finding: without an ID token and a person, some checks never decide. But an issuer that cannot be
 * read keeps most of them from deciding.
 */
function isFinding({ code, status }: Check): boolean {
  return status === 'FAILED' || (code === 'ISSUER_READ' && status !== 'PASSED');
}
