import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The heap in use after a full collection. */
export interface FullCollection {
  /** Time of the collection, in milliseconds since the epoch. */
  readonly at: number;
  readonly heapBytes: number;
}

/** How long a process may take to run a requested full collection. */
const PATIENCE_MS = 60_000;

/** Follows the heap of one Node.js process: something still references whatever is in use after a full collection. */
export class HeapWatch {
  readonly #folder = mkdtempSync(join(tmpdir(), 'heap-'));
  readonly #file = join(this.#folder, 'collections');
  /** For the environment of the process. */
  readonly environment = {
    NODE_OPTIONS: `--import ${new URL('report-heap.mjs', import.meta.url).href}`,
    HEAP_FILE: this.#file,
  };

  /** All full collections so far, oldest first. */
  collections(): FullCollection[] {
    return this.#lines().map(collectionOf);
  }

  /** Makes the process run a full collection now. @returns the bytes still in use @throws if it does not */
  async collect(pid: number): Promise<number> {
    const before = this.#asked().length;
    process.kill(pid, 'SIGUSR2');
    const until = Date.now() + PATIENCE_MS;
    while (Date.now() < until) {
      await sleep(10);
      const asked = this.#asked();
      if (asked.length > before) return collectionOf(asked.at(-1) ?? '').heapBytes;
    }
    throw new Error('the process did not collect its garbage');
  }

  /** Removes its file. */
  stop(): void {
    rmSync(this.#folder, { recursive: true });
  }

  /** Lines of requested collections, without those that ran on their own meanwhile. */
  #asked(): string[] {
    return this.#lines().filter((line) => line.endsWith(' asked'));
  }

  /** The complete lines of the file, which appears with the first collection. */
  #lines(): string[] {
    try {
      return readFileSync(this.#file, 'utf8').split('\n').slice(0, -1);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}

function collectionOf(line: string): FullCollection {
  const [at = Number.NaN, heapBytes = Number.NaN] = line.split(' ').map(Number);
  return { at, heapBytes };
}
