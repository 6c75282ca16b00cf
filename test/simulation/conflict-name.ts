/** Whether a path, or a directory on the way, bears the name of a conflict copy. */
import { parseConflictCopyName } from '../../src/core/base/name-rules.js';

export function isConflictCopy(path: string): boolean {
  return path.split('/').some((name) => parseConflictCopyName(name) !== null);
}
