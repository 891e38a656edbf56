/** A complete HTTP/1.1 message. */
export interface HttpMessage {
  /** First line and headers, without the empty line. */
  readonly head: string;
  readonly body: Buffer;
}

interface Taken {
  readonly message: HttpMessage;
  /** Where the next message begins. */
  readonly end: number;
}

const BLANK_LINE = '\r\n\r\n';
const EMPTY = Buffer.alloc(0);

/**
 * Splits the bytes of one connection into messages. It reads bodies with a length and chunked ones without trailers,
 * which is all that the benchmark sends: a general parser would cost more than the work that is measured.
 */
export class MessageReader {
  readonly #onMessage: (message: HttpMessage) => void;
  #unread: Buffer = EMPTY;

  constructor(onMessage: (message: HttpMessage) => void) {
    this.#onMessage = onMessage;
  }

  /** Takes the next bytes, and passes on the messages that are now complete. */
  push(bytes: Buffer): void {
    const unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    let start = 0;
    for (
      let taken = takeMessage(unread, start);
      taken !== null;
      taken = takeMessage(unread, start)
    ) {
      start = taken.end;
      this.#onMessage(taken.message);
    }
    this.#unread = unread.subarray(start);
  }
}

/** Status of a response. */
export function statusOf({ head }: HttpMessage): number {
  return Number(head.slice(9, 12));
}

function takeMessage(bytes: Buffer, start: number): Taken | null {
  if (start === bytes.length) return null;
  const headEnd = bytes.indexOf(BLANK_LINE, start, 'latin1');
  if (headEnd === -1) return null;
  const head = bytes.toString('latin1', start, headEnd);
  const bodyStart = headEnd + BLANK_LINE.length;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined && /\r\ntransfer-encoding: *chunked/i.test(head))
    return takeChunked(bytes, head, bodyStart);
  const end = bodyStart + Number(length ?? 0);
  return end > bytes.length
    ? null
    : { message: { head, body: bytes.subarray(bodyStart, end) }, end };
}

function takeChunked(bytes: Buffer, head: string, bodyStart: number): Taken | null {
  const chunks: Buffer[] = [];
  let position = bodyStart;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', position, 'latin1');
    if (lineEnd === -1) return null;
    const size = Number.parseInt(bytes.toString('latin1', position, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (end > bytes.length) return null;
    if (size === 0) return { message: { head, body: Buffer.concat(chunks) }, end };
    chunks.push(bytes.subarray(lineEnd + 2, end - 2));
    position = end;
  }
}
