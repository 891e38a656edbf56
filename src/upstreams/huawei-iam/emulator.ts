import { runEmulator, type StartEmulator } from '../../transport/emulator.ts';
import { readyMadeAccount } from './emulator-account.ts';
import { ADMIN_TOKEN, CREDENTIAL_NOTES, openAccess } from './emulator-auth.ts';
import { configRoutes } from './emulator-config.ts';
import { errorAnswer } from './emulator-errors.ts';
import { protocolRoutes, providerRoutes } from './emulator-federation.ts';
import { mappingRoutes } from './emulator-mappings.ts';

/** A Huawei Cloud account with one user, three identity providers and the mapping that they use. */
export const startEmulator: StartEmulator = (options) => {
  let answered = 0;
  const requestId = (count: number): string => `req-${String(count).padStart(6, '0')}`;
  const { tokenRoute, guarded } = openAccess(() => requestId(answered + 1));
  const account = readyMadeAccount();

  return runEmulator(
    {
      // The region gives way, where one is set.
      environment: (url) => ({ HUAWEI_IAM_URL: url, HUAWEI_REGION: '' }),
      exampleHeaders: { 'X-Auth-Token': ADMIN_TOKEN },
      notes: [
        ...CREDENTIAL_NOTES,
        { label: 'identity provider to configure', value: 'ACME' },
        { label: 'identity provider with a configuration', value: 'ACME-CONFIGURED' },
        { label: 'identity provider without a protocol', value: 'ACME-NO-PROTOCOL' },
        { label: 'mapping', value: 'mapping_ACME' },
      ],
      errorAnswer,
      everyAnswer() {
        answered += 1;
        return { 'X-Request-Id': requestId(answered) };
      },
      routes: [
        tokenRoute,
        ...configRoutes(account, guarded),
        ...providerRoutes(account, guarded),
        ...protocolRoutes(account, guarded),
        ...mappingRoutes(account, guarded),
      ],
    },
    options,
  );
};
