import { describe, expect, it } from 'vitest';
import { iamUrl, REGION_NAMES } from './regions.ts';

describe('the URL of a region', () => {
  it.each([
    ['cn-north-4', 'https://iam.cn-north-4.myhuaweicloud.com'],
    ['ap-southeast-1', 'https://iam.ap-southeast-1.myhuaweicloud.com'],
    ['eu-west-0', 'https://iam.eu-west-0.myhuaweicloud.com'],
    ['eu-west-101', 'https://iam.eu-west-101.myhuaweicloud.eu'],
  ] as const)('%s is %s', (region, url) => {
    expect(iamUrl(region)).toBe(url);
  });

  it('is another one for each region', () => {
    expect(new Set(REGION_NAMES.map(iamUrl)).size).toBe(28);
  });
});
