import type { UpstreamErrorDetail, UpstreamFailure } from '../domain/errors.ts';
import { INPUT_ISSUE_CODES } from '../domain/input-issue.ts';
import type { InputIssue, InputIssueCode } from '../domain/input-issue.ts';
import { describedValues } from './builder.ts';
import type { Builder } from './builder.ts';

/** Adds the list of upstreams. */
export function addUpstreams(
  builder: Builder,
  upstreams: readonly { readonly id: string; readonly description: string }[],
) {
  return builder.enumType('OidcUpstream', {
    description: 'The REST APIs behind this gateway.',
    values: Object.fromEntries(upstreams.map(({ id, description }) => [id, { description }])),
  });
}

/** Adds what an upstream said about its error. */
export function addUpstreamFailure(builder: Builder, upstream: ReturnType<typeof addUpstreams>) {
  const detail = builder.objectRef<UpstreamErrorDetail>('OidcUpstreamErrorDetail').implement({
    description:
      "One entry of an upstream's error response, with the secrets of the request removed.",
    fields: (t) => ({
      code: t.exposeString('code', {
        nullable: true,
        description:
          "The upstream's own code, e.g. `IdExists` or `IAM.0011`. New codes may appear.",
      }),
      message: t.exposeString('message', {
        nullable: true,
        description: "The upstream's own message.",
      }),
      data: t.exposeString('data', {
        nullable: true,
        description: 'Everything else in the entry, as a JSON string.',
      }),
    }),
  });
  return builder.objectRef<UpstreamFailure>('OidcUpstreamFailure').implement({
    description: 'What the upstream returned when a call to it failed.',
    fields: (t) => ({
      upstream: t.field({
        type: upstream,
        description: 'The upstream that was called.',
        resolve: (failure) => failure.upstream,
      }),
      status: t.exposeInt('status', {
        nullable: true,
        description: 'HTTP status of its response; null if there was no response.',
      }),
      requestId: t.exposeString('requestId', {
        nullable: true,
        description:
          "The upstream's own id for the request, for its support team; null if it gives none.",
      }),
      details: t.field({
        type: [detail],
        description:
          'The error entries of its response, the decisive one first. At most the first 100.',
        resolve: (failure) => [...failure.details],
      }),
    }),
  });
}

/** Adds what is wrong with an input. */
export function addInputIssue(builder: Builder) {
  const code = builder.enumType('OidcInputIssueCode', {
    description: 'Stable codes of input issues.',
    values: describedValues<InputIssueCode>(INPUT_ISSUE_CODES),
  });
  const source = builder.enumType('OidcInputIssueSource', {
    description: 'Whether the gateway or the upstream reported an issue.',
    values: {
      GATEWAY: { description: 'This gateway, before anything was sent.' },
      UPSTREAM: { description: 'The upstream, which refused the request.' },
    } as const,
  });
  return builder.objectRef<InputIssue>('OidcInputIssue').implement({
    description: 'One issue in the input.',
    fields: (t) => ({
      path: t.stringList({
        description:
          'Path to the value, relative to `input`, with list indexes as decimal strings, e.g. `["signingKey", "keys", "0", "n"]`.',
        resolve: (issue) => [...issue.path],
      }),
      code: t.field({
        type: code,
        description: 'Stable code to act on.',
        resolve: (issue) => issue.code,
      }),
      message: t.exposeString('message', {
        description:
          'What is allowed, in human-readable form. Never repeats a value that the gateway refused.',
      }),
      source: t.field({
        type: source,
        description: 'Whether the gateway or the upstream reported the issue.',
        resolve: (issue) => issue.source,
      }),
    }),
  });
}
