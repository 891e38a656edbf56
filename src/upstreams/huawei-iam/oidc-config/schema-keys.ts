import type { PlannedKey } from '../../../domain/keys/rotation/plan.ts';
import { SYNC_ACTIONS } from '../../../domain/keys/rotation/sync-action.ts';
import type { SyncAction } from '../../../domain/keys/rotation/sync-action.ts';
import { parseInput, withoutNulls } from '../../../domain/parse.ts';
import { ABOUT_ISSUER } from '../../../domain/sign-in/issuer-url.ts';
import { describedValues } from '../../../graph/builder.ts';
import type { GatewayContext } from '../../../graph/context.ts';
import type { Graph } from '../../../graph/graph.ts';
import { RESUMES } from '../../../graph/keys.ts';
import { costs } from '../../../graph/root-fields/cost.ts';
import { addMutation } from '../../../graph/root-fields/mutation.ts';
import { optionsOf } from '../../../graph/root-fields/options.ts';
import { aboutRetries } from '../../../graph/root-fields/retries.ts';
import type { Success } from '../../../graph/root-fields/success.ts';
import type { OpenSession, Session } from '../../../transport/upstream.ts';
import { needs } from '../federation.ts';
import type { HuaweiIamSettings } from '../settings.ts';
import { FIELDS } from './fields.ts';
import { KEEP_RETIRED_S, keysInput, keysSync } from './keys/input.ts';
import type { KeysOutlooks } from './keys/outlook.ts';
import { readKeys } from './keys/read-keys.ts';
import type { KeySources } from './keys/read-keys.ts';
import { syncKeys } from './keys/sync-keys.ts';
import { getOidcConfig, updateOidcConfig } from './operations.ts';
import { addComparedKey, addKeysOutlook, addPlannedKey, viewOf } from './schema-types.ts';
import type { ConfigurationView, OidcConfigTypes, ShownKey } from './schema-types.ts';
import { storedWarnings } from './warnings.ts';

/** The stored keys beside those of an issuer. */
interface Keys extends KeysOutlooks {
  readonly view: ConfigurationView;
  readonly issuer: string;
  readonly keys: readonly ShownKey[];
}

interface KeysSuccess extends Success {
  readonly found: Keys;
}

interface SyncSuccess extends Success {
  readonly action: SyncAction;
  readonly view: ConfigurationView;
  readonly keys: readonly PlannedKey[];
}

/**
 * Two calls, an issuer, and usual key sets: only one of these fits into an operation. Most keys that can be (`npm run costs -- rotate`:
 * 331 stored, 200 published) take about 15 ms: time for reading what is published, of which callers may cause only so much
 * (LIMIT_ISSUER_FETCHES_PER_MINUTE).
 */
const COSTS_OF_KEYS = costs(2_700);

/** Adds the query and the mutation for keys that rotate. */
export function addKeyRotation(
  graph: Graph,
  types: OidcConfigTypes,
  open: OpenSession<HuaweiIamSettings>,
): void {
  addKeysQuery(graph, types, open);
  addKeysMutation(graph, types, open);
}

/** How old the keys may be that are compared, in milliseconds: the gateway remembers those of an issuer for up to an hour. */
const MAX_COMPARED_AGE_MS = 60_000;

/** What comparing and syncing keys needs, from a request of a caller. @param maxAgeMs nothing of an issuer that was read longer ago is used */
function sourcesOf(
  { call, baseUrl }: Session<HuaweiIamSettings>,
  { issuers, callerKey, retiredKeys }: GatewayContext,
  maxAgeMs: number,
): KeySources {
  return {
    call,
    baseUrl,
    readIssuer: (issuer) => issuers.read(issuer, callerKey, maxAgeMs),
    retiredKeys,
  };
}

function addKeysQuery(
  { builder, OidcSuccess }: Graph,
  { oidcConfig }: OidcConfigTypes,
  open: OpenSession<HuaweiIamSettings>,
): void {
  const name = 'oidcConfigKeys';
  const key = addComparedKey(builder);
  const outlook = addKeysOutlook(builder);
  const keys = builder.objectRef<Keys>('OidcConfigKeys').implement({
    description:
      'The keys that a configuration of Huawei Cloud IAM has stored, beside those that an issuer publishes.',
    fields: (t) => ({
      oidcConfig: t.field({
        type: oidcConfig,
        description: 'The configuration as Huawei Cloud IAM returned it.',
        resolve: ({ view }) => view,
      }),
      issuer: t.exposeString('issuer', {
        description: 'The issuer whose keys were compared, exactly as its metadata has it.',
      }),
      keys: t.field({
        type: [key],
        description:
          'The published keys in their order, then the others that are stored. A key is the same whatever its `kid` if its thumbprint is the same.',
        resolve: (self) => [...self.keys],
      }),
      now: t.field({
        type: outlook,
        description: 'Whether sign-in works now, as far as the keys go.',
        resolve: (self) => self.now,
      }),
      afterRotation: t.field({
        type: outlook,
        description:
          'Whether sign-in works as soon as the issuer signs with another of the keys that it publishes, as far as the keys go.',
        resolve: (self) => self.afterRotation,
      }),
    }),
  });
  const success = builder.objectRef<KeysSuccess>('OidcConfigKeysSuccess').implement({
    description: 'The keys were compared, whatever came of it.',
    interfaces: [OidcSuccess],
    fields: (t) => ({
      oidcConfigKeys: t.field({
        type: keys,
        description: 'The keys.',
        resolve: ({ found }) => found,
      }),
    }),
  });
  const input = builder.inputType('OidcConfigKeysInput', {
    description: 'A stored configuration, and the issuer to compare it with.',
    fields: (t) => ({
      idpId: t.id({ required: true, description: FIELDS.idpId.about }),
      issuer: t.string({
        description: `The issuer to compare with, ${ABOUT_ISSUER} Default: the stored one (\`idpUrl\`).`,
      }),
    }),
  });
  const { extensions, ...options } = optionsOf(name, getOidcConfig, 'idpId', { issuer: true });
  builder.queryField(name, (t) =>
    t.field({
      ...options,
      extensions: { ...extensions, ...COSTS_OF_KEYS },
      type: success,
      description: `Compares the keys that a configuration of Huawei Cloud IAM has stored with those that its issuer publishes now. IAM keeps a copy, so sign-in fails when the issuer signs with a key that is not in it. The gateway reads the issuer as \`oidcIssuer\` does. What it shows of the issuer may be up to a minute old; a sync reads it anew. ${needs('getOpenIDConnectConfig')}`,
      args: {
        input: t.arg({ type: input, required: true, description: 'What to compare.' }),
      },
      resolve: async (_root, args, context) => {
        const { idpId, issuer = null } = parseInput(keysInput, withoutNulls(args.input));
        const session = open(context);
        const sources = sourcesOf(session, context, MAX_COMPARED_AGE_MS);
        const read = await readKeys(sources, { idpId, issuer });
        const { goneForS, config, now, afterRotation } = read;
        return {
          found: {
            now,
            afterRotation,
            view: viewOf(config, session),
            issuer: read.issuer.metadata.issuer,
            keys: read.keys.map((one) => ({
              ...one,
              goneForS: goneForS?.get(one.thumbprint ?? '') ?? null,
            })),
          },
          warnings: [...storedWarnings(config)],
        };
      },
    }),
  );
}

