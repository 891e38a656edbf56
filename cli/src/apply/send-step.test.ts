import { GatewayRequestError } from 'oidc-config-client';
import type { Client } from 'oidc-config-client';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../command-error.ts';
import type { StoredMapping } from '../plan/stored.ts';
import type { Step } from '../plan/step.ts';
import type { Reader } from '../state/read-object.ts';
import { sendStep } from './send-step.ts';

/* What comes of one write, by the responses of the gateway to it. */

const RULES = [{ local: [{ user: { name: 'a' } }], remote: [{ type: 'sub' }] }];

const CREATE: Step = {
  name: 'mapping/m',
  target: 'mapping',
  id: 'm',
  action: 'create',
  changes: [],
  expectedFingerprint: null,
  wanted: { rules: RULES },
  input: { id: 'm', rules: RULES },
  needs: [],
  notes: [],
  entry: ['oidcConfigs', 0],
};
const UPDATE: Step = { ...CREATE, action: 'update', expectedFingerprint: 'old' };

const WANTED: StoredMapping = { id: 'm', rules: RULES, fingerprint: 'new' };
const OLD: StoredMapping = { id: 'm', rules: [], fingerprint: 'old' };
const OTHERS: StoredMapping = { id: 'm', rules: [], fingerprint: 'others' };

const error = (type: string, code: string, more: object = {}) => ({
  __typename: type,
  code,
  message: 'It failed.',
  requestId: 'r1',
  upstream: null,
  ...more,
});
const SUCCESS = { __typename: 'CreateHuaweiMappingSuccess', requestId: 'r1', warnings: [] };
const IN_FLIGHT = error('OidcIdempotencyInFlightError', 'IDEMPOTENCY_IN_FLIGHT', {
  retryAfterSeconds: 2,
});
const RATE_LIMITED = error('OidcRateLimitedError', 'RATE_LIMITED', { retryAfterSeconds: 7 });
const UNAVAILABLE = error('OidcUpstreamUnavailableError', 'UPSTREAM_UNAVAILABLE');
const EXISTS = error('OidcAlreadyExistsError', 'ALREADY_EXISTS');
const STALE = error('OidcStaleError', 'STALE');
const UNKNOWN = error('OidcOutcomeUnknownError', 'OUTCOME_UNKNOWN', { verifyWith: '{ query }' });
const DENIED = error('OidcPermissionDeniedError', 'PERMISSION_DENIED');
const MISMATCH = error('OidcIdempotencyMismatchError', 'IDEMPOTENCY_MISMATCH');
const INVALID = error('OidcInvalidInputError', 'INVALID_INPUT', {
  issues: [
    { path: ['rules', '0', 'local'], message: 'Wrong.', code: 'REQUIRED', source: 'GATEWAY' },
  ],
});
const lost = (sent: boolean | 'unknown') =>
  new GatewayRequestError('No response.', { code: 'NETWORK', sent });
const REFUSED = new GatewayRequestError('Refused.', { code: 'REFUSED', sent: true, status: 401 });

interface Given {
  readonly step?: Step;
  /** Responses to the writes, in order. The last one is given again and again. */
  readonly responses: readonly (object | Error)[];
  /** What is stored when it is read, or why it cannot be read. */
  readonly stored?: StoredMapping | Error | null;
  readonly wasSent?: boolean;
}

async function send({ step = CREATE, responses, stored = null, wasSent = false }: Given) {
  const keys: (string | undefined)[] = [];
  const waits: (number | null | undefined)[] = [];
  const write = (_input: object, options: { readonly idempotencyKey?: string }) => {
    const response = responses[Math.min(keys.length, responses.length - 1)];
    keys.push(options.idempotencyKey);
    return response instanceof Error ? Promise.reject(response) : Promise.resolve(response);
  };
  const outcome = await sendStep(
    {
      client: { createHuaweiMapping: write, updateHuaweiMapping: write } as unknown as Client,
      url: 'http://gateway.example/graphql',
      reader: {
        mapping: () => (stored instanceof Error ? Promise.reject(stored) : Promise.resolve(stored)),
      } as unknown as Reader,
      runFile: {
        wasSent: () => wasSent,
        keyFor: () => 'key',
        newKeyFor: () => 'key-2',
        remove: () => undefined,
      },
      wait: (seconds) => {
        waits.push(seconds);
        return Promise.resolve();
      },
    },
    step,
    null,
  );
  return { outcome, keys, waits };
}

const kindOf = async (given: Given) => (await send(given)).outcome.kind;

