import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RecordedRequest, RunningEmulator } from '../../../transport/emulator/emulator.ts';
import recorded from '../../../../test/vectors/huawei-iam.json' with { type: 'json' };
import vector from '../../../../test/vectors/huawei-signing.json' with { type: 'json' };
import { canonicalRequest, signatureError, signatureOf } from './signature.ts';
import { startEmulator } from './emulator.ts';

const WRONG = 'verify aksk signature fail';

function timeOf(date: string): number {
  return Date.parse(date.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));
}

describe("the vendor's known result", () => {
  const { host, pathname, search } = new URL(vector.url);
  const request: RecordedRequest = {
    method: vector.method,
    target: pathname + search,
    headers: { 'content-type': vector.contentType, host, 'x-sdk-date': vector.xSdkDate },
    body: '',
  };
  const names = ['content-type', 'host', 'x-sdk-date'];

  it('has this canonical request', () => {
    expect(canonicalRequest(request, names)).toBe(vector.canonicalRequest);
  });

  it('has this signature', () => {
    expect(signatureOf(request, names, vector.sk)).toBe(vector.signature);
  });

  it('holds', () => {
    const authorization = `SDK-HMAC-SHA256 Access=${vector.ak}, SignedHeaders=${names.join(';')}, Signature=${vector.signature}`;
    const signed = { ...request, headers: { ...request.headers, authorization } };
    const keys = { accessKey: vector.ak, secretKey: vector.sk };
    expect(signatureError(signed, keys, timeOf(vector.xSdkDate))).toBeNull();
  });
});

describe('the canonical request', () => {
  const lines = (target: string): string[] =>
    canonicalRequest({ method: 'GET', target, headers: {}, body: '' }, []).split('\n').slice(1, 3);

  it.each([
    ['/v3/a', '/v3/a/'],
    ['/v3/a/', '/v3/a/'],
    ['/v3/a%20b!(*)', '/v3/a%20b%21%28%2A%29/'],
    ['/v3/a b', '/v3/a%20b/'],
    ['/v3/%e4', '/v3/%25e4/'],
    ['/v3/-_.~', '/v3/-_.~/'],
    ['/v3/%c3%A4', '/v3/%C3%A4/'],
    ['/v3/a%2Fb', '/v3/a%2Fb/'],
  ])('of the path %s has %s', (path, canonical) => {
    expect(lines(path)).toEqual([canonical, '']);
  });

  it.each([
    ['', ''],
    ['b=2&a=1', 'a=1&b=2'],
    ['a1=x&a=y', 'a=y&a1=x'],
    ['a=2&a=1', 'a=1&a=2'],
    ['a=1&a=1', 'a=1&a=1'],
    ['a', 'a='],
    ['a=b=c', 'a=b%3Dc'],
    ['&a=%7e%2b+', 'a=~%2B%2B'],
  ])('of the query "%s" has "%s"', (query, canonical) => {
    expect(lines(`/?${query}`)).toEqual(['/', canonical]);
  });

  it('has the signed headers in order, without the space around them', () => {
    const headers = { host: 'a', 'x-b': ' b ', 'x-a': 'a  a' };
    const canonical = canonicalRequest({ method: 'GET', target: '/', headers, body: '' }, [
      'x-b',
      'host',
      'x-a',
    ]);
    expect(canonical.split('\n').slice(3, 8)).toEqual([
      'host:a',
      'x-a:a  a',
      'x-b:b',
      '',
      'host;x-a;x-b',
    ]);
  });
});

const KEYS = { accessKey: recorded.signedWith.accessKey, secretKey: recorded.signedWith.secretKey };
const requests: [string, RecordedRequest][] = recorded.cases.map(({ name, request }) => [
  name,
  request,
]);

function byName(wanted: string): RecordedRequest {
  const [, request] = requests.find(([name]) => name === wanted) ?? [];
  if (!request) throw new Error(`no vector ${wanted}`);
  return request;
}

describe("what the vendor's SDK signed", () => {
  it.each(requests)('holds: %s', (_, request) => {
    expect(signatureError(request, KEYS, timeOf(request.headers['x-sdk-date'] ?? ''))).toBeNull();
  });
});