function addKeysMutation(
  graph: Graph,
  { oidcConfig }: OidcConfigTypes,
  open: OpenSession<HuaweiIamSettings>,
): void {
  const { builder, OidcSuccess } = graph;
  const action = builder.enumType('OidcConfigKeysSyncAction', {
    description: 'What a sync of keys did or, in a dry run, would do.',
    values: describedValues(SYNC_ACTIONS),
  });
  const key = addPlannedKey(builder);
  const success = builder.objectRef<SyncSuccess>('SyncOidcConfigKeysSuccess').implement({
    description: 'The stored keys are as they should be. In a dry run: nothing was written.',
    interfaces: [OidcSuccess],
    fields: (t) => ({
      action: t.field({
        type: action,
        description: 'What was done or, in a dry run, would be done.',
        resolve: (self) => self.action,
      }),
      oidcConfig: t.field({
        type: oidcConfig,
        description: 'The configuration as it is stored now.',
        resolve: ({ view }) => view,
      }),
      keys: t.field({
        type: [key],
        description: 'What becomes of each key: those that stay or become stored, then the others.',
        resolve: ({ keys }) => [...keys],
      }),
    }),
  });
  addMutation(graph, updateOidcConfig, {
    name: 'syncOidcConfigKeys',
    key: 'idpId',
    success,
    takes: { issuer: true, keys: true },
    extensions: { ...RESUMES, ...COSTS_OF_KEYS },
    description:
      'Stores the keys that the issuer of a configuration of Huawei Cloud IAM publishes now. Keys that it no longer publishes stay stored until the gateway has seen them gone for `keepRetiredSeconds`, because ID tokens that they signed may still be in use. ' +
      'Nothing is written if nothing differs (UNCHANGED), if the issuer cannot be read, if it publishes no key that can verify ID tokens, or if it publishes none of the stored keys (`OidcKeysReplacedError`). Certificates and other extras of the keys are not stored. ' +
      `The gateway reads the issuer as \`oidcIssuer\` does, but always anew, also in a dry run; each time counts toward the limit of issuers that are read (LIMIT_ISSUER_FETCHES_PER_MINUTE). ${needs('updateOpenIDConnectConfig')} Also requires getOpenIDConnectConfig. The configuration is never overwritten if somebody else changes it at the same time. ${aboutRetries(updateOidcConfig, true)}`,
    argument: 'The configuration whose keys to store, and how.',
    input: 'How to store the keys that the issuer of a configuration publishes.',
    fields: (t) => ({
      idpId: t.id({ required: true, description: FIELDS.idpId.about }),
      issuer: t.string({
        description: `The issuer that you expect to be stored, ${ABOUT_ISSUER} If it is not, nothing is written. Default: the stored one (\`idpUrl\`).`,
      }),
      keepRetiredSeconds: t.int({
        description: `How long a key stays stored after the gateway has first seen that the issuer no longer publishes it, in seconds: ${KEEP_RETIRED_S.min} to ${KEEP_RETIRED_S.max}. Give it more than the lifetime of ID tokens. Default: ${KEEP_RETIRED_S.usual}, a day.`,
      }),
      dropNow: t.boolean({
        description:
          'Whether to remove all keys at once that the issuer no longer publishes, because a key was compromised. Default: false.',
      }),
      force: t.boolean({
        description:
          'Whether to store the keys even if the issuer publishes none of the stored ones. Ask the owner of the issuer first. Default: false.',
      }),
      dryRun: t.boolean({
        description:
          'If true, only reads and compares, and shows what would happen (WOULD_UPDATE). Nothing is written. Default: false.',
      }),
    }),
    resolve: async (input, context) => {
      const session = open(context);
      const sync = parseInput(keysSync, withoutNulls(input));
      const { config, ...done } = await syncKeys(sourcesOf(session, context, 0), sync);
      context.onKeySync(done.action);
      return { ...done, view: viewOf(config, session) };
    },
  });
}
