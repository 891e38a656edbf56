import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { createRetiredKeys } from '../../issuer/retired-keys.ts';
import type {
  Channel,
  FromWorker,
  RetiredKeysReply,
  RetiredKeysRequest,
  ToWorker,
} from './messages.ts';
import { retiredKeysOfWorker, serveRetiredKeys } from './retired-keys.ts';

it('lets all workers know what one has seen', async () => {
  let time = 0;
  const memory = createRetiredKeys(() => time);
  const worker = () => {
    const [toPrimary, toWorker] = [new EventEmitter(), new EventEmitter()];
    const end = <Received, Sent>(
      from: EventEmitter,
      to: EventEmitter,
    ): Channel<Received, Sent> => ({
      send: (message) => to.emit('message', structuredClone(message)),
      onMessage: (listener) => {
        from.on('message', listener);
      },
    });
    serveRetiredKeys(memory, end<FromWorker, RetiredKeysReply>(toPrimary, toWorker));
    return retiredKeysOfWorker(end<ToWorker, RetiredKeysRequest>(toWorker, toPrimary));
  };
  const [one, two] = [worker(), worker()];
  const seen = { at: 'idp', gone: ['a'], published: ['b'] };
  expect(await one.see(seen)).toEqual(new Map([['a', 0]]));
  time = 60_000;
  expect(await Promise.all([two.see(seen), two.see({ ...seen, at: 'other' })])).toEqual([
    new Map([['a', 60]]),
    new Map([['a', 0]]),
  ]);
});
