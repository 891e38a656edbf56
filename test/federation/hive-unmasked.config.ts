import { gatewayConfig as example } from '../../examples/supergraph/gateway.config.ts';

export const gatewayConfig = { ...example, plugins: () => [] };
