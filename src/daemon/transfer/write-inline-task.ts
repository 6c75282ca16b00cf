/** The 'write-inline' task: stages files whose content came inside their records. */
import { contentIdOfBytes } from '../../core/chunk/content-id.js';
import type { ContentId } from '../../core/base/ids.js';
import type { TaskContext } from '../workers/task.js';
import { StagedFiles, type StagedTrouble } from './staged-files.js';

export interface WriteInlineInput {
  /** `.fsync/tmp`, absolute. */
  readonly tmp: string;
  readonly files: readonly { readonly name: string; readonly id: ContentId; readonly bytes: Uint8Array }[];
}

export function run({ tmp, files }: WriteInlineInput, context: TaskContext): readonly StagedTrouble[] {
  const staged = new StagedFiles(
    tmp,
    files.map(({ name }) => ({ name, whole: true, sync: false })),
  );
  const wrong: StagedTrouble[] = [];
  let troubles: StagedTrouble[] = [];
  try {
    for (const [file, { id, bytes }] of files.entries()) {
      context.throwIfAborted();
      if (contentIdOfBytes(bytes) !== id) wrong.push({ file, code: 'integrity', message: 'the content does not match its id' });
      else if (bytes.length === 0) staged.touch(file);
      else staged.write(bytes, [{ file, offset: 0 }]);
    }
  } finally {
    troubles = staged.finish();
  }
  return [...wrong, ...troubles];
}
