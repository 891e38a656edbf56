import type { Watcher } from '../../watch/watcher.ts';
import { asking } from './ask.ts';
import type { Channel, FromWorker, ToWorker, WatchesReply, WatchesRequest } from './messages.ts';

/** Reads what the primary watches, as a worker does. */
export function watchesOfPrimary(channel: Channel<ToWorker, WatchesRequest>): Watcher['read'] {
  const ask = asking(channel, 'WATCHES');
  return async () => (await ask((number) => ({ kind: 'WATCHES_ASK', ask: number }))).states;
}

/** Serves what the primary watches to a worker. */
export function serveWatches(
  read: Watcher['read'],
  { send, onMessage }: Channel<FromWorker, WatchesReply>,
): void {
  onMessage((message) => {
    if (message.kind !== 'WATCHES_ASK') return;
    void read().then((states) => {
      send({ kind: 'WATCHES', ask: message.ask, states });
    });
  });
}
