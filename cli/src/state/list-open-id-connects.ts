import type { Client, OpenIdConnect } from 'oidc-config-client';
import { isSuccess } from 'oidc-config-client';
import { CommandError } from '../command-error.ts';
import { ask } from '../gateway/ask.ts';
import { errorOf } from '../gateway/failure.ts';
import { ReadFailure } from './read-object.ts';

const PAGE_SIZE = 100;

/**
 * All OpenID Connect configurations of OrderCloud, by id. Each request asks for those after the last one, because numbers of pages
 * end at 30, and shift if somebody adds or deletes one meanwhile.
 * @throws ReadFailure, GatewayRequestError
 */
export async function listOpenIdConnects(client: Client): Promise<readonly OpenIdConnect[]> {
  const found = new Map<string, OpenIdConnect>();
  let page = await readAfter(client, null);
  while (page.length > 0) {
    const known = found.size;
    for (const one of page) found.set(one.id, one);
    if (found.size < known + page.length)
      throw new CommandError(
        'OrderCloud does not list its configurations in the order of their ids, so not all can be read.',
      );
    page = await readAfter(client, page.at(-1)?.id ?? null);
  }
  return [...found.values()];
}

async function readAfter(client: Client, id: string | null): Promise<readonly OpenIdConnect[]> {
  const filter = id === null ? null : { id: { after: id } };
  const result = await ask(() =>
    client.openIdConnects({ sort: 'ID_ASC', pageSize: PAGE_SIZE, filter }),
  );
  if (isSuccess(result)) return result.openIdConnects;
  throw new ReadFailure('The list of OpenIdConnects', errorOf(result));
}
