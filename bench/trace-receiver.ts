import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Accepts what contenders export as traces, and throws it away. */
export interface TraceReceiver {
  /** The variables of a contender that exports to it. */
  readonly environment: Readonly<Record<string, string>>;
  /** How many exports came. */
  readonly exports: () => number;
  readonly stop: () => void;
}

/** Starts a receiver in this process, which has nothing else to do while contenders are measured. */
export async function startTraceReceiver(): Promise<TraceReceiver> {
  let exports = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      exports += 1;
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.01',
    },
    exports: () => exports,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
