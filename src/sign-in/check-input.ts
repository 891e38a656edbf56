import * as z from 'zod';
import { fieldsRule } from '../domain/parse.ts';
import { claims } from '../domain/sign-in/claims.ts';
import { idToken } from '../domain/sign-in/id-token.ts';
import { issuerUrl } from '../domain/sign-in/issuer-url.ts';

/** Input of a check, without its nulls, besides the id of the configuration. */
export const checkInput = z
  .object({
    issuer: issuerUrl.optional(),
    idToken: idToken.optional(),
    claims: claims.optional(),
    probe: z.boolean().optional(),
  })
  .check(
    fieldsRule(function* (fields) {
      if (fields.idToken !== undefined && fields.claims !== undefined)
        yield {
          path: ['claims'],
          code: 'NOT_ALLOWED',
          message: 'Must be omitted if idToken is given: the ID token has the claims.',
        };
    }),
  );
