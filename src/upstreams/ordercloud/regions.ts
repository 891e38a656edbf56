/** Regions of OrderCloud with the prefix of their host names; the oldest region has no prefix. */
const REGIONS = {
  'us-west': null,
  'us-east': 'useast',
  'australia-east': 'australiaeast',
  'west-europe': 'westeurope',
  'japan-east': 'japaneast',
} as const;

/** Environments of a region, with the host names of the oldest one. */
const ENVIRONMENTS = { production: 'api', staging: 'stagingapi', sandbox: 'sandboxapi' } as const;

export type Region = keyof typeof REGIONS;
export type Environment = keyof typeof ENVIRONMENTS;

export const REGION_NAMES = Object.keys(REGIONS) as Region[];
export const ENVIRONMENT_NAMES = Object.keys(ENVIRONMENTS) as Environment[];

/** The API of an environment, with its version path (Sitecore's page on regions and environments). */
export function apiUrl(region: Region, environment: Environment): string {
  const prefix = REGIONS[region];
  return `https://${prefix === null ? ENVIRONMENTS[environment] : `${prefix}-${environment}`}.ordercloud.io/v1`;
}
