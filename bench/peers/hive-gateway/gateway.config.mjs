import { defineConfig } from '@graphql-hive/gateway';

export const gatewayConfig = defineConfig({
  // Where the upstream is turns out when the benchmark starts it.
  transportEntries: { OrderCloud: { location: `${process.env.UPSTREAM_URL}/v1` } },
});
