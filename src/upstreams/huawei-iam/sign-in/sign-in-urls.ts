/** The redirect URIs to register with the identity provider: the first for the response mode `fragment`, the second for `form_post`. */
export function redirectUris(consoleUrl: string): string[] {
  return [`${consoleUrl}/authui/oidc/redirect`, `${consoleUrl}/authui/oidc/post`];
}

/** The link that starts a sign-in to the console. */
export function loginUrl(
  consoleUrl: string,
  { domainId, idpId }: { readonly domainId: string; readonly idpId: string },
): string {
  const parameters = Object.entries({ domain_id: domainId, idp: idpId, protocol: 'oidc' });
  return `${consoleUrl}/authui/federation/websso?${parameters.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&')}`;
}
