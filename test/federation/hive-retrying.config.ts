import { gatewayConfig as example } from '../../examples/supergraph/gateway.config.ts';

/** Retries as they are switched on without a thought: for everything. */
export const gatewayConfig = { ...example, upstreamRetry: { maxRetries: 2, retryDelay: 50 } };
