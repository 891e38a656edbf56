import type { CheckCode } from '../../../domain/sign-in/report.ts';

/** The stable codes of checks that only OrderCloud has, each with its meaning. */
export const CHECK_CODES = {
  API_CLIENT: 'The API client exists and is active.',
  API_CLIENT_ACCESS: 'The people who are to sign in may use the API client.',
  APP_START_URL: 'The stored `appStartUrl` is a URL, so that people get to the app.',
  REFRESH_TOKEN: 'OrderCloud has a refresh token for `{3}` of the stored `appStartUrl`.',
  INTEGRATION_EVENT: 'The integration event exists, and is of type OpenIDConnect.',
  INTEGRATION_EVENT_URL: 'The integration event has the URL of the middleware.',
  INTEGRATION_EVENT_KEY: 'The integration event has a hash key, which signs what is sent.',
  ELEVATED_ROLES: 'What the middleware may do with the access token that OrderCloud sends to it.',
  MIDDLEWARE: 'The middleware lets the person sign in. Only a sign-in shows it.',
  TOKEN_ENDPOINT: 'The stored token endpoint is the one of the issuer.',
  CLIENT_AUTHENTICATION:
    'The issuer offers the client authentication that `urlEncoded` stands for.',
  CLIENT_SECRET: 'The stored client secret is the one of the client.',
} as const;

export type OrderCloudCheckCode = CheckCode | keyof typeof CHECK_CODES;
