import { z } from 'zod';

/** The schema of what is at a path; undefined if it is not known. */
export function schemaAt(schema: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((outer, step) => {
    const inner = withoutWrappers(outer);
    if (inner instanceof z.ZodObject) return (inner.shape as Record<string, unknown>)[step];
    if (inner instanceof z.ZodArray) return inner.element;
    return inner instanceof z.ZodRecord ? inner.valueType : undefined;
  }, schema);
}

/** The fields that a map of this schema can have, in their order. */
export function fieldsOf(schema: unknown): string[] {
  const inner = withoutWrappers(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** Whether a value of this schema may be left out. */
export function isOptional(schema: unknown): boolean {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
}

function withoutWrappers(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault
    ? withoutWrappers(schema.unwrap())
    : schema;
}
