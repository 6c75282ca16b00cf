import { expect, it } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import { runApplyJob, type ApplyJob } from '../../../../src/daemon/folder/apply-steps.js';
import { createFolderWriter } from '../../../../src/daemon/folder/folder-writer.js';
import { systemCalls } from '../../../../src/daemon/folder/system-calls.js';
import type { FolderStep } from '../../../../src/daemon/ports.js';
import { vaultRoot } from '../../../support/vault-root.js';

const signal = new AbortController().signal;
const made = (path: string): FolderStep => ({ op: 'make-directory', path, mode: 0o755 });

/** hazard 77: BASE is not ahead of the disk, although fsync failed or the daemon was killed before it. */
it('syncs the file system before what is found counts, after a start and after a batch that was not done', async () => {
  const { root, identity } = vaultRoot();
  let syncs = 0;
  let fails = false;
  const syncFileSystem = (): void => {
    syncs += 1;
    if (fails) throw Object.assign(new Error('EIO'), { code: 'EIO' });
  };
  const writer = createFolderWriter({
    root,
    identity,
    tasks: {
      apply: (job) => new Promise((resolve) => resolve(runApplyJob(job, { ...systemCalls(), syncFileSystem }))),
      sweep: () => Promise.resolve(),
    },
    clock: { now: () => 1 },
    random: (size) => new Uint8Array(size),
  });
  fails = true;
  await expect(writer.makeDurable()).rejects.toMatchObject({ code: 'io_error' });
  fails = false;
  await writer.makeDurable();
  await writer.makeDurable();
  expect(syncs).toBe(2);
  expect(await writer.apply([made('d')], { signal })).toMatchObject([{ status: 'done' }]);
  await writer.makeDurable();
  expect(syncs).toBe(2);
  expect(await writer.apply([made('e'), made('d')], { signal })).toMatchObject([{ status: 'done' }, { status: 'changed' }]);
  await writer.makeDurable();
  expect(syncs).toBe(3);
  fails = true;
  const many = Array.from({ length: 40 }, (_, index) => made(`f${String(index)}`));
  expect(await writer.apply(many, { signal })).toMatchObject(many.map(() => ({ status: 'done', isUnsynced: true })));
  await expect(writer.makeDurable()).rejects.toMatchObject({ code: 'io_error' });
  fails = false;
  await writer.makeDurable();
  await writer.makeDurable();
  expect(syncs).toBe(6);
});

it('syncs what a scan found, once; where that fails, again and with everything the next time', async () => {
  const { root, identity } = vaultRoot();
  const jobs: Pick<ApplyJob, 'found' | 'syncEverything'>[] = [];
  let fails = false;
  const apply = ({ found, syncEverything }: ApplyJob): Promise<readonly never[]> => {
    jobs.push({ found, syncEverything } as never);
    return fails ? Promise.reject(new FsyncError('io_error', 'the disk reports an error')) : Promise.resolve([]);
  };
  const tasks = { apply, sweep: () => Promise.resolve() };
  const writer = createFolderWriter({ root, identity, tasks, clock: { now: () => 1 }, random: (size) => new Uint8Array(size) });
  await writer.makeDurable();
  const found = { directories: ['d'], files: ['d/f'] };
  writer.noteFound(found);
  writer.noteFound({ directories: ['d'], files: [] });
  await writer.makeDurable();
  await writer.makeDurable();
  expect(jobs.splice(0)).toEqual([
    { found: { directories: [], files: [] }, syncEverything: true },
    { found, syncEverything: false },
  ]);
  fails = true;
  writer.noteFound(found);
  await expect(writer.makeDurable()).rejects.toMatchObject({ code: 'io_error' });
  fails = false;
  await writer.makeDurable();
  expect(jobs).toEqual([
    { found, syncEverything: false },
    { found, syncEverything: true },
  ]);
});
