import type { StartEmulator } from '../../../transport/emulator/emulator.ts';
import { runEmulator } from '../../../transport/emulator/run-emulator.ts';
import { readyMadeAccount } from './account.ts';
import { ADMIN_TOKEN, CREDENTIAL_NOTES, createAccessControl } from './auth.ts';
import { errorResponse } from './error-bodies.ts';
import { groupRoutes } from './groups.ts';
import { providerRoutes } from './identity-providers.ts';
import { mappingRoutes } from './mappings.ts';
import { configRoutes } from './oidc-configs.ts';
import { protocolRoutes } from './protocols.ts';
import { consoleRoutes, redirectUris } from './sign-in/console.ts';
import { exchangeRoute } from './sign-in/token-exchange.ts';

/** A Huawei Cloud account with one user, three identity providers and the mapping that they use. */
export const startEmulator: StartEmulator = (options = {}) => {
  let responses = 0;
  const requestId = (count: number): string => `req-${String(count).padStart(6, '0')}`;
  const { tokenRoute, guarded } = createAccessControl(() => requestId(responses + 1));
  const account = readyMadeAccount(options.provider);

  return runEmulator(
    {
      // An empty region overrides one that is set.
      environment: (url) => ({ HUAWEI_IAM_URL: url, HUAWEI_REGION: '', HUAWEI_CONSOLE_URL: url }),
      redirectUris,
      exampleHeaders: { 'X-Auth-Token': ADMIN_TOKEN },
      notes: [
        ...CREDENTIAL_NOTES,
        { label: 'identity provider to configure', value: 'ACME' },
        { label: 'identity provider with a configuration', value: 'ACME-CONFIGURED' },
        { label: 'identity provider without a protocol', value: 'ACME-NO-PROTOCOL' },
        { label: 'mapping', value: 'mapping_ACME' },
      ],
      errorResponse,
      everyResponse() {
        responses += 1;
        return { 'X-Request-Id': requestId(responses) };
      },
      routes: [
        tokenRoute,
        ...configRoutes(account, guarded),
        ...providerRoutes(account, guarded),
        ...protocolRoutes(account, guarded),
        ...mappingRoutes(account, guarded),
        ...groupRoutes(guarded),
        ...consoleRoutes(account),
        exchangeRoute(account),
      ],
    },
    options,
  );
};
