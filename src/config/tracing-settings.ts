import * as z from 'zod';
import { Secret } from '../domain/scrub/secret.ts';
import { parseUrl } from '../domain/text/url.ts';
import { integer, listed, oneOf } from '../transport/env-schema.ts';

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** How and where traces are exported. */
export interface TracingSettings {
  readonly protocol: (typeof PROTOCOLS)[number];
  /** Where spans are sent, with the path. */
  readonly url: URL;
  /** Headers of each export. */
  readonly headers: ReadonlyMap<string, Secret>;
  readonly timeoutMs: number;
  readonly sampler: {
    readonly name: (typeof SAMPLERS)[number];
    /** The share of traces that a sampler by ratio records, from 0 to 1. */
    readonly ratio: number;
  };
  /** Attributes of the process that all spans share, with `service.name`. */
  readonly resource: ReadonlyMap<string, string>;
}

const endpoint = z.string().transform((value, context): URL => {
  const addIssue = (message: string) => {
    context.addIssue({ code: 'custom', message });
  };
  const url = parseUrl(value);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    addIssue('must be a URL that begins with https:// or http://, e.g. http://127.0.0.1:4318');
    return z.NEVER;
  }
  if (url.username !== '' || url.password !== '' || value.includes('#'))
    addIssue(
      'must not have a user name, password or fragment: OTEL_EXPORTER_OTLP_HEADERS is for secrets',
    );
  return url;
});

/** Pairs of names and values, as OpenTelemetry has them: separated by commas, values percent-encoded. @param what e.g. `headers` */
function pairs(what: string, name: RegExp, value: RegExp) {
  return z.string().transform((text, context): ReadonlyMap<string, string> => {
    const found = new Map<string, string>();
    for (const pair of text.split(',')) {
      if (pair.trim() === '') continue;
      const at = pair.indexOf('=');
      const key = decoded(pair.slice(0, at));
      const content = decoded(pair.slice(at + 1));
      if (at < 1 || key === null || content === null || !name.test(key) || !value.test(content)) {
        // Without the value: it may be a secret.
        context.addIssue({
          code: 'custom',
          message: `must be a comma-separated list of ${what}, each as name=value, with percent-encoding where it is needed`,
        });
        return z.NEVER;
      }
      found.set(key, content);
    }
    return found;
  });
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return null;
  }
}

const headers = pairs('headers', /^[\w!#$%&'*+.^`|~-]+$/, /^[\t\x20-\x7e\x80-\xff]*$/);
const attributes = pairs('attributes', /\S/, /^\P{Cc}*$/u);
const protocol = oneOf(PROTOCOLS);
/** The default is given apart, because a variable for traces takes precedence over the one for all signals. */
const timeout = integer({ min: 1, max: 60_000, fallback: 10_000 });

/** OpenTelemetry's own variables, as far as the gateway reads them. */
export const tracingEnvironment = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint
    .optional()
    .describe(
      'URL of a receiver of OpenTelemetry, without the path `/v1/traces`, e.g. `http://127.0.0.1:4318`. If this or the next one is set, the gateway exports traces.',
    ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint
    .optional()
    .describe('The same for traces alone, with the path.'),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol
    .default('http/protobuf')
    .describe(`Protocol of the receiver: ${listed(PROTOCOLS)}. \`grpc\` is not supported.`),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol.optional().describe('The same for traces alone.'),
  OTEL_EXPORTER_OTLP_HEADERS: headers
    .optional()
    .describe(
      'Headers of each export, e.g. `api-key=…`, comma-separated, values percent-encoded. A secret: it is not logged.',
    ),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: headers
    .optional()
    .describe('Additional headers for traces alone. A secret.'),
  OTEL_EXPORTER_OTLP_TIMEOUT: timeout.describe(
    'How long an export may take, including its repeats, in milliseconds.',
  ),
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: timeout
    .unwrap()
    .optional()
    .describe('The same for traces alone.'),
  OTEL_TRACES_SAMPLER: oneOf(SAMPLERS)
    .default('parentbased_always_on')
    .describe(
      `Which requests are recorded: ${listed(SAMPLERS)}. \`parentbased_…\`: as the \`traceparent\` of the caller says, if there is one.`,
    ),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(?:0|1|0?\.\d{1,15}|1\.0{1,15})$/, 'must be a number from 0 to 1')
    .transform(Number)
    .default(1)
    .describe('The share of requests that `…traceidratio` records, e.g. `0.01`.'),
  OTEL_SERVICE_NAME: z
    .string()
    .regex(/^\P{Cc}+$/u, 'must not have control characters')
    .optional()
    .describe(
      'Name of the service in traces. Not set: `service.name` of the attributes, or `oidc-config-gateway`.',
    ),
  OTEL_RESOURCE_ATTRIBUTES: attributes
    .optional()
    .describe(
      'Attributes of the service, e.g. `deployment.environment.name=production`, comma-separated.',
    ),
  OTEL_TRACES_EXPORTER: oneOf(['otlp', 'none'])
    .default('otlp')
    .describe('Exporter of traces: `otlp`, `none`. `none` turns traces off.'),
  OTEL_SDK_DISABLED: z
    .string()
    .transform((value) => value.toLowerCase() === 'true')
    .default(false)
    .describe(
      'Whether to turn off all of OpenTelemetry, so that no traces are exported: only `true` does.',
    ),
});

/**
 * Reads from the environment where traces go.
 * @param set the variables that are set; only those of `tracingEnvironment` are read
 * @returns null if traces are off: then nothing else is checked, because other programs share the variables. Or all issues, without any value
 */
export function tracingSettings(
  set: Readonly<Record<string, string>>,
): TracingSettings | null | { readonly issues: readonly z.core.$ZodIssue[] } {
  const isOn =
    ('OTEL_EXPORTER_OTLP_ENDPOINT' in set || 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' in set) &&
    set['OTEL_SDK_DISABLED']?.toLowerCase() !== 'true' &&
    set['OTEL_TRACES_EXPORTER'] !== 'none';
  if (!isOn) return null;
  const { success, data, error } = tracingEnvironment.safeParse(set);
  if (!success) return { issues: error.issues };
  const url =
    data.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? tracesBelow(data.OTEL_EXPORTER_OTLP_ENDPOINT);
  if (url === null) return null;
  return {
    protocol: data.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? data.OTEL_EXPORTER_OTLP_PROTOCOL,
    url,
    headers: new Map(
      [
        ...(data.OTEL_EXPORTER_OTLP_HEADERS ?? []),
        ...(data.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? []),
      ].map(([name, value]) => [name, new Secret(value)]),
    ),
    timeoutMs: data.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? data.OTEL_EXPORTER_OTLP_TIMEOUT,
    sampler: { name: data.OTEL_TRACES_SAMPLER, ratio: data.OTEL_TRACES_SAMPLER_ARG },
    resource: new Map([
      ['service.name', 'oidc-config-gateway'],
      ...(data.OTEL_RESOURCE_ATTRIBUTES ?? []),
      ...(data.OTEL_SERVICE_NAME === undefined
        ? []
        : [['service.name', data.OTEL_SERVICE_NAME] as const]),
    ]),
  };
}

/** The URL for traces of a receiver of all signals. */
function tracesBelow(receiver: URL | undefined): URL | null {
  if (receiver === undefined) return null;
  const url = new URL(receiver);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return url;
}
