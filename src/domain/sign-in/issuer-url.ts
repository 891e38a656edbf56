import { httpUrl } from '../primitives.ts';

/** Longest issuer, in characters. */
const MAX_ISSUER = 2_048;

/** An issuer that a caller names. */
export const issuerUrl = httpUrl({ issuer: true, fragment: false, max: MAX_ISSUER });

/** Its description in the schema. */
export const ABOUT_ISSUER = `exactly as ID tokens have it in \`iss\`: an absolute URL without query and fragment, at most ${MAX_ISSUER} characters. A slash at its end matters.`;
