import type { Channel, Reply, Request, ToWorker } from './messages.ts';

/** What a worker asks the primary. @param kind of the replies */
export function asking<Kind extends Reply['kind'], Asked extends Request>(
  { send, onMessage }: Channel<ToWorker, Asked>,
  kind: Kind,
): (request: (ask: number) => Asked) => Promise<Extract<Reply, { readonly kind: Kind }>> {
  type Wanted = Extract<Reply, { readonly kind: Kind }>;
  const waiting = new Map<number, (reply: Wanted) => void>();
  const isWanted = (message: ToWorker): message is Wanted =>
    typeof message !== 'string' && message.kind === kind;
  let asked = 0;
  onMessage((message) => {
    if (!isWanted(message)) return;
    waiting.get(message.ask)?.(message);
    waiting.delete(message.ask);
  });
  return (request) => {
    asked += 1;
    const ask = asked;
    return new Promise((resolve) => {
      waiting.set(ask, resolve);
      send(request(ask));
    });
  };
}
