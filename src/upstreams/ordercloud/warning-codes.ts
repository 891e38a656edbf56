import type { Warning, WarningCode } from '../../domain/warnings.ts';

/** The stable codes of warnings that only OrderCloud has, each with its meaning. */
export const WARNING_CODES = {
  INTEGRATION_EVENT_MISSING:
    'No integration event is set. According to the documentation of OrderCloud, configurations created after 2020-03-31 require one of type OpenIDConnect.',
  APP_START_URL_CLEARTEXT:
    'The start URL uses plain http: the tokens in it can be read and changed in transit.',
  STALE_TOKEN_PLACEHOLDER:
    'The template uses {token} from older documentation; the current placeholder is {0}.',
  ACCESS_TOKEN_PLACEHOLDER_MISSING:
    'The template has no {0}: the application gets no access token.',
  COUNT_CAPPED:
    "The upstream reports a number beyond the range of GraphQL's Int. The nearest number in range, such as 2147483647, is shown instead.",
} as const;

/** A warning about a configuration of OrderCloud. */
export type OrderCloudWarning = Warning<WarningCode | keyof typeof WARNING_CODES>;
