import { expect, it, onTestFinished } from 'vitest';
import { startOtlpReceiver } from '../setup/otlp-receiver.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedResponse, SeenRequest } from '../setup/scripted-upstream.ts';

/*
 * Everything that a caller sends, and everything that an upstream returns, has a unique string. None may be in a span that
 * is exported: in a name, an attribute, an event or a status.
 */

const CANARIES = {
  token: 'canaryToken.abc/def+ghi=',
  authorization: 'canaryAuthorization-0123456789',
  huawei: 'canaryHuaweiToken_0123456789==',
  secret: 'Canary "secret" \\ <é> & 1+1=2',
  id: 'canary-id-of-the-object',
  variable: 'canary-variable',
  operation: 'CanaryOperation',
  alias: 'canaryAlias',
  comment: 'canary-comment',
  header: 'canary-header',
  query: 'canary-query',
  response: 'canary-of-the-response',
  tracestate: 'canary-tracestate',
  receiver: 'canary-of-the-receiver',
};

const FORMS = Object.values(CANARIES).flatMap((canary) => [
  canary,
  JSON.stringify(canary).slice(1, -1),
  JSON.stringify(JSON.stringify(canary).slice(1, -1)).slice(1, -1),
  encodeURIComponent(canary),
  Buffer.from(canary).toString('base64'),
  Buffer.from(canary).toString('base64url'),
]);

const HEADERS = {
  'content-type': 'application/json',
  'x-ordercloud-authorization': `Bearer ${CANARIES.token}`,
  authorization: `Bearer ${CANARIES.authorization}`,
  'x-auth-token': CANARIES.huawei,
  'user-agent': CANARIES.header,
  'x-forwarded-for': CANARIES.header,
  cookie: `session=${CANARIES.header}`,
  baggage: `key=${CANARIES.header}`,
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  tracestate: `vendor=${CANARIES.tracestate}`,
};

const ERROR =
  '__typename ... on OidcError { code message upstream { requestId details { code message data } } }';
const BODIES = [
  {
    query: `# ${CANARIES.comment}\nmutation ${CANARIES.operation}($input: CreateOpenIdConnectInput!) { ${CANARIES.alias}: createOpenIdConnect(input: $input) { ${ERROR} } }`,
    operationName: CANARIES.operation,
    variables: {
      input: {
        id: CANARIES.id,
        orderCloudApiClientId: CANARIES.variable,
        connectClientId: CANARIES.variable,
        connectClientSecret: CANARIES.secret,
        appStartUrl: `https://${CANARIES.variable}.example.com/?t={0}`,
        authorizationEndpoint: `https://idp.example.com/${CANARIES.variable}`,
        tokenEndpoint: `https://idp.example.com/${CANARIES.variable}`,
      },
    },
  },
  {
    query: `query ${CANARIES.operation} { ${CANARIES.alias}: openIdConnect(id: "${CANARIES.id}") { ${ERROR} } oidcConfig(idpId: "${CANARIES.id}") { ${ERROR} } }`,
  },
  {
    query: `mutation { deleteOpenIdConnect(input: { id: "${CANARIES.id}" }) { ${ERROR} } }`,
  },
  // Refused: an invalid document, a wrong variable, an unknown operation, and no JSON at all.
  { query: `{ ${CANARIES.alias} }` },
  {
    query: `query ($id: ID!) { openIdConnect(id: $id) { __typename } }`,
    variables: { id: { canary: CANARIES.variable } },
  },
  { query: '{ __typename }', operationName: CANARIES.operation },
  CANARIES.variable,
];

/** Returns all that it got, and more, as an error. */
function echo(request: SeenRequest, status: number): ScriptedResponse {
  const message = `${CANARIES.response} ${JSON.stringify(request)} ${request.body}`;
  return {
    status,
    headers: { 'x-request-id': `${CANARIES.response}-${CANARIES.id}` },
    body: JSON.stringify({
      Errors: [{ ErrorCode: CANARIES.response, Message: message, Data: request }],
      error: { code: status, message, title: CANARIES.response },
      error_code: CANARIES.response,
      error_msg: message,
    }),
  };
}

it('no span has anything of what callers send or upstreams return', async () => {
  const receiver = await startOtlpReceiver();
  onTestFinished(receiver.close);
  const gateway = await startScriptedGateway({
    ...receiver.environment,
    OTEL_EXPORTER_OTLP_HEADERS: `api-key=${CANARIES.receiver}`,
  });
  const url = `${gateway.url}?${CANARIES.query}=${CANARIES.query}`;
  const send = (body: unknown) =>
    fetch(url, { method: 'POST', headers: HEADERS, body: JSON.stringify(body) }).then((response) =>
      response.text(),
    );
  for (const status of [200, 400, 401, 403, 404, 409, 410, 429]) {
    gateway.upstream.respondWith((request) => echo(request, status));
    for (const body of BODIES) await send(body);
  }
  gateway.upstream.respondWith({ destroy: true });
  for (const body of BODIES) await send(body);
  await fetch(`${gateway.url}/${CANARIES.query}`);
  await fetch(`${gateway.url}?query={${CANARIES.alias}}`, { headers: HEADERS });
  await gateway.stop();

  expect(JSON.stringify(gateway.upstream.seen)).toContain(CANARIES.token);
  const spans = receiver.spans();
  expect(spans.length).toBeGreaterThan(100);
  expect(spans.flatMap(({ events = [] }) => events)).toEqual([]);
  expect(new Set(spans.map(({ status }) => status?.message))).toEqual(new Set([undefined]));
  const text = receiver.exports.map(({ body }) => body.toString()).join('\n');
  // Ids of upstreams' responses are kept, as in the log.
  const without = text.replaceAll(
    /\{"key":"oidc_gateway\.upstream_request_id","value":\{"stringValue":"[^"]*"\}\}/g,
    '',
  );
  for (const form of FORMS) expect(without.includes(form), `found ${form}`).toBe(false);
  for (const secret of [CANARIES.token, CANARIES.authorization, CANARIES.huawei, CANARIES.receiver])
    expect(text).not.toContain(secret);
});
