import { parse } from 'graphql';
import { expect, it, onTestFinished } from 'vitest';
import { startBuiltGateway } from '../setup/built-gateway.ts';
import { startIssuer } from '../setup/issuer-server.ts';
import { documentOf } from '../setup/root-fields.ts';
import { rsaKey, storedText } from '../setup/rotating-keys.ts';
import { startScriptedUpstream } from '../setup/scripted-upstream.ts';
import { caller, pidOf, servedBy } from '../setup/worker-gateways.ts';

/* Since when an issuer no longer publishes a key, as several workers know it through the primary. */

const COMPARE = parse(
  documentOf('oidcConfigKeys', {
    OidcConfigKeysSuccess: 'oidcConfigKeys { keys { kid status goneForSeconds } }',
    OidcError: 'code message',
  }),
);
const [PUBLISHED, RETIRED] = [rsaKey('published'), rsaKey('retired')];

interface Compared {
  readonly data: {
    readonly result: {
      readonly oidcConfigKeys: {
        readonly keys: readonly {
          readonly kid: string;
          readonly status: string;
          readonly goneForSeconds: number | null;
        }[];
      };
    };
  };
}

it('a key that one worker saw gone is known to the others, and after the end of that worker', async () => {
  const issuer = await startIssuer();
  issuer.publish(issuer.metadata, { keys: [PUBLISHED] });
  const platform = await startScriptedUpstream();
  onTestFinished(platform.close);
  platform.respondWith({
    status: 200,
    body: JSON.stringify({
      openid_connect_config: {
        access_mode: 'program',
        idp_url: issuer.issuer,
        client_id: 'idp-app',
        signing_key: storedText(PUBLISHED, RETIRED),
      },
    }),
  });
  const gateway = await startBuiltGateway({
    HUAWEI_IAM_URL: platform.origin,
    ISSUER_DISCOVERY: 'true',
    ISSUER_ALLOWED_HOSTS: issuer.issuer,
    WORKERS: '2',
    LOG_LEVEL: 'debug',
  });
  onTestFinished(async () => {
    await gateway.stop();
  });
  /** For how long the key is gone, as a worker knows it. A connection stays with one worker. */
  const goneForS = async (by = caller()) => {
    const { body } = await by.send(
      gateway.url,
      COMPARE,
      { input: { idpId: 'ACME' } },
      { 'x-auth-token': 'token' },
    );
    const { keys } = (JSON.parse(body) as Compared).data.result.oidcConfigKeys;
    expect(keys).toMatchObject([
      { kid: 'published', status: 'SAME', goneForSeconds: null },
      { kid: 'retired', status: 'RETIRED' },
    ]);
    return keys[1]?.goneForSeconds ?? -1;
  };
  /** The least that is known until another worker has responded. */
  const leastWithAnother = async () => {
    const before = servedBy(gateway);
    let least = Infinity;
    await expect
      .poll(async () => {
        least = Math.min(least, await goneForS());
        return [...servedBy(gateway)].some((worker) => !before.has(worker));
      })
      .toBe(true);
    return least;
  };

  const first = caller();
  await expect.poll(() => goneForS(first)).toBeGreaterThanOrEqual(2);
  const [worker] = servedBy(gateway);
  expect(servedBy(gateway).size).toBe(1);
  expect(await leastWithAnother()).toBeGreaterThanOrEqual(2);

  process.kill(pidOf(gateway, Number(worker)), 'SIGKILL');
  await gateway.line(/"worker":3,"pid":\d+,"msg":"worker forked"/);
  expect(await leastWithAnother()).toBeGreaterThanOrEqual(2);
});
