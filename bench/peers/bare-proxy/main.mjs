// The least that Node.js can do: takes a request, sends its bytes on to the upstream, and sends the answer's bytes back.
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
      const answer = await pool.request({
        method: request.method,
        path: request.url,
        headers,
        body: Buffer.concat(chunks),
      });
      response.writeHead(answer.statusCode, answer.headers);
      response.end(Buffer.from(await answer.body.arrayBuffer()));
    } catch {
      response.writeHead(502).end();
    }
  });
}).listen(Number(PORT), '127.0.0.1');
