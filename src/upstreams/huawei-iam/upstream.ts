import { defineUpstream } from '../../transport/upstream.ts';
import { callerCredentials, gatewayCredentials } from './auth/credentials.ts';
import { readError } from './errors.ts';
import { listIdentityProviders } from './identity-provider/operations.ts';
import { addEdges } from './identity-provider/schema-edges.ts';
import { addIdentityProviders } from './identity-provider/schema.ts';
import { addMappings } from './mapping/schema.ts';
import { addOidcConfigs } from './oidc-config/schema.ts';
import { keysWatch } from './oidc-config/keys/watch-keys.ts';
import { addProtocols } from './protocol/schema.ts';
import { signInPart } from './provision/part.ts';
import { addProvisioning } from './provision/schema.ts';
import { findings, FINDING_CODES } from './oidc-config/from-issuer.ts';
import { iamUrl } from './regions.ts';
import { env } from './settings.ts';
import { signInCheck } from './sign-in/check.ts';
import { WARNING_CODES } from './warning-codes.ts';

/** Huawei Cloud IAM. */
export const huaweiIam = defineUpstream({
  id: 'HUAWEI_IAM',
  label: 'Huawei Cloud IAM',
  description: 'Huawei Cloud Identity and Access Management.',
  warningCodes: WARNING_CODES,
  signIn: {
    findingCodes: FINDING_CODES,
    findings,
    check: signInCheck,
    provision: signInPart,
    watch: [keysWatch],
  },
  env,
  urlVariables: ['HUAWEI_IAM_URL', 'HUAWEI_REGION'],
  baseUrl: ({ HUAWEI_IAM_URL: url, HUAWEI_REGION: region }) =>
    region === undefined ? url : iamUrl(region),
  policy: (settings) => ({
    maxInFlight: settings.HUAWEI_MAX_IN_FLIGHT,
    maxWaiting: settings.HUAWEI_MAX_WAITING,
    maxPerSecond: settings.HUAWEI_MAX_PER_SECOND ?? null,
    breakerFailures: settings.HUAWEI_BREAKER_FAILURES,
  }),
  credentials: callerCredentials,
  gatewayCredentials,
  probe: async (call) => {
    const { value } = await call(listIdentityProviders, null);
    return `${value.length} identity provider${value.length === 1 ? '' : 's'}`;
  },
  requestIdHeader: 'x-request-id',
  readError,
  registerSchema: (graph: Parameters<typeof addOidcConfigs>[0], open) => {
    const providers = addIdentityProviders(graph, open);
    const protocols = addProtocols(graph, open);
    const mappings = addMappings(graph, open);
    const configs = addOidcConfigs(graph, open);
    addEdges(graph, { providers, protocols, mappings, configs });
    addProvisioning(graph, configs, mappings.ruleInput, open);
  },
  emulator: () => import('./emulator/emulator.ts'),
});
