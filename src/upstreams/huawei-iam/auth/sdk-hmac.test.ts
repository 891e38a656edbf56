import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../domain/scrub/secret.ts';
import { sdkDate, signature } from './sdk-hmac.ts';

const vector = (name: string): unknown =>
  JSON.parse(
    readFileSync(new URL(`../../../../test/vectors/${name}.json`, import.meta.url), 'utf8'),
  );

interface KnownSignature {
  readonly ak: string;
  readonly sk: string;
  readonly url: string;
  readonly method: string;
  readonly xSdkDate: string;
  readonly contentType: string;
  readonly signature: string;
}
interface Recorded {
  readonly signedWith: { readonly accessKey: string; readonly secretKey: string };
  readonly cases: readonly {
    readonly name: string;
    readonly request: {
      readonly method: string;
      readonly target: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    };
  }[];
}

describe('a signature', () => {
  it("is that of the vendor's published example", () => {
    const {
      ak,
      sk,
      url,
      method,
      xSdkDate,
      contentType,
      signature: known,
    } = vector('huawei-signing') as KnownSignature;
    const { host, pathname, search } = new URL(url);
    const headers = { 'content-type': contentType, host, 'x-sdk-date': xSdkDate };
    expect(
      signature(
        { method, path: `${pathname}${search}`, headers, body: '' },
        { id: new Secret(ak), secret: new Secret(sk) },
      ),
    ).toBe(
      `SDK-HMAC-SHA256 Access=${ak}, SignedHeaders=content-type;host;x-sdk-date, Signature=${known}`,
    );
  });

  const { signedWith, cases } = vector('huawei-iam') as Recorded;
  const key = { id: new Secret(signedWith.accessKey), secret: new Secret(signedWith.secretKey) };
  const signedCases = cases.filter(({ request }) =>
    request.headers['authorization']?.startsWith('SDK-HMAC-SHA256 '),
  );

  it('is tested with every recorded request', () => {
    expect(signedCases.length).toBeGreaterThan(20);
    expect(signedCases).toHaveLength(cases.length);
  });

  it.each(signedCases)(
    'is that of the recorded request $name',
    ({ request: { method, target, headers, body } }) => {
      const { authorization = '', host = '', 'x-sdk-date': date = '' } = headers;
      const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
      const signedHeaders = {
        ...Object.fromEntries(names.map((name) => [name, headers[name] ?? ''])),
        host,
        'x-sdk-date': date,
      };
      expect(signature({ method, path: target, headers: signedHeaders, body }, key)).toBe(
        authorization,
      );
    },
  );
});

describe('sdkDate', () => {
  it('is in UTC, without fractions of a second', () => {
    expect(sdkDate(new Date('2019-11-15T04:36:55.987+01:00'))).toBe('20191115T033655Z');
  });
});
