import { describe, expect, it } from 'vitest';
import { apiUrl, ENVIRONMENT_NAMES, REGION_NAMES } from './regions.ts';

describe('the URL of a region', () => {
  it.each([
    ['us-west', 'production', 'https://api.ordercloud.io/v1'],
    ['us-west', 'staging', 'https://stagingapi.ordercloud.io/v1'],
    ['us-west', 'sandbox', 'https://sandboxapi.ordercloud.io/v1'],
    ['us-east', 'production', 'https://useast-production.ordercloud.io/v1'],
    ['australia-east', 'staging', 'https://australiaeast-staging.ordercloud.io/v1'],
    ['west-europe', 'sandbox', 'https://westeurope-sandbox.ordercloud.io/v1'],
    ['japan-east', 'sandbox', 'https://japaneast-sandbox.ordercloud.io/v1'],
  ] as const)('%s, %s is %s', (region, environment, url) => {
    expect(apiUrl(region, environment)).toBe(url);
  });

  it('is another one for each region and environment', () => {
    const urls = REGION_NAMES.flatMap((region) =>
      ENVIRONMENT_NAMES.map((environment) => apiUrl(region, environment)),
    );
    expect(new Set(urls).size).toBe(15);
  });
});
