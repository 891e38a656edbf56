/**
 * Declares the field of type `ID!` that identifies objects of a type, for the `extensions` of the type. Clients that
 * cache objects need it, above all if it is not `id`. Objects of a type without it have no identity and belong to others.
 * In the `extensions` of a mutation, it is the field of the input and of the written object that names the object.
 */
export function keyedBy(field: string): { readonly key: string } {
  return { key: field };
}

/** The field that `keyedBy` declared; undefined for objects without an identity of their own. */
export function keyOf({
  extensions,
}: {
  readonly extensions: Readonly<Record<string, unknown>>;
}): string | undefined {
  return extensions['key'] as string | undefined;
}

/** Declares, in the `extensions` of a mutation, that the mutation itself finds out what is still to be done: after a failure, it goes on. */
export const RESUMES = { resumes: true } as const;

/** Whether `RESUMES` was declared. */
export function doesResume({
  extensions,
}: {
  readonly extensions: Readonly<Record<string, unknown>>;
}): boolean {
  return extensions['resumes'] === true;
}
