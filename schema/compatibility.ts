import { readFileSync, writeFileSync } from 'node:fs';
import { buildSchema, findBreakingChanges } from 'graphql';

/** What in a schema would break clients of another one, in words; empty where nothing would. */
export function breakingChanges(released: string, current: string): string[] {
  return findBreakingChanges(buildSchema(released), buildSchema(current)).map(
    ({ type, description }) => `${type}: ${description}`,
  );
}

/** Whether clients must expect breaking changes: the major version went up, or, below 1.0, the minor. */
export function mayBreak(releasedVersion: string, version: string): boolean {
  const [before, after] = [parseVersion(releasedVersion), parseVersion(version)];
  if (after.major !== before.major) return after.major > before.major;
  return after.major === 0 && after.minor > before.minor;
}

/** The version that a released schema belongs to, from its first line. */
export function versionOf(released: string): string {
  const [, version] = /^# Schema of version (\d+\.\d+\.\d+[\w.-]*)/.exec(released) ?? [];
  if (version === undefined)
    throw new Error('the released schema does not say its version in its first line');
  return version;
}

/**
 * Makes the current schema the released one.
 * @returns null, or why it was not done
 */
export function releaseSchema(current: URL, released: URL, version: string): string | null {
  const before = versionOf(readFileSync(released, 'utf8'));
  if (!mayBreak(before, version)) {
    return `The schema of ${before} stays: ${version} is neither a new major version nor, below 1.0, a new minor one. Clients of ${before} must go on working.`;
  }
  writeFileSync(
    released,
    `# Schema of version ${version}, written by "npm run release-schema".\n\n${readFileSync(current, 'utf8')}`,
  );
  return null;
}

function parseVersion(version: string): { readonly major: number; readonly minor: number } {
  const [, major, minor] = /^(\d+)\.(\d+)\.\d+/.exec(version) ?? [];
  if (major === undefined || minor === undefined) throw new Error(`${version} is no version`);
  return { major: Number(major), minor: Number(minor) };
}
