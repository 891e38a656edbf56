import { thumbprint } from '../../../domain/keys/id-token-keys.ts';
import type { Jwk } from '../../../domain/keys/key-material.ts';
import { verifiesAs } from '../../../domain/keys/rotation/compare.ts';
import { fits } from '../../../domain/sign-in/id-token.ts';
import type { IdToken, SignatureResult } from '../../../domain/sign-in/id-token.ts';
import type { Issuer } from '../../../domain/sign-in/issuer.ts';
import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import { visible } from '../../../domain/text/visible.ts';
import type { Proof } from '../../../domain/sign-in/token-checks.ts';
import { ASK_OWNER } from '../oidc-config/keys/outlook.ts';
import type { HuaweiCheckCode } from './codes.ts';

type KeysCheck = Check<HuaweiCheckCode>;

const PATH = ['signingKey'];
const REPLACE = 'Store the keys that the issuer publishes: send syncOidcConfigKeys.';
/** A sync refuses keys of which none is stored. */
const REPLACE_ALL = `${ASK_OWNER}.`;

/** What an ID token shows of the keys. */
export interface ShownByToken {
  /** What the stored keys say about its signature; null if there is none. */
  readonly signature: SignatureResult | null;
  /** The algorithm of ID tokens for the stored client; null if it is not known. */
  readonly alg: string | null;
  /** Whether IAM has accepted one that it had to verify with a key whose `kid`, `use` or `alg` does not fit. */
  readonly isLooselyAccepted: boolean;
  /** Whether IAM has accepted one although no stored key has its `kid`. */
  readonly isKidIgnored: boolean;
}

/**
 * Whether the stored keys verify what the issuer signs now.
 * @param keys null if the stored text is not a key set
 * @param live the issuer at which people sign in; null if it could not be read, or it is not certain that it is the one
 */
export function storedKeysCheck(
  keys: readonly Jwk[] | null,
  live: Issuer | null,
  { signature, alg: used, isLooselyAccepted, isKidIgnored }: ShownByToken,
): KeysCheck {
  if (keys === null)
    return keysCheck('FAILED', 'The stored text is not a JSON Web Key Set.', REPLACE_ALL);
  const stored = keys.map((jwk) => ({ jwk, thumbprint: thumbprint(jwk) }));
  if (live === null)
    return keysCheck(
      'UNDECIDED',
      'The keys of the issuer at which people sign in are not known.',
      'Correct what the checks ISSUER_READ, ISSUER and AUTHORIZATION_ENDPOINT name.',
    );
  // The keys for other algorithms do not sign ID tokens of the client.
  const published = live.keys.filter(
    ({ unusable, alg, jwk }) =>
      unusable === null &&
      (used === null || (fits(used, jwk ?? {}) && (alg === null || alg === used))),
  );
  if (published.length === 0)
    return keysCheck(
      'UNDECIDED',
      'The issuer publishes no key that can verify such ID tokens.',
      'Ask the owner of the issuer.',
    );
  const isStored = ({ thumbprint: print }: (typeof published)[number]) =>
    stored.some((key) => key.thumbprint !== null && key.thumbprint === print);
  // A key that is published in vain may still be the one that signs.
  if (!live.keys.some(isStored))
    return signature === 'VERIFIED'
      ? keysCheck(
          'UNDECIDED',
          'None of the stored keys is one that the issuer published when the gateway last read them, but one verifies the ID token: the issuer has changed its keys.',
          REPLACE,
        )
      : keysCheck(
          'FAILED',
          'None of the stored keys is one that the issuer publishes: no ID token can be verified.',
          REPLACE_ALL,
        );
  const open = published.filter(
    (live) =>
      !stored.some(
        (key) =>
          key.thumbprint === live.thumbprint &&
          (isLooselyAccepted || verifiesAs(key.jwk, live, isKidIgnored)),
      ),
  );
  if (open.length === 0)
    return passed('STORED_KEYS', PATH, 'Every usable key of the issuer is stored.');
  return keysCheck(
    'UNDECIDED',
    `${open.length} of the ${published.length} usable keys of the issuer are not stored, or are stored with another kid, use or alg. ID tokens that are signed with them are refused.`,
    REPLACE,
  );
}

function keysCheck(
  status: 'FAILED' | 'UNDECIDED',
  message: string,
  advice: string,
): Check<'STORED_KEYS'> {
  return notPassed('STORED_KEYS', status, PATH, message, advice);
}

/** Whether a stored key verifies the signature of an ID token. */
export function storedSignatureCheck(
  { alg }: IdToken,
  result: SignatureResult,
  { isOwn }: Proof,
): KeysCheck {
  const code = 'ID_TOKEN_SIGNATURE_STORED';
  const path = ['idToken'];
  if (result === 'VERIFIED') return passed(code, path, 'A stored key verifies it.');
  if (result === 'NOT_VERIFIED')
    return notPassed(
      code,
      isOwn ? 'FAILED' : 'UNDECIDED',
      path,
      isOwn
        ? 'No stored key verifies it, but a key that the issuer publishes does.'
        : 'No stored key verifies it. It is not certain that it is an ID token of this issuer for this client.',
      REPLACE,
    );
  return notPassed(
    code,
    'UNDECIDED',
    path,
    result === 'LOOSELY'
      ? 'A stored key verifies it, but its kid, use, key_ops or alg says that it is for something else. Whether the platform uses such a key is not documented.'
      : `The stored keys cannot be tried for the algorithm ${alg === null ? 'of this token' : `"${visible(alg)}"`}.`,
    REPLACE,
  );
}
