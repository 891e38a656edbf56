import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { HELPER_CORE, pinned } from './pinning.ts';

/** A process of the benchmark, on the core that the contenders do not use. It handles orders one at a time. */
export class HelperProcess<Order extends object, Reply> {
  readonly #child: ChildProcess;

  /** Starts a file of this folder. */
  constructor(file: string) {
    const { command, args } = pinned(HELPER_CORE, process.execPath, [
      '--import',
      'tsx',
      fileURLToPath(new URL(file, import.meta.url)),
    ]);
    // In JSON, NaN would arrive as null.
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
  }

  /** Sends an order and waits for the reply. */
  async ask(order: Order): Promise<Reply> {
    const ended = new AbortController();
    const died = once(this.#child, 'exit', { signal: ended.signal }).then(() => {
      throw new Error(`a process of the benchmark ended: ${this.#child.spawnargs.join(' ')}`);
    });
    try {
      this.#child.send(order);
      const [reply] = (await Promise.race([
        once(this.#child, 'message', { signal: ended.signal }),
        died,
      ])) as [Reply];
      return reply;
    } finally {
      died.catch(() => undefined);
      ended.abort();
    }
  }

  /** Stops the process. */
  stop(): void {
    this.#child.disconnect();
  }
}

/** In the helper process: handles each order, and exits when the process that sends them does. */
export function handleOrders(handle: (order: never) => object | Promise<object>): void {
  process.on('message', (order) => {
    void Promise.resolve(handle(order as never)).then((reply) => process.send?.(reply));
  });
  process.on('disconnect', () => process.exit());
}
