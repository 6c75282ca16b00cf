/** Recognises conflict copies by their name: `NAME (conflict DEVICE YYYY-MM-DD HHMMSS HASH).EXT`, with a number after HASH where that one is taken. */

const COPY = / \(conflict .+ \d{4}-\d{2}-\d{2} \d{6} [0-9a-z]+(?: \d+)?\)/;

/** The name itself is that of a conflict copy; what lies inside a directory of such a name is not. */
export function isConflictCopy(path: string): boolean {
  return COPY.test(path.slice(path.lastIndexOf('/') + 1));
}

/** The path or one of its parents is a conflict copy. */
export function isInConflictCopy(path: string): boolean {
  return path.split('/').some((name) => COPY.test(name));
}

/** Those of `paths` that are conflict copies of `original`, whose stem may have been shortened to fit. */
export function conflictCopiesOf(original: string, paths: Iterable<string>): readonly string[] {
  const slash = original.lastIndexOf('/') + 1;
  const [directory, name] = [original.slice(0, slash), original.slice(slash)];
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  return [...paths].filter((path) => {
    if (!path.startsWith(directory) || path.indexOf('/', slash) !== -1) return false;
    const copy = path.slice(slash);
    const at = copy.search(COPY);
    return at > 0 && stem.startsWith(copy.slice(0, at)) && copy.endsWith(extension);
  });
}
