import { notWritable } from '../../../domain/parse.ts';
import type { HuaweiWarning } from '../warning-codes.ts';
import { protocolDraft } from './input.ts';
import type { Protocol } from './translate.ts';

/** Warnings about a stored protocol. */
export function storedWarnings({
  idpId: id,
  mappingId: mapping,
}: Protocol): Iterable<HuaweiWarning> {
  return notWritable(protocolDraft, { idpId: id, mappingId: mapping ?? '' });
}
