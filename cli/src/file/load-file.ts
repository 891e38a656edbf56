import { dirname, isAbsolute, join, relative } from 'node:path';
import { checksOf } from './load/checks.ts';
import { problemsOf } from './load/issues.ts';
import { type Located, plainOf, positionAt } from './load/located.ts';
import { withOverlay } from './load/overlay.ts';
import { type FileProblem, FileProblems, type Path, type Position } from './load/problems.ts';
import { readLocated } from './load/read-located.ts';
import { type SecretReference, type SignInFile, signInFile } from './schema.ts';

/** How to get a file if there is none. */
export const EXPORT = '`oidc-config export` writes one.';

export interface LoadOptions {
  readonly path: string;
  /** Paths of overlays. Each changes what those before it say. */
  readonly values?: readonly string[];
  /** Whether secrets may be in the file as they are. */
  readonly allowPlainSecrets?: boolean;
}

export interface LoadedFile {
  readonly file: SignInFile;
  /** The folder that each `fromFile` is relative to: the one of the file, also for what an overlay says. */
  readonly folder: string;
  /**
   * Where the value at a path of `file` comes from, which may be an overlay; the nearest value around it if it is in no file. It is the
   * place of the key, or of the item of a list.
   */
  readonly positionOf: (path: Path) => Position;
}

/**
 * Reads a file of sign-in configuration with its overlays, and checks their structure.
 *
 * @throws FileProblems with everything that has to be corrected
 */
export function loadFile(options: LoadOptions): LoadedFile {
  const { path, values = [], allowPlainSecrets = false } = options;
  const problems: FileProblem[] = [];
  const files = [path, ...values];
  const located = readLocated(path, problems, EXPORT)?.located;
  const overlays = values.map((name) => readLocated(name, problems)?.located);
  if (!located || problems.length > 0) throw new FileProblems(problems, files);

  const merged = overlays.reduce<Located>(
    (file, overlay) => (overlay ? withOverlay(file, overlay, problems) : file),
    located,
  );
  const result = signInFile.safeParse(plainOf(merged));
  if (!result.success) problems.push(...problemsOf(result.error.issues, merged, signInFile));
  problems.push(...checksOf(merged, { allowPlainSecrets }));
  if (!result.success || problems.length > 0) throw new FileProblems(problems, files);

  const folder = dirname(path);
  const positionOf = (at: Path): Position => positionAt(merged, at);
  const openIdConnects = result.data.openIdConnects.map((entry, index) => {
    const at = ['openIdConnects', index, 'connectClientSecret', 'fromFile'];
    const secret = entry.connectClientSecret;
    return secret === undefined
      ? entry
      : { ...entry, connectClientSecret: fromFolder(secret, dirname(positionOf(at).file), folder) };
  });
  return { file: { ...result.data, openIdConnects }, folder, positionOf };
}

/** A reference of a file in one folder as it is from another. */
function fromFolder(secret: SecretReference, from: string, to: string): SecretReference {
  if (typeof secret === 'string' || !('fromFile' in secret)) return secret;
  const { fromFile } = secret;
  return from === to || isAbsolute(fromFile)
    ? secret
    : { fromFile: relative(to, join(from, fromFile)) };
}
