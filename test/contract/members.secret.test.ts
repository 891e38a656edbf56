import { expect, it, onTestFinished } from 'vitest';
import {
  permissiveUpstream,
  refusal,
  STORED,
  WIRE_OPEN_ID_CONNECT,
} from '../setup/permissive-upstream.ts';
import { HEADERS, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { SeenRequest } from '../setup/scripted-upstream.ts';

/*
 * A stored secret if the operator has turned off showing it: no response and no log line contains it, for every
 * operation that reads it, and for anything that the upstream returns later in the same request.
 */

const { connectClientSecret: SECRET } = STORED.openIdConnect;
const ITEM = '__typename ... on OidcError { code message upstream { details { message data } } }';
const CONFIGURATION = '{ id connectClientSecret hasConnectClientSecret fingerprint }';
const LIST = `openIdConnects { ${ITEM} ... on OpenIdConnectsSuccess { openIdConnects ${CONFIGURATION} } }`;

async function start(settings: Record<string, string> = {}): Promise<ScriptedGateway> {
  const gateway = await startScriptedGateway({ ORDERCLOUD_REVEAL_SECRET: 'false', ...settings });
  onTestFinished(async () => {
    await gateway.stop();
  });
  return gateway;
}

/** An error that says what the upstream has stored. */
const echo = ({ target }: SeenRequest) =>
  refusal(
    target,
    400,
    'ValidationFailure',
    `The configuration with the secret ${SECRET} is not valid.`,
  );

/** Sends it; no trace of the secret may be anywhere. */
async function ask(gateway: ScriptedGateway, document: string): Promise<Record<string, unknown>> {
  const { data, errors, text } = await gateway.post(document, {}, { ...HEADERS });
  expect(errors).toBeUndefined();
  expect(text).not.toContain(SECRET);
  expect(JSON.stringify(gateway.logs)).not.toContain(SECRET);
  return data ?? {};
}

const scrubbed = {
  code: 'UPSTREAM_REJECTED',
  upstream: {
    details: [
      { message: expect.stringContaining('with the secret [redacted] is') as unknown, data: null },
    ],
  },
};

it('is null in every item of a list', async () => {
  const gateway = await start();
  const items = ['one', 'two', 'three'].map((ID) => ({ ...WIRE_OPEN_ID_CONNECT, ID }));
  const Meta = {
    Page: 1,
    PageSize: 20,
    TotalCount: 3,
    TotalPages: 1,
    ItemRange: [1, 3],
    NextPageKey: null,
  };
  gateway.upstream.respondWith({
    status: 200,
    body: JSON.stringify({ Meta, Items: [...items, { ID: 'bare' }] }),
  });
  const { openIdConnects } = await ask(gateway, `{ ${LIST} }`);
  const item = { connectClientSecret: null, fingerprint: expect.any(String) as unknown };
  expect(openIdConnects).toEqual({
    __typename: 'OpenIdConnectsSuccess',
    openIdConnects: [
      ...items.map(({ ID }) => ({ ...item, id: ID, hasConnectClientSecret: true })),
      { ...item, id: 'bare', hasConnectClientSecret: false },
    ],
  });
});

it('is taken out of an error that comes after a list in the same request', async () => {
  // Fields of a query execute concurrently: with one request at a time, the second is sent when the gateway has the list.
  const gateway = await start({ ORDERCLOUD_MAX_IN_FLIGHT: '1' });
  gateway.upstream.respondWith((request) =>
    request.target.endsWith('/zz') ? echo(request) : permissiveUpstream(request),
  );
  const { later } = await ask(gateway, `{ ${LIST} later: openIdConnect(id: "zz") { ${ITEM} } }`);
  expect(later).toMatchObject(scrubbed);
});

it('is taken out of the error of a change before which it was read', async () => {
  const gateway = await start();
  gateway.upstream.respondWith(permissiveUpstream);
  const { read } = await ask(
    gateway,
    `{ read: openIdConnect(id: "google") { ${ITEM} ... on OpenIdConnectSuccess { openIdConnect ${CONFIGURATION} } } }`,
  );
  const { fingerprint } = (read as { openIdConnect: { fingerprint: string } }).openIdConnect;

  gateway.upstream.respondWith((request) =>
    request.method === 'GET' ? permissiveUpstream(request) : echo(request),
  );
  const { changed } = await ask(
    gateway,
    `mutation { changed: updateOpenIdConnect(input: { id: "google", urlEncoded: true, expectedFingerprint: "${fingerprint}" }) { ${ITEM} } }`,
  );
  expect(changed).toMatchObject(scrubbed);
});

it('is removed from an error after a change in the same request whose response contains it', async () => {
  const gateway = await start();
  gateway.upstream.respondWith((request) =>
    request.method === 'PATCH' ? permissiveUpstream(request) : echo(request),
  );
  const document = `mutation {
    changed: updateOpenIdConnect(input: { id: "google", urlEncoded: true }) { ${ITEM} ... on UpdateOpenIdConnectSuccess { openIdConnect ${CONFIGURATION} } }
    later: deleteOpenIdConnect(input: { id: "other" }) { ${ITEM} }
  }`;
  const { changed, later } = await ask(gateway, document);
  expect(changed).toMatchObject({
    openIdConnect: { connectClientSecret: null, hasConnectClientSecret: true },
  });
  expect(later).toMatchObject(scrubbed);
});
