import { getServers } from 'node:dns';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { IssuerError } from '../../src/domain/errors.ts';
import { parseAllowedHost } from '../../src/issuer/allowed-hosts.ts';
import type { AllowedHost } from '../../src/issuer/allowed-hosts.ts';
import { Issuers } from '../../src/issuer/issuers.ts';
import { KEYS_PATH, METADATA_PATH, startIssuer } from '../setup/issuer-server.ts';
import {
  DISGUISED_HOSTS,
  DISGUISED_NAMES,
  PUBLIC_V4,
  PUBLIC_V6,
  REFUSED_ADDRESSES,
  REFUSED_NAMES,
  UNKNOWN_NAMES,
} from './addresses.ts';
import { startDnsServer } from './dns-server.ts';
import type { DnsServer } from './dns-server.ts';
import { isHeard, listenEverywhere, ownEveryAddress } from './listeners.ts';
import type { Listeners } from './listeners.ts';

/*
 * Nothing that a caller names leads to an address that is not public. In a network of its own, in which every address is
 * this machine's and something listens at it, so that a connection which should not be made is seen.
 */

/** Where something listens: what is served at the usual ports, and where attackers look. */
const PORTS = [22, 80, 443, 6_379, 8_080, 8_443];

let listeners: Listeners;
let dns: DnsServer;

beforeAll(async () => {
  ownEveryAddress();
  listeners = await listenEverywhere(PORTS);
  dns = await startDnsServer(getServers());
});
afterAll(() => {
  listeners.close();
  dns.close();
});
beforeEach(() => {
  listeners.arrivals.length = 0;
  dns.names.clear();
  dns.names.set('public.test', () => [PUBLIC_V4]);
  dns.names.set('public6.test', () => [PUBLIC_V6]);
  for (const [name, addresses] of Object.entries(REFUSED_NAMES))
    dns.names.set(name, () => addresses);
});

const urlHost = (address: string) => (address.includes(':') ? `[${address}]` : address);

/** Reads an issuer with nothing in the cache. @returns why that failed, and how long it took, in milliseconds */
async function failureOf(
  issuer: string,
  allowedHosts: readonly AllowedHost[] = [],
): Promise<{ readonly error: IssuerError; readonly ms: number }> {
  const began = performance.now();
  const issuers = new Issuers({ allowedHosts, takeFetch: () => null });
  const error: unknown = await issuers.read(issuer, 'JWT mallory').then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof IssuerError)) throw new Error(`${issuer} was read: ${String(error)}`);
  return { error, ms: performance.now() - began };
}

/** What an operator may have allowed, which does not help against anything here. */
const ALLOWED = ['idp.corp.test', '.sub.corp.test', 'http://idp.corp.test:8080'].flatMap(
  (entry) => parseAllowedHost(entry) ?? [],
);

describe('the listeners', () => {
  it('hear connections to each address but those that TCP does not know, or not without an interface', async () => {
    const deaf: string[] = [];
    for (const address of [...REFUSED_ADDRESSES, PUBLIC_V4, PUBLIC_V6])
      if (!(await isHeard(address, 443))) deaf.push(address);
    expect(deaf).toEqual([
      ...['224.0.0.1', '239.255.255.255', '255.255.255.255'],
      ...['fe80::1', 'fe80::a9fe:a9fe', 'ff02::1', 'ff0e::1'],
    ]);
    await expect.poll(() => listeners.arrivals).toContain('169.254.169.254 443');
  });

  it.each([
    ['public.test', PUBLIC_V4],
    ['public6.test', PUBLIC_V6],
    [PUBLIC_V4, PUBLIC_V4],
    [`[${PUBLIC_V6}]`, PUBLIC_V6],
  ])('hear what may be read: %s', async (host, address) => {
    const { error } = await failureOf(`https://${host}`);
    expect(error.issuerReason).not.toBe('NOT_ALLOWED');
    expect(new Set(listeners.arrivals)).toEqual(new Set([`${address} 443`]));
  });
});

