import * as z from 'zod';
import { fieldsRule } from '../../../domain/parse.ts';
import { text } from '../../../domain/primitives.ts';
import { federationId } from '../federation.ts';
import { mappingRules } from '../mapping/input.ts';
import { oidcConfigDraft } from '../oidc-config/input.ts';

const PREFIX = 'mapping_';
const MAX_ID_LENGTH = 64;

/** Default id of the mapping of an identity provider: the one that the console uses. */
export function defaultMappingId(idpId: string): string {
  return PREFIX + idpId;
}

const around = z
  .object({
    idpId: z.unknown(),
    description: text().optional(),
    mappingId: federationId.optional(),
    rules: mappingRules.optional(),
    dryRun: z.boolean().default(false),
  })
  .check(
    fieldsRule(function* (fields) {
      if (
        fields.mappingId === undefined &&
        typeof fields.idpId === 'string' &&
        defaultMappingId(fields.idpId).length > MAX_ID_LENGTH
      ) {
        yield {
          path: ['mappingId'],
          code: 'REQUIRED',
          message: `Required here: the idpId is too long to derive it (${PREFIX}<idpId> may have at most ${MAX_ID_LENGTH} characters).`,
        };
      }
    }),
  )
  .transform(({ idpId: _ofTheConfiguration, ...others }) => others);

/** Input of `provisionOidcConfig`, without its nulls: a configuration and what it needs first. */
export const provisioning = z.intersection(oidcConfigDraft, around);

/** The desired state of an identity provider with all that OpenID Connect sign-in needs. */
export type Provisioning = z.output<typeof provisioning>;
