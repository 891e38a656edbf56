import { createHash, randomUUID } from 'node:crypto';
import { isObject } from '../../../../transport/emulator/emulator.ts';
import type { EmulatorRequest, EmulatorRoute } from '../../../../transport/emulator/emulator.ts';
import { SignInFailed } from '../../../../transport/emulator/sign-in/failed.ts';
import { findProvider, type Account } from '../account.ts';
import { DOMAIN } from '../auth.ts';
import { invalidBody, refused } from '../error-bodies.ts';
import { memberObject } from '../request-body.ts';
import { accept, usable } from './relying-party.ts';
import type { FederatedUser } from './relying-party.ts';

const DAY_MS = 86_400_000;

/** The ID token in the body. A scope is for this account, or for a project, whatever it is called. */
function idTokenIn(request: EmulatorRequest): string {
  const { id_token: token, scope } = memberObject(request, 'auth');
  const id = isObject(token) ? token['id'] : undefined;
  if (typeof id !== 'string') throw invalidBody(request);
  const domain = isObject(scope) ? scope['domain'] : undefined;
  if (isObject(domain)) {
    const { id: domainId = DOMAIN.id, name = DOMAIN.name } = domain;
    if (domainId !== DOMAIN.id || name !== DOMAIN.name) throw notAccepted(request);
  }
  return id;
}

/** Which error stands for which reason is not documented, so all of them get the same. */
function notAccepted(request: EmulatorRequest): Error {
  return refused(request, 401, 'IAM.0001', 'The request you have made requires authentication.');
}

function tokenOf(idp: string, { name, groups }: FederatedUser): unknown {
  const now = Date.now();
  const time = (at: number) => new Date(at).toISOString().replace('Z', '000Z');
  const id = createHash('sha256')
    .update(JSON.stringify([idp, name]))
    .digest('hex')
    .slice(0, 32);
  const federation = { identity_provider: { id: idp }, protocol: { id: 'oidc' }, groups };
  return {
    methods: ['mapped'],
    issued_at: time(now),
    expires_at: time(now + DAY_MS),
    user: { id, name, domain: DOMAIN, 'OS-FEDERATION': federation },
  };
}

/** Programmatic sign-in: the ID token is the only credential. The tokens that it gives open nothing here. */
export function exchangeRoute(account: Account): EmulatorRoute {
  return {
    method: 'POST',
    path: '/v3.0/OS-AUTH/id-token/tokens',
    handle(request) {
      const idp = request.headers['x-idp-id'];
      const idToken = idTokenIn(request);
      if (idp === undefined)
        throw refused(request, 400, 'IAM.0007', 'Request parameter X-Idp-Id is invalid.');
      const provider = findProvider(account, request, idp);
      try {
        const token = tokenOf(idp, accept(usable(account, provider), idToken));
        const headers = { 'X-Subject-Token': `MIIEmulatorFederated${randomUUID()}` };
        return { status: 201, body: { token }, headers };
      } catch (error) {
        throw error instanceof SignInFailed ? notAccepted(request) : error;
      }
    },
  };
}
