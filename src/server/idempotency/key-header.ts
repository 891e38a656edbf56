import type { Refusal } from '../http/refusal.ts';

/** The header by which callers name a write, so that sending it again does not repeat it. In lower case. */
export const KEY_HEADER = 'idempotency-key';

/** Longest key, in characters. */
const MAX_KEY = 255;

const MALFORMED: Refusal = {
  status: 400,
  code: 'BAD_REQUEST',
  message: `The header Idempotency-Key must be one text of 1 to ${MAX_KEY} visible ASCII characters without quotes, backslashes, commas and semicolons, for example a UUID. It may be enclosed in quotes. Nothing was executed.`,
};

/**
 * Reads the header (draft-ietf-httpapi-idempotency-key-header: a text in quotes; many clients leave them out).
 * @returns null without the header
 */
export function readKeyHeader(value: string | null): string | null | Refusal {
  if (value === null) return null;
  const [, quoted, plain] =
    /^\s*(?:"([!#-+\--:<-[\]-~]+)"|([!#-+\--:<-[\]-~]+))\s*$/.exec(
      value.length <= MAX_KEY + 20 ? value : '',
    ) ?? [];
  const key = quoted ?? plain ?? '';
  return key === '' || key.length > MAX_KEY ? MALFORMED : key;
}
