import type { RetiredKeys } from '../../domain/keys/rotation/retired-keys.ts';
import { asking } from './ask.ts';
import type {
  Channel,
  FromWorker,
  RetiredKeysReply,
  RetiredKeysRequest,
  ToWorker,
} from './messages.ts';

/** What all workers remember of retired keys, as one of them sees it. */
export function retiredKeysOfWorker(channel: Channel<ToWorker, RetiredKeysRequest>): RetiredKeys {
  const ask = asking(channel, 'RETIRED_KEYS_REPLY');
  return {
    see: async (seen) => {
      const { goneForS } = await ask((number) => ({
        kind: 'RETIRED_KEYS_ASK',
        ask: number,
        seen,
      }));
      return new Map(goneForS);
    },
  };
}

/** Serves the memory of retired keys to a worker. */
export function serveRetiredKeys(
  retiredKeys: RetiredKeys,
  { send, onMessage }: Channel<FromWorker, RetiredKeysReply>,
): void {
  onMessage((message) => {
    if (message.kind !== 'RETIRED_KEYS_ASK') return;
    const { ask, seen } = message;
    void retiredKeys.see(seen).then((goneForS) => {
      send({ kind: 'RETIRED_KEYS_REPLY', ask, goneForS: [...(goneForS ?? [])] });
    });
  });
}
