import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Log } from '../log/log.ts';
import { createDocuments } from '../pipeline/documents.ts';
import type { DocumentsOptions } from '../pipeline/documents.ts';
import { documentIssues } from '../pipeline/persisted-documents.ts';
import type { PersistedDocumentsSettings } from '../../config/persisted-documents.ts';

/** Warns of persisted documents that cannot be executed. */
export interface PersistedCheck {
  /** Checks a list, and stops checking an earlier one. Resolves at the end of the list, or when the check is stopped. */
  readonly begin: (settings: PersistedDocumentsSettings) => Promise<void>;
  /** Stops checking. */
  readonly end: () => void;
}

/** How long to check documents before other work gets its turn, in milliseconds. Thousands of documents take seconds, and the process has requests to serve. */
const SLICE_MS = 5;

export function createPersistedCheck(options: DocumentsOptions, log: Log): PersistedCheck {
  let latest: PersistedDocumentsSettings | null = null;
  return {
    begin: async (settings) => {
      latest = settings;
      // A cache of its own: documents that are only checked must not push out those of requests.
      const documents = createDocuments(options);
      let sliceEnd = performance.now() + SLICE_MS;
      for (const [id, text] of settings.documents) {
        const issues = documentIssues(text, documents);
        if (issues.length > 0)
          log.warn(
            { id, issues },
            'this persisted document cannot be executed: every request for it is refused',
          );
        if (performance.now() < sliceEnd) continue;
        await setImmediate();
        if (latest !== settings) return;
        sliceEnd = performance.now() + SLICE_MS;
      }
    },
    end: () => {
      latest = null;
    },
  };
}
