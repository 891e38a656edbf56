import type { InputFieldMap } from '@pothos/core';
import type { InputFields } from '../../../graph/builder.ts';
import { BY_ISSUER, FROM_ISSUER } from '../../../graph/root-fields/issuer-input.ts';
import { ABOUT_ID, WRITABLE_FIELDS } from './fields.ts';
import type { Field, WritableName } from './fields.ts';
import { filling } from './from-issuer.ts';

const ID = '1 to 100 letters, digits, hyphens and underscores';
const DEFAULT = 'Default: false.';
const DEFAULT_OR_FROM_ISSUER = 'Default: what `issuer` says, or false without it.';
const REPLACED = 'The whole list: it replaces the stored one.';
const STAYS = 'If omitted, it stays unchanged.';
const STAYS_OR_DEFAULT = 'If omitted, it stays unchanged; a new configuration gets false.';
const KEPT = 'If omitted, it stays unchanged; null is refused.';
const CLEARED = 'If omitted, it stays unchanged; null clears it.';

const text = (...parts: (string | undefined)[]) => parts.filter(Boolean).join(' ');

/** The fields of a configuration except its id, for a whole configuration or for a change. */
function writable(t: InputFields, isChange: boolean): InputFieldMap {
  return inputFields(t, (name, { kind, presence, about, aboutInput }) => {
    const sentences = [about, aboutInput];
    const isFilledIn = !isChange && filling.fields.includes(name);
    if (presence === 'defaulted' && !isChange)
      sentences.push(isFilledIn ? DEFAULT_OR_FROM_ISSUER : DEFAULT);
    if (presence === 'required' && isFilledIn) sentences.push(FROM_ISSUER);
    if (isChange && kind === 'list') sentences.push(REPLACED);
    if (isChange) sentences.push(presence === 'clearable' ? CLEARED : KEPT);
    return {
      required: presence === 'required' && !isChange && !isFilledIn,
      description: text(...sentences),
    };
  });
}

/** An input field for each field of a configuration, except its id. */
function inputFields(
  t: InputFields,
  describe: (
    name: WritableName,
    field: Field,
  ) => { readonly required: boolean; readonly description: string },
): InputFieldMap {
  return Object.fromEntries<InputFieldMap[string]>(
    WRITABLE_FIELDS.map(([name, field]) => {
      const options = describe(name, field);
      if (field.kind === 'flag') return [name, t.boolean(options)];
      return [name, field.kind === 'list' ? t.stringList(options) : t.string(options)];
    }),
  );
}

export const createFields = (t: InputFields): InputFieldMap => ({
  id: t.id({
    description: `ID of the configuration: ${ID}. If omitted, OrderCloud generates one. Supply one so that you can look up the configuration if the response is lost.`,
  }),
  ...writable(t, false),
});

export const saveFields = (t: InputFields): InputFieldMap => ({
  id: t.id({ required: true, description: `ID of the configuration: ${ID}.` }),
  ...writable(t, false),
});

/** The fields of a configuration that is created, or changed where it differs. */
export const provisionFields = (t: InputFields): InputFieldMap => ({
  id: t.id({
    required: true,
    description: `ID of the configuration: ${ID}. Created if it does not exist.`,
  }),
  ...inputFields(t, (name, { kind, presence, about, aboutInput }) => {
    const isFilledIn = filling.fields.includes(name);
    const stays =
      presence === 'defaulted' ? STAYS_OR_DEFAULT : presence === 'clearable' ? STAYS : undefined;
    return {
      required: presence === 'required' && !isFilledIn,
      description: text(
        about,
        aboutInput,
        isFilledIn ? BY_ISSUER : stays,
        kind === 'list' ? REPLACED : undefined,
      ),
    };
  }),
});

export const updateFields = (t: InputFields): InputFieldMap => ({
  id: t.id({ required: true, description: ABOUT_ID }),
  newId: t.id({
    description: `Renames the configuration: ${ID}. Login links contain the ID, so links with the old ID stop working. Null counts as omitted.`,
  }),
  ...writable(t, true),
});
