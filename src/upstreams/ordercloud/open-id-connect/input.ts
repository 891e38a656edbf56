import * as z from 'zod';
import { expectation } from '../../../domain/fingerprint.ts';
import { kept, rule } from '../../../domain/parse.ts';
import { id, text } from '../../../domain/primitives.ts';
import { schemasOf } from './fields.ts';

const newId = id(/^[A-Za-z0-9_-]{1,100}$/, '1 to 100 letters, digits, hyphens and underscores');

/** The ID of an existing object, which may have another form than new IDs. Characters that could change the request's path are refused, the rest is escaped. */
export const existingId = text({ max: 100 }).check(
  rule(function* (value: string) {
    if (/[/\\%?#]/.test(value) || /^\.+$/.test(value)) {
      yield {
        code: 'INVALID_CHARACTER',
        message: 'Must be an ID: without / \\ % ? # and not made of dots alone.',
      };
    }
  }),
);

const required = schemasOf('required');
const flags = schemasOf('defaulted');
const clearable = schemasOf('clearable');

/** Input of `createOpenIdConnect`, without its nulls. */
export const openIdConnectDraft = z.object({
  id: newId.optional(),
  ...required,
  ...z.object({ ...flags, ...clearable }).partial().shape,
});

/** A checked configuration that is not stored yet. */
export type OpenIdConnectDraft = z.output<typeof openIdConnectDraft>;

/** The part of the input of `provisionOidcSignIn`, without its nulls. */
export const openIdConnectIdentified = openIdConnectDraft.extend({ id: newId });

/** A checked configuration with its ID. */
export type OpenIdConnectIdentified = z.output<typeof openIdConnectIdentified>;

/** Input of `saveOpenIdConnect`, without its nulls. */
export const openIdConnectSave = openIdConnectIdentified.extend(expectation);

type Shape = Readonly<Record<string, z.ZodType>>;

/** Input of `updateOpenIdConnect`: a null clears. */
export const openIdConnectPatch = z.object({
  id: existingId,
  newId: newId.nullish().transform((value) => value ?? undefined),
  ...allKept({ ...required, ...flags }),
  ...allNullish(clearable),
  ...expectation,
});

function allKept<Of extends Shape>(shape: Of) {
  const entries = Object.entries(shape).map(([name, schema]) => [name, kept(schema)]);
  return Object.fromEntries(entries) as { [Name in keyof Of]: ReturnType<typeof kept<Of[Name]>> };
}

function allNullish<Of extends Shape>(shape: Of) {
  const entries = Object.entries(shape).map(([name, schema]) => [name, schema.nullish()]);
  return Object.fromEntries(entries) as {
    [Name in keyof Of]: z.ZodOptional<z.ZodNullable<Of[Name]>>;
  };
}

/** A checked change of a stored configuration; undefined fields stay as they are. */
export type OpenIdConnectPatch = Omit<z.output<typeof openIdConnectPatch>, 'expectedFingerprint'>;

/** Input of `openIdConnect`. */
export const openIdConnectKey = z.object({ id: existingId });

export type OpenIdConnectKey = z.output<typeof openIdConnectKey>;

/** Input of `deleteOpenIdConnect`. */
export const openIdConnectDeletion = openIdConnectKey.extend(expectation);
