import * as z from 'zod';
import {
  InvalidInputError,
  IssuerError,
  PermissionDeniedError,
  RateLimitedError,
} from '../domain/errors.ts';
import { parseInput } from '../domain/parse.ts';
import { FINDING_CODES, issuerFindings } from '../domain/sign-in/findings.ts';
import type { Finding } from '../domain/sign-in/findings.ts';
import { METADATA_MEMBERS } from '../domain/sign-in/issuer.ts';
import type { Issuer, IssuerKey, MetadataName } from '../domain/sign-in/issuer.ts';
import { ABOUT_ISSUER, issuerUrl } from '../domain/sign-in/issuer-url.ts';
import { requiresScope } from '../graph/authorization.ts';
import { describedValues } from '../graph/builder.ts';
import type { Builder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import type { Success } from '../graph/root-fields/success.ts';
import type { SignIn, Upstream } from '../transport/upstream.ts';

const issuerKey = z.object({ issuer: issuerUrl });

interface Found extends Success {
  readonly issuer: Issuer;
}

/** Adds the query for what an issuer publishes, with the findings of every upstream. */
export function addIssuers(graph: Graph, upstreams: readonly Pick<Upstream, 'signIn'>[]): void {
  const { builder, OidcIssuer, OidcSuccess } = graph;
  const signIns = upstreams.map(({ signIn }) => signIn);
  addIssuer(builder, OidcIssuer, signIns);
  const success = builder.objectRef<Found>('OidcIssuerSuccess').implement({
    description: 'The issuer was read.',
    interfaces: [OidcSuccess],
    fields: (t) => ({
      oidcIssuer: t.field({
        type: OidcIssuer,
        description: 'What the issuer publishes.',
        resolve: ({ issuer }) => issuer,
      }),
    }),
  });
  builder.queryField('oidcIssuer', (t) =>
    t.field({
      type: success,
      nullable: true,
      description:
        'Reads the metadata of an OpenID Provider (`/.well-known/openid-configuration`, OpenID Connect Discovery 1.0) and its key set, and shows what each platform needs of them. ' +
        'The gateway sends no credentials, follows no redirects, and connects only to public addresses by https, or to what its operator allows. ' +
        'Results are cached for as long as the responses say, from 1 minute to 1 hour; failures for 30 seconds.',
      extensions: requiresScope('oidc:read'),
      errors: {
        types: [InvalidInputError, PermissionDeniedError, RateLimitedError, IssuerError],
        union: { description: 'The result of `oidcIssuer`.' },
      },
      args: {
        issuer: t.arg.string({
          required: true,
          description: `The issuer, ${ABOUT_ISSUER}`,
        }),
      },
      resolve: async (_root, args, context) => {
        const { issuer } = parseInput(issuerKey, args);
        return { issuer: await context.issuers.read(issuer, context.callerKey), warnings: [] };
      },
    }),
  );
}

function addIssuer(
  builder: Builder,
  OidcIssuer: Graph['OidcIssuer'],
  signIns: readonly SignIn[],
): void {
  const finding = addFinding(builder, signIns);
  const key = addKey(builder);
  builder.objectType(OidcIssuer, {
    description:
      'An OpenID Provider, as its metadata and key set describe it. Members of the metadata are null if it does not have them.',
    fields: (t) => ({
      issuer: t.string({
        description: 'The issuer, exactly as in the metadata and in `iss` of ID tokens.',
        resolve: ({ metadata }) => metadata.issuer,
      }),
      metadataUrl: t.string({
        description: 'Where the metadata was read.',
        resolve: ({ metadata }) => metadata.metadataUrl,
      }),
      jwksUri: t.string({
        description: '`jwks_uri`: where the keys were read.',
        resolve: ({ metadata }) => metadata.jwksUri,
      }),
      keys: t.field({
        type: [key],
        description: 'The published keys, in order. At most 200.',
        resolve: ({ keys }) => [...keys],
      }),
      findings: t.field({
        type: [finding],
        description:
          'What keeps sign-in from working, or is likely to, as far as the metadata and keys show.',
        resolve: (issuer) => [
          ...issuerFindings(issuer),
          ...signIns.flatMap(({ findings }) => [...findings(issuer)]),
        ],
      }),
    }),
  });
  for (const [name, { wire, kind, about }] of Object.entries(METADATA_MEMBERS)) {
    const member = name as MetadataName; // a key of the object that is gone through
    const description = `\`${wire}\`: ${about}`;
    builder.objectField(OidcIssuer, member, (t) =>
      kind === 'text'
        ? t.string({
            nullable: true,
            description,
            resolve: ({ metadata }) => metadata[member] as string | null,
          })
        : t.stringList({
            nullable: true,
            description,
            resolve: ({ metadata }) => metadata[member] as string[] | null,
          }),
    );
  }
}

function addKey(builder: Builder) {
  return builder.objectRef<IssuerKey>('OidcIssuerKey').implement({
    description: 'A public key of an issuer (JSON Web Key, RFC 7517).',
    fields: (t) => ({
      kid: t.exposeString('kid', {
        nullable: true,
        description: 'Key id, by which an ID token names the key; null if it has none.',
      }),
      kty: t.exposeString('kty', {
        nullable: true,
        description: 'Key type, e.g. `RSA`; null if it is not a string.',
      }),
      alg: t.exposeString('alg', {
        nullable: true,
        description: 'Algorithm that the key is for, e.g. `RS256`; null if any.',
      }),
      use: t.exposeString('use', {
        nullable: true,
        description: '`sig` or `enc`; null if the key is for both.',
      }),
      thumbprint: t.exposeString('thumbprint', {
        nullable: true,
        description:
          'RFC 7638 thumbprint with SHA-256, in base64url: the same for the same public key, whatever its `kid`. Null if the key is incomplete or of an unknown type.',
      }),
      usable: t.boolean({
        description: 'Whether ID tokens signed with this key can be verified.',
        resolve: ({ unusable }) => unusable === null,
      }),
      unusable: t.exposeString('unusable', {
        nullable: true,
        description: 'Why not, in human-readable form; null if it is usable.',
      }),
    }),
  });
}

function addFinding(builder: Builder, signIns: readonly SignIn[]) {
  const codes = Object.assign(
    {},
    FINDING_CODES,
    ...signIns.map((one) => one.findingCodes),
  ) as Record<string, string>;
  const code = builder.enumType('OidcIssuerFindingCode', {
    description: 'Stable codes of findings about an issuer.',
    values: describedValues(codes),
  });
  return builder.objectRef<Finding>('OidcIssuerFinding').implement({
    description: 'Something about an issuer that keeps sign-in from working, or is likely to.',
    fields: (t) => ({
      code: t.field({
        type: code,
        description: 'Stable code to act on.',
        resolve: (self) => self.code,
      }),
      path: t.stringList({
        description:
          'Path of the field of `OidcIssuer` that it is about, with list indexes as decimal strings, e.g. `["keys", "0"]`. It begins with the field of a platform if only that platform is affected.',
        resolve: (self) => [...self.path],
      }),
      message: t.exposeString('message', {
        description: 'What is wrong and what to do, in human-readable form.',
      }),
    }),
  });
}
