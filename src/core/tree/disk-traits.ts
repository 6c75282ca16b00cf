/** What the file system below a folder can hold of what a vault can hold. */
import { compareKey, foldKey } from '../base/name-rules.js';

export interface DiskTraits {
  /** `README` and `readme` are one name there. */
  readonly ignoresCase: boolean;
  /** What chmod sets is what lstat says; where it is not, a mode seen there says nothing about what its user wants. */
  readonly keepsModes: boolean;
}

/** As the usual file systems of Linux are. */
export const FULL_TRAITS: DiskTraits = { ignoresCase: false, keepsModes: true };

/** Names with equal keys take each other's place on such a disk. */
export function diskNameKey(name: string, { ignoresCase }: DiskTraits): string {
  return ignoresCase ? foldKey(name) : compareKey(name);
}
