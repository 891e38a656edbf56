import { defineConfig } from '@graphql-mesh/compose-cli';
import { loadOpenAPISubgraph } from '@omnigraph/openapi';

export const composeConfig = defineConfig({
  subgraphs: [
    {
      sourceHandler: loadOpenAPISubgraph('OrderCloud', {
        source: './openapi.json',
        endpoint: 'https://api.example.com/v1',
        operationHeaders: { Authorization: '{context.headers.authorization}' },
      }),
    },
  ],
});
