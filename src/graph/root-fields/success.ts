import { WARNING_CODES } from '../../domain/warnings.ts';
import type { Warning } from '../../domain/warnings.ts';
import { describedValues } from '../builder.ts';
import type { Builder } from '../builder.ts';

/** What every success has besides its object. */
export interface Success {
  readonly warnings: readonly Warning[];
}

/**
 * Options of the field that identifies the object in a deletion's success. Its `id` is nullable like the `id` of errors:
 * GraphQL lets a document select the same field from several members of a union only if it has one type in all of them.
 */
export function deletedKey(key: string, description: string) {
  const isLikeErrors = key === 'id';
  return {
    nullable: isLikeErrors,
    description: isLikeErrors
      ? `${description} Never null in practice. It is declared nullable so that its type matches that of \`id\` in the error types, and one query can select both.`
      : description,
  };
}

/** Warnings about the items of a list: each path begins with the index of its item. */
export function indexed<Item>(
  items: readonly Item[],
  warningsOf: (item: Item) => Iterable<Warning>,
): Warning[] {
  return items.flatMap((item, index) =>
    [...warningsOf(item)].map((warning) => ({
      ...warning,
      path: [String(index), ...warning.path],
    })),
  );
}

/** Adds the interface of success members, and the warnings that they carry. */
export function addSuccess(
  builder: Builder,
  upstreams: readonly { readonly warningCodes: Readonly<Record<string, string>> }[],
) {
  const codes = [WARNING_CODES, ...upstreams.map(({ warningCodes }) => warningCodes)].flatMap(
    (descriptions) => Object.entries(descriptions),
  );
  const byCode = Object.fromEntries(codes);
  for (const [name, description] of codes)
    if (byCode[name] !== description)
      throw new Error(`Two upstreams declare the warning code ${name} with different meanings.`);
  const code = builder.enumType('OidcWarningCode', {
    description: 'Stable codes of warnings.',
    values: describedValues(byCode),
  });
  const OidcWarning = builder.objectRef<Warning>('OidcWarning').implement({
    description: 'Something in a configuration that is accepted, but likely to cause problems.',
    fields: (t) => ({
      code: t.field({
        type: code,
        description: 'Stable code to act on.',
        resolve: (self) => self.code,
      }),
      path: t.stringList({
        description: 'Path to the value, as in `OidcInputIssue.path`.',
        resolve: (self) => [...self.path],
      }),
      message: t.exposeString('message', {
        description: 'What may go wrong and what to do, in human-readable form.',
      }),
    }),
  });
  const OidcSuccess = builder.interfaceRef<Success>('OidcSuccess').implement({
    description: 'The fields that all success types have.',
    fields: (t) => ({
      requestId: t.id({
        description:
          "The gateway's id for this request. It is also in the `X-Request-Id` header and in the gateway's log.",
        resolve: (_success, _args, context) => context.requestId,
      }),
      warnings: t.field({
        type: [OidcWarning],
        description: 'Things that were accepted but are likely to cause problems. Often empty.',
        resolve: ({ warnings }) => [...warnings],
      }),
    }),
  });
  return { OidcSuccess, OidcWarning };
}
