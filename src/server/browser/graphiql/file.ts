import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { codingFor } from '../../http/negotiation.ts';

/** The quality of Brotli: a higher one takes twice the time to save another 4%. */
const BROTLI_QUALITY = 5;

/** Static content for browsers, built and compressed once. */
export interface StaticFile {
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly hash: string;
  /** The same hash for Subresource Integrity. */
  readonly integrity: string;
  /**
   * Responds to a GET or HEAD.
   * @param cached true for files whose URL changes with their content: browsers and proxies may cache them forever
   */
  readonly send: (
    request: IncomingMessage,
    response: ServerResponse,
    cached: boolean,
  ) => Promise<void>;
}

/** The bytes are compressed on the first request that accepts it, outside of the event loop. Requests meanwhile wait for the same result. */
export function createFile(content: string, type: string): StaticFile {
  const bytes = Buffer.from(content);
  const digest = createHash('sha256').update(bytes).digest();
  const hash = digest.toString('hex');
  const coded = {
    identity: () => Promise.resolve(bytes),
    br: once(() =>
      promisify(brotliCompress)(bytes, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
      }),
    ),
    gzip: once(() => promisify(gzip)(bytes)),
  };
  return {
    hash,
    integrity: `sha256-${digest.toString('base64')}`,
    send: async ({ method, headers }, response, cached) => {
      response.appendHeader('vary', 'Accept-Encoding');
      if (cached) {
        // Weak, because it is the same for every content coding.
        const etag = `W/"${hash}"`;
        response.setHeader('cache-control', 'public, max-age=31536000, immutable');
        response.setHeader('etag', etag);
        if (matches(headers['if-none-match'], etag)) {
          response.writeHead(304).end();
          return;
        }
      }
      const coding = codingFor(headers['accept-encoding']);
      const body = await coded[coding]();
      if (coding !== 'identity') response.setHeader('content-encoding', coding);
      response
        .writeHead(200, { 'content-type': type, 'content-length': body.length })
        .end(method === 'HEAD' ? undefined : body);
    },
  };
}

/** Whether a caller has the content already (RFC 9110 section 13.1.2). */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return (
    ifNoneMatch !== undefined &&
    ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag))
  );
}

function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined;
  return () => (made ??= make());
}
