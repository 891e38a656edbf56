import type { OidcError, OidcSuccess } from './generated/types.ts';

/** What every member of a result has. */
interface Result {
  readonly __typename: string;
}

/** Whether a result is its success type. */
export function isSuccess<R extends Result>(
  result: R,
): result is Extract<R, OidcSuccess & { readonly __typename: `${string}Success` }> {
  return result.__typename.endsWith('Success');
}

/** Whether a result is an error that the schema defines. Errors that later versions of the gateway add are errors, too. */
export function isOidcError<R extends Result>(result: R): result is Extract<R, OidcError> {
  return /^Oidc.*Error$/.test(result.__typename);
}
