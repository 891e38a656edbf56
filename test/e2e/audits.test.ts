import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';
import { makeInbound } from '../setup/inbound.ts';
import type { Headers, Inbound } from '../setup/inbound.ts';

let emulator: RunningEmulator;
let inbound: Inbound;

beforeAll(async () => {
  [emulator, inbound] = await Promise.all([startEmulator(), makeInbound()]);
});
afterAll(async () => {
  await emulator.close();
  inbound.remove();
});

/** What is set, and how callers identify themselves. The header against forged requests is for the audits by GET. */
const SETTINGS: Readonly<
  Record<
    string,
    () => {
      readonly environment: Readonly<Record<string, string>>;
      readonly credentials: () => Promise<Headers>;
    }
  >
> = {
  'open to all who can reach it': () => ({
    environment: {},
    credentials: () => Promise.resolve({}),
  }),
  'with tokens': () => ({
    environment: { ...guards(), ORDERCLOUD_REVEAL_SECRET: 'false' },
    credentials: () => inbound.byToken(['oidc:read']),
  }),
  'with tokens, by the long way in alone': () => ({
    environment: { ...guards(), FAST_PATH: 'false' },
    credentials: () => inbound.byToken(['oidc:read']),
  }),
  'with API keys': () => ({
    environment: guards(),
    credentials: () => Promise.resolve(inbound.byApiKey('oidc:read')),
  }),
};

/** Everything that may turn a request away, but for `PERSISTED_ONLY`: the audits send documents of their own. */
const guards = () => ({
  ...inbound.environment,
  CORS_ORIGINS: 'https://admin.example.com',
  LIMIT_DEPTH: '5',
  LIMIT_COST: '500',
  LIMIT_BODY_BYTES: '4096',
  LIMIT_IN_FLIGHT: '20',
  PERSISTED_DOCUMENTS_FILE: inbound.write('documents.json', {}),
});

describe.each(Object.entries(SETTINGS))(
  'GraphQL over HTTP, on a real socket, %s',
  (_name, settings) => {
    let gateway: BuiltGateway;
    let credentials: Headers;
    beforeAll(async () => {
      const { environment, credentials: get } = settings();
      // Those about variables ask for a type of the schema.
      gateway = await startBuiltGateway({
        ...emulator.environment,
        INTROSPECTION: 'true',
        ...environment,
      });
      credentials = await get();
    });
    afterAll(() => gateway.stop());

    const audits = serverAudits({
      url: () => gateway.url,
      fetchFn: (url: string, init: RequestInit = {}) =>
        fetch(url, {
          ...init,
          headers: {
            'apollo-require-preflight': '1',
            ...credentials,
            ...(init.headers as Record<string, string>),
          },
        }),
    });

    it('has 61 audits', () => {
      expect(audits).toHaveLength(61);
    });

    it.each(audits.map((audit) => [audit.id, audit.name, audit] as const))(
      '%s %s',
      async (_id, _name, audit) => {
        const result = await audit.fn();
        expect(result.status, 'reason' in result ? result.reason : '').toBe('ok');
      },
    );
  },
);
