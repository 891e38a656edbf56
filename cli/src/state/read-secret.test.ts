import { createClient } from 'oidc-config-client';
import { expect, it } from 'vitest';
import { Secret } from '../file/secrets.ts';
import { compareSecret } from './read-secret.ts';

const VALUE = 'example-secret';
const ERROR = { message: 'Later.', requestId: '1', upstream: null };

/** Compares with a gateway that gives these responses, one after the other. */
function compare(...answers: readonly { readonly status?: number; readonly body: object }[]) {
  const left = [...answers];
  const client = createClient({
    url: 'http://127.0.0.1:4000/graphql',
    fetch: () => {
      const { status = 200, body } = left.shift() ?? { body: {} };
      return Promise.resolve(Response.json(body, { status }));
    },
  });
  return compareSecret(client, 'shop', new Secret(VALUE));
}

const stored = (connectClientSecret: string | null, hasConnectClientSecret = true) => ({
  body: {
    data: {
      openIdConnect: {
        __typename: 'OpenIdConnectSuccess',
        openIdConnect: { connectClientSecret, hasConnectClientSecret },
      },
    },
  },
});
const failed = (__typename: string, code: string, retryAfterSeconds?: number) => ({
  body: { data: { openIdConnect: { ...ERROR, __typename, code, retryAfterSeconds } } },
});

it.each([
  ['same', stored(VALUE)],
  ['different', stored('another')],
  ['not shown', stored(null)],
  ['not stored', stored(null, false)],
  ['not stored', failed('OidcNotFoundError', 'NOT_FOUND')],
  ['not shown', { status: 400, body: { errors: [{ message: 'Only persisted documents.' }] } }],
])('a stored secret is %s', async (comparison, answer) => {
  expect(await compare(answer)).toBe(comparison);
});

it('is read again if there were too many requests', async () => {
  const limited = failed('OidcRateLimitedError', 'RATE_LIMITED', 0);
  expect(await compare(limited, stored('another'))).toBe('different');
});

it.each([
  [failed('OidcUpstreamUnavailableError', 'UPSTREAM_UNAVAILABLE'), 'cannot be read: Later.'],
  [{ status: 429, body: { errors: [{ message: 'Too many.' }] } }, 'refused the request'],
  [{ status: 503, body: { errors: [{ message: 'Too many.' }] } }, 'refused the request'],
])('is not passed over if it cannot be read now', async (answer, message) => {
  await expect(compare(answer)).rejects.toThrow(message);
});
