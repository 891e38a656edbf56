import type { EmulatorRequest, EmulatorRoute } from '../../../transport/emulator/emulator.ts';
import {
  findMapping,
  findProtocol,
  findProvider,
  link,
  listLinks,
  V3_PROVIDERS,
  type Account,
  type Protocol,
} from './account.ts';
import type { Guard } from './auth.ts';
import { conflict, invalidField } from './error-bodies.ts';
import { memberObject } from './request-body.ts';

const V3_PROTOCOLS = `${V3_PROVIDERS}/:idp/protocols`;
const V3_OIDC = `${V3_PROTOCOLS}/oidc`;

function describeProtocol(idp: string, { mapping_id }: Protocol): unknown {
  const links = {
    identity_provider: link(V3_PROVIDERS, idp),
    self: link(V3_PROVIDERS, idp, 'protocols', 'oidc'),
  };
  return { id: 'oidc', mapping_id, links };
}

/** The mapping that a protocol is to use; only IAM users need none. */
function readMappingId(
  account: Account,
  request: EmulatorRequest,
  idp: string,
): string | undefined {
  const { mapping_id } = memberObject(request, 'protocol');
  const { sso_type } = findProvider(account, request, idp);
  if (mapping_id === undefined && sso_type === 'iam_user_sso') return undefined;
  if (typeof mapping_id !== 'string') throw invalidField(request, 'mapping_id', mapping_id ?? null);
  // What an unknown mapping leads to is not documented. 404 is among the statuses of this operation, and what the
  // table of error codes has for anything missing; Keystone itself sends 400 "Invalid mapping id: x" since 2017.
  findMapping(account, request, mapping_id);
  return mapping_id;
}

export function protocolRoutes(account: Account, guarded: Guard): EmulatorRoute[] {
  return [
    guarded('GET', V3_PROTOCOLS, 'listProtocols', (request, idp) => {
      const { protocol } = findProvider(account, request, idp);
      const protocols = protocol ? [describeProtocol(idp, protocol)] : [];
      return { status: 200, body: { protocols, links: listLinks(V3_PROVIDERS, idp, 'protocols') } };
    }),
    guarded('GET', V3_OIDC, 'getProtocol', (request, idp) => ({
      status: 200,
      body: { protocol: describeProtocol(idp, findProtocol(account, request, idp)) },
    })),
    guarded('PUT', V3_OIDC, 'createProtocol', (request, idp) => {
      const protocol = { mapping_id: readMappingId(account, request, idp) };
      const provider = findProvider(account, request, idp);
      if (provider.protocol) throw conflict(request, 'federation_protocol', 'oidc');
      provider.protocol = protocol;
      return { status: 201, body: { protocol: describeProtocol(idp, protocol) } };
    }),
    guarded('PATCH', V3_OIDC, 'updateProtocol', (request, idp) => {
      const mapping_id = readMappingId(account, request, idp);
      const now = findProtocol(account, request, idp);
      const protocol = { mapping_id: mapping_id ?? now.mapping_id };
      findProvider(account, request, idp).protocol = protocol;
      return { status: 200, body: { protocol: describeProtocol(idp, protocol) } };
    }),
    // Whether the configuration goes too is not documented. It stays: only deleting the provider is said to take
    // more along, and the configuration belongs to the provider, by its path.
    guarded('DELETE', V3_OIDC, 'deleteProtocol', (request, idp) => {
      findProtocol(account, request, idp);
      delete findProvider(account, request, idp).protocol;
      return { status: 204 };
    }),
  ];
}
