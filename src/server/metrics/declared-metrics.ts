import type { Registry } from './registry.ts';

/** Bounds of the histograms of durations, in seconds: those of OpenTelemetry's conventions, with finer ones below and the longest deadline above. */
const DURATION_S = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15,
] as const;

/** Declares the metrics of what happens in a gateway. docs/operations.md says what each is for. */
export function declareMetrics(registry: Registry) {
  return {
    requestSeconds: registry.histogram(
      {
        name: 'http_server_request_duration_seconds',
        help: 'Duration of requests of callers, from their headers to the end of the response.',
        labels: ['http_route', 'http_response_status_code'],
      },
      DURATION_S,
    ),
    activeRequests: registry.gauge({
      name: 'http_server_active_requests',
      help: 'Requests for the API that are open.',
    }),
    slotsUsed: registry.gauge({
      name: 'oidc_gateway_request_slots_used',
      help: 'Requests that hold one of the slots of LIMIT_IN_FLIGHT.',
    }),
    slots: registry.gauge({
      name: 'oidc_gateway_request_slots',
      help: 'Requests that may be served at the same time (LIMIT_IN_FLIGHT).',
    }),
    ready: registry.gauge(
      {
        name: 'oidc_gateway_ready',
        help: 'Whether /readyz returns 200: 1 if it does, else 0.',
      },
      'min',
    ),
    refused: registry.counter({
      name: 'oidc_gateway_refused_requests_total',
      help: 'Requests that were refused before they became operations, by the code that the caller gets.',
      labels: ['code'],
    }),
    rateLimited: registry.counter({
      name: 'oidc_gateway_rate_limited_operations_total',
      help: 'Operations that were not executed because of LIMIT_OPERATIONS_PER_MINUTE.',
    }),
    operations: registry.counter({
      name: 'oidc_gateway_operations_total',
      help: 'Root fields that were resolved, by the member of the union that the caller got.',
      labels: ['field', 'member'],
    }),
    idempotencyKeys: registry.counter({
      name: 'oidc_gateway_idempotency_keys_total',
      help: 'Writes with an Idempotency-Key, by what came of the key.',
      labels: ['outcome'],
    }),
    redisReachable: registry.gauge(
      {
        name: 'oidc_gateway_redis_reachable',
        help: 'Whether the gateway is connected to Redis: 1 if it is, else 0.',
      },
      'min',
    ),
    callSeconds: registry.histogram(
      {
        name: 'http_client_request_duration_seconds',
        help: 'Duration of requests that were sent to upstreams, each attempt by itself; logins are not in it.',
        labels: ['server_address', 'outcome'],
      },
      DURATION_S,
    ),
    unsent: registry.counter({
      name: 'oidc_gateway_unsent_calls_total',
      help: 'Calls to upstreams of which nothing was sent, by the reason.',
      labels: ['upstream', 'reason'],
    }),
    openCalls: registry.gauge({
      name: 'oidc_gateway_upstream_open_calls',
      help: 'Calls to an upstream that have begun and not ended, whatever they wait for.',
      labels: ['upstream'],
    }),
    maxOpenCalls: registry.gauge({
      name: 'oidc_gateway_upstream_max_open_calls',
      help: 'Calls to an upstream that may be open; further ones are refused.',
      labels: ['upstream'],
    }),
    inFlight: registry.gauge({
      name: 'oidc_gateway_upstream_calls_in_flight',
      help: 'Calls that hold one of the slots of an upstream (…_MAX_IN_FLIGHT).',
      labels: ['upstream'],
    }),
    waiting: registry.gauge({
      name: 'oidc_gateway_upstream_calls_waiting',
      help: 'Calls that wait for a slot of an upstream.',
      labels: ['upstream'],
    }),
    readingBack: registry.gauge({
      name: 'oidc_gateway_upstream_read_backs_in_flight',
      help: 'Reads under way that find out whether a write was applied.',
      labels: ['upstream'],
    }),
    breaker: registry.gauge({
      name: 'oidc_gateway_breaker_state',
      help: 'Processes in which the breaker of an upstream is in this state.',
      labels: ['upstream', 'state'],
    }),
    openings: registry.counter({
      name: 'oidc_gateway_breaker_openings_total',
      help: 'How often calls to an upstream were paused because it did not respond.',
      labels: ['upstream'],
    }),
    readBacks: registry.counter({
      name: 'oidc_gateway_read_backs_total',
      help: 'Writes whose response was lost, by what reading them back showed.',
      labels: ['upstream', 'outcome'],
    }),
    unknownOutcomes: registry.counter({
      name: 'oidc_gateway_unknown_outcomes_total',
      help: 'Writes that ended without it being known whether they were applied.',
      labels: ['upstream'],
    }),
    logins: registry.counter({
      name: 'oidc_gateway_logins_total',
      help: 'Logins of the gateway with credentials of its own, by outcome.',
      labels: ['upstream', 'outcome'],
    }),
    loginRefused: registry.gauge({
      name: 'oidc_gateway_login_refused',
      help: 'Processes that do not log in any more because the upstream refused it.',
      labels: ['upstream'],
    }),
    issuerSeconds: registry.histogram(
      {
        name: 'oidc_gateway_issuer_fetch_duration_seconds',
        help: 'Duration of fetching a document of an issuer that a caller named, or of a probe, by outcome.',
        labels: ['document', 'outcome'],
      },
      DURATION_S,
    ),
    signInChecks: registry.counter({
      name: 'oidc_gateway_sign_in_checks_total',
      help: 'Checks of sign-in that were made, by verdict.',
      labels: ['field', 'verdict'],
    }),
    keySyncs: registry.counter({
      name: 'oidc_gateway_key_syncs_total',
      help: "Syncs of keys that callers sent and that succeeded, by what they did; the watcher's are not in it.",
      labels: ['action'],
    }),
    watchChecks: registry.counter({
      name: 'oidc_gateway_watch_checks_total',
      help: 'Checks that this process made for WATCH_FILE, by the section of the file and what they came to.',
      labels: ['watch', 'outcome'],
    }),
    watchWrites: registry.counter({
      name: 'oidc_gateway_watch_writes_total',
      help: 'Checks for WATCH_FILE that wrote something.',
      labels: ['watch'],
    }),
    watches: registry.gauge({
      name: 'oidc_gateway_watches',
      help: 'Entries of WATCH_FILE by what their last check came to, at any instance; pending if they were not checked yet.',
      labels: ['watch', 'status'],
    }),
    watchesOverdue: registry.gauge({
      name: 'oidc_gateway_watches_overdue',
      help: 'Entries of WATCH_FILE that were not checked for more than three intervals.',
      labels: ['watch'],
    }),
    webhooks: registry.counter({
      name: 'oidc_gateway_webhooks_total',
      help: 'Webhooks about watches: delivered, or failed after three attempts.',
      labels: ['outcome'],
    }),
    refusedCalls: registry.counter({
      name: 'oidc_gateway_refused_credentials_total',
      help: "How often an upstream refused the gateway's own credentials in a call.",
      labels: ['upstream'],
    }),
  };
}
