import type { Client } from 'oidc-config-client';
import { expect, it } from 'vitest';
import { createLimit } from './concurrency.ts';
import { createReader } from './read-object.ts';
import { readOthers } from './read-others.ts';

/** OrderCloud has pages of numbers up to 30, and one of many configurations is added meanwhile. */
it('lists all that is stored, also more than pages have numbers for, and nothing twice', async () => {
  const stored = Array.from(
    { length: 3_200 },
    (_, index) => `id-${String(index).padStart(5, '0')}`,
  );
  const client = {
    openIdConnects: ({ page = 1, filter }: Request) => {
      if (page > 30) return Promise.resolve({ __typename: 'OidcInvalidInputError' });
      const after = filter?.id.after ?? '';
      const found = stored.filter((id) => id > after).slice((page - 1) * 100, page * 100);
      if (found.includes('id-00050')) stored.unshift('id-');
      return Promise.resolve({
        __typename: 'OpenIdConnectsSuccess',
        openIdConnects: found.map((id) => ({ id, fingerprint: id })),
        meta: { totalPages: 32 },
      });
    },
  } as unknown as Client;
  const file = {
    version: 1,
    issuers: {},
    openIdConnects: [
      { id: 'id-00001', orderCloudApiClientId: 'a', connectClientId: 'a', appStartUrl: 'a' },
    ],
    oidcConfigs: [],
  } as const;
  const { openIdConnects } = await readOthers(
    client,
    createReader(client),
    createLimit(4),
    { ...file, openIdConnects: [...file.openIdConnects], oidcConfigs: [] },
    [],
  );
  const ids = openIdConnects.map(({ id }) => id);
  expect(ids.length).toBe(3_199);
  expect(new Set(ids).size).toBe(3_199);
});

interface Request {
  readonly page?: number;
  readonly filter?: { readonly id: { readonly after: string } } | null;
}
