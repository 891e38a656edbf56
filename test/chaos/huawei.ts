import type { Ledger, Stored } from './ledger.ts';
import { objectIn } from './model.ts';
import type { Incoming, Model, Response, Verdict } from './model.ts';

/* Federation of Huawei Cloud IAM, in memory, as its documentation has it. */

const PROVIDER = /^\/v3\/OS-FEDERATION\/identity_providers\/([\w-]+)$/;
const PROTOCOL = /^\/v3\/OS-FEDERATION\/identity_providers\/([\w-]+)\/protocols\/oidc$/;
const MAPPING = /^\/v3\/OS-FEDERATION\/mappings\/([\w-]+)$/;
const CONFIG = /^\/v3\.0\/OS-FEDERATION\/identity-providers\/([\w-]+)\/openid-connect-config$/;

/** What is at a path: its key, the name around its JSON, and its family of errors. */
interface Place {
  readonly type: 'provider' | 'protocol' | 'mapping' | 'config';
  readonly id: string;
  readonly key: string;
  readonly wrapper: string;
}

function placeOf(path: string): Place | null {
  const types = [
    ['provider', PROVIDER, 'identity_provider'],
    ['protocol', PROTOCOL, 'protocol'],
    ['mapping', MAPPING, 'mapping'],
    ['config', CONFIG, 'openid_connect_config'],
  ] as const;
  for (const [type, pattern, wrapper] of types) {
    const id = pattern.exec(path)?.[1];
    if (id !== undefined) return { type, id, key: `${type}/${id}`, wrapper };
  }
  return null;
}

/** `/v3` uses Keystone's format, `/v3.0` a different one. */
function error(type: Place['type'], status: number, code: string, message: string): Verdict {
  const body =
    type === 'config'
      ? { error_code: code, error_msg: message }
      : { error: { code: status, message, title: 'Error' } };
  return { status, body, changes: [] };
}

function judge({ method, path, headers, body }: Incoming, ledger: Ledger): Verdict {
  const place = placeOf(path);
  if (!String(headers['x-auth-token']).startsWith('CANARY-hw-'))
    return error(
      place?.type ?? 'provider',
      401,
      'IAM.0001',
      'The request you have made requires authentication.',
    );
  if (place === null) return list(path, ledger);
  const { type, id, key, wrapper } = place;
  const stored = ledger.get(key);
  const sent = objectIn(body?.[wrapper]);
  const isCreate = method === (type === 'config' ? 'POST' : 'PUT');
  const shown = (status: number, value: Stored): Verdict => ({
    status,
    body: { [wrapper]: value },
    changes: [],
  });
  const missing = (name: string) => error(type, 404, 'IAM.0004', `Could not find ${name}: ${id}.`);

  if (isCreate) {
    if ((type === 'config' || type === 'protocol') && ledger.get(`provider/${id}`) === undefined)
      return missing('identity_provider');
    if (type === 'config' && ledger.get(`protocol/${id}`) === undefined) return missing('protocol');
    if (stored !== undefined)
      return error(
        type,
        409,
        'IAM.0005',
        `Conflict occurred attempting to store ${wrapper} - Duplicate Entry.`,
      );
    const value = created(type, id, sent);
    return { ...shown(201, value), changes: [{ key, value }] };
  }
  if (stored === undefined) return missing(wrapper);
  if (method === 'GET') return shown(200, stored);
  if (method === 'DELETE') {
    const along =
      type === 'provider'
        ? [`protocol/${id}`, `config/${id}`].filter((one) => ledger.get(one) !== undefined)
        : [];
    return {
      status: 204,
      changes: [{ key }, ...along.map((one) => ({ key: one, isCascade: true }))],
    };
  }
  const value = { ...stored, ...sent };
  return { ...shown(200, value), changes: [{ key, value }] };
}

function created(type: Place['type'], id: string, sent: Stored): Stored {
  if (type === 'config') return sent;
  if (type === 'protocol') return { id: 'oidc', ...sent };
  return type === 'mapping'
    ? { id, ...sent }
    : {
        id,
        description: '',
        enabled: false,
        sso_type: 'virtual_user_sso',
        remote_ids: [],
        ...sent,
      };
}

function list(path: string, ledger: Ledger): Verdict {
  const of = (prefix: string) => ledger.list(prefix).map(([, value]) => value);
  if (path === '/v3/OS-FEDERATION/identity_providers')
    return {
      status: 200,
      body: { identity_providers: of('provider/'), links: { next: null } },
      changes: [],
    };
  if (path === '/v3/OS-FEDERATION/mappings')
    return { status: 200, body: { mappings: of('mapping/'), links: { next: null } }, changes: [] };
  return error('config', 404, 'APIGW.0101', 'The API does not exist.');
}

/** Only identity providers and mappings say in a response which one they are. */
function mixUp(body: unknown): unknown {
  for (const wrapper of ['identity_provider', 'mapping']) {
    const object = objectIn(objectIn(body)[wrapper]);
    if (typeof object['id'] === 'string')
      return {
        [wrapper]: {
          ...object,
          id: 'stranger',
          ...(wrapper === 'mapping' ? {} : { description: 'mark-0-0' }),
        },
      };
  }
  return null;
}

const keystone = (status: number, message: string): Response => ({
  status,
  body: { error: { code: status, message, title: 'Error' } },
});

export const huawei: Model = {
  judge,
  keyOf: (path) => placeOf(path)?.key ?? null,
  refusals: {
    throttled: {
      status: 429,
      body: {
        error_code: 'IAM.0012',
        error_msg: 'The throttling threshold has been reached. Threshold: 5 times per 60 seconds',
      },
    },
    expired: keystone(401, 'The request you have made requires authentication.'),
    echoing: (body) => ({
      status: 400,
      body: { error_code: 'IAM.0011', error_msg: `Request body is invalid: ${body}` },
    }),
    failed: {
      status: 500,
      body: {
        error_code: 'IAM.0006',
        error_msg: 'An unexpected error prevented the server from fulfilling your request.',
      },
    },
    offline: null,
  },
  mixUp,
  unsolicited: {
    identity_provider: {
      id: 'stranger',
      description: 'mark-0-0',
      enabled: true,
      sso_type: 'virtual_user_sso',
      remote_ids: [],
    },
  },
};
