import type { Snapshot } from '../../../domain/fingerprint.ts';
import type { Json } from '../../../domain/json/json.ts';
import { wordsOf } from '../federation.ts';
import type { IdentityProviderBody, WireIdentityProvider } from './wire.ts';

export const SSO_TYPE = {
  VIRTUAL_USER_SSO: 'virtual_user_sso',
  IAM_USER_SSO: 'iam_user_sso',
} as const;
export type SsoType = keyof typeof SSO_TYPE;

/** A stored identity provider. */
export interface IdentityProvider {
  readonly id: string;
  readonly description: string;
  readonly enabled: boolean;
  /** Null if IAM has a type that the gateway does not know. */
  readonly ssoType: SsoType | null;
  readonly remoteIds: readonly string[];
}

/** The content of a write. Undefined fields are not sent; a description that is null is cleared. */
export interface IdentityProviderFields {
  readonly ssoType?: SsoType | undefined;
  readonly description?: string | null | undefined;
  readonly enabled?: boolean | undefined;
}

/** The documented defaults. */
export const IDENTITY_PROVIDER_DEFAULTS: IdentityProviderFields = {
  ssoType: 'VIRTUAL_USER_SSO',
  description: null,
  enabled: false,
};

export function toWire({
  ssoType,
  description,
  enabled,
}: IdentityProviderFields): IdentityProviderBody {
  return {
    identity_provider: {
      ...(ssoType !== undefined && { sso_type: SSO_TYPE[ssoType] }),
      ...(description !== undefined && { description: description ?? '' }),
      ...(enabled !== undefined && { enabled }),
    },
  };
}

/** A stored identity provider from a response; an absent type is the documented default. */
export function fromWire(wire: WireIdentityProvider): IdentityProvider {
  const ssoType = wire.sso_type ?? '';
  const known = wordsOf(SSO_TYPE).find((name) => SSO_TYPE[name] === ssoType) ?? null;
  return {
    id: wire.id,
    description: wire.description ?? '',
    enabled: wire.enabled ?? false,
    ssoType: ssoType === '' ? 'VIRTUAL_USER_SSO' : known,
    remoteIds: wire.remote_ids ?? [],
  };
}

/** Fields of a change whose stored value differs. */
export function differences(
  { ssoType, description, enabled }: IdentityProviderFields,
  stored: IdentityProvider,
): string[] {
  const different: string[] = [];
  if (ssoType !== undefined && ssoType !== stored.ssoType) different.push('ssoType');
  if (description !== undefined && (description ?? '') !== stored.description)
    different.push('description');
  if (enabled !== undefined && enabled !== stored.enabled) different.push('enabled');
  return different;
}

/** The content of the fingerprint: all writable fields. */
export function contentOf({ id, description, enabled, ssoType }: IdentityProvider): Json {
  return { id, description, enabled, ssoType };
}

export function snapshotOf(stored: IdentityProvider): Snapshot {
  return {
    title: `The identity provider "${stored.id}"`,
    content: contentOf(stored),
    secret: null,
  };
}
