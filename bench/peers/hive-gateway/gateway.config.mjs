import { defineConfig } from '@graphql-hive/gateway';

export const gatewayConfig = defineConfig({
  // The upstream's address is known only when the benchmark starts it.
  transportEntries: { OrderCloud: { location: `${process.env.UPSTREAM_URL}/v1` } },
});
