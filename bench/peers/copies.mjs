// @ts-check
/** cp: the floor, told what changed. rsync: whole tree, one way, plain. */
import path from 'node:path';
import { run } from '../../scripts/harness/processes.mjs';

const LONG_MS = 900_000;

/** @param {string} program @param {readonly string[]} args */
async function must(program, args) {
  const { code, stderr } = await run(program, args, { timeoutMs: LONG_MS });
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr.slice(-500)}`);
}

/** @param {string} program @param {RegExp} pattern */
const versionOf = (program, pattern) => async () => pattern.exec((await run(program, ['--version'])).stdout)?.[1] ?? 'installed';

/** @type {import('../work.mjs').Peer} */
export const cp = {
  name: 'cp',
  version: versionOf('cp', /(\S+)\n/),
  open: async ({ a, b }) => ({
    live: false,
    settle: async () => undefined,
    async bring(change) {
      if (change.renamed !== undefined)
        await must(
          'mv',
          change.renamed.map((name) => path.join(b, name)),
        );
      else if (change.removed !== undefined) await must('rm', ['-rf', path.join(b, change.removed)]);
      else await must('cp', ['-a', path.join(a, change.path), path.join(b, path.dirname(change.path))]);
    },
    nothing: () => must('sh', ['-c', 'find "$0" -printf "%s %T@\\n" > /dev/null', a]),
    close: async () => undefined,
  }),
};

/** @type {import('../work.mjs').Peer} */
export const rsync = {
  name: 'rsync',
  version: versionOf('rsync', /version (\S+)/),
  open: async ({ a, b }) => {
    const copy = () => must('rsync', ['-a', '--delete', '--no-whole-file', '--modify-window=-1', `${a}/`, `${b}/`]);
    return { live: false, settle: async () => undefined, bring: copy, nothing: copy, close: async () => undefined };
  },
};
