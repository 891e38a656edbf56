import type { Claim, IdempotencyStore } from '../idempotency/store.ts';
import type { Channel } from './login-gate.ts';
import type { FromWorker, StoreReply, StoreRequest, ToWorker } from './messages.ts';

/** The store of idempotency keys that all workers share, as one of them sees it. */
export function storeOfWorker({
  send,
  onMessage,
}: Channel<ToWorker, StoreRequest>): IdempotencyStore {
  const waiting = new Map<number, (claim: Claim | null) => void>();
  let asked = 0;
  onMessage((message) => {
    if (typeof message === 'string' || message.kind !== 'KEY_REPLY') return;
    waiting.get(message.ask)?.(message.claim);
    waiting.delete(message.ask);
  });
  const ask = (request: (ask: number) => StoreRequest) => {
    asked += 1;
    const number = asked;
    return new Promise<Claim | null>((resolve) => {
      waiting.set(number, resolve);
      send(request(number));
    });
  };
  return {
    claim: async (...claim) => {
      const said = await ask((number) => ({ kind: 'KEY_CLAIM', ask: number, claim }));
      if (said === null) throw new Error('the primary did not say what a key claims');
      return said;
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
