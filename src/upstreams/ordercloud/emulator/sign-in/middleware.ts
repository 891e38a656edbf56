import { createHmac } from 'node:crypto';
import { isObject, readJson } from '../../../../transport/emulator/emulator.ts';
import type { EmulatorRequest, EmulatorRoute } from '../../../../transport/emulator/emulator.ts';
import { parseIdToken } from '../../../../transport/emulator/sign-in/id-token.ts';
import { MIDDLEWARE_KEY } from '../integration-events.ts';

/** The header `X-oc-hash` for a body. */
export function hashOf(body: string, key: string): string {
  return createHmac('sha256', key).update(body).digest('base64');
}

/** Like the vendor's samples: the user name is the e-mail address, or the subject. */
function usernameIn(request: EmulatorRequest): string {
  const body = readJson(request);
  const tokens = isObject(body) && isObject(body['TokenResponse']) ? body['TokenResponse'] : {};
  const { email, sub } = parseIdToken(tokens['id_token']).claims;
  return String(email ?? sub);
}

/** A customer's middleware, which OrderCloud asks to create or update the user: one that works, one that refuses everybody, and one that fails. */
export const middlewareRoutes: readonly EmulatorRoute[] = ['createuser', 'syncuser'].flatMap(
  (action): EmulatorRoute[] => [
    {
      method: 'POST',
      path: `/middleware/${action}`,
      handle(request) {
        if (request.headers['x-oc-hash'] !== hashOf(request.body, MIDDLEWARE_KEY))
          return { status: 403, body: { message: 'The hash is wrong.' } };
        const created = action === 'createuser' ? { Username: usernameIn(request) } : {};
        return { status: 200, body: { ...created, ErrorMessage: null } };
      },
    },
    {
      method: 'POST',
      path: `/middleware/refusing/${action}`,
      handle: () => ({ status: 200, body: { ErrorMessage: 'no account for you' } }),
    },
    {
      method: 'POST',
      path: `/middleware/failing/${action}`,
      handle: () => ({ status: 500, body: { message: 'The middleware failed.' } }),
    },
  ],
);
