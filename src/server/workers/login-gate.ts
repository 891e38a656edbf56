import type { LoginGate, Turn } from '../../transport/credentials/login-gate.ts';
import type { FromWorker, GateReply, GateRequest, ToWorker } from './messages.ts';

/** One end of the channel between a worker and the primary. */
export interface Channel<Received, Sent> {
  readonly send: (message: Sent) => void;
  readonly onMessage: (listener: (message: Received) => void) => void;
}

/** The gate that all workers share, as one of them sees it. */
export function gateOfWorker({ send, onMessage }: Channel<ToWorker, GateRequest>): LoginGate {
  const waiting = new Map<number, (reply: GateReply) => void>();
  let asked = 0;
  onMessage((message) => {
    if (typeof message === 'string' || message.kind !== 'LOGIN_TURN') return;
    waiting.get(message.ask)?.(message);
    waiting.delete(message.ask);
  });
  return {
    enter: async (upstream) => {
      asked += 1;
      const ask = asked;
      const { pausedMs, refusals } = await new Promise<GateReply>((resolve) => {
        waiting.set(ask, resolve);
        send({ kind: 'LOGIN_ENTER', ask, upstream });
      });
      return pausedMs > 0
        ? { pausedMs }
        : {
            refusals,
            end: (refusedMs) => {
              send({ kind: 'LOGIN_END', ask, refusedMs });
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
  gate: LoginGate,
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
