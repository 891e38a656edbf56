/** The logo of the gateway: a key on a tile. */
export const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">' +
  '<rect width="32" height="32" rx="8" fill="#1f5fbf"/>' +
  '<g fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"><circle cx="11" cy="16" r="4.5"/><path d="M15.5 16H26v4.5M21 16v3.5"/></g>' +
  '</svg>';

/** The same for `<link rel="icon">`, as a data URL that needs no request. */
export const FAVICON = `data:image/svg+xml,${encodeURIComponent(LOGO)}`;
