import * as z from 'zod';
import { SCOPES } from '../../domain/identity.ts';
import { oneOf } from '../../transport/env-schema.ts';

const ENTRY_MEMBERS =
  'must have the members id, sha256, scopes and, optionally, expires, and no others';

/** An API key as stored in its file: only its digest, never the key. */
export const apiKeyEntry = z.strictObject(
  {
    id: z
      .string({ error: 'must be a string' })
      .regex(
        /^[A-Za-z0-9._-]{1,64}$/,
        'must have 1 to 64 characters: letters, digits, dot, underscore, hyphen',
      ),
    sha256: z
      .string({ error: 'must be a string' })
      .regex(/^[0-9a-f]{64}$/, 'must be 64 digits 0 to 9 and a to f'),
    scopes: z
      .array(oneOf(SCOPES), { error: 'must be a list' })
      .min(1, 'must have at least one scope'),
    expires: z.iso
      .datetime({ offset: true, error: 'must be a time with its zone, e.g. 2027-01-01T00:00:00Z' })
      .optional(),
  },
  { error: ENTRY_MEMBERS },
);

export type ApiKeyEntry = z.output<typeof apiKeyEntry>;

/** The file that lists the API keys of all callers. */
export const apiKeysFile = z.object(
  {
    keys: z
      .array(apiKeyEntry, { error: 'must be a list of keys' })
      .min(1, 'must have at least one key')
      .superRefine((entries, context) => {
        for (const member of ['id', 'sha256'] as const) {
          const seen = new Set<string>();
          for (const [index, entry] of entries.entries()) {
            if (seen.has(entry[member]))
              context.addIssue({
                code: 'custom',
                path: [index, member],
                message: 'is already used by an earlier key',
              });
            seen.add(entry[member]);
          }
        }
        const spellings = new Map<string, { readonly id: string; readonly index: number }>();
        for (const [index, { id }] of entries.entries()) {
          const before = spellings.get(id.toLowerCase());
          // Two callers with this name would look like one.
          if (before !== undefined && before.id !== id)
            context.addIssue({
              code: 'custom',
              path: [index, 'id'],
              message: `differs from keys.${before.index}.id only in upper and lower case`,
            });
          spellings.set(id.toLowerCase(), before ?? { id, index });
        }
      }),
  },
  { error: 'must contain {"keys":[…]}' },
);
