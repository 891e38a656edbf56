import { createHash } from 'node:crypto';
import * as z from 'zod';
import { parseJson } from '../domain/json/json.ts';
import {
  describeFileFailure,
  readSettingsFile,
  readSettingsFileLater,
  repetitionIn,
} from '../transport/settings-file.ts';
import { flag } from '../transport/env-schema.ts';

/** The documents that callers may ask for by their hash. */
export interface PersistedDocumentsSettings {
  /** Texts by the SHA-256 of each, in hexadecimal. */
  readonly documents: ReadonlyMap<string, string>;
  /** Whether callers may send only the documents in `PERSISTED_DOCUMENTS_FILE`. */
  readonly only: boolean;
}

/** The environment variables about persisted documents. */
export const persistedEnvironment = z.object({
  PERSISTED_DOCUMENTS_FILE: z
    .string()
    .optional()
    .describe(
      'File with the documents that callers may request by hash, read at startup. The client preset of graphql-codegen writes it from typed documents.',
    ),
  PERSISTED_ONLY: flag(false).describe(
    'Whether callers may send only the documents in `PERSISTED_DOCUMENTS_FILE`.',
  ),
});

const list = z.record(z.string(), z.string(), {
  error: 'must contain a JSON object that maps the SHA-256 of each document to its text',
});

/** Maximum size of the list, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Maximum number of ids that an issue names. */
const MAX_NAMED = 3;

/**
 * Reads the list of persisted documents.
 * @param set the variables that are set; only those of `persistedEnvironment` are read
 * @returns null if no list is configured, or all issues, without any content but ids
 */
export function persistedDocuments(
  set: Readonly<Record<string, string>>,
): PersistedDocumentsSettings | null | { readonly issues: readonly string[] } {
  const { PERSISTED_DOCUMENTS_FILE: file, PERSISTED_ONLY: given } = set;
  const only = given === 'true';
  if (file === undefined)
    return only
      ? { issues: ['PERSISTED_ONLY must not be true without PERSISTED_DOCUMENTS_FILE'] }
      : null;
  let text: string;
  try {
    text = readSettingsFile(file, { maxBytes: MAX_BYTES });
  } catch (error) {
    return { issues: [`PERSISTED_DOCUMENTS_FILE ${describeFileFailure(error)}`] };
  }
  return documentsIn(text, only);
}

/** Reads the list again from the same file. @returns null if that fails or the list has issues; the next worker that starts reports why */
export async function readPersistedDocumentsAgain(
  file: string,
  { only }: Pick<PersistedDocumentsSettings, 'only'>,
): Promise<PersistedDocumentsSettings | null> {
  const text = await readSettingsFileLater(file, { maxBytes: MAX_BYTES }).catch(() => null);
  const read = text === null ? null : documentsIn(text, only);
  return read === null || 'issues' in read ? null : read;
}

function documentsIn(
  text: string,
  only: boolean,
): PersistedDocumentsSettings | { readonly issues: readonly string[] } {
  const { success, data } = list.safeParse(parseJson(text));
  if (!success)
    return {
      issues: [
        'PERSISTED_DOCUMENTS_FILE must contain a JSON object that maps the SHA-256 of each document to its text',
      ],
    };
  const repetition = repetitionIn(text);
  if (repetition !== null) return { issues: [`PERSISTED_DOCUMENTS_FILE ${repetition}`] };
  if (only && Object.keys(data).length === 0)
    return {
      issues: ['PERSISTED_DOCUMENTS_FILE has no documents, and PERSISTED_ONLY allows no others'],
    };
  // Typed documents put the name of the algorithm first; both forms are accepted.
  const documents = new Map(
    Object.entries(data).map(([id, document]) => [id.replace(/^sha256:/, ''), document]),
  );
  const wrong = [...documents]
    .filter(([hash, document]) => createHash('sha256').update(document).digest('hex') !== hash)
    .map(([hash]) => JSON.stringify(hash.slice(0, 64)));
  if (wrong.length === 0) return { documents, only };
  return {
    issues: [
      `PERSISTED_DOCUMENTS_FILE has ${wrong.length === 1 ? 'a document' : `${wrong.length} documents`} whose SHA-256 is not its id: ${wrong.slice(0, MAX_NAMED).join(', ')}${wrong.length > MAX_NAMED ? ', …' : ''}`,
    ],
  };
}
