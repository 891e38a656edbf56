import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** What the build makes, and what it makes of GraphiQL. */
export const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
export const GRAPHIQL = fileURLToPath(new URL('../dist/graphiql/', import.meta.url));
