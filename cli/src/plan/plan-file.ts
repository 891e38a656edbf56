import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { z } from 'zod';
import { CommandError } from '../command-error.ts';
import { PLAN_KIND } from '../file/plan-kind.ts';
import { writeFileAtomically } from '../write-file.ts';
import { canonicalJson, toJson } from './json.ts';
import type { Json } from './json.ts';
import type { Step } from './step.ts';

const VERSION = 1;

/** A plan that is to be applied exactly as it is. */
export interface StoredPlan {
  /** URL of the gateway that it was made with. */
  readonly gateway: string;
  /** The folder that `fromFile` of a secret is relative to. */
  readonly folder: string;
  readonly steps: readonly Step[];
}

const json: z.ZodType<Json> = z.json();
const object = z.record(z.string(), json);
const path = z.array(z.union([z.string(), z.number()]));
const name = z.string().min(1);

const change = z.union([
  z.strictObject({ path: z.array(z.string()), from: json, to: json }),
  z.strictObject({ path: z.array(z.string()), secret: z.string() }),
]);

const step = z.strictObject({
  name,
  target: z.enum(['openIdConnect', 'identityProvider', 'mapping', 'protocol', 'oidcConfig']),
  id: name,
  action: z.enum(['create', 'update', 'unchanged', 'delete']),
  changes: z.array(change),
  expectedFingerprint: z.string().nullable(),
  wanted: object,
  input: object.nullable(),
  needs: z.array(name),
  notes: z.array(z.string()),
  entry: path.nullable(),
});

const planFile = z.strictObject({
  kind: z.literal(PLAN_KIND),
  version: z.literal(VERSION),
  gateway: z.string(),
  folder: z.string(),
  steps: z.array(step),
});

const anyPlanFile = z.looseObject({ kind: z.literal(PLAN_KIND), version: z.number() });

/**
 * Writes a plan, which only its owner may read.
 * @throws CommandError if it would have a secret, would replace something that is not a plan, or cannot be written
 */
export function writePlanFile(file: string, { gateway, folder, steps }: StoredPlan): void {
  const plain = steps.find(({ input }) => typeof input?.['connectClientSecret'] === 'string');
  if (plain !== undefined)
    throw new CommandError(
      `The plan is not written: a plan file never has a secret, and connectClientSecret of "${plain.id}" is in plain text. Write { fromEnv: NAME } or { fromFile: path }.`,
    );
  refuseOthers(file);
  const content: z.input<typeof planFile> = {
    kind: PLAN_KIND,
    version: VERSION,
    gateway,
    // Both files may move together, such as from one job of CI to the next.
    folder: relative(dirname(file), folder),
    steps: toJson(steps) as unknown as z.input<typeof step>[],
  };
  writeFileAtomically(file, `${JSON.stringify(content, null, 2)}\n`);
}

/** A plan replaces a plan, or an empty file as `mktemp` makes it: not, by mistake, the file of configuration, and no device. */
function refuseOthers(file: string): void {
  const before = lstatSync(file, { throwIfNoEntry: false });
  // A link is replaced, and not what it names.
  if (before === undefined || before.isSymbolicLink()) return;
  if (!before.isFile()) throw new CommandError(`${file} is not a file, so it is not replaced.`);
  if (before.size > 0 && !isPlanFile(file))
    throw new CommandError(
      `${file} is there already, and is not a plan, so it is not replaced. Give --out another name, or delete the file.`,
    );
}

/**
 * Reads a plan.
 * @param gateway URL of the gateway that it is to be applied with
 * @throws CommandError if it cannot be used
 */
export function readPlanFile(file: string, gateway: string): StoredPlan {
  const content = parseFile(file);
  const known = anyPlanFile.safeParse(content);
  if (!known.success)
    throw new CommandError(`${file} is not a plan. Write one with: oidc-config plan --out ${file}`);
  if (known.data.version !== VERSION)
    throw new CommandError(
      `${file} is a plan of another version of oidc-config. Write a new one with: oidc-config plan --out ${file}`,
    );
  const parsed = planFile.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CommandError(
      `${file} is damaged at ${issue?.path.join('.') ?? 'its beginning'}. Write a new plan with: oidc-config plan --out ${file}`,
    );
  }
  const { gateway: planned, folder, steps } = parsed.data;
  if (planned !== gateway)
    throw new CommandError(
      `${file} was made with the gateway ${planned}, and this is ${gateway}. Give its URL with --url or OIDC_CONFIG_URL, or plan again.`,
    );
  return { gateway, folder: resolve(dirname(file), folder), steps };
}

function parseFile(file: string): unknown {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new CommandError(
      code === 'ENOENT' ? `${file} does not exist.` : `${file} cannot be read (${code}).`,
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The same text for equal steps: a run that is resumed must be of the same plan. */
export function stepDigest(step: Step): string {
  const { target, id, action, expectedFingerprint, input } = step;
  return createHash('sha256')
    .update(canonicalJson(toJson({ target, id, action, expectedFingerprint, input })))
    .digest('hex')
    .slice(0, 16);
}

/** Whether a file is a plan, of any version, rather than a file of sign-in configuration. */
export function isPlanFile(file: string): boolean {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return anyPlanFile.safeParse(content).success;
  } catch {
    return false;
  }
}
