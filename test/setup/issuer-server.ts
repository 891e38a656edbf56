import { onTestFinished } from 'vitest';
import type { AllowedHost } from '../../src/issuer/allowed-hosts.ts';
import { listen } from './sockets.ts';
import type { ScriptedServer } from './sockets.ts';

/** What an issuer responds with. The length follows from the body. */
export interface IssuerResponse {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** How much is sent; nothing more ever comes. Default: everything. */
  readonly hangs?: 'AT_ONCE' | 'IN_THE_BODY';
}

/** An OpenID Provider on loopback, which publishes what a test says. */
export interface TestIssuer extends ScriptedServer {
  /** The issuer, and what allows it. */
  readonly issuer: string;
  readonly allowedHosts: readonly AllowedHost[];
  /** Metadata with everything that both platforms need. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Responses by path; 404 for all others. */
  readonly responses: Map<string, IssuerResponse>;
  /** Publishes metadata and keys. */
  readonly publish: (
    metadata: Readonly<Record<string, unknown>> | string,
    keys?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => void;
}

export const METADATA_PATH = '/.well-known/openid-configuration';
export const KEYS_PATH = '/keys';

/** A public RSA key of 2,048 bits, as providers publish them. */
export const RSA_KEY = {
  kty: 'RSA',
  use: 'sig',
  alg: 'RS256',
  kid: 'rsa-1',
  e: 'AQAB',
  n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
};

/** Its thumbprint, as in RFC 7638 section 3.1. */
export const RSA_THUMBPRINT = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';

/** Starts an issuer, which ends with the test. */
export async function startIssuer(): Promise<TestIssuer> {
  const issuer = await serveIssuer();
  onTestFinished(issuer.close);
  return issuer;
}

/** The same for as long as the caller wants. */
export async function serveIssuer(): Promise<TestIssuer> {
  const responses = new Map<string, IssuerResponse>();
  const server = await listen((socket, { target }) => {
    const response: IssuerResponse = responses.get(target) ?? { status: 404 };
    const { status = 200, headers = {}, body = '', hangs } = response;
    if (hangs === 'AT_ONCE') return;
    const bytes = Buffer.from(body);
    const lines = Object.entries({ 'content-length': String(bytes.length), ...headers });
    socket.write(
      `HTTP/1.1 ${status} X\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    );
    socket.write(hangs === undefined ? bytes : bytes.subarray(0, 1));
  });
  const issuer = server.origin;
  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}${KEYS_PATH}`,
    scopes_supported: ['openid', 'email'],
    response_types_supported: ['code', 'id_token'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
  };
  const publish: TestIssuer['publish'] = (document, keys = { keys: [RSA_KEY] }, headers = {}) => {
    const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
    const type = { 'content-type': 'application/json', ...headers };
    responses.set(METADATA_PATH, { headers: type, body: textOf(document) });
    responses.set(KEYS_PATH, { headers: type, body: textOf(keys) });
  };
  publish(metadata);
  const { protocol, hostname: host, port } = new URL(issuer);
  return {
    ...server,
    issuer,
    allowedHosts: [{ protocol: protocol === 'http:' ? 'http:' : 'https:', host, port }],
    metadata,
    responses,
    publish,
  };
}
