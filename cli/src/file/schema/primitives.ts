import { z } from 'zod';

/** A text that is not empty. */
export const text = z.string().min(1);
export const url = text.describe('An absolute http(s) URL.');

/** An id of at most so many characters. */
export const idText = (max: number) =>
  z
    .string()
    .regex(
      new RegExp(`^[A-Za-z0-9_-]{1,${max}}$`),
      `must be 1 to ${max} letters, digits, hyphens and underscores`,
    );

/** Id of an object of Huawei Cloud IAM. */
export const federationId = idText(64);

export const issuerName = text.describe('The name of one of `issuers`.');

/** A condition that the structure shows, so that it needs no gateway. */
export function must<Value>(holds: (value: Value) => boolean, message: string) {
  return (context: z.core.ParsePayload<Value>): void => {
    if (!holds(context.value))
      context.issues.push({ code: 'custom', message, input: context.value });
  };
}
