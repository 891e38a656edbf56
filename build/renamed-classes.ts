/**
 * The subclasses that have another name in the bundle. A bundler renames a class whose name exists twice, or that names
 * itself in its body. Most subclasses are errors, whose names are in logs.
 * @param sources the text of the source files
 * @param built the text of the files of the bundle
 */
export function renamedClasses(sources: readonly string[], built: readonly string[]): string[] {
  const names = sources.flatMap((text) =>
    [...text.matchAll(/^(?:export )?(?:abstract )?class (\w+)(?:<\w+>)? extends /gm)].map(
      ([, name = '']) => name,
    ),
  );
  const kept = new Set(
    built.flatMap((text) =>
      [...text.matchAll(/\b(?:class (\w+)|(\w+)=class) extends\b/g)].map(
        ([, declared, assigned]) => declared ?? assigned ?? '',
      ),
    ),
  );
  return names.filter((name, index) => !kept.has(name) || names.indexOf(name) !== index);
}
