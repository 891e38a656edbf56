import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../domain/json.ts';
import {
  describeFileFailure,
  readSettingsFile,
  readSettingsFileLater,
  repetitionIn,
} from '../transport/settings-file.ts';
import { flag } from '../transport/settings.ts';
import type { PersistedDocumentsSettings } from './pipeline/persisted-documents.ts';

/** The variables of the environment about persisted documents. */
export const persistedEnvironment = z.object({
  PERSISTED_DOCUMENTS_FILE: z
    .string()
    .optional()
    .describe(
      'File with the documents that callers may ask for by their hash, as the client preset of graphql-codegen writes it from typed documents, read at start.',
    ),
  PERSISTED_ONLY: flag(false).describe('Whether callers may send no other documents.'),
});

const list = z.record(z.string(), z.string(), {
  error: 'must hold a JSON object of documents by the SHA-256 of each',
});

/** Largest list, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Ids that a fault names, at most. */
const MOST_NAMED = 3;

/**
 * Reads the list of persisted documents.
 * @param set the variables that are set; others than those of `persistedEnvironment` are left alone
 * @returns null where there is none, or every fault at once, without any content but ids
 */
export function persistedDocuments(
  set: Readonly<Record<string, string>>,
): PersistedDocumentsSettings | null | { readonly faults: readonly string[] } {
  const { PERSISTED_DOCUMENTS_FILE: file, PERSISTED_ONLY: given } = set;
  const only = given === 'true';
  if (file === undefined)
    return only
      ? { faults: ['PERSISTED_ONLY must not be true without PERSISTED_DOCUMENTS_FILE'] }
      : null;
  let text: string;
  try {
    text = readSettingsFile(file, { maxBytes: MAX_BYTES });
  } catch (error) {
    return { faults: [`PERSISTED_DOCUMENTS_FILE ${describeFileFailure(error)}`] };
  }
  return documentsIn(text, only);
}

/** Reads the list again from the same file; null if that fails or the list has faults: a worker that starts with it says why. */
export async function readPersistedDocumentsAgain(
  file: string,
  { only }: Pick<PersistedDocumentsSettings, 'only'>,
): Promise<PersistedDocumentsSettings | null> {
  const text = await readSettingsFileLater(file, { maxBytes: MAX_BYTES }).catch(() => null);
  const read = text === null ? null : documentsIn(text, only);
  return read === null || 'faults' in read ? null : read;
}

function documentsIn(
  text: string,
  only: boolean,
): PersistedDocumentsSettings | { readonly faults: readonly string[] } {
  const { success, data } = list.safeParse(parseJson(text));
  if (!success)
    return {
      faults: [
        'PERSISTED_DOCUMENTS_FILE must hold a JSON object of documents by the SHA-256 of each',
      ],
    };
  const repetition = repetitionIn(text);
  if (repetition !== null) return { faults: [`PERSISTED_DOCUMENTS_FILE ${repetition}`] };
  if (only && Object.keys(data).length === 0)
    return {
      faults: ['PERSISTED_DOCUMENTS_FILE has no document, and PERSISTED_ONLY allows no other'],
    };
  // With or without the name of the algorithm, as the typed documents have it.
  const documents = new Map(
    Object.entries(data).map(([id, document]) => [id.replace(/^sha256:/, ''), document]),
  );
  const wrong = [...documents]
    .filter(([hash, document]) => createHash('sha256').update(document).digest('hex') !== hash)
    .map(([hash]) => JSON.stringify(hash.slice(0, 64)));
  if (wrong.length === 0) return { documents, only };
  return {
    faults: [
      `PERSISTED_DOCUMENTS_FILE has ${wrong.length === 1 ? 'a document' : `${wrong.length} documents`} whose SHA-256 is not its id: ${wrong.slice(0, MOST_NAMED).join(', ')}${wrong.length > MOST_NAMED ? ', …' : ''}`,
    ],
  };
}
