import type { Client } from 'oidc-config-client';
import { isSuccess } from 'oidc-config-client';
import { CommandError } from '../command-error.ts';
import type { Addition } from '../file/write/insert-entry.ts';
import { ask } from '../gateway/ask.ts';
import { errorOf } from '../gateway/failure.ts';
import { createReader, ReadFailure } from '../state/read-object.ts';
import { readSignIn, tryIssuer } from '../state/read-platforms.ts';
import {
  type Expressed,
  expressOpenIdConnect,
  expressSignIn,
  type NamedIssuer,
} from './entries.ts';
import { secretNames } from './secret-names.ts';
import { issuerOf } from './to-file.ts';

/** What the file has, as far as an entry depends on it. */
export interface Surroundings {
  /** The URLs of its issuers by name. */
  readonly issuers: ReadonlyMap<string, string>;
  /** The environment variables that it reads secrets from. */
  readonly variables: readonly string[];
}

/** An entry to add to a file, with what a person should know. */
export interface ImportedEntry {
  readonly addition: Addition;
  readonly notes: readonly string[];
}

/**
 * Reads a configuration of OrderCloud as an entry for a file.
 * @throws CommandError if there is none, or the file cannot express it; ReadFailure, GatewayRequestError
 */
export async function importOpenIdConnect(
  client: Client,
  id: string,
  { issuers, variables }: Surroundings,
): Promise<ImportedEntry> {
  const result = await ask(() => client.openIdConnect({ id }));
  if (result.__typename === 'OidcNotFoundError') throw notFound('OrderCloud', id);
  if (!isSuccess(result)) throw new ReadFailure(`The OpenIdConnect "${id}"`, errorOf(result));
  const named: NamedIssuer[] = [];
  for (const [name, url] of issuers) {
    const values = await tryIssuer(client, url);
    if (!(values instanceof ReadFailure)) named.push({ name, values });
  }
  const expressed = expressOpenIdConnect(result.openIdConnect, {
    issuer: issuerOf(result.openIdConnect, named),
    secretName: secretNames([id], variables).get(id) ?? '',
  });
  const entry = entryOf(expressed);
  return { addition: { list: 'openIdConnects', entry, issuer: null }, notes: expressed.notes };
}

/**
 * Reads an identity provider of Huawei Cloud IAM with what belongs to it as an entry for a file.
 * @throws CommandError if there is none, or the file cannot express it; ReadFailure, GatewayRequestError
 */
export async function importOidcConfig(
  client: Client,
  idpId: string,
  { issuers }: Surroundings,
): Promise<ImportedEntry> {
  const provider = await createReader(client).identityProvider(idpId);
  if (provider === null) throw notFound('Huawei Cloud IAM', idpId);
  const stored = await readSignIn(client, provider);
  if (stored.config === null)
    throw new CommandError(
      `The identity provider "${idpId}" has no OpenID Connect configuration, so it is not an entry of a file.`,
    );
  const { idpUrl: url } = stored.config;
  const values = await tryIssuer(client, url);
  const unreadable = values instanceof ReadFailure;
  const known = [...issuers].find(([, other]) => other === url)?.[0];
  const name = known ?? freeName(idpId, issuers);
  const expressed = expressSignIn(stored, unreadable ? null : { name, values });
  return {
    addition: {
      list: 'oidcConfigs',
      entry: entryOf(expressed),
      issuer: unreadable || known !== undefined ? null : { name, url },
    },
    notes: [
      ...(unreadable
        ? [
            `${values.message} The entry has the stored keys, which stay so until signingKey is removed.`,
          ]
        : []),
      ...expressed.notes,
    ],
  };
}

function entryOf<Entry>({ entry, fault = '' }: Expressed<Entry>): Entry {
  if (entry === null) throw new CommandError(fault);
  return entry;
}

function notFound(platform: string, id: string): CommandError {
  return new CommandError(`${platform} has no "${id}", so there is nothing to import.`);
}

function freeName(base: string, issuers: ReadonlyMap<string, string>): string {
  let name = base;
  for (let number = 2; issuers.has(name); number += 1) name = `${base.slice(0, 60)}-${number}`;
  return name;
}
