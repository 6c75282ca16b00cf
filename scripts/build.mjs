#!/usr/bin/env node
/** Compiles src to dist, drops output whose source is gone, bundles the command line, and makes the programs in bin executable. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const dist = path.join(root, 'dist');

removeStale();
const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const compiled = runNode(compiler, '-p', 'tsconfig.build.json');
const bundled = runNode(path.join(root, 'scripts', 'bundle-cli.mjs'));
for (const name of readdirSync(path.join(root, 'bin')).filter((file) => file.endsWith('.js')))
  chmodSync(path.join(root, 'bin', name), 0o755);
process.exit(compiled && bundled ? 0 : 1);

function runNode(...args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0;
}

/** An output without its source would still be found by an import, and by nobody else. */
function removeStale() {
  if (!existsSync(dist)) return;
  for (const file of readdirSync(dist, { recursive: true })) {
    const match = /^(.*)\.js(\.map)?$/.exec(file);
    if (match === null || file.startsWith('cli-bundle')) continue;
    const source = path.join(root, 'src', match[1]);
    if (!existsSync(`${source}.ts`) && !existsSync(`${source}.tsx`)) rmSync(path.join(dist, file));
  }
}
