import { defineUpstream } from '../../transport/upstream.ts';
import { findings, FINDING_CODES } from './open-id-connect/from-issuer.ts';
import { addIntegrationEvents } from './integration-event/schema-types.ts';
import { listOpenIdConnects } from './open-id-connect/operations.ts';
import { callerCredentials, gatewayCredentials } from './auth/credentials.ts';
import { addApiClients } from './api-client/schema-types.ts';
import { readError } from './errors.ts';
import { apiUrl } from './regions.ts';
import { addEdges } from './open-id-connect/schema-edges.ts';
import { registerSchema } from './open-id-connect/schema.ts';
import { signInPart } from './provision/part.ts';
import { addSignInTypes } from './provision/schema.ts';
import { env } from './settings.ts';
import { signInCheck } from './sign-in/check.ts';
import { eventWatch } from './sign-in/event-watch.ts';
import { WARNING_CODES } from './warning-codes.ts';

/** Sitecore OrderCloud. */
export const orderCloud = defineUpstream({
  id: 'ORDERCLOUD',
  label: 'OrderCloud',
  description: 'Sitecore OrderCloud.',
  warningCodes: WARNING_CODES,
  signIn: {
    findingCodes: FINDING_CODES,
    findings,
    check: signInCheck,
    provision: signInPart,
    watch: [eventWatch],
  },
  env,
  urlVariables: ['ORDERCLOUD_API_URL', 'ORDERCLOUD_REGION'],
  baseUrl: ({
    ORDERCLOUD_API_URL: url,
    ORDERCLOUD_REGION: region,
    ORDERCLOUD_ENVIRONMENT: environment,
  }) => (region !== undefined && environment !== undefined ? apiUrl(region, environment) : url),
  policy: (settings) => ({
    maxInFlight: settings.ORDERCLOUD_MAX_IN_FLIGHT,
    maxWaiting: settings.ORDERCLOUD_MAX_WAITING,
    maxPerSecond: settings.ORDERCLOUD_MAX_PER_SECOND ?? null,
    breakerFailures: settings.ORDERCLOUD_BREAKER_FAILURES,
  }),
  credentials: callerCredentials,
  gatewayCredentials,
  probe: async (call) => {
    const { value } = await call(listOpenIdConnects, { pageSize: 1 });
    const { totalCount } = value.meta;
    return `${totalCount} OpenID Connect configuration${totalCount === 1 ? '' : 's'}`;
  },
  requestIdHeader: null,
  readError,
  registerSchema: (graph: Parameters<typeof addSignInTypes>[0], open) => {
    const configurations = registerSchema(graph, open);
    addEdges(graph, configurations, addApiClients(graph, open), addIntegrationEvents(graph, open));
    addSignInTypes(graph, configurations.type);
  },
  emulator: () => import('./emulator/emulator.ts'),
});
