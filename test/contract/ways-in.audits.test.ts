import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exchange } from '../setup/fuzz.ts';
import type { HttpAnswer } from '../setup/fuzz.ts';
import { startGuardedGateway } from '../setup/guarded-gateway.ts';
import type { GuardedGateway } from '../setup/guarded-gateway.ts';

/*
 * Which way in the audits of GraphQL over HTTP take: that they pass would say nothing about the short way, if it were never
 * taken. Both ways give the same answers, but each writes the headers in an order of its own, which is all that tells them apart.
 */

let direct: GuardedGateway;
let whole: GuardedGateway;
beforeAll(async () => {
  const start = (fastPath: boolean) =>
    startGuardedGateway('credentials of callers', {
      INTROSPECTION: 'true',
      FAST_PATH: String(fastPath),
    });
  [direct, whole] = await Promise.all([start(true), start(false)]);
});
afterAll(() => Promise.all([direct.stop(), whole.stop()]));

/** What an audit has sent and got. Each of them sends one request. */
interface Exchange extends HttpAnswer {
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
      const answer = await exchange(gateway.url, {
        method,
        path: search,
        headers: { ...own, ...headers },
        ...(body !== undefined && { body }),
      });
      exchanges.push({ method, ...answer });
      return new Response(answer.body, {
        status: answer.status,
        headers: answer.headers as Record<string, string>,
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

it('of the audits, every POST that is executed takes the short way, and nothing else does', async () => {
  const [short, long] = [await audit(direct), await audit(whole)];
  const took = [...short]
    .filter(([id, exchanged]) => headersInOrder(exchanged) !== headersInOrder(long.get(id)))
    .map(([id]) => id);
  expect(took).toEqual(
    [...short].filter(([, exchanged]) => isOperation(exchanged)).map(([id]) => id),
  );
  expect([took.length, short.size]).toEqual([23, 61]);
});
