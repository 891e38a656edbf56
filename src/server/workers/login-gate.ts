import type { LocalLoginGate, Turn } from '../../transport/credentials/login-gate.ts';
import { asking } from './ask.ts';
import type { Channel, FromWorker, GateReply, GateRequest, ToWorker } from './messages.ts';

/** The gate that all workers share, as one of them sees it. */
export function gateOfWorker(channel: Channel<ToWorker, GateRequest>): LocalLoginGate {
  const ask = asking(channel, 'LOGIN_TURN');
  return {
    enter: async (upstream) => {
      const turn = await ask((number) => ({ kind: 'LOGIN_ENTER', ask: number, upstream }));
      return turn.pausedMs > 0
        ? { pausedMs: turn.pausedMs }
        : {
            refusals: turn.refusals,
            end: (refusedMs) => {
              channel.send({ kind: 'LOGIN_END', ask: turn.ask, refusedMs });
            },
          };
    },
  };
}

export interface ServeGateOptions {
  /** Resolves when the worker has ended, which ends its turns. */
  readonly ended: Promise<unknown>;
  /** How long a turn may last, in milliseconds. Longer than any login takes. */
  readonly turnMs: number;
}

/** Serves the gate to a worker. */
export function serveGate(
  gate: LocalLoginGate,
  { send, onMessage }: Channel<FromWorker, GateReply>,
  { ended, turnMs }: ServeGateOptions,
): void {
  const turns = new Map<number, Turn>();
  let gone = false;
  const enter = async (ask: number, upstream: string) => {
    const turn = await gate.enter(upstream);
    if (gone) {
      if ('end' in turn) turn.end(0);
      return;
    }
    if ('end' in turn) {
      turns.set(ask, turn);
      // A worker that hangs must not keep the others out. If it goes on later, its refusal still counts.
      setTimeout(() => {
        turn.end(0);
      }, turnMs).unref();
    }
    send({
      kind: 'LOGIN_TURN',
      ask,
      pausedMs: 0,
      refusals: 0,
      ...('end' in turn ? { refusals: turn.refusals } : turn),
    });
  };
  onMessage((message) => {
    if (message.kind === 'LOGIN_ENTER') void enter(message.ask, message.upstream);
    else if (message.kind === 'LOGIN_END') {
      turns.get(message.ask)?.end(message.refusedMs);
      turns.delete(message.ask);
    }
  });
  void ended.then(() => {
    gone = true;
    for (const turn of turns.values()) turn.end(0);
  });
}
