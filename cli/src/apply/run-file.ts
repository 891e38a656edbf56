import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { CommandError } from '../command-error.ts';
import { stepDigest } from '../plan/plan-file.ts';
import type { Step } from '../plan/step.ts';
import { removeLeftovers, writeFileAtomically } from '../write-file.ts';

const content = z.strictObject({
  kind: z.literal('oidc-config run'),
  version: z.literal(1),
  run: z.string().regex(/^[0-9a-f-]{36}$/),
  gateway: z.string(),
  /** The steps that were sent, by their digest: how many keys each has used. */
  sent: z.record(z.string().regex(/^[0-9a-f]{16}$/), z.int().min(1).max(1000)),
  /** The mappings that it deletes, by their ids: after the identity providers that lead to them. */
  mappings: z.array(z.string()),
});

/**
 * The keys of a run, so that a run that was killed goes on with the same ones. The file is there from before the first
 * write until the run has ended, and has no input and no secret.
 */
export interface RunFile {
  /** Whether the step was sent by the part of the run before this one: what it did is to be found out. */
  readonly wasSent: (step: Step) => boolean;
  /** The key of the step, which is safely stored. Sending it again with the same key does not repeat it. */
  readonly keyFor: (step: Step) => string;
  /** A new key for a step, after it turned out that what was sent with the last one was not applied. */
  readonly newKeyFor: (step: Step) => string;
  readonly remove: () => void;
}

/** The path of the file of a run that applies a file or a plan. */
export function runFileOf(path: string): string {
  return `${path}.run`;
}

/**
 * Opens the file of a run. Nothing is written yet.
 * @throws CommandError if there is one that cannot be used
 */
export function openRunFile(path: string, gateway: string, steps: readonly Step[]): RunFile {
  const opened = Date.now();
  const earlier = readRunFile(path, gateway);
  const run = earlier?.run ?? randomUUID();
  const before: Readonly<Record<string, number>> = earlier?.sent ?? {};
  const mappings = new Set([
    ...(earlier?.mappings ?? []),
    ...steps
      .filter(({ target, action }) => target === 'mapping' && action === 'delete')
      .map(({ id }) => id),
  ]);
  let sent = before;
  const use = (digest: string, count: number) => {
    if (sent[digest] !== count || sent === before) {
      sent = { ...sent, [digest]: count };
      const whole: z.infer<typeof content> = {
        kind: 'oidc-config run',
        version: 1,
        run,
        gateway,
        sent,
        mappings: [...mappings],
      };
      writeFileAtomically(path, `${JSON.stringify(whole, null, 2)}\n`);
    }
    return `oidc-config-${run}-${digest}${count === 1 ? '' : `-${count}`}`;
  };
  return {
    wasSent: (step) => stepDigest(step) in before,
    keyFor: (step) => {
      const digest = stepDigest(step);
      return use(digest, sent[digest] ?? 1);
    },
    newKeyFor: (step) => {
      const digest = stepDigest(step);
      return use(digest, (sent[digest] ?? 0) + 1);
    },
    remove: () => {
      rmSync(path, { force: true });
      removeLeftovers(path, opened);
    },
  };
}

/** Removes the file of a run that has nothing left to do. One that cannot be used here stays. */
export function endRun(path: string, gateway: string): void {
  try {
    openRunFile(path, gateway, []).remove();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
  }
}

/** The mappings that a run was to delete; empty without a file of a run that can be used here. */
export function mappingsOfRun(path: string, gateway: string): readonly string[] {
  try {
    return readRunFile(path, gateway)?.mappings ?? [];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [];
  }
}

function readRunFile(path: string, gateway: string): z.infer<typeof content> | null {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT') return null;
    throw new CommandError(`${path} cannot be read (${code}).`);
  }
  const advice = `It belongs to a run that was interrupted. If that no longer matters, delete the file, and start again.`;
  const parsed = content.safeParse(parseJson(text));
  if (!parsed.success) throw new CommandError(`${path} is damaged. ${advice}`);
  if (parsed.data.gateway !== gateway)
    throw new CommandError(
      `${path} is of a run with the gateway ${parsed.data.gateway}, and this is ${gateway}. ${advice}`,
    );
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
