/** Why something cannot be synced, in words: the documents of the daemon give a reason as one short term. */
import { nameProblem, type NameProblem } from '../../core/base/name-rules.js';
import { pathName } from '../../core/base/rel-path.js';

const REASONS: Readonly<Record<string, string>> = {
  // what is in the folder
  'special-file': 'a socket, a pipe or a device',
  'symlink-outside': 'a link that leads out of the folder',
  'nested-vault': 'the folder of another vault',
  'other-filesystem': 'on another file system',
  'path-too-long': 'too deep, or its path is too long',
  unreadable: 'cannot be read',
  'local-file-not-readable': 'cannot be read',
  // what would come into it
  'untracked-in-the-way': 'something that is not synced has its name',
  'holds-untracked-files': 'holds something that is not synced',
  'holds-unreadable-files': 'holds something that cannot be read',
  'name-taken': 'something else has its name',
  'same-name-but-for-case': 'something else has its name but for upper and lower case',
  'not-empty': 'not empty yet',
  'parent-missing': 'the directory that it belongs in is missing',
  'inside-itself': 'would come into itself',
  'directory-cycle': 'would come into itself',
  'disk-full': 'the disk is full',
  'io-error': 'the disk reports an error',
};

const NAME_PROBLEMS: Readonly<Partial<Record<NameProblem, string>>> = {
  'control-character': 'its name has a control character',
  'too-long': 'its name is too long',
  climbs: 'its name would lead out of the folder on Windows',
  reserved: 'its name is reserved',
};

/** A term that is not known here, of a newer daemon perhaps, is shown as it is. */
export function unsyncableText({ path, reason }: { readonly path: string; readonly reason: string }): string {
  if (reason !== 'invalid-name') return REASONS[reason] ?? reason;
  const problem = nameProblem(pathName(path));
  return (problem === null ? undefined : NAME_PROBLEMS[problem]) ?? 'its name or what it links to is not UTF-8';
}
