import * as z from 'zod';
import type { Json } from '../../../domain/json/json.ts';
import { onePage } from '../federation.ts';

/** Maximum depth of JSON in a rule, because its readers recurse. A rule has five levels, and unknown members may add some. */
const DEEPEST_RULE = 16;

const rule = z.custom<Json>((value) => isShallow(value, DEEPEST_RULE));

function isShallow(value: unknown, levels: number): boolean {
  return (
    typeof value !== 'object' ||
    value === null ||
    (levels > 0 && Object.values(value).every((item) => isShallow(item, levels - 1)))
  );
}

/** Rules are kept unchanged, so that an update does not silently drop unknown content. */
const wireMapping = z.object({ id: z.string().min(1), rules: z.array(rule) });

export const mapping = z.object({ mapping: wireMapping });
export const mappings = z.object({ mappings: z.array(wireMapping), links: onePage });

export type WireMapping = z.output<typeof wireMapping>;

/** A rule of a mapping: conditions on claims (`remote`), and the federated users and their groups (`local`). */
export interface WireMappingRule {
  readonly local: readonly {
    readonly user?: { readonly name: string };
    readonly group?: { readonly name: string };
    readonly groups?: string;
  }[];
  readonly remote: readonly {
    readonly type: string;
    readonly any_one_of?: readonly string[];
    readonly not_any_of?: readonly string[];
    readonly regex?: boolean;
  }[];
}
