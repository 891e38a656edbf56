import type { ChildProcess } from 'node:child_process';

/** A connection that the primary has accepted, as Node's cluster sends it to a worker. */
interface Handle {
  readonly close: () => void;
}

/** Messages of Node's cluster about connections: each one that is sent is acknowledged under its own number. */
interface ClusterMessage {
  readonly cmd?: unknown;
  readonly act?: unknown;
  readonly seq?: unknown;
  readonly ack?: unknown;
}

/**
 * Closes the connections that were sent to a worker and that it has not accepted when it ends. Node keeps them open in
 * the primary, which does not read from them: their callers would wait forever. The worker may have read a part of what a
 * caller sent, so no other worker can take over.
 */
export function closeInTransitAtEnd(child: ChildProcess): void {
  const inTransit = new Map<unknown, Handle>();
  const send = child.send.bind(child) as (...values: unknown[]) => boolean;
  child.send = (...values: readonly unknown[]) => {
    const [message, handle] = values as [ClusterMessage, Handle | undefined];
    if (message.cmd === 'NODE_CLUSTER' && message.act === 'newconn' && handle !== undefined)
      inTransit.set(message.seq, handle);
    return send(...values);
  };
  child.on('internalMessage', ({ cmd, ack }: ClusterMessage) => {
    if (cmd === 'NODE_CLUSTER' && ack !== undefined) inTransit.delete(ack);
  });
  let isDisconnected = false;
  child.once('disconnect', () => {
    isDisconnected = true;
  });
  // Comes after every message of the worker.
  child.once('close', () => {
    // Node does not emit this if a connection is in transit, and would go on counting the worker as one that listens.
    if (!isDisconnected) child.emit('disconnect');
    for (const handle of inTransit.values()) handle.close();
    inTransit.clear();
  });
}
