import type { Watch } from '../config/files/watch-file.ts';
import type { WatchSettings } from '../config/watch-settings.ts';
import type { Log } from '../server/log/log.ts';
import { logWatchesRead, logWatching } from '../server/log/watch-log.ts';

type ReadAgain = { readonly watches: readonly Watch[] } | { readonly issues: readonly string[] };

interface Watched {
  readonly log: Log;
  readonly watch: (watches: readonly Watch[]) => void;
}

/** Begins to watch, if there is a file. */
export function beginWatching(
  settings: WatchSettings | null,
  { log, watches, watch }: Watched & { readonly watches: readonly Watch[] },
): void {
  if (settings === null) return;
  logWatching(log, { watches: watches.length, webhook: settings.webhook !== null });
  watch(watches);
}

/**
 * Makes what reads the file again. A file that is not valid changes nothing. If it is read again before that has ended, only
 * the last read counts.
 */
export function watchingAgain(
  read: () => Promise<ReadAgain>,
  { log, watch }: Watched,
): () => Promise<void> {
  let latest = 0;
  return async () => {
    latest += 1;
    const asked = latest;
    const result = await read();
    if (asked !== latest) return;
    if ('watches' in result) watch(result.watches);
    logWatchesRead(log, result);
  };
}
