/** Folders of a test, gone when it ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** How a test says what is to be undone at its end. */
export type Cleanup = (undo: () => Promise<void> | void) => void;

export function tempFolder(atEnd: Cleanup = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'fsync-test-'));
  atEnd(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
