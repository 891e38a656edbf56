import { planKeys } from '../../../../domain/keys/rotation/plan.ts';
import type { KeyPlan } from '../../../../domain/keys/rotation/plan.ts';
import type { Issuer } from '../../../../domain/sign-in/issuer.ts';
import { changed } from '../change.ts';
import { SIGNING_KEY_LENGTH } from '../fields.ts';
import { MAX_BODY_BYTES } from '../input.ts';
import { toWire } from '../translate.ts';
import type { OidcConfig, WholeOidcConfig } from '../translate.ts';
import type { KeysSync } from './input.ts';

/** For how long the gateway has seen stored keys gone, in seconds, by thumbprint; null if it does not know at the moment. */
export type Ages = ReadonlyMap<string, number> | null;

/** Plans which keys of its issuer a configuration stores. @throws InvalidInputError if what else is stored cannot be written */
export function planSync(
  config: OidcConfig,
  { keys }: Issuer,
  goneForS: Ages,
  {
    keepRetiredSeconds: keepRetiredS,
    dropNow,
    force,
  }: Pick<KeysSync, 'keepRetiredSeconds' | 'dropNow' | 'force'>,
): KeyPlan {
  const around = withKeys(config, null);
  return planKeys(config, keys, {
    goneForS: (thumbprint) => goneForS?.get(thumbprint) ?? null,
    keepRetiredS,
    dropNow,
    force,
    room: {
      characters: SIGNING_KEY_LENGTH.max,
      bytes: MAX_BODY_BYTES - Buffer.byteLength(JSON.stringify(toWire(around))),
    },
  });
}

/** The configuration with other keys. @param set null: with none, to measure the rest @throws InvalidInputError if what else is stored cannot be written */
export function withKeys(
  config: OidcConfig,
  set: Extract<KeyPlan, { readonly kind: 'PLANNED' }>['set'] | null,
): WholeOidcConfig {
  const signingKey = set === null ? { text: '', keys: [] } : { ...set, text: JSON.stringify(set) };
  return changed({ idpId: config.idpId, signingKey }, config);
}
