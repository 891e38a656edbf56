import { readdirSync, readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { start } from '../setup/built-gateway.ts';
import { startOtlpReceiver } from '../setup/otlp-receiver.ts';
import { read, servedBy, startWorkers, withEmulator } from '../setup/worker-gateways.ts';

/* Traces of the built program, and of several workers. */

withEmulator();

it('each worker exports its own spans, all of them before it ends', async () => {
  const receiver = await startOtlpReceiver();
  onTestFinished(receiver.close);
  const gateway = await startWorkers(receiver.environment);
  let operations = 0;
  while (servedBy(gateway).size < 2 || operations < 10) {
    await read(gateway);
    operations += 1;
  }
  expect((await gateway.stop()).code).toBe(0);
  const spans = receiver.spans();
  const servers = spans.filter(({ kind }) => kind === 2);
  expect(servers).toHaveLength(operations);
  expect(new Set(servers.map(({ resource }) => resource['service.instance.id'])).size).toBe(2);
  expect(new Set(servers.map(({ traceId }) => traceId)).size).toBe(operations);
  expect(spans).toHaveLength(3 * operations);
});

it('a protocol that is not supported is an error of the configuration', async () => {
  const { code, stderr } = await start(process.execPath, ['dist/main.js'], {
    ORDERCLOUD_REGION: 'us-west',
    ORDERCLOUD_ENVIRONMENT: 'sandbox',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
  }).exit;
  expect(code).toBe(1);
  expect(stderr).toContain('OTEL_EXPORTER_OTLP_PROTOCOL must be one of http/protobuf, http/json\n');
});

it('a start without traces loads nothing of OpenTelemetry', () => {
  const dist = new URL('../../dist/', import.meta.url);
  const read = (file: string) => readFileSync(new URL(file, dist), 'utf8');
  const loaded = new Set<string>();
  const load = (file: string) => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const [, imported = ''] of read(file).matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g))
      load(imported);
  };
  load('main.js');
  load(readdirSync(dist).find((name) => /^serve-.*\.js$/.test(name)) ?? '');
  const sources = (files: readonly string[]) =>
    files.flatMap((file) => (JSON.parse(read(`${file}.map`)) as { sources: string[] }).sources);
  const ofSdk = (files: readonly string[]) =>
    sources(files).filter((path) => path.includes('/@opentelemetry/'));
  expect(ofSdk(readdirSync(dist).filter((name) => name.endsWith('.js'))).length).toBeGreaterThan(
    10,
  );
  expect(sources([...loaded]).length).toBeGreaterThan(100);
  expect(ofSdk([...loaded])).toEqual([]);
});
