import * as z from 'zod';
import {
  ALWAYS,
  baseUrl,
  breakerFailures,
  flag,
  listed,
  maxInFlight,
  maxPerSecond,
  maxWaiting,
  oneOf,
} from '../../transport/env-schema.ts';
import { ENVIRONMENT_NAMES, REGION_NAMES } from './regions.ts';

/** The environment variables of OrderCloud, without those for the gateway's own credentials. */
export const env = z
  .object({
    ORDERCLOUD_API_URL: baseUrl({
      pattern: /\/v\d+$/,
      message: 'must end with the version of the API, e.g. https://sandboxapi.ordercloud.io/v1',
    })
      .optional()
      .describe(
        'OrderCloud API with its version path, e.g. `https://sandboxapi.ordercloud.io/v1`. If neither this nor `ORDERCLOUD_REGION` is set, OrderCloud is not configured.',
      ),
    ORDERCLOUD_REGION: oneOf(REGION_NAMES)
      .optional()
      .describe(
        `Region of OrderCloud, as an alternative to \`ORDERCLOUD_API_URL\`: ${listed(REGION_NAMES)}.`,
      ),
    ORDERCLOUD_ENVIRONMENT: oneOf(ENVIRONMENT_NAMES)
      .optional()
      .describe(`Environment in \`ORDERCLOUD_REGION\`: ${listed(ENVIRONMENT_NAMES)}.`),
    ORDERCLOUD_REVEAL_SECRET: flag(true).describe(
      'Whether callers with their own OrderCloud credentials may read `connectClientSecret`.',
    ),
    ORDERCLOUD_MAX_IN_FLIGHT: maxInFlight,
    ORDERCLOUD_MAX_WAITING: maxWaiting,
    ORDERCLOUD_MAX_PER_SECOND: maxPerSecond,
    ORDERCLOUD_BREAKER_FAILURES: breakerFailures,
  })
  .superRefine((set, context) => {
    const {
      ORDERCLOUD_API_URL: url,
      ORDERCLOUD_REGION: region,
      ORDERCLOUD_ENVIRONMENT: environment,
    } = set;
    const addIssue = (path: keyof typeof set, message: string) => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (url !== undefined && region !== undefined)
      addIssue('ORDERCLOUD_REGION', 'must not be set together with ORDERCLOUD_API_URL');
    if (region !== undefined && environment === undefined)
      addIssue('ORDERCLOUD_ENVIRONMENT', 'must be set with ORDERCLOUD_REGION');
    if (environment !== undefined && region === undefined)
      addIssue('ORDERCLOUD_ENVIRONMENT', 'must not be set without ORDERCLOUD_REGION');
  }, ALWAYS);

/** The parsed environment variables. */
export type OrderCloudSettings = z.output<typeof env>;
