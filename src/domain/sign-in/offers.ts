/**
 * Whether an issuer offers a value of a list in its metadata. A response type may consist of several words, in any order.
 * @param offered null if the issuer does not say
 */
export function offers(offered: readonly string[] | null, value: string): boolean {
  return offered === null || offered.some((one) => words(one) === words(value));
}

function words(value: string): string {
  return value.split(' ').sort().join(' ');
}
