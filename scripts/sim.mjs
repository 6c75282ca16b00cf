/** Runs many seeds of the whole-system simulation: npm run sim -- --seeds N --start S. Bundles it with virtual disks in place of node:fs. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = path.join(root, 'dist/simulation/long-run.mjs');
const simulation = path.join(root, 'test/simulation');

/** @type {import('esbuild').Plugin} */
const virtualDisks = {
  name: 'virtual-disks',
  setup(bundle) {
    const standIns = { 'node:fs': 'node-fs.ts', 'node:fs/promises': 'node-fs-promises.ts' };
    bundle.onResolve({ filter: /^node:fs(\/promises)?$/ }, ({ path: name }) => ({ path: path.join(simulation, standIns[name]) }));
  },
};

mkdirSync(path.dirname(outfile), { recursive: true });
await build({
  entryPoints: [path.join(simulation, 'long-run.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'error',
  plugins: [virtualDisks],
});
const { status } = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = status ?? 1;