describe('a write', () => {
  it('is applied', async () => {
    expect(await send({ responses: [SUCCESS] })).toEqual({
      outcome: { kind: 'applied', warnings: [] },
      keys: ['key'],
      waits: [],
    });
  });

  it('is sent again with its key if the response is lost', async () => {
    const { outcome, keys } = await send({ responses: [lost('unknown'), lost(true), SUCCESS] });
    expect(outcome.kind).toBe('applied');
    expect(keys).toEqual(['key', 'key', 'key']);
  });

  it('is unknown if no response ever comes, and failed if it was never sent', async () => {
    const { outcome, keys } = await send({ responses: [lost('unknown')] });
    expect(outcome).toMatchObject({ kind: 'unknown', verifyWith: null });
    expect(keys).toHaveLength(5);
    expect(await kindOf({ responses: [lost(false)] })).toBe('failed');
    // One lost attempt among those that were not sent is enough.
    expect(await kindOf({ responses: [lost('unknown'), lost(false)] })).toBe('unknown');
  });

  it('waits for an earlier request with its key, but not forever', async () => {
    const { outcome, waits } = await send({ responses: [IN_FLIGHT, IN_FLIGHT, SUCCESS] });
    expect({ kind: outcome.kind, waits }).toEqual({ kind: 'applied', waits: [2, 2] });
    const endless = await send({ responses: [IN_FLIGHT] });
    expect({ kind: endless.outcome.kind, waits: endless.waits.length }).toEqual({
      kind: 'unknown',
      waits: 60,
    });
  });

  it('waits if it was put off, as long as the gateway says', async () => {
    const { outcome, waits } = await send({ responses: [RATE_LIMITED, UNAVAILABLE, SUCCESS] });
    expect({ kind: outcome.kind, waits }).toEqual({ kind: 'applied', waits: [7, undefined] });
    expect(await kindOf({ responses: [UNAVAILABLE] })).toBe('failed');
  });

  it('is not sent again if it is refused', async () => {
    const { outcome, keys } = await send({ responses: [REFUSED] });
    expect({ kind: outcome.kind, keys }).toEqual({ kind: 'failed', keys: ['key'] });
    expect(await kindOf({ responses: [DENIED] })).toBe('failed');
    expect(await kindOf({ responses: [lost('unknown'), DENIED] })).toBe('unknown');
  });

  it('has issues with their places in the entry', async () => {
    expect((await send({ responses: [INVALID] })).outcome).toMatchObject({
      kind: 'failed',
      issues: [{ path: ['mapping', 'rules', 0, 'local'], message: 'Wrong.' }],
    });
  });

  it.each([
    ['exists as wanted', CREATE, EXISTS, WANTED, 'already'],
    ['exists otherwise', CREATE, EXISTS, OTHERS, 'stale'],
    ['was changed to what is wanted', UPDATE, STALE, WANTED, 'already'],
    ['was changed to something else', UPDATE, STALE, OTHERS, 'stale'],
    ['was deleted', UPDATE, error('OidcNotFoundError', 'NOT_FOUND'), null, 'stale'],
    [
      'needs something that does not exist',
      CREATE,
      error('OidcNotFoundError', 'NOT_FOUND'),
      null,
      'failed',
    ],
  ] as const)('of an object that %s', async (_what, step, response, stored, kind) => {
    expect(await kindOf({ step, responses: [response], stored })).toBe(kind);
  });

  it('fails if it has no token, as of a file that is gone, and is unknown if it was sent before', async () => {
    const gone = new CommandError('HUAWEI_TOKEN_FILE is empty.');
    expect(await send({ responses: [gone] })).toEqual({
      outcome: { kind: 'failed', message: 'HUAWEI_TOKEN_FILE is empty.', issues: [] },
      keys: ['key'],
      waits: [],
    });
    expect(await kindOf({ responses: [lost('unknown'), gone] })).toBe('unknown');
  });

  it('names the field that refers to what does not exist', async () => {
    const missing = error('OidcNotFoundError', 'NOT_FOUND', { resource: 'Event', id: 'e' });
    const step = { ...CREATE, input: { ...CREATE.input, integrationEventId: 'e', scope: null } };
    expect((await send({ step, responses: [missing] })).outcome).toMatchObject({
      kind: 'failed',
      issues: [{ path: ['integrationEventId'], message: 'This Event does not exist.' }],
    });
    for (const id of [null, 'm'])
      expect((await send({ step, responses: [{ ...missing, id }] })).outcome).toMatchObject({
        kind: 'failed',
        issues: [],
      });
  });

  it('is not said to be sent never again, because running again reads before', async () => {
    const message = 'It was sent. Do not send it again before you have checked with verifyWith.';
    expect((await send({ responses: [{ ...UNKNOWN, message }] })).outcome).toMatchObject({
      message: 'It was sent. (OUTCOME_UNKNOWN, request r1)',
    });
  });

  it('says how to find out what the gateway does not know', async () => {
    expect((await send({ responses: [UNKNOWN] })).outcome).toMatchObject({
      kind: 'unknown',
      verifyWith: '{ query }',
    });
  });
});

describe('a write of a run that was killed', () => {
  it.each([
    ['applied, and says so', SUCCESS, WANTED, 'applied', ['key']],
    ['applied, and is unknown to the gateway', UNKNOWN, WANTED, 'already', ['key']],
    ['not applied', UNKNOWN, OLD, 'applied', ['key', 'key-2']],
    ['undone meanwhile', SUCCESS, OLD, 'applied', ['key', 'key-2']],
    ['applied, and then changed by somebody else', SUCCESS, OTHERS, 'stale', ['key']],
    ['applied, and is refused now', DENIED, WANTED, 'already', ['key']],
    ['not applied, and is refused now', DENIED, OLD, 'failed', ['key']],
    ['not applied, and had another secret', MISMATCH, OLD, 'applied', ['key', 'key-2']],
  ] as const)('that was %s', async (_what, first, stored, kind, keys) => {
    const sent = await send({ step: UPDATE, responses: [first, SUCCESS], stored, wasSent: true });
    expect({ kind: sent.outcome.kind, keys: sent.keys }).toEqual({ kind, keys });
  });

  it('is unknown if it is refused now, and cannot be read', async () => {
    const stored = new GatewayRequestError('Gone.', { code: 'NETWORK', sent: false });
    expect(await kindOf({ step: UPDATE, responses: [DENIED], stored, wasSent: true })).toBe(
      'unknown',
    );
  });

  it('is unknown again if the second attempt is', async () => {
    const sent = await send({ step: UPDATE, responses: [UNKNOWN], stored: OLD, wasSent: true });
    expect({ kind: sent.outcome.kind, keys: sent.keys }).toEqual({
      kind: 'unknown',
      keys: ['key', 'key-2'],
    });
  });
});
