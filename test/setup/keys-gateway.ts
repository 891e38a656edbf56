import { onTestFinished } from 'vitest';
import type { Jwk } from '../../src/domain/keys/key-material.ts';
import { startIssuer } from './issuer-server.ts';
import type { TestIssuer } from './issuer-server.ts';
import { permissiveUpstream } from './permissive-upstream.ts';
import { storedText } from './rotating-keys.ts';
import { startScriptedGateway } from './scripted-gateway.ts';
import type { ScriptedGateway } from './scripted-gateway.ts';
import type { Responder } from './scripted-upstream.ts';

/** A gateway over an account in which one provider, `ACME`, has a configuration, and the issuer of that. */
export interface KeysGateway extends ScriptedGateway {
  readonly issuer: TestIssuer;
  /** What is stored, in the words of the wire. */
  stored: Readonly<Record<string, string>>;
  /** The keys that are stored. */
  readonly keys: () => readonly Jwk[];
  readonly store: (...keys: readonly Jwk[]) => void;
  /** Publishes keys. A comparison may still use what the gateway read before. */
  readonly publish: (...keys: readonly Jwk[]) => void;
  /** How often the configuration was written. */
  readonly writes: () => number;
  /** Responds as the account does. */
  readonly account: Responder;
}

const CONFIG = /\/openid-connect-config$/;

export async function startKeysGateway(
  keys: readonly Jwk[],
  environment: Readonly<Record<string, string>> = {},
): Promise<KeysGateway> {
  const issuer = await startIssuer();
  const scripted = await startScriptedGateway({
    ISSUER_DISCOVERY: 'true',
    ISSUER_ALLOWED_HOSTS: issuer.issuer,
    ...environment,
  });
  onTestFinished(async () => {
    await scripted.stop();
  });
  const gateway: KeysGateway = {
    ...scripted,
    issuer,
    stored: {
      access_mode: 'program_console',
      idp_url: issuer.issuer,
      client_id: 'idp-app',
      authorization_endpoint: 'https://idp.example.com/authorize',
      scope: 'openid email',
      response_type: 'id_token',
      response_mode: 'form_post',
      signing_key: storedText(...keys),
    },
    keys: () => (JSON.parse(gateway.stored['signing_key'] ?? '') as { keys: Jwk[] }).keys,
    store: (...others) => {
      gateway.stored = { ...gateway.stored, signing_key: storedText(...others) };
    },
    publish: (...published) => {
      issuer.publish(issuer.metadata, { keys: published });
    },
    writes: () => scripted.upstream.seen.filter(({ method }) => method === 'PUT').length,
    account: (request) => {
      if (!CONFIG.test(request.target)) return permissiveUpstream(request);
      if (request.method === 'PUT') {
        const sent = JSON.parse(request.body) as {
          openid_connect_config: Readonly<Record<string, string>>;
        };
        gateway.stored = { ...gateway.stored, ...sent.openid_connect_config };
      }
      return { status: 200, body: JSON.stringify({ openid_connect_config: gateway.stored }) };
    },
  };
  gateway.upstream.respondWith(gateway.account);
  return gateway;
}
