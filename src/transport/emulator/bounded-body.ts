/**
 * The bytes of a stream.
 * @throws Error if there are more than `limit`, or the stream ends early
 */
export async function bufferUpTo(stream: AsyncIterable<unknown>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = chunk as Uint8Array; // no stream here has an encoding
    length += bytes.length;
    if (length > limit) throw new Error(`a body of more than ${limit} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, length);
}
