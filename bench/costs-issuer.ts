import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { OPEN_ID_CONNECT_CONFIG } from './upstream-bodies.ts';

/* Identity providers that have stored as many keys as fit, and whose issuers publish as many others as are read. */

/** Maximum of Huawei Cloud IAM, in characters. */
const STORED_CHARACTERS = 30_000;
/** Maximum of what the gateway reads of an issuer. */
const PUBLISHED = 200;
const KEY_SET_BYTES = 256 * 1024;

const ISSUER = '/issuers/';
/** What the ids of such identity providers begin with. */
const ID = 'rotating-';

const text = (bytes: number) => randomBytes(bytes).toString('base64url');

/** An odd number of 7,040 bits, as a modulus is. */
function modulus(): string {
  const bytes = randomBytes(880);
  bytes[0] = 0xc0;
  bytes[879] = 1;
  return bytes.toString('base64url');
}

/** The shortest keys of which a platform stores most. */
const STORED = (() => {
  const keys: object[] = [];
  const lengthOf = () => JSON.stringify({ keys }).length;
  while (lengthOf() <= STORED_CHARACTERS) keys.push({ kty: 'OKP', crv: 'Ed25519', x: text(32) });
  return JSON.stringify({ keys: keys.slice(0, -1) });
})();

/** Sets of published keys, by their type. */
const KEYS = {
  elliptic: published(() => ({
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
    alg: 'ES256',
  })),
  // As long as the set may be.
  rsa: published(() => ({ kty: 'RSA', alg: 'RS256', e: 'AQAB', n: modulus() })),
} as const;

export type PublishedType = keyof typeof KEYS;

function published(make: () => object): string {
  const keys = Array.from({ length: PUBLISHED }, (_, index) => ({
    ...make(),
    use: 'sig',
    kid: `key-${index}`,
  }));
  const set = JSON.stringify({ keys });
  if (set.length > KEY_SET_BYTES) throw new Error(`the key set has ${set.length} bytes`);
  return set;
}

/** Bytes of the stored and of the published keys. */
export function rotatingBytes(type: PublishedType): number {
  return Buffer.byteLength(STORED) + Buffer.byteLength(KEYS[type]);
}

/** The id of an identity provider with an issuer of its own. */
export function rotatingId(type: PublishedType, index: number): string {
  return `${ID}${type}-${index}`;
}

/** The body for a target of such an identity provider or its issuer; null if it is another one. @param origin of all of them @param sent the body of the request */
export function rotatingBody(origin: string, target: string, sent: string): string | null {
  const [, id, type] = new RegExp(`/(${ID}(\\w+)-\\d+)/`).exec(target) ?? [];
  if (id === undefined || type === undefined || !(type in KEYS)) return null;
  const issuer = `${origin}${ISSUER}${id}`;
  if (!target.startsWith(ISSUER)) {
    const stored = { ...OPEN_ID_CONNECT_CONFIG.openid_connect_config, signing_key: STORED };
    const { openid_connect_config: changes } = (sent === '' ? {} : JSON.parse(sent)) as {
      readonly openid_connect_config?: object;
    };
    return JSON.stringify({ openid_connect_config: { ...stored, idp_url: issuer, ...changes } });
  }
  return target.endsWith('/keys')
    ? KEYS[type as PublishedType]
    : JSON.stringify({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256', 'ES256', 'EdDSA'],
      });
}