describe('nothing is sent to', () => {
  it.each(REFUSED_ADDRESSES)('%s', async (address) => {
    const { error } = await failureOf(`https://${urlHost(address)}`, ALLOWED);
    expect(error).toMatchObject({
      issuerReason: 'NOT_ALLOWED',
      message: expect.stringContaining('Its address is not public.') as unknown,
    });
    expect(listeners.arrivals).toEqual([]);
  });

  it.each(DISGUISED_HOSTS)('%s', async (host) => {
    const { error } = await failureOf(`https://${host}/realm`, ALLOWED);
    // Some are no URL at all.
    expect(['NOT_ALLOWED', 'INVALID_METADATA']).toContain(error.issuerReason);
    expect(listeners.arrivals).toEqual([]);
  });

  it.concurrent.each([...Object.keys(REFUSED_NAMES), ...DISGUISED_NAMES, ...UNKNOWN_NAMES])(
    '%s, which says no more than that and takes a second',
    async (host) => {
      const issuer = `https://${host}`;
      const { error, ms } = await failureOf(issuer, ALLOWED);
      const shown = `${new URL(issuer).href.replace(/\/$/, '')}${METADATA_PATH}`;
      expect(error).toMatchObject({
        issuerReason: 'NOT_ALLOWED',
        url: shown,
        message: `The gateway cannot use ${shown}. Check the spelling of the host name: it does not resolve, or not to public addresses only. The operator of the gateway can allow it with ISSUER_ALLOWED_HOSTS.`,
      });
      expect(ms).toBeGreaterThanOrEqual(1_000);
      expect(listeners.arrivals).toEqual([]);
    },
  );

  it.each([
    ['http://public.test', 'must begin with https://'],
    ['http://public.test:443', 'must begin with https://'],
    ['https://public.test:80', 'must use port 443'],
    ['https://public.test:22', 'must use port 443'],
    ['https://public.test:6379', 'must use port 443'],
    ['https://public.test:8443', 'must use port 443'],
    [`https://${PUBLIC_V4}:8080`, 'must use port 443'],
    ['https://idp.corp.test:8443', 'must use port 443'],
    ['ftp://public.test', 'must begin with https://'],
    ['file:///etc/passwd', 'must begin with https://'],
    ['gopher://public.test', 'must begin with https://'],
    ['https://user@public.test', 'must not have a user name or password'],
    ['https://user:secret@public.test', 'must not have a user name or password'],
    ['https://public.test@10.0.0.1', 'must not have a user name or password'],
    ['https://10.0.0.1\\@public.test', 'address is not public'],
    ['https://10.0.0.1#@public.test', 'address is not public'],
    ['https://10.0.0.1?@public.test', 'address is not public'],
  ])('%s', async (issuer, why) => {
    const { error } = await failureOf(issuer, ALLOWED);
    expect(error).toMatchObject({
      issuerReason: 'NOT_ALLOWED',
      message: expect.stringContaining(why) as unknown,
    });
    expect(error.message).not.toContain('secret');
    expect(listeners.arrivals).toEqual([]);
  });
});

describe('a probe is sent to no address that is not public', () => {
  /** Sends a probe, as a check does to the endpoint that is stored. @returns why that failed */
  async function reasonOf(url: string, method: 'GET' | 'POST'): Promise<unknown> {
    const { probe } = new Issuers({ allowedHosts: ALLOWED, probes: true, takeFetch: () => null });
    const sent = probe?.({ method, url, query: 'state=x', headers: {} }, 'JWT mallory');
    const error: unknown = await sent?.catch((thrown: unknown) => thrown);
    return error instanceof IssuerError ? error.issuerReason : error;
  }

  it.each(['GET', 'POST'] as const)('with %s', async (method) => {
    const urls = [
      ...REFUSED_ADDRESSES.slice(0, 20).map((address) => `https://${urlHost(address)}/token`),
      ...['https://[::ffff:10.0.0.1]/token', 'https://2130706433/token', 'https://127.1/token'],
      ...['https://private.test/token', 'https://one-of-two.test/token'],
      ...['http://public.test/token', 'https://public.test:8443/token', 'https://a@public.test/'],
    ];
    const reasons = await Promise.all(urls.map((url) => reasonOf(url, method)));
    expect(new Set(reasons)).toEqual(new Set(['NOT_ALLOWED']));
    expect(listeners.arrivals).toEqual([]);
    expect(await reasonOf('https://public.test/token', method)).not.toBe('NOT_ALLOWED');
    expect(new Set(listeners.arrivals)).toEqual(new Set([`${PUBLIC_V4} 443`]));
  });
});

