import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exchange } from '../setup/fuzz.ts';
import type { HttpResponse } from '../setup/fuzz.ts';
import { startGuardedGateway } from '../setup/guarded-gateway.ts';
import type { GuardedGateway } from '../setup/guarded-gateway.ts';

/*
 * Which path the audits of GraphQL over HTTP take: that they pass says nothing about the fast path unless it is taken. Both
 * paths give the same responses, but each writes the headers in its own order, which is all that tells them apart.
 */

let fast: GuardedGateway;
let yoga: GuardedGateway;
beforeAll(async () => {
  const start = (fastPath: boolean) =>
    startGuardedGateway('credentials of callers', {
      INTROSPECTION: 'true',
      FAST_PATH: String(fastPath),
    });
  [fast, yoga] = await Promise.all([start(true), start(false)]);
});
afterAll(() => Promise.all([fast.stop(), yoga.stop()]));

/** What an audit has sent and got. Each of them sends one request. */
interface Exchange extends HttpResponse {
  readonly method: string;
}

/** Runs all audits. @returns by their ids, what each has sent and got */
async function audit(gateway: GuardedGateway): Promise<ReadonlyMap<string, Exchange>> {
  const own = {
    'apollo-require-preflight': '1',
    ...(await gateway.inbound.byToken(['oidc:read'])),
  };
  const exchanges: Exchange[] = [];
  const audits = serverAudits({
    url: gateway.url,
    fetchFn: async (
      url: string,
      {
        method = 'GET',
        headers,
        body,
      }: {
        readonly method?: string;
        readonly headers?: Readonly<Record<string, string>>;
        readonly body?: string;
      } = {},
    ) => {
      const { search } = new URL(url);
      const response = await exchange(gateway.url, {
        method,
        path: search,
        headers: { ...own, ...headers },
        ...(body !== undefined && { body }),
      });
      exchanges.push({ method, ...response });
      return new Response(response.body, {
        status: response.status,
        headers: response.headers as Record<string, string>,
      });
    },
  });
  const results = new Map<string, Exchange>();
  for (const { id, name, fn } of audits) {
    expect(await fn(), name).toMatchObject({ status: 'ok' });
    const [only, ...others] = exchanges.splice(0);
    if (only === undefined || others.length > 0)
      throw new Error(`${id} sent ${only === undefined ? 'nothing' : 'more than one request'}`);
    results.set(id, only);
  }
  return results;
}

const headersInOrder = (exchanged: Exchange | undefined) =>
  Object.keys(exchanged?.headers ?? {}).join(', ');
const isOperation = ({ method, body }: Exchange) =>
  method === 'POST' && body.startsWith('{"data":');

it('of the audits, every POST that is executed takes the fast path, and nothing else does', async () => {
  const [fromFastPath, fromYoga] = [await audit(fast), await audit(yoga)];
  const took = [...fromFastPath]
    .filter(([id, exchanged]) => headersInOrder(exchanged) !== headersInOrder(fromYoga.get(id)))
    .map(([id]) => id);
  expect(took).toEqual(
    [...fromFastPath].filter(([, exchanged]) => isOperation(exchanged)).map(([id]) => id),
  );
  expect([took.length, fromFastPath.size]).toEqual([23, 61]);
});
