/** What a reader that a test controls has got, write by write. */
export class ScriptedPipe {
  readonly writes: string[] = [];
  /** Bytes that it has room for. */
  room = Infinity;
  /** Code of the error that each write fails with; null if it does not. */
  failure: string | null = null;

  /** As `fs.writeSync` on a descriptor that does not block. */
  readonly write = (bytes: Buffer, offset: number, length: number): number => {
    if (this.failure !== null) throw Object.assign(new Error('It fails.'), { code: this.failure });
    if (this.room === 0) throw Object.assign(new Error('It is full.'), { code: 'EAGAIN' });
    const count = Math.min(this.room, length);
    this.room -= count;
    this.writes.push(bytes.toString('utf8', offset, offset + count));
    return count;
  };

  text(): string {
    return this.writes.join('');
  }

  /** Its whole lines, parsed. */
  lines(): readonly Record<string, unknown>[] {
    return this.text()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}
