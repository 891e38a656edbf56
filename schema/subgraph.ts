import { writeFileSync } from 'node:fs';
import { printSubgraph } from '../src/graph/federation/subgraph.ts';
import { buildSchema } from '../src/server/schema.ts';
import { upstreams } from '../src/upstreams/index.ts';

/* Writes the schema as composers of a supergraph get it: a part of `npm run generate`. */
writeFileSync(new URL('subgraph.graphql', import.meta.url), printSubgraph(buildSchema(upstreams)));
