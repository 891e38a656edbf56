import { performance } from 'node:perf_hooks';
import { systemErrorCode } from '../../domain/system-error.ts';
import { Batch, NOT_TAKEN } from './line-batch.ts';
import type { Delivery } from './line-batch.ts';

export interface LineWriterOptions {
  /**
   * Whether other processes write to the same pipe. Then each write has at most `PIPE_BYTES` of whole lines: up to that
   * size, a pipe does not mix them with what others write. Lines must not be longer.
   */
  readonly shared: boolean;
  /** Writes to the descriptor as `fs.writeSync` does. It must not block: it throws `EAGAIN` if there is no room. */
  readonly write: (bytes: Buffer, offset: number, length: number) => number;
}

/** What a pipe accepts as one piece, in bytes (PIPE_BUF of Linux). */
export const PIPE_BYTES = 4096;

/** Maximum size of what waits for the reader, in bytes. Beyond it, only outcomes of writes that were sent are accepted. */
export const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** How long a line without a waiting caller is buffered, in milliseconds, and the number of characters that are written at once. */
const TOGETHER_MS = 5;
const TOGETHER_LENGTH = 64 * 1024;

/** How long to wait for the reader before the next attempt, in milliseconds. Doubled each time, up to the maximum. */
const RETRY_MS = { first: 1, max: 50 };

/** If the reader takes nothing for this long, in milliseconds, it counts as stopped. */
export const MAX_STANDSTILL_MS = 5_000;

/** How often the end of the process waits for the reader, and how long each time, in milliseconds. */
const LAST_WAITS = { count: 100, ms: 10 };

/**
 * Writes lines to a descriptor, in order. It never blocks: lines wait in memory for a slow reader, up to
 * `MAX_WAITING_BYTES`; additional lines are dropped and counted. If a write fails, the waiting lines are dropped and
 * counted, and every later line is tried, so that the log continues as soon as writing works again.
 */
export class LineWriter {
  readonly #shared: boolean;
  readonly #out: (bytes: Buffer, offset: number, length: number) => number;
  #open = new Batch();
  /** Closed batches that have not been written as a whole. */
  readonly #waiting: Batch[] = [];
  #waitingBytes = 0;
  #isFlushDue = false;
  #timer: NodeJS.Timeout | null = null;
  #retry: NodeJS.Timeout | null = null;
  #retryMs = RETRY_MS.first;
  /** Since when the reader has taken nothing although lines wait, on the clock of `performance.now()`; null if it does. */
  #stillSince: number | null = null;
  /** Error code of the last attempt; null if it succeeded. */
  #failure: string | null = null;
  /** Whether a failure cut a line, so that the next one must start on a new line. */
  #isTorn = false;
  #dropped = 0;
  #describeDropped: (count: number) => string = () => '';

  constructor({ shared, write }: LineWriterOptions) {
    this.#shared = shared;
    this.#out = write;
  }

  /** Bytes that wait for the reader. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** @param describe makes the line about dropped lines, which is written as soon as there is room */
  tellDropped(describe: (count: number) => string): void {
    this.#describeDropped = describe;
  }

