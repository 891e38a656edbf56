import type { IdempotencyStore } from '../idempotency/store.ts';
import { asking } from './ask.ts';
import type { Channel, FromWorker, StoreReply, StoreRequest, ToWorker } from './messages.ts';

/** The store of idempotency keys that all workers share, as one of them sees it. */
export function storeOfWorker(channel: Channel<ToWorker, StoreRequest>): IdempotencyStore {
  const ask = asking(channel, 'KEY_REPLY');
  return {
    claim: async (...claim) => {
      const said = await ask((number) => ({ kind: 'KEY_CLAIM', ask: number, claim }));
      if (said.claim === null) throw new Error('the primary did not say what a key claims');
      return said.claim;
    },
    settle: async (...settle) => {
      await ask((number) => ({ kind: 'KEY_SETTLE', ask: number, settle }));
    },
  };
}

/** Serves the store to a worker. */
export function serveStore(
  store: IdempotencyStore,
  { send, onMessage }: Channel<FromWorker, StoreReply>,
): void {
  onMessage((message) => {
    if (message.kind === 'KEY_CLAIM')
      void store.claim(...message.claim).then((claim) => {
        send({ kind: 'KEY_REPLY', ask: message.ask, claim });
      });
    else if (message.kind === 'KEY_SETTLE')
      void store.settle(...message.settle).then(() => {
        send({ kind: 'KEY_REPLY', ask: message.ask, claim: null });
      });
  });
}
