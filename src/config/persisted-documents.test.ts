import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { persistedDocuments } from './persisted-documents.ts';

const folder = mkdtempSync(join(tmpdir(), 'persisted-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileWith(text: string): string {
  const file = join(folder, `${createHash('sha256').update(text).digest('hex')}.json`);
  writeFileSync(file, text);
  return file;
}

const DOCUMENT = '{ __typename }';
const HASH = createHash('sha256').update(DOCUMENT).digest('hex');

describe('the list of persisted documents', () => {
  it('is null if no file is named', () => {
    expect(persistedDocuments({ PERSISTED_ONLY: 'false' })).toBeNull();
  });

  it.each([[HASH], [`sha256:${HASH}`]])('has documents by their hash, given as %s', (id) => {
    const file = fileWith(JSON.stringify({ [id]: DOCUMENT }));
    expect(persistedDocuments({ PERSISTED_DOCUMENTS_FILE: file, PERSISTED_ONLY: 'true' })).toEqual({
      documents: new Map([[HASH, DOCUMENT]]),
      only: true,
    });
  });

  it.each<[string, string, string]>([
    [
      'no JSON',
      'canary',
      'must contain a JSON object that maps the SHA-256 of each document to its text',
    ],
    [
      'a list',
      '["canary"]',
      'must contain a JSON object that maps the SHA-256 of each document to its text',
    ],
    [
      'what is not text',
      `{"${HASH}":{"canary":1}}`,
      'must contain a JSON object that maps the SHA-256 of each document to its text',
    ],
    [
      'a document under another hash',
      `{"${HASH}":"{ canary }"}`,
      `has a document whose SHA-256 is not its id: "${HASH}"`,
    ],
    [
      'a document twice',
      `{"${HASH}":"{ canary }","${HASH}":${JSON.stringify(DOCUMENT)}}`,
      `${HASH} is given more than once: only the last would count`,
    ],
    [
      'documents under names',
      '{"a":"canary","b":"canary","c":"canary","d":"canary"}',
      'has 4 documents whose SHA-256 is not its id: "a", "b", "c", …',
    ],
  ])('is refused with %s, without a word of it', (_what, text, issue) => {
    expect(persistedDocuments({ PERSISTED_DOCUMENTS_FILE: fileWith(text) })).toEqual({
      issues: [`PERSISTED_DOCUMENTS_FILE ${issue}`],
    });
  });

  it('is refused if its file cannot be read, or if only its documents are allowed and it is empty', () => {
    expect(persistedDocuments({ PERSISTED_DOCUMENTS_FILE: join(folder, 'nowhere') })).toEqual({
      issues: ['PERSISTED_DOCUMENTS_FILE names a file that does not exist'],
    });
    expect(persistedDocuments({ PERSISTED_ONLY: 'true' })).toEqual({
      issues: ['PERSISTED_ONLY must not be true without PERSISTED_DOCUMENTS_FILE'],
    });
    expect(
      persistedDocuments({ PERSISTED_DOCUMENTS_FILE: fileWith('{}'), PERSISTED_ONLY: 'true' }),
    ).toEqual({
      issues: ['PERSISTED_DOCUMENTS_FILE has no documents, and PERSISTED_ONLY allows no others'],
    });
  });
});
