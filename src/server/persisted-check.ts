import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Log } from './log.ts';
import { createDocuments } from './pipeline/documents.ts';
import type { DocumentsOptions } from './pipeline/documents.ts';
import { faultsOfDocument } from './pipeline/persisted-documents.ts';
import type { PersistedDocumentsSettings } from './pipeline/persisted-documents.ts';

/** Warns of persisted documents that cannot be executed. */
export interface PersistedCheck {
  /** Checks a list, in place of one that is still being checked. Resolves when all of it has been, or the check has ended. */
  readonly begin: (settings: PersistedDocumentsSettings) => Promise<void>;
  /** Ends what is still being checked. */
  readonly end: () => void;
}

/** How long documents are checked before other work comes, in milliseconds: thousands of them take seconds, in a process that has requests to serve. */
const SLICE_MS = 5;

export function createPersistedCheck(options: DocumentsOptions, log: Log): PersistedCheck {
  let latest: PersistedDocumentsSettings | null = null;
  return {
    begin: async (settings) => {
      latest = settings;
      // Apart from those of requests: what is only checked must not take their place.
      const documents = createDocuments(options);
      let sliceEnd = performance.now() + SLICE_MS;
      for (const [id, text] of settings.documents) {
        const faults = faultsOfDocument(text, documents);
        if (faults.length > 0)
          log.warn(
            { id, faults },
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
