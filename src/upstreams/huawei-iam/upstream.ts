import { z } from 'zod';
import {
  ALWAYS,
  baseUrl,
  breakerFailures,
  listed,
  maxInFlight,
  maxPerSecond,
  maxWaiting,
  oneOf,
} from '../../transport/settings.ts';
import { defineUpstream } from '../../transport/upstream.ts';
import { listIdentityProviders } from './client-federation.ts';
import { callerCredentials, ownCredentials } from './credentials.ts';
import { readError } from './errors.ts';
import { iamUrl, REGION_NAMES } from './regions.ts';
import { registerSchema } from './schema.ts';

const env = z
  .object({
    HUAWEI_IAM_URL: baseUrl({
      pattern: /^$/,
      message: 'must not have a path, e.g. https://iam.myhuaweicloud.com',
    })
      .optional()
      .describe(
        "Huawei Cloud IAM: `https://iam.myhuaweicloud.com` or a region's endpoint. Neither this nor the region set: Huawei Cloud IAM is not configured.",
      ),
    HUAWEI_REGION: oneOf(REGION_NAMES)
      .optional()
      .describe(`Region of Huawei Cloud in place of the URL: ${listed(REGION_NAMES)}.`),
    HUAWEI_CONSOLE_URL: baseUrl({
      pattern: /^$/,
      message: 'must not have a path, e.g. https://auth.huaweicloud.com',
    })
      .default('https://auth.huaweicloud.com')
      .describe(
        'Host of the Huawei Cloud console, for redirect URIs and login links. Nothing is sent there.',
      ),
    HUAWEI_MAX_IN_FLIGHT: maxInFlight,
    HUAWEI_MAX_WAITING: maxWaiting,
    HUAWEI_MAX_PER_SECOND: maxPerSecond,
    HUAWEI_BREAKER_FAILURES: breakerFailures,
  })
  .superRefine(({ HUAWEI_IAM_URL: url, HUAWEI_REGION: region }, context) => {
    if (url !== undefined && region !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['HUAWEI_REGION'],
        message: 'must not be set beside HUAWEI_IAM_URL',
      });
  }, ALWAYS);

export type HuaweiIamSettings = z.output<typeof env>;

/** Huawei Cloud IAM. */
export const huaweiIam = defineUpstream({
  id: 'HUAWEI_IAM',
  label: 'Huawei Cloud IAM',
  description: 'Huawei Cloud Identity and Access Management.',
  env,
  urlVariables: ['HUAWEI_IAM_URL', 'HUAWEI_REGION'],
  baseUrl: ({ HUAWEI_IAM_URL: url, HUAWEI_REGION: region }) =>
    region === undefined ? url : iamUrl(region),
  policy: (settings) => ({
    maxInFlight: settings.HUAWEI_MAX_IN_FLIGHT,
    maxWaiting: settings.HUAWEI_MAX_WAITING,
    maxPerSecond: settings.HUAWEI_MAX_PER_SECOND ?? null,
    breakerFailures: settings.HUAWEI_BREAKER_FAILURES,
  }),
  credentials: callerCredentials,
  ownCredentials,
  probe: async (call) => {
    const { value } = await call(listIdentityProviders, null);
    return `${value.length} identity providers`;
  },
  requestIdHeader: 'x-request-id',
  readError,
  registerSchema,
  emulator: () => import('./emulator.ts'),
});
