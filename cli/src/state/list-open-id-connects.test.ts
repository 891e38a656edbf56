import type { Client } from 'oidc-config-client';
import { expect, it } from 'vitest';
import { CommandError } from '../command-error.ts';
import { listOpenIdConnects } from './list-open-id-connects.ts';
import { ReadFailure } from './read-object.ts';

/** A client for whose list a test responds. */
function clientOf(page: (after: string | undefined) => object): {
  readonly client: Client;
  readonly asked: (string | undefined)[];
} {
  const asked: (string | undefined)[] = [];
  const openIdConnects = (variables: { filter: { id: { after: string } } | null }) => {
    const after = variables.filter?.id.after;
    asked.push(after);
    return Promise.resolve(page(after));
  };
  return { client: { openIdConnects } as unknown as Client, asked };
}

const success = (...ids: string[]) => ({
  __typename: 'OpenIdConnectsSuccess',
  openIdConnects: ids.map((id) => ({ id })),
});

it('asks for what comes after the last one, until there is nothing', async () => {
  const pages = new Map<string | undefined, string[]>([
    [undefined, ['a', 'b']],
    ['b', ['c']],
  ]);
  const { client, asked } = clientOf((after) => success(...(pages.get(after) ?? [])));
  expect((await listOpenIdConnects(client)).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(asked).toEqual([undefined, 'b', 'c']);
});

it('gives up on a list that is in another order, and would have no end', async () => {
  const { client } = clientOf(() => success('a', 'b'));
  await expect(listOpenIdConnects(client)).rejects.toThrow(CommandError);
});

it('fails if any part cannot be read', async () => {
  const { client } = clientOf((after) =>
    after === undefined
      ? success('a')
      : {
          __typename: 'OidcUpstreamUnavailableError',
          code: 'UPSTREAM_UNAVAILABLE',
          message: 'Gone.',
        },
  );
  await expect(listOpenIdConnects(client)).rejects.toThrow(ReadFailure);
});
