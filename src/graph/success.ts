import { WARNING_CODES } from '../domain/warnings.ts';
import type { Warning, WarningCode } from '../domain/warnings.ts';
import type { Builder } from './builder.ts';
import { describedValues } from './errors.ts';

/** What every success carries beside its object. */
export interface Success {
  readonly warnings: readonly Warning[];
}

/**
 * Options of the field `id` of a deletion's success. It is nullable like the `id` of errors beside it: GraphQL lets
 * a document select a name from several members of a union only if all of them have one type for it.
 */
export function deletedId(description: string) {
  return {
    nullable: true,
    description: `${description} Never null; nullable like the \`id\` of the errors, so that both can be selected.`,
  } as const;
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
export function addSuccess(builder: Builder) {
  const code = builder.enumType('OidcWarningCode', {
    description: 'Stable codes of warnings.',
    values: describedValues<WarningCode>(WARNING_CODES),
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
        description: "Where, in the input's own words, as in `OidcInputIssue.path`.",
        resolve: (self) => [...self.path],
      }),
      message: t.exposeString('message', {
        description: 'What will hurt and what to do, for a person.',
      }),
    }),
  });
  const OidcSuccess = builder.interfaceRef<Success>('OidcSuccess').implement({
    description: 'What all successes have in common.',
    fields: (t) => ({
      requestId: t.id({
        description:
          "The gateway's id of this request, also in the `X-Request-Id` header and in its log.",
        resolve: (_success, _args, context) => context.requestId,
      }),
      warnings: t.field({
        type: [OidcWarning],
        description: 'What is legal in the configuration but will hurt; often empty.',
        resolve: ({ warnings }) => [...warnings],
      }),
    }),
  });
  return { OidcSuccess, OidcWarning };
}