describe('a name that changes what it resolves to', () => {
  it('is refused when it is not public, at whatever question that is', async () => {
    for (const last of ['10.0.0.1', '127.0.0.1']) {
      dns.names.set('rebinding.test', (count) => (count % 2 === 1 ? [PUBLIC_V4] : [last]));
      const issuers = new Issuers({ allowedHosts: [], takeFetch: () => null });
      for (let round = 0; round < 4; round += 1)
        await issuers.read(`https://rebinding.test/${round}`, 'JWT mallory').catch(() => undefined);
    }
    expect(listeners.arrivals.length).toBeGreaterThan(0);
    expect(new Set(listeners.arrivals)).toEqual(new Set([`${PUBLIC_V4} 443`]));
  });

  it('is asked once for each connection, so that what was checked is what is called', async () => {
    let questions = 0;
    dns.names.set('counted.test', () => {
      questions += 1;
      return [PUBLIC_V4];
    });
    await failureOf('https://counted.test');
    // One for each family.
    expect(questions).toBe(2);
    expect(listeners.arrivals).toEqual([`${PUBLIC_V4} 443`]);
  });
});

describe('an issuer that is allowed leads to nothing that is not', () => {
  it.each([
    'http://10.0.0.1/',
    'https://169.254.169.254/latest',
    'https://private.test/',
    '//10.0.0.1/',
  ])('by redirecting to %s', async (location) => {
    const server = await startIssuer();
    for (const status of [301, 302, 303, 307, 308]) {
      server.responses.set(METADATA_PATH, { status, headers: { location } });
      const { error } = await failureOf(server.issuer, server.allowedHosts);
      expect(error.issuerReason).toBe('HTTP_STATUS');
    }
    server.publish(server.metadata);
    server.responses.set(KEYS_PATH, { status: 302, headers: { location } });
    expect((await failureOf(server.issuer, server.allowedHosts)).error).toMatchObject({
      issuerReason: 'HTTP_STATUS',
      url: `${server.issuer}${KEYS_PATH}`,
    });
    expect(listeners.arrivals).toEqual([]);
  });

  it('by the URL of its keys', async () => {
    const server = await startIssuer();
    const hosts = [...REFUSED_ADDRESSES.map(urlHost), ...DISGUISED_HOSTS, 'user@public.test'];
    const urls = [
      ...hosts.map((host) => `https://${host}/keys`),
      ...['http://127.0.0.1:8080/', 'http://10.0.0.1/', 'https://public.test:8443/', '/keys'],
      ...['https://private.test/', 'https://one-of-two.test/', 'https://unknown.test/'],
      ...['data:application/json,{"keys":[]}', 'file:///etc/passwd', 'javascript:0', 'urn:keys'],
    ];
    for (const url of urls) {
      server.publish({ ...server.metadata, jwks_uri: url });
      const { error } = await failureOf(server.issuer, server.allowedHosts);
      expect([url, error.issuerReason]).toEqual([
        url,
        expect.stringMatching(/^(?:NOT_ALLOWED|INVALID_METADATA)$/),
      ]);
    }
    expect(listeners.arrivals).toEqual([]);
  });
});

it('the table has at least 80 addresses and tricks', () => {
  const tricks = [REFUSED_ADDRESSES, DISGUISED_HOSTS, DISGUISED_NAMES, Object.keys(REFUSED_NAMES)];
  expect(new Set(tricks.flat()).size).toBeGreaterThanOrEqual(130);
});
