import type { Config } from '../../config/config.ts';
import { visible } from '../../domain/text/visible.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Upstream } from '../../transport/upstream.ts';
import type { AuthenticationSettings, JwtSettings } from '../../config/authentication-settings.ts';
import { count, listOf, sentence } from './check-result.ts';
import type { CheckResult } from './check-result.ts';
import { fetchedKeys, KeysUnavailable } from '../../server/auth/issuer-keys.ts';
import { compareIssuer } from './issuer-metadata.ts';
import { createDocuments } from '../../server/pipeline/documents.ts';
import { documentIssues } from '../../server/pipeline/persisted-documents.ts';
import { buildSubgraph } from '../../server/schema.ts';
import { hintAt } from '../../config/unknown-variables.ts';

const INBOUND = 'inbound authentication';
const CONFIGURATION = 'configuration';

/** Variables whose names are similar to those of the gateway. One that only shares a prefix may belong to another program. */
export function* misspelled({ unknownVariables }: Config): Iterable<CheckResult> {
  for (const unknown of unknownVariables)
    yield {
      subject: CONFIGURATION,
      state: unknown.meant === null ? 'NOTE' : 'ERROR',
      text: `the gateway has no variable ${hintAt(unknown)}.`,
      advice: 'npm start -- --help lists every variable.',
    };
}

/** Whether persisted documents can be executed. */
export function* persisted(
  { persistedDocuments, limits, introspection }: Config,
  upstreams: readonly Upstream<Graph>[],
): Iterable<CheckResult> {
  if (persistedDocuments === null) return;
  const {
    documents: { size },
    only,
  } = persistedDocuments;
  yield {
    subject: CONFIGURATION,
    state: 'OK',
    text: `${count(size, 'persisted document')}; ${only ? 'no others are allowed' : 'others are allowed as well'}.`,
  };
  const checked = createDocuments({
    schema: buildSubgraph(upstreams, limits),
    limits,
    introspection,
  });
  for (const [id, text] of persistedDocuments.documents) {
    const issues = documentIssues(text, checked);
    if (issues.length > 0)
      yield {
        subject: CONFIGURATION,
        state: 'ERROR',
        text: `the persisted document ${id} cannot be executed: ${issues.join(' ')}`,
        advice: 'Generate the list again from documents that fit this schema and these limits.',
      };
  }
}

/** Whether any caller can be accepted: there are API keys that have not expired, or the issuer's keys can be fetched. */
export async function* inbound(
  settings: AuthenticationSettings | null,
): AsyncIterable<CheckResult> {
  if (settings === null) {
    yield {
      subject: INBOUND,
      state: 'WARN',
      text: 'is off: anybody who can reach the gateway may call.',
      advice:
        'Set AUTH_JWKS_URL, AUTH_JWKS_FILE or AUTH_API_KEYS_FILE, unless something in front of the gateway decides who may call.',
    };
    return;
  }
  const { jwt, apiKeys } = settings;
  if (apiKeys !== null) {
    const expired = apiKeys
      .filter(({ expires }) => expires !== undefined && Date.parse(expires) <= Date.now())
      .map(({ id }) => id);
    const text = `is on with ${count(apiKeys.length, 'API key')}${expired.length === 0 ? '.' : `, ${expired.length} of them expired: ${expired.join(', ')}.`}`;
    yield {
      subject: INBOUND,
      state: expired.length < apiKeys.length ? 'OK' : 'ERROR',
      text,
      ...(expired.length > 0 && {
        advice:
          'npm run api-key creates new ones. Remove those that are no longer needed from the file.',
      }),
    };
    const working = apiKeys.filter(({ id }) => !expired.includes(id));
    if (working.length > 0)
      yield {
        subject: INBOUND,
        state: 'OK',
        text: `these API keys are let in: ${listOf(working.map(({ id, scopes }) => `${id} (${scopes.join(', ')})`))}.`,
      };
  }
  if (jwt !== null) {
    yield await issuer(jwt);
    yield {
      subject: INBOUND,
      state: 'OK',
      text: `tokens are let in that have the issuer "${visible(jwt.issuer)}" and the audience "${visible(jwt.audience)}", signed with ${jwt.algorithms.join(', ')}.`,
    };
    yield* compareIssuer(jwt);
  }
}

async function issuer({ keys }: JwtSettings): Promise<CheckResult> {
  const subject = INBOUND;
  if (!(keys instanceof URL))
    return {
      subject,
      state: 'OK',
      text: 'is on with tokens; the keys of the issuer are in AUTH_JWKS_FILE.',
    };
  try {
    const { length } = (await fetchedKeys(keys, { now: Date.now, maxWaiting: 1 }).current()).jwks()
      .keys;
    if (length === 0)
      return {
        subject,
        state: 'ERROR',
        text: `${keys.origin} has no key of the issuer: no token can be checked.`,
        advice: 'Check AUTH_JWKS_URL.',
      };
    return {
      subject,
      state: 'OK',
      text: `is on with tokens; ${keys.origin} has ${count(length, 'key')} of the issuer.`,
    };
  } catch (error) {
    if (!(error instanceof KeysUnavailable)) throw error;
    return {
      subject,
      state: 'ERROR',
      text: `the keys of the issuer cannot be fetched from ${keys.origin}: ${sentence(error.message)}`,
      advice:
        'Check AUTH_JWKS_URL, and any proxy in between: no caller with a token can be let in.',
    };
  }
}
