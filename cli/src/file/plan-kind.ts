/** What a plan says that it is. It is another kind of file than that of sign-in configuration. */
export const PLAN_KIND = 'oidc-config plan';
