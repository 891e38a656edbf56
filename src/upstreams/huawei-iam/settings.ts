import * as z from 'zod';
import {
  ALWAYS,
  baseUrl,
  breakerFailures,
  listed,
  maxInFlight,
  maxPerSecond,
  maxWaiting,
  oneOf,
} from '../../transport/env-schema.ts';
import { REGION_NAMES } from './regions.ts';

/** The environment variables of Huawei Cloud IAM, other than those of the gateway's own credentials. */
export const env = z
  .object({
    HUAWEI_IAM_URL: baseUrl({
      pattern: /^$/,
      message: 'must not have a path, e.g. https://iam.myhuaweicloud.com',
    })
      .optional()
      .describe(
        "Huawei Cloud IAM: `https://iam.myhuaweicloud.com` or a region's endpoint. If neither this nor `HUAWEI_REGION` is set, Huawei Cloud IAM is not configured.",
      ),
    HUAWEI_REGION: oneOf(REGION_NAMES)
      .optional()
      .describe(
        `Region of Huawei Cloud, as an alternative to \`HUAWEI_IAM_URL\`: ${listed(REGION_NAMES)}.`,
      ),
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
        message: 'must not be set together with HUAWEI_IAM_URL',
      });
  }, ALWAYS);

export type HuaweiIamSettings = z.output<typeof env>;
