import { mkdirSync, writeFileSync } from 'node:fs';
import { buildSchema } from '../../src/server/schema.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { rootDocuments } from './documents.ts';
import { readOperations } from './read-operations.ts';
import { selectedSchema } from './selection.ts';
import { printTypes } from './types.ts';

/* Writes what the typed client needs to know about the schema: a part of its build, and so of `npm run generate`. */

const GENERATED = new URL('../../client/src/generated/', import.meta.url);

const schema = selectedSchema(buildSchema(upstreams));
const { documents, fragments } = rootDocuments(schema);
const persisted = Object.fromEntries(documents.map(({ hash, text }) => [hash, text]));
const modules = {
  'types.ts': await printTypes(schema),
  'documents.ts': [
    ...[...fragments].map(([name, text]) => `const ${name} = '${text}';`),
    '/** The document of each root field, its SHA-256, and what its method takes. */',
    'export const DOCUMENTS = {',
    ...documents.map(
      ({ field, shape, operation, fragments: names, hash }) =>
        `  ${field}: [${[`'${operation}'`, ...names].join(' + ')}, '${hash}', '${shape}'],`,
    ),
    '} as const;\n',
  ].join('\n'),
  'persisted-documents.json': `${JSON.stringify(persisted, null, 2)}\n`,
  'read-operations.json': `${JSON.stringify(readOperations(schema, documents), null, 2)}\n`,
};

mkdirSync(GENERATED, { recursive: true });
for (const [name, text] of Object.entries(modules)) writeFileSync(new URL(name, GENERATED), text);
