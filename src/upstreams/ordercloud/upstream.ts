import { z } from 'zod';
import { baseUrl, flag, maxInFlight, maxPerSecond } from '../../transport/settings.ts';
import { defineUpstream } from '../../transport/upstream.ts';
import { readError } from './errors.ts';
import { registerSchema } from './schema.ts';

const env = z.object({
  ORDERCLOUD_API_URL: baseUrl({ pattern: /\/v\d+$/, message: 'must end with the version of the API, e.g. https://sandboxapi.ordercloud.io/v1' })
    .optional()
    .describe('OrderCloud API with its version path, e.g. `https://sandboxapi.ordercloud.io/v1`. Not set: OrderCloud is not configured.'),
  ORDERCLOUD_REVEAL_SECRET: flag(true).describe('Whether callers with OrderCloud credentials of their own may read `connectClientSecret`.'),
  ORDERCLOUD_MAX_IN_FLIGHT: maxInFlight,
  ORDERCLOUD_MAX_PER_SECOND: maxPerSecond,
});

export type OrderCloudSettings = z.output<typeof env>;

/** Sitecore OrderCloud. */
export const orderCloud = defineUpstream({
  id: 'ORDERCLOUD',
  label: 'OrderCloud',
  description: 'Sitecore OrderCloud.',
  env,
  urlVariable: 'ORDERCLOUD_API_URL',
  baseUrl: (settings) => settings.ORDERCLOUD_API_URL,
  policy: (settings) => ({ maxInFlight: settings.ORDERCLOUD_MAX_IN_FLIGHT, maxPerSecond: settings.ORDERCLOUD_MAX_PER_SECOND ?? null }),
  credentials: {
    kind: 'an OrderCloud access token',
    headers: [
      { name: 'X-OrderCloud-Authorization', scheme: 'Bearer' },
      // Stands in while the gateway has no inbound authentication of its own.
      { name: 'Authorization', scheme: 'Bearer' },
    ],
    toUpstream: (token) => ({ authorization: `Bearer ${token.reveal()}` }),
  },
  requestIdHeader: null,
  readError,
  registerSchema,
  emulator: () => import('./emulator.ts'),
});
