import { isSuccess } from 'oidc-config-client';
import type {
  CheckOidcConfigResult,
  CheckOpenIdConnectResult,
  Client,
  OidcError,
  OidcSignInReport,
} from 'oidc-config-client';
import type { SignInFile } from '../file/schema.ts';
import { ask } from '../gateway/ask.ts';
import { errorOf } from '../gateway/failure.ts';
import type { Path } from '../plan/step.ts';
import { createLimit } from '../state/concurrency.ts';

/** What was found about an entry of the file. */
export interface CheckedEntry {
  /** Of the entry in the file. */
  readonly path: Path;
  readonly target: 'openIdConnect' | 'oidcConfig';
  readonly id: string;
  /** The gateway's report, or why there is none. */
  readonly outcome: { readonly report: OidcSignInReport } | { readonly error: OidcError };
}

export interface CheckOptions {
  /** Whether the gateway sends requests as a sign-in does. */
  readonly probe: boolean;
  readonly onProgress: (done: number, all: number) => void;
}

/** Checks at once: each makes the gateway read an issuer and several objects. */
const MAX_AT_ONCE = 4;

/** Asks for each entry of the file whether people can sign in. @throws GatewayRequestError */
export async function checkEntries(
  client: Client,
  { issuers, openIdConnects, oidcConfigs }: SignInFile,
  { probe, onProgress }: CheckOptions,
): Promise<readonly CheckedEntry[]> {
  const limit = createLimit(MAX_AT_ONCE);
  const all = openIdConnects.length + oidcConfigs.length;
  let done = 0;
  const issuerOf = (name: string | undefined) => {
    const url = name === undefined ? undefined : issuers[name]?.url;
    return url === undefined ? {} : { issuer: url };
  };
  const checked = async (
    entry: Omit<CheckedEntry, 'outcome'>,
    call: () => Promise<CheckOidcConfigResult | CheckOpenIdConnectResult>,
  ): Promise<CheckedEntry> => {
    const result = await limit(() => ask(call));
    done += 1;
    onProgress(done, all);
    return {
      ...entry,
      outcome: isSuccess(result) ? { report: result.report } : { error: errorOf(result) },
    };
  };
  return Promise.all([
    ...openIdConnects.map(({ id, issuer }, index) =>
      checked({ path: ['openIdConnects', index], target: 'openIdConnect', id }, () =>
        client.checkOpenIdConnect({ id, probe, ...issuerOf(issuer) }),
      ),
    ),
    ...oidcConfigs.map(({ idpId, issuer }, index) =>
      checked({ path: ['oidcConfigs', index], target: 'oidcConfig', id: idpId }, () =>
        client.checkOidcConfig({ idpId, probe, ...issuerOf(issuer) }),
      ),
    ),
  ]);
}
