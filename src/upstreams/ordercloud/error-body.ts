import * as z from 'zod';
import { isObject } from '../../domain/json/json.ts';
import type { Json } from '../../domain/json/json.ts';

/** One error entry; every part may be missing. */
export interface ErrorEntry {
  readonly ErrorCode: string | null;
  readonly Message: string | null;
  readonly Data: Json;
}

const json = z.custom<Json>(() => true);
const stringOrNull = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .transform((value) => value ?? null)
  .catch(null);
const entry = z.object({
  ErrorCode: stringOrNull,
  Message: stringOrNull,
  Data: json.optional().transform((data) => data ?? null),
});
const listed = z.object({ Errors: z.array(z.unknown()).min(1) });
const flat = z.union([z.object({ ErrorCode: z.string() }), z.object({ Message: z.string() })]);
const oauth = z.object({ error: z.string(), error_description: stringOrNull });

function hasContent({ ErrorCode, Message, Data }: ErrorEntry): boolean {
  return ErrorCode !== null || Message !== null || Data !== null;
}

/** Errors of OAuth 2 (RFC 6749 section 5.2, RFC 6750 section 3.1). */
export const OAUTH_ERRORS: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_token',
  'insufficient_scope',
]);

const ownEntry = z.object({ ErrorCode: z.string().min(1) });
const ownForms = z.union([
  z.object({
    Errors: z
      .array(z.unknown())
      .refine((entries) => entries.some((one) => ownEntry.safeParse(one).success)),
  }),
  ownEntry,
  z.object({ error: z.string().refine((error) => OAUTH_ERRORS.has(error)) }),
]);

/** Whether an error body has the form of an OrderCloud error, which always has a code. A proxy in between may send JSON too. */
export function isOwnError(body: Json): boolean {
  return ownForms.safeParse(body).success;
}

/** Maximum number of entries that are read: reading more would take time without being useful. */
const MAX_ENTRIES = 100;

/**
 * The first entries of an error body in any of its forms: `{Errors: […]}` as the API sends it, the flat form of its
 * specification, and OAuth 2's `error` and `error_description` (RFC 6749 section 5.2), alone or beside `Errors`.
 */
export function errorEntries(body: Json): ErrorEntry[] {
  const entries: ErrorEntry[] = [];
  const list = listed.safeParse(body);
  if (list.success) {
    for (const item of list.data.Errors.slice(0, MAX_ENTRIES)) {
      const known = entry.safeParse(item);
      // Entries of another shape are kept unchanged as data.
      entries.push(
        known.success && hasContent(known.data)
          ? known.data
          : { ErrorCode: null, Message: null, Data: json.parse(item) },
      );
    }
  } else if (flat.safeParse(body).success) {
    entries.push(entry.parse(body));
  }
  if (isObject(body) && typeof body['error'] === 'string') {
    const { error, error_description: description } = oauth.parse(body);
    entries.push({ ErrorCode: error, Message: description, Data: null });
  }
  return entries.length > 0 ? entries : [{ ErrorCode: null, Message: null, Data: body }];
}
