import { z } from 'zod';
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
} from '../../transport/settings.ts';
import { defineUpstream } from '../../transport/upstream.ts';
import { listOpenIdConnects } from './client.ts';
import { callerCredentials, ownCredentials } from './credentials.ts';
import { readError } from './errors.ts';
import { apiUrl, ENVIRONMENT_NAMES, REGION_NAMES } from './regions.ts';
import { registerSchema } from './schema.ts';

const env = z
  .object({
    ORDERCLOUD_API_URL: baseUrl({
      pattern: /\/v\d+$/,
      message: 'must end with the version of the API, e.g. https://sandboxapi.ordercloud.io/v1',
    })
      .optional()
      .describe(
        'OrderCloud API with its version path, e.g. `https://sandboxapi.ordercloud.io/v1`. Neither this nor the region set: OrderCloud is not configured.',
      ),
    ORDERCLOUD_REGION: oneOf(REGION_NAMES)
      .optional()
      .describe(`Region of OrderCloud in place of the URL: ${listed(REGION_NAMES)}.`),
    ORDERCLOUD_ENVIRONMENT: oneOf(ENVIRONMENT_NAMES)
      .optional()
      .describe(`Environment of the region: ${listed(ENVIRONMENT_NAMES)}.`),
    ORDERCLOUD_REVEAL_SECRET: flag(true).describe(
      'Whether callers with OrderCloud credentials of their own may read `connectClientSecret`.',
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
    const fault = (path: keyof typeof set, message: string) => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (url !== undefined && region !== undefined)
      fault('ORDERCLOUD_REGION', 'must not be set beside ORDERCLOUD_API_URL');
    if (region !== undefined && environment === undefined)
      fault('ORDERCLOUD_ENVIRONMENT', 'must be set with ORDERCLOUD_REGION');
    if (environment !== undefined && region === undefined)
      fault('ORDERCLOUD_ENVIRONMENT', 'must not be set without ORDERCLOUD_REGION');
  }, ALWAYS);

export type OrderCloudSettings = z.output<typeof env>;

/** Sitecore OrderCloud. */
export const orderCloud = defineUpstream({
  id: 'ORDERCLOUD',
  label: 'OrderCloud',
  description: 'Sitecore OrderCloud.',
  env,
  urlVariables: ['ORDERCLOUD_API_URL', 'ORDERCLOUD_REGION'],
  baseUrl: ({
    ORDERCLOUD_API_URL: url,
    ORDERCLOUD_REGION: region,
    ORDERCLOUD_ENVIRONMENT: environment,
  }) => (region !== undefined && environment !== undefined ? apiUrl(region, environment) : url),
  policy: (settings) => ({
    maxInFlight: settings.ORDERCLOUD_MAX_IN_FLIGHT,
    maxWaiting: settings.ORDERCLOUD_MAX_WAITING,
    maxPerSecond: settings.ORDERCLOUD_MAX_PER_SECOND ?? null,
    breakerFailures: settings.ORDERCLOUD_BREAKER_FAILURES,
  }),
  credentials: callerCredentials,
  ownCredentials,
  probe: async (call) => {
    const { value } = await call(listOpenIdConnects, { pageSize: 1 });
    return `${value.meta.totalCount} OpenID Connect configurations`;
  },
  requestIdHeader: null,
  readError,
  registerSchema,
  emulator: () => import('./emulator.ts'),
});
