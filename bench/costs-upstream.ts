import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rotatingBody } from './costs-issuer.ts';
import { RESPONSES, OPEN_ID_CONNECT_CONFIG } from './upstream-bodies.ts';

/** Both upstreams, with responses as large as the gateway reads. */
export interface HostileUpstream {
  readonly origin: string;
  readonly close: () => Promise<void>;
}

const EC = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
};
const KEYS = JSON.stringify({
  keys: Array.from({ length: 180 }, (_, index) => ({ ...EC, kid: String(index) })),
});
/** Bytes of a stored key set: the largest that IAM accepts. */
export const KEY_SET_BYTES = Buffer.byteLength(KEYS);
const SIZE = 900_000;
const long = (text: string) => text.repeat(Math.floor(SIZE / text.length));
const error = (message: string, data: unknown = null) =>
  JSON.stringify({ Errors: [{ ErrorCode: 'Invalid', Message: message, Data: data }] });

/** A status and a body by a part of the target. */
const HOSTILE: readonly (readonly [part: string, status: number, body: string])[] = [
  ['hostile-text', 400, error(long('token ab-ab "x" \\u0041 '))],
  ['hostile-refusal', 400, error(long("doesn't allow "))],
  [
    'hostile-details',
    400,
    JSON.stringify({
      Errors: Array.from({ length: 9_000 }, () => ({
        ErrorCode: 'Invalid',
        Message: 'x'.repeat(40),
        Data: { a: [1, 2, 3] },
      })),
    }),
  ],
  ['hostile-html', 502, `<html>${long('<p>token&#97;&amp;</p> ')}`],
  [
    'hostile-base64',
    400,
    error(Buffer.from(long('a readable text ')).toString('base64').slice(0, SIZE)),
  ],
  [
    'hostile-members',
    400,
    JSON.stringify({
      Errors: [
        {
          ErrorCode: 'Invalid',
          Message: 'm',
          Data: Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [`m${index}`, 1])),
        },
      ],
    }),
  ],
  ['hostile-entries', 400, JSON.stringify({ Errors: Array.from({ length: 400_000 }, () => 1) })],
  ['hostile-escapes', 200, `{"ID":"hostile-escapes","AppStartUrl":"${long('\\u0041 ')}"}`],
  [
    'hostile-scopes',
    200,
    JSON.stringify({
      ...RESPONSES.openIdConnect,
      ID: 'hostile-scopes',
      AdditionalIdpScopes: Array.from({ length: 90_000 }, (_, index) => `s ${index}`),
    }),
  ],
  [
    'hostile-iam',
    403,
    JSON.stringify({ error_msg: long("doesn't allow ").slice(0, 500_000), error_code: 'IAM.0003' }),
  ],
];

/** Bytes of the response body for a target with this part. */
export function hostileBytes(part: string): number {
  return Buffer.byteLength(HOSTILE.find(([each]) => each === part)?.[2] ?? '');
}

const CONFIG = {
  openid_connect_config: { ...OPEN_ID_CONNECT_CONFIG.openid_connect_config, signing_key: KEYS },
};

function bodyFor(
  method: string,
  target: string,
  sent: string,
): readonly [status: number, body: string] {
  const hostile = HOSTILE.find(([part]) => target.includes(part));
  if (hostile !== undefined) return [hostile[1], hostile[2]];
  if (target.startsWith('/v3'))
    return [
      method === 'POST' ? 201 : 200,
      method === 'POST' && sent.includes('openid_connect_config') ? sent : JSON.stringify(CONFIG),
    ];
  const [, id = 'x'] = /openidconnects\/([^/?]+)/.exec(target) ?? [];
  if (method === 'GET' && /openidconnects\?|openidconnects$/.test(target)) {
    const Items = Array.from({ length: 100 }, (_, index) => ({
      ...RESPONSES.openIdConnect,
      ID: `id-${index}`,
    }));
    return [
      200,
      JSON.stringify({
        Meta: {
          Page: Number(/page=(\d+)/.exec(target)?.[1] ?? 1),
          PageSize: 100,
          TotalCount: 1_000,
          TotalPages: 10,
          ItemRange: [1, 100],
          NextPageKey: null,
        },
        Items,
      }),
    ];
  }
  return method === 'POST'
    ? [201, sent]
    : [200, JSON.stringify({ ...RESPONSES.openIdConnect, ID: id })];
}

export async function startHostileUpstream(): Promise<HostileUpstream> {
  let origin = '';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const { method = '', url = '' } = request;
        const sent = Buffer.concat(chunks).toString();
        const rotating = rotatingBody(origin, url, sent);
        const [status, body] = rotating === null ? bodyFor(method, url, sent) : [200, rotating];
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // what a listening TCP server has
  origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
