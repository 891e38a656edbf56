import * as z from 'zod';
import { parseAllowedHost } from '../issuer/allowed-hosts.ts';
import type { AllowedHost } from '../issuer/allowed-hosts.ts';
import { flag } from '../transport/env-schema.ts';

const allowedHosts = z.string().transform((value, context): readonly AllowedHost[] => {
  const list = value.split(',').map((entry) => parseAllowedHost(entry.trim()));
  if (list.includes(null))
    context.addIssue({
      code: 'custom',
      message:
        'must be a comma-separated list of hosts, e.g. idp.internal, .corp.example or http://localhost:8080, without a path',
    });
  return list.filter((entry) => entry !== null);
});

/** The environment variables about issuers that callers name. */
export const issuerEnvironment = (isDevelopment: boolean) =>
  z.object({
    ISSUER_DISCOVERY: z
      .enum(['true', 'false'], { error: 'must be true or false' })
      .transform((value) => value === 'true')
      .optional()
      .describe(
        'Whether callers may have the gateway read the metadata and keys of issuers that they name. Not set: only with inbound authentication, and in development.',
      ),
    ISSUER_ALLOWED_HOSTS: allowedHosts
      .default([])
      .describe(
        'Hosts of issuers that may be read although they are not public, comma-separated: `idp.internal`, or `.corp.example` for all hosts below it. Only https at port 443, unless an entry names others: `http://localhost:8080`, `idp.internal:8443`.',
      ),
    SIGN_IN_PROBES: flag(isDevelopment).describe(
      'Whether callers may have the checks of sign-in send requests as a sign-in does: to the stored endpoints, there with the stored client secret, to published ones on the same hosts, and to the platforms with an ID token. Needs `ISSUER_DISCOVERY`. Default in development: `true`.',
    ),
  });
