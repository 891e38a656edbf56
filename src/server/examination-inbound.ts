import type { Config } from '../config.ts';
import { visible } from '../domain/visible.ts';
import { addFederation } from '../graph/federation.ts';
import type { Graph } from '../graph/graph.ts';
import type { Upstream } from '../transport/upstream.ts';
import type { AuthenticationSettings, JwtSettings } from './authentication-settings.ts';
import { count, listOf, sentence } from './finding.ts';
import type { Finding } from './finding.ts';
import { fetchedKeys, KeysUnavailable } from './issuer-keys.ts';
import { compareIssuer } from './issuer-metadata.ts';
import { mostReferences } from './limits.ts';
import { createDocuments } from './pipeline/documents.ts';
import { faultsOfDocument } from './pipeline/persisted-documents.ts';
import { buildSchema } from './schema.ts';
import { hintAt } from './unknown-variables.ts';

const INBOUND = 'inbound authentication';
const CONFIGURATION = 'configuration';

/** Names in the environment that are near to those of the gateway. One that only begins like them may be of another program. */
export function* misspelt({ unknownVariables }: Config): Iterable<Finding> {
  for (const unknown of unknownVariables)
    yield {
      subject: CONFIGURATION,
      state: unknown.meant === null ? 'NOTE' : 'FAULT',
      text: `the gateway has no variable ${hintAt(unknown)}.`,
      advice: 'npm start -- --help lists every variable.',
    };
}

/** Whether persisted documents can be executed. */
export function* persisted(
  { persistedDocuments, limits, introspection }: Config,
  upstreams: readonly Upstream<Graph>[],
): Iterable<Finding> {
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
    schema: addFederation(buildSchema(upstreams), mostReferences(limits)),
    limits,
    introspection,
  });
  for (const [id, text] of persistedDocuments.documents) {
    const faults = faultsOfDocument(text, checked);
    if (faults.length > 0)
      yield {
        subject: CONFIGURATION,
        state: 'FAULT',
        text: `the persisted document ${id} cannot be executed: ${faults.join(' ')}`,
        advice: 'Write the list anew from documents that fit this schema and these limits.',
      };
  }
}

/** Whether anybody can be let in: by API keys that have not expired, by keys of the issuer that can be had. */
export async function* inbound(settings: AuthenticationSettings | null): AsyncIterable<Finding> {
  if (settings === null) {
    yield {
      subject: INBOUND,
      state: 'WARN',
      text: 'is off: anybody who can reach the gateway may call.',
      advice:
        'Set AUTH_JWKS_URL, AUTH_JWKS_FILE or AUTH_API_KEYS_FILE, unless something before the gateway decides who may call.',
    };
    return;
  }
  const { jwt, apiKeys } = settings;
  if (apiKeys !== null) {
    const expired = apiKeys
      .filter(({ expires }) => expires !== undefined && Date.parse(expires) <= Date.now())
      .map(({ id }) => id);
    const text = `is on by ${count(apiKeys.length, 'API key')}${expired.length === 0 ? '.' : `, of which ${expired.length === 1 ? 'one has' : `${expired.length} have`} expired: ${expired.join(', ')}.`}`;
    yield {
      subject: INBOUND,
      state: expired.length < apiKeys.length ? 'OK' : 'FAULT',
      text,
      ...(expired.length > 0 && {
        advice: 'npm run api-key makes new ones; take those out of the file that nobody needs.',
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

async function issuer({ keys }: JwtSettings): Promise<Finding> {
  const subject = INBOUND;
  if (!(keys instanceof URL))
    return {
      subject,
      state: 'OK',
      text: 'is on by tokens; the keys of the issuer are in AUTH_JWKS_FILE.',
    };
  try {
    const { length } = (await fetchedKeys(keys, { now: Date.now, maxWaiting: 1 }).current()).jwks()
      .keys;
    if (length === 0)
      return {
        subject,
        state: 'FAULT',
        text: `${keys.origin} has no key of the issuer: no token can be checked.`,
        advice: 'Check AUTH_JWKS_URL.',
      };
    return {
      subject,
      state: 'OK',
      text: `is on by tokens; ${keys.origin} has ${count(length, 'key')} of the issuer.`,
    };
  } catch (error) {
    if (!(error instanceof KeysUnavailable)) throw error;
    return {
      subject,
      state: 'FAULT',
      text: `the keys of the issuer cannot be fetched from ${keys.origin}: ${sentence(error.message)}`,
      advice: 'Check AUTH_JWKS_URL, and what stands between: no caller with a token can be let in.',
    };
  }
}
