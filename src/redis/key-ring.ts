import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Secret } from '../domain/scrub/secret.ts';

/** Bytes of what stands before a sealed text: which key, a random IV, and the tag. */
const ID_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = ID_BYTES + IV_BYTES + TAG_BYTES;

/** Hides texts from Redis. */
export interface KeyRing {
  /**
   * What stands for a text: an HMAC under the current key, then one under the other key, if there is one.
   * @param purpose the same text stands for something else with each purpose
   */
  readonly digestsOf: (purpose: string, text: string) => readonly string[];
  /** Encrypts and authenticates a text. @param about it can be opened only with the same */
  readonly seal: (text: string, about: string) => string;
  /** @returns null if it was not sealed so, under one of these keys */
  readonly open: (sealed: string, about: string) => string | null;
}

interface SubKeys {
  readonly id: Buffer;
  readonly digest: Buffer;
  readonly seal: Buffer;
}

/** @param key 32 bytes in base64, of which each purpose has a key of its own (HKDF) */
export function createKeyRing(key: Secret, otherKey: Secret | null): KeyRing {
  const current = subKeysOf(key);
  const all = otherKey === null ? [current] : [current, subKeysOf(otherKey)];
  return {
    digestsOf: (purpose, text) =>
      all.map(({ digest }) =>
        createHmac('sha256', digest).update(`${purpose}\0`).update(text).digest('base64url'),
      ),
    seal: (text, about) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.seal, iv);
      cipher.setAAD(Buffer.from(about));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([current.id, iv, cipher.getAuthTag(), sealed]).toString('base64');
    },
    open: (sealed, about) => {
      const bytes = Buffer.from(sealed, 'base64');
      const known = all.find(({ id }) => id.equals(bytes.subarray(0, ID_BYTES)));
      if (known === undefined || bytes.length < HEAD_BYTES) return null;
      const iv = bytes.subarray(ID_BYTES, ID_BYTES + IV_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', known.seal, iv);
      decipher.setAAD(Buffer.from(about));
      decipher.setAuthTag(bytes.subarray(ID_BYTES + IV_BYTES, HEAD_BYTES));
      try {
        const text = [decipher.update(bytes.subarray(HEAD_BYTES)), decipher.final()];
        return Buffer.concat(text).toString('utf8');
      } catch {
        return null;
      }
    },
  };
}

function subKeysOf(key: Secret): SubKeys {
  const derive = (purpose: string, length: number) =>
    Buffer.from(
      hkdfSync(
        'sha256',
        Buffer.from(key.reveal(), 'base64'),
        '',
        `oidc-config-gateway ${purpose}`,
        length,
      ),
    );
  return { id: derive('id', ID_BYTES), digest: derive('digest', 32), seal: derive('seal', 32) };
}
