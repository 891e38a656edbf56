/** What the fields `fingerprint` and `expectedFingerprint` of all objects and changes say alike. */
export const ABOUT_FINGERPRINT = {
  fingerprint:
    'SHA-256 over the normalised content, without any secret, in hexadecimal. The same for the same content: give it as `expectedFingerprint` to a change that must not overwrite what others changed meanwhile.',
  expectedFingerprint:
    'The `fingerprint` that was last read. If what is stored has another one, nothing is written and the result is `OidcStaleError`. ' +
    'Checked right before every attempt, which narrows the gap for changes by others without closing it, and does not see a change of a secret alone. Null or left out: nothing is checked.',
} as const;
