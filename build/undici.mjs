/* What the gateway uses of undici. Its index runs 100 modules more: fetch, WebSocket, caches, mocks. */
export { default as Pool } from 'undici/lib/dispatcher/pool.js';
export { default as buildConnector } from 'undici/lib/core/connect.js';
export { default as errors } from 'undici/lib/core/errors.js';
