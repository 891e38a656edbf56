import type { InputFieldMap } from '@pothos/core';
import type { InputFields } from '../../../graph/builder.ts';
import { FROM_ISSUER } from '../../../graph/root-fields/issuer-input.ts';
import { ALL_FIELDS, CONSOLE_FIELDS, FIELDS } from './fields.ts';
import type { Field, FieldName } from './fields.ts';
import { filling } from './from-issuer.ts';
import type { OidcConfigTypes } from './schema-types.ts';

const CONSOLE = 'Only for PROGRAM_CONSOLE.';
const KEPT = 'If omitted, it stays unchanged; null is refused.';
const CONSOLE_KEPT = `${CONSOLE} If omitted, it stays unchanged. Changing accessMode to PROGRAM removes it; changing it to PROGRAM_CONSOLE requires it.`;

const isForConsole = (name: FieldName) => CONSOLE_FIELDS.some((field) => field === name);
const text = (...parts: (string | undefined)[]) => parts.filter(Boolean).join(' ');

/** The fields of a whole configuration, except its id and `issuer`. @param aboutIssuer the sentence about the fields that an issuer may fill in */
export function wholeConfig(
  t: InputFields,
  types: OidcConfigTypes,
  aboutIssuer = FROM_ISSUER,
): InputFieldMap {
  return inputFields(t, types, (name, { about, aboutInput }) => {
    const isFilledIn = filling.fields.includes(name);
    return {
      required: !isFilledIn,
      description: text(
        about,
        aboutInput,
        isForConsole(name) ? CONSOLE : undefined,
        isFilledIn ? aboutIssuer : undefined,
      ),
    };
  });
}

export const createFields = (t: InputFields, types: OidcConfigTypes): InputFieldMap => ({
  idpId: t.id({
    required: true,
    description: `${FIELDS.idpId.about} The identity provider and its protocol \`oidc\` must already exist.`,
  }),
  ...wholeConfig(t, types),
});

export const updateFields = (t: InputFields, types: OidcConfigTypes): InputFieldMap => ({
  idpId: t.id({ required: true, description: FIELDS.idpId.about }),
  ...inputFields(t, types, (name, { about, aboutChange, aboutInput }) => ({
    required: false,
    description: text(about, aboutChange, aboutInput, isForConsole(name) ? CONSOLE_KEPT : KEPT),
  })),
});

/** An input field for each field of a configuration, except its id. */
function inputFields(
  t: InputFields,
  { accessMode, responseType, responseMode }: OidcConfigTypes,
  describe: (
    name: FieldName,
    texts: Field,
  ) => { readonly required: boolean; readonly description: string },
): InputFieldMap {
  const types = {
    accessMode,
    scope: ['String'] as ['String'],
    responseType,
    responseMode,
    signingKey: 'OidcJwks' as const,
  };
  return Object.fromEntries(
    ALL_FIELDS.filter((name) => name !== 'idpId').map((name) => [
      name,
      t.field({
        type: name in types ? types[name as keyof typeof types] : 'String',
        ...describe(name, FIELDS[name]),
      }),
    ]),
  );
}
