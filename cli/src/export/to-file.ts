import type { OpenIdConnect } from 'oidc-config-client';
import type { OidcConfigEntry, OpenIdConnectEntry, SignInFile } from '../file/schema.ts';
import { PLATFORMS, type StoredPlatforms } from '../state/read-platforms.ts';
import { ReadFailure } from '../state/read-object.ts';
import {
  type Expressed,
  expressOpenIdConnect,
  expressSignIn,
  type NamedIssuer,
} from './entries.ts';
import { secretNames } from './secret-names.ts';

/** A file for what is stored. */
export interface ExportedFile {
  readonly file: SignInFile;
  /** The environment variables that the file reads secrets from, with the ids of the entries. */
  readonly secrets: readonly { readonly id: string; readonly name: string }[];
  /** What the file does not have. Deleting what is not in the file would delete some of it. */
  readonly leftOut: readonly string[];
  /** What else a person should know. */
  readonly notes: readonly string[];
}

/** Makes a file of what is stored. Issuers are named if they can be read; entries say only what differs from them. */
export function exportedFile(stored: StoredPlatforms): ExportedFile {
  const { openIdConnects, signIns, notConfigured } = stored;
  const { issuers, unreadable } = namedIssuers(stored);
  const names = secretNames((openIdConnects ?? []).map(({ id }) => id));

  const clients = (openIdConnects ?? []).map((one) =>
    expressOpenIdConnect(one, {
      issuer: issuerOf(one, [...issuers.values()]),
      secretName: names.get(one.id) ?? '',
    }),
  );
  const configs = (signIns ?? []).map((one) =>
    expressSignIn(one, issuers.get(one.config?.idpUrl ?? '') ?? null),
  );
  const file: SignInFile = {
    version: 1,
    issuers: Object.fromEntries([...issuers].map(([url, { name }]) => [name, { url }])),
    openIdConnects: entriesOf<OpenIdConnectEntry>(clients),
    oidcConfigs: entriesOf<OidcConfigEntry>(configs),
  };
  const all = [...clients, ...configs];
  return {
    file,
    secrets: file.openIdConnects.flatMap(({ id, connectClientSecret }) =>
      typeof connectClientSecret === 'object' && 'fromEnv' in connectClientSecret
        ? [{ id, name: connectClientSecret.fromEnv }]
        : [],
    ),
    leftOut: [
      ...notConfigured.map(
        (platform) => `${PLATFORMS[platform]} is not configured at this gateway.`,
      ),
      ...all.flatMap(({ fault }) => fault ?? []),
    ],
    notes: [...unreadable, ...all.flatMap(({ notes }) => notes)],
  };
}

function entriesOf<Entry>(expressed: readonly Expressed<Entry>[]): Entry[] {
  return expressed.flatMap(({ entry }) => (entry === null ? [] : [entry]));
}

/** The issuers that can be read, by URL, each named after the first identity provider that has it. */
function namedIssuers({ signIns, issuers }: StoredPlatforms) {
  const named = new Map<string, NamedIssuer>();
  const unreadable: string[] = [];
  for (const [url, values] of issuers) {
    const ids = (signIns ?? [])
      .filter(({ config }) => config?.idpUrl === url)
      .map(({ provider }) => provider.id)
      .toSorted();
    const [name] = ids;
    if (name === undefined) continue;
    if (values instanceof ReadFailure)
      unreadable.push(
        `${values.message} The file has the stored keys, and the keys of these identity providers stay so until signingKey is removed: ${ids.join(', ')}.`,
      );
    else named.set(url, { name, values });
  }
  return { issuers: named, unreadable };
}

/** The only issuer that publishes the endpoints which are stored. OrderCloud stores no issuer. */
export function issuerOf(
  stored: OpenIdConnect,
  issuers: readonly NamedIssuer[],
): NamedIssuer | null {
  const [issuer, other] = issuers.filter(
    ({ values: { openIdConnect } }) =>
      openIdConnect.authorizationEndpoint !== null &&
      openIdConnect.authorizationEndpoint === stored.authorizationEndpoint &&
      openIdConnect.tokenEndpoint === stored.tokenEndpoint,
  );
  return issuer === undefined || other !== undefined ? null : issuer;
}
