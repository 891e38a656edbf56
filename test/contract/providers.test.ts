import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { issuerFindings } from '../../src/domain/sign-in/findings.ts';
import type { Issuer } from '../../src/domain/sign-in/issuer.ts';
import { metadataUrl, readMetadata } from '../../src/issuer/metadata.ts';
import { readKeySet } from '../../src/issuer/key-set.ts';
import { fromIssuer as huaweiValues } from '../../src/upstreams/huawei-iam/oidc-config/from-issuer.ts';
import { fromIssuer as orderCloudValues } from '../../src/upstreams/ordercloud/open-id-connect/from-issuer.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { RSA_THUMBPRINT } from '../setup/issuer-server.ts';

/*
 * What well-known providers publish, in the form that their documentation shows, and what comes of it. The key material is
 * an example.
 */

interface Provider {
  readonly source: string;
  readonly metadata: { readonly issuer: string; readonly jwks_uri: string };
  readonly keys: readonly object[];
}

const PROVIDERS = JSON.parse(
  readFileSync(new URL('../vectors/issuers.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Provider>>;

async function read({ metadata: published, keys }: Provider): Promise<Issuer> {
  const document = (url: string, value: object) => ({
    url,
    text: JSON.stringify(value),
    header: () => null,
  });
  const { issuer, jwks_uri: url } = published;
  const metadata = await readMetadata(issuer, document(metadataUrl(issuer), published));
  const algorithms = metadata.idTokenSigningAlgValuesSupported;
  return { metadata, keys: readKeySet(document(url, { keys }), algorithms) };
}

interface Expected {
  /** Why each key cannot be used, null if it can. */
  readonly keys: readonly (string | null)[];
  /** As code and path. */
  readonly findings: readonly string[];
  readonly urlEncoded: boolean;
  readonly scope: readonly string[];
  readonly responseMode?: string;
}

const USUAL = { urlEncoded: true, scope: ['openid', 'profile', 'email'] };
const NO_IMPLICIT_FLOW = 'RESPONSE_TYPE_NOT_OFFERED oidcConfig.responseType';
/** Of issuers that are not for people. */
const NO_SIGN_IN = [
  'ENDPOINT_MISSING openIdConnect.authorizationEndpoint',
  'ENDPOINT_MISSING openIdConnect.tokenEndpoint',
  'RESPONSE_TYPE_NOT_OFFERED openIdConnect',
  'ENDPOINT_MISSING oidcConfig.authorizationEndpoint',
];

const EXPECTED: Readonly<Record<string, Expected>> = {
  Google: { ...USUAL, keys: [null, null], findings: [] },
  'Microsoft Entra ID': { ...USUAL, keys: [null], findings: [] },
  Okta: { ...USUAL, keys: [null], findings: [] },
  Auth0: { ...USUAL, keys: [null], findings: [] },
  Keycloak: { ...USUAL, keys: ['its use is not sig', null], findings: [] },
  'Amazon Cognito': { ...USUAL, keys: [null, null], findings: [NO_IMPLICIT_FLOW] },
  Apple: {
    urlEncoded: true,
    scope: ['openid', 'email'],
    keys: [null, null],
    findings: [NO_IMPLICIT_FLOW],
  },
  'GitHub Actions': { urlEncoded: false, scope: ['openid'], keys: [null], findings: NO_SIGN_IN },
  Kubernetes: {
    urlEncoded: false,
    scope: ['openid'],
    keys: [null],
    findings: ['ENDPOINT_UNUSABLE authorizationEndpoint', ...NO_SIGN_IN],
  },
  'authentik with an EC key': {
    ...USUAL,
    keys: [null],
    findings: ['RS256_NOT_OFFERED oidcConfig.signingKey'],
  },
};

it('every provider has an expectation', () => {
  expect(Object.keys(EXPECTED)).toEqual(Object.keys(PROVIDERS));
});

describe.each(Object.entries(PROVIDERS))('%s', (name, provider) => {
  const expected = EXPECTED[name];

  it('is read, and what hinders sign-in is found', async () => {
    const issuer = await read(provider);
    const { keys, metadata } = issuer;
    const found = [
      issuerFindings(issuer),
      ...upstreams.map(({ signIn }) => signIn.findings(issuer)),
    ];
    expect({
      keys: keys.map(({ unusable }) => unusable),
      findings: found.flatMap((some) =>
        [...some].map(({ code, path }) => `${code} ${path.join('.')}`),
      ),
      urlEncoded: orderCloudValues(issuer).urlEncoded,
      scope: huaweiValues(issuer).scope,
    }).toEqual(expected);
    expect(metadata.issuer).toBe(provider.metadata.issuer);
    for (const { kty, thumbprint } of keys)
      expect(thumbprint).toBe(
        // RFC 7517 appendix A.1, by the method of RFC 7638.
        kty === 'RSA' ? RSA_THUMBPRINT : 'cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s',
      );
  });

  it('gives a key set that has only what verifiers need', async () => {
    const { signingKey, idpUrl } = huaweiValues(await read(provider));
    expect(idpUrl).toBe(provider.metadata.issuer);
    expect(signingKey?.keys).toHaveLength(
      expected?.keys.filter((unusable) => unusable === null).length ?? 0,
    );
    for (const key of signingKey?.keys ?? [])
      expect(['kid', 'use', 'alg', 'kty', 'n', 'e', 'crv', 'x', 'y']).toEqual(
        expect.arrayContaining(Object.keys(key)),
      );
  });
});

describe('the page on sign-in', () => {
  const page = readFileSync(new URL('../../docs/sign-in.md', import.meta.url), 'utf8');
  const [, providers = ''] = /\n## Providers\n(.*)$/s.exec(page) ?? [];
  const rows = [...providers.matchAll(/^\| ([\w ]+?) +\| (`http.*?) +\| (yes|no) +\|$/gm)];

  it('has a section and an issuer for five providers', () => {
    const names = rows.map(([, name = '']) => name);
    expect(names).toHaveLength(5);
    expect([...providers.matchAll(/^### (.*)$/gm)].map(([, name]) => name)).toEqual(names);
  });

  it.each(rows.map(([, name = '', issuers = '', slash]) => [name, issuers, slash]))(
    'says which issuer %s has, and how its token endpoint takes the client secret',
    (name, issuers = '', slash) => {
      const { issuer } = PROVIDERS[name]?.metadata ?? { issuer: '' };
      const patterns = [...issuers.matchAll(/`(.*?)`/g)].map(([, pattern = '']) =>
        pattern
          .split(/<.*?>/)
          .map((text) => text.replaceAll(/[.?]/g, String.raw`\$&`))
          .join('[^/]+'),
      );
      expect(issuer).toMatch(new RegExp(`^(${patterns.join('|')})$`));
      expect(issuer.endsWith('/')).toBe(slash === 'yes');
      expect(EXPECTED[name]).toMatchObject({ urlEncoded: true });
    },
  );
});
