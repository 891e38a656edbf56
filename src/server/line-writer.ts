import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Batch, NOT_TAKEN } from './line-batch.ts';
import type { Delivery } from './line-batch.ts';

export interface LineWriterOptions {
  /**
   * Whether other processes write to the same pipe. Then each write is at most `PIPE_BYTES` of whole lines, because a pipe
   * does not put anything of others between them up to that size. Lines must not be longer.
   */
  readonly shared: boolean;
  /** Writes to the descriptor as `fs.writeSync` does. It must not block: it throws `EAGAIN` if there is no room. */
  readonly write: (bytes: Buffer, offset: number, length: number) => number;
}

/** What a pipe takes as one piece, in bytes (PIPE_BUF of Linux). */
export const PIPE_BYTES = 4096;

/** What waits for a reader at most, in bytes. Beyond that only the outcomes of writes that have been sent are taken. */
export const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** How long a line that nobody waits for waits for others, in milliseconds, and how many characters of lines do not. */
const TOGETHER_MS = 5;
const TOGETHER_LENGTH = 64 * 1024;

/** How long to wait for a reader before the next attempt, in milliseconds; doubled each time, up to the most. */
const RETRY_MS = { first: 1, most: 50 };

/** A reader that takes nothing for so long, in milliseconds, counts as one that has stopped. */
export const MAX_STANDSTILL_MS = 5_000;

/** How often, and how long each time, the end of the process waits for a reader, in milliseconds. */
const LAST_WAITS = { count: 100, ms: 10 };

/**
 * Writes lines to a descriptor, in their order. It never blocks: lines wait in memory for a reader that is slow, up to
 * `MAX_WAITING_BYTES`; what is beyond is dropped and counted. If the descriptor cannot be written to, what waits is
 * dropped and counted, and every later line is tried, so that it goes on when writing works again.
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
  /** Since when the reader has taken nothing of what waits, on the clock of `performance.now()`; null if it does. */
  #stillSince: number | null = null;
  /** Code of the error that the last attempt ended with; null if it did not fail. */
  #failure: string | null = null;
  /** Whether a line was cut by a failure: the next one must not continue it. */
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

  /** @param describe makes the line that tells how many others were dropped; it is written as soon as there is room */
  tellDropped(describe: (count: number) => string): void {
    this.#describeDropped = describe;
  }

  /** Writes a line that nobody waits for, together with those that come within some milliseconds. */
  readonly write = (line: string): void => {
    if (this.#isFull()) {
      this.#dropped += 1;
      return;
    }
    this.#open.text += line;
    if (this.#open.text.length >= TOGETHER_LENGTH) this.#flush();
    else if (this.#timer === null) this.#timer = setTimeout(this.#onTimer, TOGETHER_MS);
  };

  /** Writes a line at the end of the current step of the event loop. @param always whether it is taken even if too much waits already */
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

  /** Why lines do not get out; null if they do. After a failure this tries again. */
  readonly trouble = (): string | null => {
    if (this.#failure !== null) this.#tellDropped();
    if (this.#failure !== null) return this.#failure;
    return this.#hasStopped() ? 'nobody reads it' : null;
  };

  /** Writes what is left before the process ends. It waits up to a second for the reader, and blocks meanwhile. */
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

  /** Whether the reader takes nothing, or too little. */
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
    // Otherwise the reader has no room: what came before is first.
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
        this.#retryMs = Math.min(RETRY_MS.most, 2 * this.#retryMs);
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

  /** Says how many lines were dropped, if any. */
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

  /** @returns the code of the error that ended it, `EAGAIN` if the reader has no room; null if all of it was written */
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
      return error instanceof Error && 'code' in error && typeof error.code === 'string'
        ? error.code
        : 'unknown error';
    }
  }

  /** How many bytes of a batch are written next: all that are left, or as many whole lines as a pipe takes as one piece. */
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

export interface StdoutOptions {
  /** Whether other processes write to it as well. */
  readonly shared: boolean;
  /** The descriptor that it has in this process. 1 if left out. */
  readonly descriptor?: number;
}

/** Writes to stdout, what is left at the exit, also of a crash. */
export function openStdout({ shared, descriptor = 1 }: StdoutOptions): LineWriter {
  // Opening the stream makes a socket non-blocking, so that a reader who stops reading does not stop this process. What it
  // would say of a closed one is said by each write.
  process.stdout.on('error', () => undefined);
  const own = openAgain(descriptor);
  const writer = new LineWriter({
    shared,
    write: (bytes, offset, length) => writeSync(own, bytes, offset, length),
  });
  process.on('exit', writer.finish);
  return writer;
}

/**
 * Opens a pipe or a terminal once more, without blocking. Whether writes block belongs to what was opened, not to the
 * process: another program that has inherited it may change that for all.
 * @returns the same descriptor if that is not possible, as for sockets, or makes no difference, as for files
 */
function openAgain(descriptor: number): number {
  const stats = fstatSync(descriptor);
  if (!stats.isFIFO() && !stats.isCharacterDevice()) return descriptor;
  try {
    return openSync(
      `/proc/self/fd/${descriptor}`,
      constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch {
    return descriptor;
  }
}
