import type { InputFieldMap } from '@pothos/core';
import type { z } from 'zod';
import { parseInput } from '../../domain/parse.ts';
import { parseFilled } from '../../domain/sign-in/filling.ts';
import type { Filled, Filling } from '../../domain/sign-in/filling.ts';
import { ABOUT_ISSUER } from '../../domain/sign-in/issuer-url.ts';
import type { CallSession } from '../../transport/connection.ts';
import type { InputFields } from '../builder.ts';
import type { GatewayContext } from '../context.ts';

/** The sentence about a field that an issuer may fill in, for its description: with an issuer that may be left out, or that is always given. */
export const FROM_ISSUER = 'Required without `issuer`, which fills it in if it is omitted.';
export const BY_ISSUER = 'If omitted, `issuer` fills it in.';

/** The field `issuer` of an input. */
export function issuerField(
  t: InputFields,
  { fields }: Pick<Filling<never>, 'fields'>,
): InputFieldMap {
  return {
    issuer: t.string({
      description:
        `The issuer whose metadata and keys fill in what is omitted of ${fields.map((field) => `\`${field}\``).join(', ')}. Give it ${ABOUT_ISSUER} ` +
        'The issuer is read only if the rest of the input is valid, and before anything is sent to the platform. What is given is kept, with the warning DIFFERS_FROM_ISSUER if the issuer says otherwise.',
    }),
  };
}

/**
 * Checks an input without nulls. If it names an issuer, what is omitted is filled in.
 * @param filling undefined: the input has no field `issuer`
 * @throws InvalidInputError, IssuerError, RateLimitedError
 */
export async function parseNamingIssuer<Parsed>(
  schema: z.ZodType<Parsed>,
  filling: Filling<Parsed> | undefined,
  input: Readonly<Record<string, unknown>>,
  { issuers, callerKey, scrubber }: Pick<GatewayContext, 'issuers' | 'callerKey' | 'scrubber'>,
  session: Pick<CallSession, 'startDeadline'>,
): Promise<Filled<Parsed>> {
  if (filling === undefined) return { value: parseInput(schema, input), warnings: [] };
  const { value, warnings } = await parseFilled(schema, filling, input, (issuer) => {
    session.startDeadline();
    return issuers.read(issuer, callerKey);
  });
  return { value, warnings: withoutSecrets(warnings, scrubber) };
}

/** Warnings about differences show given values, into which a caller may have pasted a secret. */
export function withoutSecrets(
  warnings: Filled<unknown>['warnings'],
  scrubber: GatewayContext['scrubber'],
): Filled<unknown>['warnings'] {
  return warnings.map(({ message, ...about }) => ({ ...about, message: scrubber.text(message) }));
}
