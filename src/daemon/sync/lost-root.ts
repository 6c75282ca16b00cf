/** What to say when the folder of a vault is not there, or is not the one that was attached: nothing in it may be read as deleted. */
import { FsyncError } from '../../core/base/errors.js';

export function lostRoot(root: string, state: 'missing' | 'replaced'): FsyncError {
  const what = state === 'missing' ? 'is not there or has lost its .fsync folder' : 'is not the folder that was attached';
  return new FsyncError('guarded', `the vault's folder ${root} ${what}`, {
    hints: ['If a disk is not mounted, mount it. Else see what can be done: fsync guard show'],
    details: { root: state },
  });
}
