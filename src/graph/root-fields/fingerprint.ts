/** The input field with the fingerprint of the object as the caller last read it. */
export const EXPECTED_FINGERPRINT = 'expectedFingerprint';

/** Descriptions that the fields `fingerprint` and `expectedFingerprint` share in all objects and changes. */
export const ABOUT_FINGERPRINT = {
  fingerprint:
    'SHA-256 of the normalized content without any secret, in hexadecimal. Equal content has an equal fingerprint. Pass it as `expectedFingerprint` to a write that must not overwrite what others changed in the meantime.',
  expectedFingerprint:
    'The `fingerprint` that was last read. If the stored object has a different one, nothing is written and the result is `OidcStaleError`. ' +
    'The check runs right before each attempt. Someone else could still change the object between the check and the write, and a change that affects only a secret is not detected. If null or omitted, nothing is checked.',
} as const;
