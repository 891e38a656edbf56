/** Regions of Huawei Cloud whose IAM serves the whole account. */
export const REGION_NAMES = [
  'cn-north-1',
  'cn-north-2',
  'cn-north-4',
  'cn-north-9',
  'cn-north-12',
  'cn-east-2',
  'cn-east-3',
  'cn-east-4',
  'cn-east-5',
  'cn-south-1',
  'cn-south-2',
  'cn-southwest-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'af-south-1',
  'sa-brazil-1',
  'la-south-2',
  'la-north-2',
  'na-mexico-1',
  'eu-west-0',
  'eu-west-101',
  'my-kualalumpur-1',
  'ru-moscow-1',
  'me-east-1',
  'ae-ad-1',
  'tr-west-1',
] as const;

export type Region = (typeof REGION_NAMES)[number];

/** The IAM URL of a region. The European cloud has its own domain; Paris (`eu-west-0`) does not belong to it. */
export function iamUrl(region: Region): string {
  return `https://iam.${region}.myhuaweicloud.${region.startsWith('eu-west-1') ? 'eu' : 'com'}`;
}
