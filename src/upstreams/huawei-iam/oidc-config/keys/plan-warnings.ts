import { namesOf } from '../../../../domain/keys/rotation/compare.ts';
import type { PlannedKey } from '../../../../domain/keys/rotation/plan.ts';
import { SIGNING_KEY_LENGTH } from '../fields.ts';
import type { HuaweiWarning } from '../../warning-codes.ts';
import type { Ages } from './plan-sync.ts';

const PATH = ['signingKey'];

/** Warnings about what becomes of keys that are stored, or should be. */
export function planWarnings(keys: readonly PlannedKey[], goneForS: Ages): HuaweiWarning[] {
  const warnings: HuaweiWarning[] = [];
  const left = keys.filter(({ action }) => action === 'LEFT_OUT');
  if (left.length > 0)
    warnings.push({
      code: 'KEYS_LEFT_OUT',
      path: PATH,
      message: `Huawei Cloud IAM stores at most ${SIGNING_KEY_LENGTH.max} characters of keys in a request of at most 32 KB: ${left.length} keys do not fit: ${namesOf(left)}. ID tokens that are signed with them are refused. Ask the owner of the issuer to remove keys that no longer sign.`,
    });
  const renamed = keys.filter(({ losesKid }) => losesKid);
  if (renamed.length > 0)
    warnings.push({
      code: 'KEY_ID_REUSED',
      path: PATH,
      message: `The issuer publishes another key with the kid of ${renamed.length} retired ones: ${namesOf(renamed)}. They stay stored without it, because which of two keys with one kid IAM uses is not documented. ID tokens that they signed may be refused.`,
    });
  if (goneForS === null && keys.some(({ action }) => action === 'RETIRED'))
    warnings.push({
      code: 'RETIRED_KEYS_NOT_REMEMBERED',
      path: PATH,
      message:
        'The gateway does not reach Redis, so it cannot tell for how long keys have been retired. They stay stored.',
    });
  return warnings;
}