describe('a signature', () => {
  const request = byName('token.password.domainScope');
  const { headers } = request;
  const SIGNED_AT = timeOf(headers['x-sdk-date'] ?? '');
  const authorization = headers['authorization'] ?? '';
  const withHeaders = (more: Record<string, string>): RecordedRequest => ({
    ...request,
    headers: { ...headers, ...more },
  });

  it.each<[string, RecordedRequest]>([
    ['another method', { ...request, method: 'PUT' }],
    ['another path', { ...request, target: request.target.replace('tokens', 'token') }],
    ['another query', { ...request, target: request.target.replace('true', 'false') }],
    ['one more parameter in the query', { ...request, target: `${request.target}&a=b` }],
    ['no query', { ...request, target: request.target.replace(/\?.*/, '') }],
    ['another body', { ...request, body: `${request.body} ` }],
    ['no body', { ...request, body: '' }],
    ['another content type', withHeaders({ 'content-type': 'text/plain' })],
    ['a signed header that is gone', withHeaders({ 'x-domain-id': '' })],
    [
      'one more signed header',
      withHeaders({
        accept: '*/*',
        authorization: authorization.replace('SignedHeaders=', 'SignedHeaders=accept;'),
      }),
    ],
    ['another signed header', withHeaders({ 'x-domain-id': 'f'.repeat(32) })],
    ['another host', withHeaders({ host: 'iam.example.com' })],
    ['another time', withHeaders({ 'x-sdk-date': '20261121T212401Z' })],
    [
      'another signature',
      withHeaders({
        authorization: authorization.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      }),
    ],
    ['a signature that is cut off', withHeaders({ authorization: authorization.slice(0, -1) })],
    [
      'fewer signed headers',
      withHeaders({ authorization: authorization.replace('content-type;', '') }),
    ],
    [
      'a host that is not signed',
      withHeaders({ authorization: authorization.replace('host;', '') }),
    ],
    [
      'a time that is not signed',
      withHeaders({ authorization: authorization.replace(';x-sdk-date', '') }),
    ],
    ['no signature', withHeaders({ authorization: '' })],
  ])('does not hold for %s', (_, tampered) => {
    expect(signatureError(tampered, KEYS, SIGNED_AT)).toBe(WRONG);
  });

  it('holds whatever headers come unsigned', () => {
    expect(
      signatureError(withHeaders({ 'x-security-token': 'token', accept: '*/*' }), KEYS, SIGNED_AT),
    ).toBeNull();
  });

  it('does not hold with another secret key', () => {
    expect(signatureError(request, { ...KEYS, secretKey: 'other' }, SIGNED_AT)).toBe(WRONG);
  });

  it('names an access key that does not exist', () => {
    const error = `Get secretKey failed,ak:${KEYS.accessKey},err:ak not exist`;
    expect(signatureError(request, { ...KEYS, accessKey: 'OTHER' }, SIGNED_AT)).toBe(error);
  });

  it.each([-900_000, 900_000])('holds %i ms away', (skew) => {
    expect(signatureError(request, KEYS, SIGNED_AT + skew)).toBeNull();
  });

  it.each([
    [-900_001, '20261121T210859Z'],
    [900_001, '20261121T213900Z'],
  ])('has expired %i ms away', (skew, serverTime) => {
    const error = `calc aksk signature fail:signature expired, signature time:20261121T212400Z,server time:${serverTime}`;
    expect(signatureError(request, KEYS, SIGNED_AT + skew)).toBe(error);
  });

  it.each(['2026-11-21T21:24:00Z', ''])('has expired if its time is "%s"', (date) => {
    expect(signatureError(withHeaders({ 'x-sdk-date': date }), KEYS, SIGNED_AT)).toMatch(
      /^calc aksk signature fail:signature expired/,
    );
  });
});

