import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LOCK_FILE, lockFolder } from '../../../../src/server/backup/folder-lock.js';
import { tempFolder } from '../../../support/temp-folder.js';

describe('the lock of a folder', () => {
  it('is had by one at a time, and can be had again', () => {
    const folder = tempFolder();
    const unlock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow('another process is writing');
    unlock();
    lockFolder(folder)();
    expect(statSync(join(folder, LOCK_FILE)).mode & 0o077).toBe(0);
  });

  it('cannot be had where nothing can be written', () => {
    expect(() => lockFolder(join(tempFolder(), 'nowhere'))).toThrow('storage');
  });
});
