// @ts-check
/** restic: encrypted, deduplicated backup to a local repository, then a restore into a fresh folder. */
import { mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../scripts/harness/processes.mjs';

const LONG_MS = 900_000;

/** @type {import('../work.mjs').Peer} */
export const restic = {
  name: 'restic',
  version: async () => (await run('restic', ['version'])).stdout.split(' ')[1] ?? 'installed',
  async open({ base, a, b }) {
    const env = { RESTIC_REPOSITORY: path.join(base, 'repository'), RESTIC_PASSWORD: 'bench', RESTIC_CACHE_DIR: path.join(base, 'cache') };
    let restored = 0;
    const restic = async (/** @type {string[]} */ ...args) => {
      const { code, stderr } = await run('restic', args, { cwd: a, env, timeoutMs: LONG_MS });
      if (code !== 0) throw new Error(`restic ${args[0]} ended with ${code}: ${stderr.slice(-500)}`);
    };
    await restic('init');
    // restic makes no snapshot of nothing, and a chain may empty the folder.
    mkdirSync(path.join(a, 'kept'));
    return {
      live: false,
      settle: async () => undefined,
      async bring() {
        await restic('backup', '-q', '.');
        renameSync(b, `${b}-old-${restored++}`);
        await restic('restore', '-q', 'latest', '--target', b);
      },
      nothing: () => restic('backup', '-q', '.'),
      close: async () => undefined,
    };
  },
};