  /** Writes a line without a waiting caller, together with others of the next few milliseconds. */
  readonly write = (line: string): void => {
    if (this.#isFull()) {
      this.#dropped += 1;
      return;
    }
    this.#open.text += line;
    if (this.#open.text.length >= TOGETHER_LENGTH) this.#flush();
    else if (this.#timer === null) this.#timer = setTimeout(this.#onTimer, TOGETHER_MS);
  };

  /** Writes a line at the end of the current step of the event loop. @param always whether to accept it even if too much is waiting */
  readonly audit = (line: string, always: boolean): Delivery => {
    if (!always && this.#hasStopped()) {
      this.#dropped += 1;
      return NOT_TAKEN;
    }
    this.#open.text += line;
    if (!this.#isFlushDue) {
      this.#isFlushDue = true;
      process.nextTick(this.#onTick);
    }
    return this.#open;
  };

  /** Why lines cannot be written; null if they can. Tries again after a failure. */
  readonly trouble = (): string | null => {
    if (this.#failure !== null) this.#tellDropped();
    if (this.#failure !== null) return this.#failure;
    return this.#hasStopped() ? 'nothing reads it' : null;
  };

  /** Writes the rest before the process ends. Blocks for up to a second if the reader is slow. */
  readonly finish = (): void => {
    this.#flush();
    const sleep = new Int32Array(new SharedArrayBuffer(4));
    for (let waits = 0; this.#waiting.length > 0 && waits < LAST_WAITS.count; waits += 1) {
      Atomics.wait(sleep, 0, 0, LAST_WAITS.ms);
      this.#drain();
    }
  };

  readonly #onTimer = (): void => {
    this.#timer = null;
    this.#flush();
  };

  readonly #onTick = (): void => {
    this.#isFlushDue = false;
    this.#flush();
  };

  readonly #onRetry = (): void => {
    this.#retry = null;
    this.#drain();
  };

  #isFull(): boolean {
    return this.#waitingBytes >= MAX_WAITING_BYTES;
  }

  /** Whether the reader takes nothing, or takes too little. */
  #hasStopped(): boolean {
    return (
      this.#isFull() ||
      (this.#stillSince !== null && performance.now() - this.#stillSince >= MAX_STANDSTILL_MS)
    );
  }

  #flush(): void {
    const batch = this.#open;
    if (batch.text === '') return;
    this.#open = new Batch();
    this.#add(batch);
    // If a retry is due, the reader has no room, and earlier lines come first.
    if (this.#retry === null) this.#drain();
    batch.endTry();
  }

  #add(batch: Batch): void {
    batch.bytes = Buffer.from(batch.text);
    batch.text = '';
    this.#waitingBytes += batch.bytes.length;
    this.#waiting.push(batch);
  }

  #drain(): void {
    for (let batch = this.#waiting[0]; batch !== undefined; batch = this.#waiting[0]) {
      const problem = this.#writeOut(batch);
      if (problem === 'EAGAIN') {
        this.#stillSince ??= performance.now();
        if (this.#retry === null) this.#retry = setTimeout(this.#onRetry, this.#retryMs);
        this.#retryMs = Math.min(RETRY_MS.max, 2 * this.#retryMs);
        return;
      }
      this.#failure = problem;
      this.#stillSince = null;
      if (problem !== null) {
        this.#loseAll();
        return;
      }
      this.#retryMs = RETRY_MS.first;
      this.#waiting.shift();
      batch.settle('WRITTEN');
      if (this.#waiting.length === 0) this.#tellDropped();
    }
  }

  /** Reports how many lines were dropped, if any. */
  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const batch = new Batch(this.#dropped);
    this.#dropped = 0;
    batch.text = this.#describeDropped(batch.stands ?? 0);
    this.#add(batch);
    if (this.#waiting.length === 1) this.#drain();
  }

  #loseAll(): void {
    for (const batch of this.#waiting) {
      this.#isTorn ||= batch.written > 0 && batch.bytes[batch.written - 1] !== NEW_LINE;
      this.#dropped += batch.stands ?? linesFrom(batch.bytes, batch.written);
      this.#waitingBytes -= batch.bytes.length - batch.written;
      batch.settle('LOST');
    }
    this.#waiting.length = 0;
  }

  /** @returns the code of the error, `EAGAIN` if the reader has no room; null if the whole batch was written */
  #writeOut(batch: Batch): string | null {
    const { bytes } = batch;
    try {
      if (this.#isTorn) {
        if (this.#out(Buffer.from('\n'), 0, 1) < 1) return 'EAGAIN';
        this.#isTorn = false;
      }
      while (batch.written < bytes.length) {
        const count = this.#out(bytes, batch.written, this.#pieceOf(batch));
        if (count === 0) return 'EAGAIN';
        this.#stillSince = null;
        batch.written += count;
        this.#waitingBytes -= count;
      }
      return null;
    } catch (error) {
      return systemErrorCode(error) ?? 'unknown error';
    }
  }

  /** How many bytes of a batch to write next: all, or as many whole lines as a pipe accepts as one piece. */
  #pieceOf({ bytes, written }: Batch): number {
    const left = bytes.length - written;
    if (!this.#shared || left <= PIPE_BYTES) return left;
    const end = bytes.lastIndexOf(NEW_LINE, written + PIPE_BYTES - 1);
    return end < written ? PIPE_BYTES : end + 1 - written;
  }
}

const NEW_LINE = 0x0a;

function linesFrom(bytes: Buffer, from: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEW_LINE, from); at !== -1; at = bytes.indexOf(NEW_LINE, at + 1))
    count += 1;
  return count;
}
