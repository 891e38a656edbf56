import type { CreateConfigurationMutation, ReadConfigurationQuery } from './graphql/graphql.ts';

type Result =
  CreateConfigurationMutation['createOpenIdConnect'] | ReadConfigurationQuery['openIdConnect'];

/** Says what a field returned. The default case covers errors that later versions of the gateway add. */
export function describeResult(result: Result | undefined): string {
  if (!result) return "The gateway could not complete this field: see GraphQL's errors.";
  switch (result.__typename) {
    case 'CreateOpenIdConnectSuccess':
      return [
        `Created ${result.openIdConnect.id}`,
        ...result.warnings.map(({ code, message }) => `Warning ${code}: ${message}`),
      ].join('\n');
    case 'OpenIdConnectSuccess':
      return `Read ${result.openIdConnect.id}`;
    case 'OidcInvalidInputError':
      return result.issues
        .map(({ path, message }) => `Invalid ${path.join('.')}: ${message}`)
        .join('\n');
    case 'OidcOutcomeUnknownError':
      return `${result.message} To find out: ${result.verifyWith}`;
    default:
      return `${result.code}: ${result.message}`;
  }
}
