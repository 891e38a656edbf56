import { IssuerError } from '../../src/domain/errors.ts';
import type { Jwk } from '../../src/domain/keys/key-material.ts';
import type { RetiredKeys } from '../../src/domain/keys/rotation/retired-keys.ts';
import { createRetiredKeys } from '../../src/issuer/retired-keys.ts';
import { keysSync } from '../../src/upstreams/huawei-iam/oidc-config/keys/input.ts';
import { readKeys } from '../../src/upstreams/huawei-iam/oidc-config/keys/read-keys.ts';
import type { KeySources } from '../../src/upstreams/huawei-iam/oidc-config/keys/read-keys.ts';
import { syncKeys } from '../../src/upstreams/huawei-iam/oidc-config/keys/sync-keys.ts';
import { anIssuer } from './an-issuer.ts';
import { fakeIam, ready, storedOf } from './huawei-account.ts';
import { published, storedText } from './rotating-keys.ts';

const ISSUER = 'https://accounts.example.com';

/** An account, an issuer and a memory with a clock, without a request. */
export function keysWorld(stored: readonly Jwk[], retiredKeys?: RetiredKeys) {
  const clock = { time: 0 };
  const account = ready({ config: { ...storedOf(), signingKey: storedText(...stored) } });
  const iam = fakeIam(account);
  let live: readonly Jwk[] | IssuerError = stored;
  const sources: KeySources = {
    call: iam.call,
    baseUrl: 'https://iam.example.com',
    readIssuer: (issuer) =>
      live instanceof IssuerError
        ? Promise.reject(live)
        : Promise.resolve(anIssuer({ issuer }, published(...live))),
    retiredKeys: retiredKeys ?? createRetiredKeys(() => clock.time),
  };
  return {
    clock,
    sources,
    written: iam.written,
    publish: (...keys: readonly Jwk[]) => (live = keys),
    fail: () => (live = new IssuerError('down', 'UNREACHABLE', ISSUER)),
    keys: () => JSON.parse(account.config?.signingKey ?? '') as { keys: Jwk[] },
    compare: (issuer: string | null = null) => readKeys(sources, { idpId: 'ACME', issuer }),
    sync: (input: object = {}) => syncKeys(sources, keysSync.parse({ idpId: 'ACME', ...input })),
  };
}
