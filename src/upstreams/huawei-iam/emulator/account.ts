import type { EmulatorRequest, ExampleProvider } from '../../../transport/emulator/emulator.ts';
import { missing } from './error-bodies.ts';

export interface Protocol {
  /** Absent if users are IAM users. */
  readonly mapping_id: string | undefined;
}

export interface Provider {
  description: string;
  enabled: boolean;
  readonly sso_type: string;
  protocol?: Protocol;
  config?: Readonly<Record<string, unknown>>;
}

/** What the account holds, by id. */
export interface Account {
  readonly providers: Map<string, Provider>;
  /** Rules, as they were sent. */
  readonly mappings: Map<string, readonly unknown[]>;
}

const IAM = 'https://iam.myhuaweicloud.com';
export const V3_PROVIDERS = '/v3/OS-FEDERATION/identity_providers';
export const V3_MAPPINGS = '/v3/OS-FEDERATION/mappings';

export function link(...path: string[]): string {
  return IAM + path.join('/');
}

/** A list has one page. */
export function listLinks(...path: string[]): { self: string; previous: null; next: null } {
  return { self: link(...path), previous: null, next: null };
}

export function findProvider(
  { providers }: Account,
  request: EmulatorRequest,
  id: string,
): Provider {
  const provider = providers.get(id);
  if (!provider) throw missing(request, 'identity_provider', id);
  return provider;
}

export function findProtocol(account: Account, request: EmulatorRequest, idp: string): Protocol {
  const { protocol } = findProvider(account, request, idp);
  if (!protocol) throw missing(request, 'protocol', 'oidc');
  return protocol;
}

export function findMapping(
  { mappings }: Account,
  request: EmulatorRequest,
  id: string,
): readonly unknown[] {
  const rules = mappings.get(id);
  if (!rules) throw missing(request, 'mapping', id);
  return rules;
}

/** Three identity providers: ready, configured, and without a protocol. The configuration is for `example`, if there is one. */
export function readyMadeAccount(example?: ExampleProvider): Account {
  const protocol = { mapping_id: 'mapping_ACME' };
  const config = {
    access_mode: 'program_console',
    idp_url: example?.issuer ?? 'https://accounts.example.com',
    client_id: example?.clientId ?? 'client_id_example',
    authorization_endpoint:
      example?.authorizationEndpoint ?? 'https://accounts.example.com/o/oauth2/v2/auth',
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    signing_key:
      example?.keySet ??
      '{"keys":[{"kty":"RSA","e":"AQAB","use":"sig","n":"example","kid":"kid_example","alg":"RS256"}]}',
  };
  const provider = { description: '', enabled: true, sso_type: 'virtual_user_sso' };
  return {
    providers: new Map<string, Provider>([
      ['ACME', { ...provider, protocol }],
      ['ACME-CONFIGURED', { ...provider, protocol, config }],
      ['ACME-NO-PROTOCOL', { ...provider }],
    ]),
    // What the console makes for a new provider, under the name that it gives it.
    mappings: new Map([
      [
        'mapping_ACME',
        [{ local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] }],
      ],
    ]),
  };
}
