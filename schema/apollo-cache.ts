import { writeFileSync } from 'node:fs';
import { buildSchema } from '../src/server/schema.ts';
import { upstreams } from '../src/upstreams/index.ts';
import { printClientCacheConfig } from './client-cache.ts';

/* Writes what the cache of Apollo Client has to know about the schema: a part of `npm run generate`. */
writeFileSync(
  new URL('apollo-cache.json', import.meta.url),
  printClientCacheConfig(buildSchema(upstreams)),
);
