import type { InputFieldMap } from '@pothos/core';
import * as z from 'zod';
import { parseInput, withoutNulls } from '../domain/parse.ts';
import { reportOf } from '../domain/sign-in/report.ts';
import type { SignInReport } from '../domain/sign-in/report.ts';
import { requiresScope } from '../graph/authorization.ts';
import type { TypeOf } from '../graph/builder.ts';
import type { GatewayContext } from '../graph/context.ts';
import type { Graph } from '../graph/graph.ts';
import { costs } from '../graph/root-fields/cost.ts';
import { optionsOf } from '../graph/root-fields/options.ts';
import type { Success } from '../graph/root-fields/success.ts';
import type { Caller } from '../transport/connection.ts';
import type { SignInCheck, Upstream } from '../transport/upstream.ts';
import { checkInput } from './check-input.ts';
import { ABOUT_ISSUER } from '../domain/sign-in/issuer-url.ts';
import { issuerReader, probingFor } from './read-issuer.ts';
import { addReport } from './report-schema.ts';

interface Checked extends Success {
  readonly report: SignInReport;
}

/** The calls, the evaluation of a mapping, and at most 8 signatures. */
const COSTS_OF_CHECK = costs(3_500);

/** A check reads and writes nothing, and is a mutation so that it is never cached, prefetched or repeated. */
const FACTS = { effect: 'read' } as const;

/** Adds the mutations that check whether people can sign in, one for each upstream that has it. */
export function addChecks(graph: Graph, upstreams: readonly Pick<Upstream, 'signIn'>[]): void {
  const checks = upstreams.flatMap(({ signIn: { check } }) => check ?? []);
  const report = addReport(
    graph.builder,
    checks.map(({ codes }) => codes),
  );
  for (const check of checks) addCheck(graph, report, check);
}

function addCheck(
  { builder, OidcSuccess }: Graph,
  report: TypeOf<SignInReport>,
  check: SignInCheck<Caller>,
): void {
  const { field, key, aboutKey, description, defaultIssuer, takesClaims, probes } = check;
  const noun = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
  const success = builder.objectRef<Checked>(`${noun}Success`).implement({
    description: 'The checks were made, whatever they found.',
    interfaces: [OidcSuccess],
    fields: (t) => ({
      report: t.field({
        type: report,
        description: 'What the checks found.',
        resolve: (self) => self.report,
      }),
    }),
  });
  const input = builder.inputType(`${noun}Input`, {
    description: 'A stored configuration, and what is known of sign-ins with it.',
    fields: (t): InputFieldMap => ({
      [key]: t.id({ required: true, description: aboutKey }),
      issuer: t.string({
        description: `The issuer at which people are to sign in, ${ABOUT_ISSUER} Default: ${defaultIssuer}`,
      }),
      idToken: t.string({
        description:
          'An ID token that the issuer has just issued for the client of the configuration, with its scopes. The gateway neither stores nor logs it. At most 32,768 characters.',
      }),
      probe: t.boolean({
        defaultValue: false,
        description: `Whether to send requests as a sign-in does, once each, if the operator has set SIGN_IN_PROBES: ${probes} Default: false.`,
      }),
      ...(takesClaims && {
        claims: t.field({
          type: 'OidcClaims',
          description:
            'The claims that an ID token of a person will have, if you have no ID token yet: at most 1,000 claims, 10,000 values and 65,536 characters. The gateway neither stores nor logs them.',
        }),
      }),
    }),
  });
  const schema = z.intersection(z.object({ [key]: check.id }), checkInput);
  const { extensions, ...options } = optionsOf(field, FACTS, key);
  builder.mutationField(field, (t) =>
    t.field({
      ...options,
      extensions: { ...extensions, ...requiresScope('oidc:write'), ...COSTS_OF_CHECK },
      type: success,
      description: `${description} Nothing is written. The gateway reads the issuer as \`oidcIssuer\` does.`,
      args: { input: t.arg({ type: input, required: true, description: 'What to check.' }) },
      resolve: async (_root, args, context) => ({
        report: await checked(check, schema, args.input, context),
        warnings: [],
      }),
    }),
  );
}

async function checked(
  { field, key, run }: SignInCheck<Caller>,
  schema: z.ZodType<z.output<typeof checkInput>>,
  input: Readonly<Record<string, unknown>>,
  context: GatewayContext,
): Promise<SignInReport> {
  // Before anything is checked: not even an error message may show it.
  if (typeof input['idToken'] === 'string') context.scrubber.add(input['idToken']);
  const { issuer, idToken, claims, probe = false } = parseInput(schema, withoutNulls(input));
  const checks = await run(context, String(input[key]), {
    issuer: issuer ?? null,
    idToken: idToken ?? null,
    claims: claims ?? null,
    readIssuer: issuerReader(context),
    probing: probingFor(context, probe),
    now: Date.now() / 1_000,
  });
  const report = reportOf(checks);
  context.onSignInCheck(field, report.verdict);
  return report;
}
