/** A parameter that OrderCloud adds to the authorization request at the identity provider. */
export interface LoginParameter {
  readonly name: string;
  readonly value: string;
}

/** The parts of a login link. */
export interface LoginLink {
  /** ID of the configuration. */
  readonly id: string;
  readonly apiClientId: string;
  readonly roles: readonly string[];
  readonly appStartPath?: string | null | undefined;
  readonly customParams?: readonly LoginParameter[] | null | undefined;
}

/** The redirect URI to register with the identity provider. Unlike the URL of the API, it has no version. */
export function redirectUri(apiUrl: string): string {
  return `${withoutVersion(apiUrl)}/ocrpcode`;
}

/** The link that starts a sign-in. */
export function loginUrl(
  apiUrl: string,
  { id, apiClientId, roles, appStartPath, customParams }: LoginLink,
): string {
  const custom = (customParams ?? [])
    .map(({ name, value }) => `${escape(name)}=${escape(value)}`)
    .join('&');
  const parameters = [
    ['id', id],
    ['roles', roles.join(' ')],
    ['cid', apiClientId],
    ['appstartpath', appStartPath ?? ''],
    ['customParams', custom],
  ] as const;
  // The first three are always present, the others only if they have a value.
  const given = parameters.filter(([, value], index) => index < 3 || value !== '');
  return `${withoutVersion(apiUrl)}/ocrplogin?${given.map(([name, value]) => `${name}=${escape(value)}`).join('&')}`;
}

function withoutVersion(apiUrl: string): string {
  return apiUrl.replace(/\/v\d+$/, '');
}

function escape(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
