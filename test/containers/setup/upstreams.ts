import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator as startHuawei } from '../../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../../src/upstreams/ordercloud/emulator/emulator.ts';
import type { RunningEmulator } from '../../../src/transport/emulator/emulator.ts';
import { run } from '../../setup/command.ts';

/** Both emulators on this machine, with HTTPS, which the gateway insists on beyond loopback. */
export interface Upstreams {
  /** The gateway's configuration, in gateway mode, without what is secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: {
    readonly ORDERCLOUD_CLIENT_SECRET: string;
    readonly HUAWEI_ACCESS_KEY: string;
    readonly HUAWEI_SECRET_KEY: string;
  };
  /** Path of the certificate authority, for `NODE_EXTRA_CA_CERTS`. */
  readonly authority: string;
  /** Holds the next request whose target ends in this. */
  readonly hold: (ending: string) => Held;
  readonly close: () => Promise<void>;
}

/** A request that was not passed on yet. */
export interface Held {
  readonly arrived: Promise<void>;
  readonly release: () => void;
}

/** @param address at which containers reach this machine */
export async function startUpstreams(address: string): Promise<Upstreams> {
  const folder = mkdtempSync(join(tmpdir(), 'upstreams-'));
  const [key, authority] = [join(folder, 'key.pem'), join(folder, 'ca.pem')];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '2', '-subj', '/CN=upstreams', '-addext', `subjectAltName=IP:${address}`],
    ...['-keyout', key, '-out', authority],
  ]);
  const tls = { key: readFileSync(key), cert: readFileSync(authority) };
  const holds = new Map<
    string,
    { readonly arrive: () => void; readonly released: Promise<void> }
  >();
  const servers: Server[] = [];

  /** The URL of an emulator at which it is reached with HTTPS. */
  const front = async (emulator: RunningEmulator): Promise<string> => {
    const { port } = new URL(emulator.url);
    const server = createServer(tls, (incoming, outgoing) => {
      void (async () => {
        const target = incoming.url ?? '';
        const held = [...holds].find(([ending]) => target.endsWith(ending));
        if (held !== undefined) {
          holds.delete(held[0]);
          held[1].arrive();
          await held[1].released;
        }
        const { method, headers } = incoming;
        const passed = request({ host: '127.0.0.1', port, path: target, method, headers });
        passed.on('response', (response) => {
          outgoing.writeHead(response.statusCode ?? 502, response.headers);
          response.pipe(outgoing);
        });
        passed.on('error', () => outgoing.destroy());
        incoming.pipe(passed);
      })();
    });
    await once(server.listen(0), 'listening');
    servers.push(server);
    const own = server.address() as AddressInfo; // what a listening TCP server has
    return `https://${address}:${own.port}`;
  };

  const [orderCloud, huawei] = await Promise.all([
    startOrderCloud({ host: '0.0.0.0' }),
    startHuawei({ host: '0.0.0.0' }),
  ]);
  const noteOf = (emulator: RunningEmulator, label: string) =>
    emulator.notes.find((note) => note.label === label)?.value ?? '';
  return {
    environment: {
      ORDERCLOUD_API_URL: `${await front(orderCloud)}/v1`,
      ORDERCLOUD_CREDENTIALS: 'gateway',
      ORDERCLOUD_CLIENT_ID: noteOf(orderCloud, 'OAuth client id'),
      HUAWEI_IAM_URL: await front(huawei),
      HUAWEI_CREDENTIALS: 'gateway',
      HUAWEI_AUTH_METHOD: 'access-key',
    },
    secrets: {
      ORDERCLOUD_CLIENT_SECRET: noteOf(orderCloud, 'OAuth client secret'),
      HUAWEI_ACCESS_KEY: noteOf(huawei, 'access key (AK)'),
      HUAWEI_SECRET_KEY: noteOf(huawei, 'secret key (SK)'),
    },
    authority,
    hold: (ending) => {
      const [arrived, arrive] = deferred();
      const [released, release] = deferred();
      holds.set(ending, { arrive, released });
      return { arrived, release };
    },
    close: async () => {
      for (const server of servers) {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      }
      await Promise.all([orderCloud.close(), huawei.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** A promise, and what resolves it. */
function deferred(): readonly [Promise<void>, () => void] {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return [promise, resolve];
}
