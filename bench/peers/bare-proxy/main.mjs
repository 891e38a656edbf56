// The minimum that Node.js can do: forwards the bytes of a request to the upstream, and those of the response back.
import { createServer } from 'node:http';
import { Pool } from 'undici';

const { PORT, UPSTREAM_URL } = process.env;
const pool = new Pool(UPSTREAM_URL);

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const { host, connection, ...headers } = request.headers;
    try {
      const upstreamResponse = await pool.request({
        method: request.method,
        path: request.url,
        headers,
        body: Buffer.concat(chunks),
      });
      response.writeHead(upstreamResponse.statusCode, upstreamResponse.headers);
      response.end(Buffer.from(await upstreamResponse.body.arrayBuffer()));
    } catch {
      response.writeHead(502).end();
    }
  });
}).listen(Number(PORT), '127.0.0.1');