describe('the emulator', () => {
  const NOW = Date.UTC(2030, 0, 1);
  const PROVIDER = '/v3/OS-FEDERATION/identity_providers/ACME';
  const CONFIG = '/v3.0/OS-FEDERATION/identity-providers/ACME-CONFIGURED/openid-connect-config';
  let emulator: RunningEmulator;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    emulator = await startEmulator();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await emulator.close();
  });

  const note = (label: string): string =>
    emulator.notes.find((each) => each.label === label)?.value ?? '';

  interface Question {
    method?: string;
    body?: string;
    signed?: Record<string, string>;
    unsigned?: Record<string, string>;
    secretKey?: string;
  }

  async function ask(
    target: string,
    question: Question = {},
  ): Promise<{ status: number; body: unknown; id: string | null }> {
    const {
      method = 'GET',
      body = '',
      signed = {},
      unsigned = {},
      secretKey = note('secret key (SK)'),
    } = question;
    const headers = {
      host: new URL(emulator.url).host,
      'x-sdk-date': '20300101T000000Z',
      ...signed,
    };
    const names = Object.keys(headers);
    const signature = signatureOf({ method, target, headers, body }, names, secretKey);
    const authorization = `SDK-HMAC-SHA256 Access=${note('access key (AK)')}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
    const init = {
      method,
      headers: { ...headers, ...unsigned, authorization },
      body: body === '' ? null : body,
    };
    const response = await fetch(emulator.url + target, init);
    return {
      status: response.status,
      body: await response.json(),
      id: response.headers.get('x-request-id'),
    };
  }

  const refusal = (error: string): object => ({
    status: 401,
    body: {
      error_msg: `Incorrect IAM authentication information: ${error}`,
      error_code: 'APIGW.0301',
      request_id: 'req-000001',
    },
    id: 'req-000001',
  });

  it('takes the signature of its access key for the admin', async () => {
    const body = '{"identity_provider":{"enabled":false}}';
    const signed = {
      'content-type': 'application/json',
      'x-domain-id': note('account (domain) id'),
    };
    expect(await ask(PROVIDER, { method: 'PATCH', body, signed })).toMatchObject({ status: 200 });
    expect(await ask(`${CONFIG}?a=b%20c`)).toMatchObject({ status: 200 });
  });

  it.each([PROVIDER, CONFIG])(
    'refuses a wrong one at %s, in the shape of the API gateway',
    async (target) => {
      expect(await ask(target, { secretKey: 'other' })).toEqual(refusal(WRONG));
    },
  );

  it('refuses what was changed on the way', async () => {
    expect(
      await ask(PROVIDER, {
        signed: { 'x-domain-id': 'other' },
        unsigned: { 'x-domain-id': note('account (domain) id') },
      }),
    ).toEqual(refusal(WRONG));
    expect(await ask(PROVIDER, { unsigned: { 'x-sdk-date': '20300101T000001Z' } })).toMatchObject({
      status: 401,
      body: { error_code: 'APIGW.0301' },
    });
  });

  it('refuses a time too far from its own', async () => {
    const error =
      'calc aksk signature fail:signature expired, signature time:20291231T234459Z,server time:20300101T000000Z';
    expect(await ask(PROVIDER, { signed: { 'x-sdk-date': '20291231T234459Z' } })).toEqual(
      refusal(error),
    );
    expect(await ask(PROVIDER, { signed: { 'x-sdk-date': '20291231T234500Z' } })).toMatchObject({
      status: 200,
    });
  });

  it.each<[string, 'signed' | 'unsigned']>([
    ['signed', 'signed'],
    ['unsigned', 'unsigned'],
  ])('refuses another domain, %s', async (_, as) => {
    expect(await ask(PROVIDER, { [as]: { 'x-domain-id': 'other' } })).toEqual(
      refusal('the access key does not belong to the domain other'),
    );
  });

  it.each<[string, Question]>([
    ['signed', { signed: { 'x-security-token': 'token' } }],
    ['unsigned', { unsigned: { 'x-security-token': 'token' } }],
  ])('lets a security token be, %s', async (_, question) => {
    expect(await ask(PROVIDER, question)).toMatchObject({ status: 200 });
  });

  it('prefers a token', async () => {
    const unsigned = { 'x-auth-token': note('token (no permission)') };
    expect(await ask(PROVIDER, { unsigned })).toMatchObject({ status: 403 });
  });

  it('requires credentials if the Authorization is of another kind', async () => {
    const response = await fetch(emulator.url + PROVIDER, {
      headers: { authorization: 'Bearer token' },
    });
    expect(await response.json()).toMatchObject({
      error: { code: 401, message: 'The request you have made requires authentication.' },
    });
  });
});
