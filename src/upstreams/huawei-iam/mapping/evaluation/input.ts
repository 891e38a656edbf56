import * as z from 'zod';
import { fieldsRule } from '../../../../domain/parse.ts';
import { claims } from '../../../../domain/sign-in/claims.ts';
import { federationId } from '../../federation.ts';
import { mappingRules } from '../input.ts';

/** Input of `evaluateHuaweiMapping`. */
export const mappingEvaluation = z
  .object({ rules: mappingRules.optional(), mappingId: federationId.optional(), claims })
  .check(
    fieldsRule(function* ({ rules, mappingId }) {
      if (rules === undefined && mappingId === undefined)
        yield {
          path: ['rules'],
          code: 'REQUIRED',
          message: 'Give either the rules, or the mappingId of a stored mapping.',
        };
      if (rules !== undefined && mappingId !== undefined)
        yield {
          path: ['mappingId'],
          code: 'NOT_ALLOWED',
          message: 'Must be omitted if rules are given: either these or stored ones are evaluated.',
        };
    }),
  );
