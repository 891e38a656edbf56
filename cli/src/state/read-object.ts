import type { Client, OidcError, OidcSuccess, OidcWarning } from 'oidc-config-client';
import { isSuccess } from 'oidc-config-client';
import { ask } from '../gateway/ask.ts';
import { describeError, errorOf } from '../gateway/failure.ts';
import type {
  StoredIdentityProvider,
  StoredMapping,
  StoredOidcConfig,
  StoredOpenIdConnect,
  StoredProtocol,
} from '../plan/stored.ts';

/** An object cannot be read. */
export class ReadFailure extends Error {
  override readonly name = 'ReadFailure';
  readonly error: OidcError;

  constructor(what: string, error: OidcError) {
    super(`${what} cannot be read: ${describeError(error)}`);
    this.error = error;
  }
}

/** Called with what the gateway says about a stored object. */
export type OnWarnings = (warnings: readonly OidcWarning[]) => void;

/** Reads the objects of both platforms by id; null if one does not exist. */
export interface Reader {
  readonly openIdConnect: (id: string) => Promise<StoredOpenIdConnect | null>;
  readonly identityProvider: (id: string) => Promise<StoredIdentityProvider | null>;
  readonly mapping: (id: string) => Promise<StoredMapping | null>;
  readonly protocol: (idpId: string) => Promise<StoredProtocol | null>;
  readonly oidcConfig: (idpId: string) => Promise<StoredOidcConfig | null>;
}

type SuccessOf<R> = Extract<R, OidcSuccess & { readonly __typename: `${string}Success` }>;

/** @throws ReadFailure and GatewayRequestError by its functions */
export function createReader(client: Client, onWarnings: OnWarnings = () => undefined): Reader {
  const read = async <R extends { readonly __typename: string }, Stored>(
    what: string,
    call: () => Promise<R>,
    pick: (success: SuccessOf<R>) => Stored,
  ): Promise<Stored | null> => {
    const result = await ask(call);
    if (isSuccess(result)) {
      onWarnings(result.warnings);
      return pick(result);
    }
    if (result.__typename === 'OidcNotFoundError') return null;
    throw new ReadFailure(what, errorOf(result));
  };
  return {
    openIdConnect: (id) =>
      read(
        `The OpenIdConnect "${id}"`,
        () => client.openIdConnect({ id }),
        (success) => success.openIdConnect,
      ),
    identityProvider: (id) =>
      read(
        `The identity provider "${id}"`,
        () => client.huaweiIdentityProvider({ id }),
        (success) => success.huaweiIdentityProvider,
      ),
    mapping: (id) =>
      read(
        `The mapping "${id}"`,
        () => client.huaweiMapping({ id }),
        (success) => success.huaweiMapping,
      ),
    protocol: (idpId) =>
      read(
        `The protocol of "${idpId}"`,
        () => client.huaweiProtocol({ idpId }),
        (success) => success.huaweiProtocol,
      ),
    oidcConfig: (idpId) =>
      read(
        `The configuration of "${idpId}"`,
        () => client.oidcConfig({ idpId }),
        (success) => success.oidcConfig,
      ),
  };
}
